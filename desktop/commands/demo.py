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
from sync.client.enrol import known_link

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
    with _headquarters(folder) as url:
        _prepare(call, profile, folder, url)
        return run(profile.folder, language=call.arguments.language, sign_in_as=CLERK_NO)


def _prepare(call: Call, profile: Profile, folder: Path, url: str) -> None:
    from desktop.desk import open_desk

    if (folder / _BUILT).exists() and profile.database.exists():
        desk = open_desk(profile)
        try:
            link = desk.database.read(known_link)
        finally:
            desk.close()
        if link is not None and link.address.url.rstrip("/") == url.rstrip("/"):
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


@contextmanager
def _headquarters(folder: Path) -> Iterator[str]:
    """A `qiantai-hq` process on loopback; its address. The same port again if it is free: a demonstration
    that was killed may have left its headquarters there."""
    port_file = folder / "hq.port"
    wanted = port_file.read_text(encoding="utf-8").strip() if port_file.exists() else "0"
    try:
        process, url = _started(folder, wanted)
    except DomainError:
        if wanted == "0":
            raise
        process, url = _started(folder, "0")
    try:
        port_file.write_text(url.rpartition(":")[2].strip("/"), encoding="utf-8")
        yield url
    finally:
        _stop(process)


def _started(folder: Path, port: str) -> tuple[subprocess.Popen[bytes], str]:
    """The process and its address; raises ``demo-headquarters-failed``."""
    ready = folder / "hq.ready"
    ready.unlink(missing_ok=True)
    serve = ["serve", "--host", "127.0.0.1", "--port", port, "--ready-file", str(ready)]
    with (folder / "hq.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [*_command(folder), *serve], stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    try:
        return process, _wait_for(process, ready)
    except BaseException:
        _stop(process)
        raise


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for(process: subprocess.Popen[bytes], ready: Path) -> str:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        text = ready.read_text(encoding="utf-8").strip() if ready.exists() else ""
        if text:
            return text.split()[0]
        time.sleep(0.05)
    raise DomainError("demo-headquarters-failed", log=str(ready.with_name("hq.log")))


def _ask_headquarters(folder: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own program
        [*_command(folder), *arguments], capture_output=True, text=True, check=False, encoding="utf-8"
    )
    if done.returncode:
        raise DomainError("demo-headquarters-failed", log=done.stderr.strip())
    return done.stdout


def _command(folder: Path) -> Sequence[str]:
    database = f"sqlite:///{folder / 'hq.db'}"
    if getattr(sys, "frozen", False):
        beside = Path(sys.executable).with_name("qiantai-hq" + Path(sys.executable).suffix)
        return [str(beside), "--database", database]
    return [sys.executable, "-m", "sync.server", "--database", database]
