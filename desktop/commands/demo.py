"""`demo`: made-up data, a headquarters process beside it, and the window signed in.

Everything lies in one folder that is thrown away with ``--fresh``; headquarters ends with the window.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from desktop.commands.call import Call
from desktop.opening import Joining, NewSite, engine_of, enrol_desk, set_up_site
from desktop.paths import Profile, open_profile
from models.errors import DomainError
from models.services import demo as demo_site
from models.services.demo.people import ADMINISTRATOR_NO, CLERK_NO, PASSWORD
from models.work import SYSTEM
from resources.demo import estate
from resources.translations import gettext as _
from sync.client.enrol import known_link, move_headquarters
from sync.client.transport import Address, HttpLink, Timeouts

READY_SECONDS = 30.0
_BUILT = "demo.built"


def demo(call: Call) -> int:
    """Start headquarters, make the demonstration if it is not there, open the window as the clerk."""
    from desktop.application import run

    folder = call.arguments.folder or Path(platformdirs.user_data_dir("qiantai-demo", appauthor=False))
    if call.arguments.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    profile = open_profile(folder / "desk")
    with _headquarters(folder, profile) as url:
        _prepare(call, profile, folder, url)
        return run(profile.folder, language=call.arguments.language, sign_in_as=CLERK_NO)


def _prepare(call: Call, profile: Profile, folder: Path, url: str) -> None:
    if _is_built(folder, profile):
        _point_at(profile, url)
        return
    call.say(_("正在准备演示数据…"))
    shutil.rmtree(profile.folder, ignore_errors=True)
    profile = open_profile(profile.folder)
    facts = estate()["site"]
    first = NewSite(
        facts["name"], ADMINISTRATOR_NO, facts["administrator"], PASSWORD, hotline=facts["hotline"]
    )
    desk = set_up_site(profile, first)
    try:
        with desk.database.working("demo.build", SYSTEM) as work:
            demo_site.build(work, datetime.now(UTC))
        site = f"{facts['name']} {datetime.now(UTC):%Y%m%d%H%M%S}"
        _ask_headquarters(folder, "site", "add", site)
        code = _ask_headquarters(folder, "desk", "code", site).split()[-1]
        enrol_desk(desk, Joining(url, code), SYSTEM)
        engine_of(desk).run_once()
    finally:
        desk.close()
    (folder / _BUILT).write_text(url, encoding="utf-8")


def _is_built(folder: Path, profile: Profile) -> bool:
    return (folder / _BUILT).exists() and profile.database.exists()


def _point_at(profile: Profile, url: str) -> None:
    """Let the desk of an earlier start find headquarters where it answers now."""
    from desktop.desk import open_desk

    desk = open_desk(profile)
    try:
        link = desk.database.read(known_link)
        if link is not None and link.address.url.rstrip("/") != url.rstrip("/"):
            move_headquarters(desk.database, url)
    finally:
        desk.close()


@contextmanager
def _headquarters(folder: Path, profile: Profile) -> Iterator[str]:
    """A `qiantai-hq` process on loopback; its address. The same port again if it is free; the one that
    still runs there if it is this folder's; else another port."""
    port_file = folder / "hq.port"
    wanted = port_file.read_text(encoding="utf-8").strip() if port_file.exists() else "0"
    try:
        process, url = _started(folder, wanted)
    except DomainError:
        if wanted == "0":
            raise
        running = f"http://127.0.0.1:{wanted}"
        if _is_built(folder, profile) and _knows_us(profile, running):
            yield running
            return
        process, url = _started(folder, "0")
    try:
        port_file.write_text(url.rpartition(":")[2].strip("/"), encoding="utf-8")
        yield url
    finally:
        _stop(process)


def _knows_us(profile: Profile, url: str) -> bool:
    """Whether who answers there is the headquarters that enrolled this folder's desk."""
    from desktop.desk import open_desk

    desk = open_desk(profile)
    try:
        token = desk.keys.load()
    finally:
        desk.close()
    if not token:
        return False
    link = HttpLink(Address(url), token, Timeouts(connect=2.0, read=5.0))
    try:
        link.blob_state("0" * 64)
    except DomainError as error:
        return error.code == "blob-unknown"
    finally:
        link.close()
    return True


def _started(folder: Path, port: str) -> tuple[subprocess.Popen[bytes], str]:
    """The process and its address; raises ``demo-headquarters-failed``. It ends when its standard input is
    closed: by `_stop`, or by the system when this process is killed."""
    ready, written = folder / "hq.ready", folder / "hq.log"
    ready.unlink(missing_ok=True)
    serve = ["serve", "--host", "127.0.0.1", "--port", port, "--ready-file", str(ready), "--with-parent"]
    with written.open("ab") as log:
        begin = log.tell()
        process = subprocess.Popen(  # noqa: S603 - our own program
            [*_command(folder), *serve],
            stdout=log,
            stderr=log,
            stdin=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # no black window on Windows
        )
    try:
        url = _wait_for(process, ready)
        if not url:
            with written.open("rb") as log:
                log.seek(begin)
                told = log.read().decode("utf-8", "replace")
            raise _failed(folder, told)
    except BaseException:
        _stop(process)
        raise
    return process, url


def _stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for(process: subprocess.Popen[bytes], ready: Path) -> str:
    """The address it serves; "" when it ended or did not answer in time."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        text = ready.read_text(encoding="utf-8").strip() if ready.exists() else ""
        if text:
            return text.split()[0]
        time.sleep(0.05)
    return ""


def _failed(folder: Path, told: str) -> DomainError:
    """The last line that headquarters wrote is the reason."""
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    reason = lines[-1].rstrip("。.") if lines else _("没有回应")
    return DomainError("demo-headquarters-failed", reason=reason, log=str(folder / "hq.log"))


def _ask_headquarters(folder: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own program
        [*_command(folder), *arguments], capture_output=True, text=True, check=False, encoding="utf-8"
    )
    if done.returncode:
        raise _failed(folder, done.stderr)
    return done.stdout


def _command(folder: Path) -> Sequence[str]:
    database = f"sqlite:///{folder / 'hq.db'}"
    if getattr(sys, "frozen", False):
        beside = Path(sys.executable).with_name("qiantai-hq" + Path(sys.executable).suffix)
        return [str(beside), "--database", database]
    return [sys.executable, "-m", "sync.server", "--database", database]
