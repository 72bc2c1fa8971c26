"""Make this checkout runnable on a bare machine, then start the demo or run every check.

    python3 .ci/bootstrap.py demo [arguments of `qiantai demo`]
    python3 .ci/bootstrap.py test [arguments of pytest]

Needs Python 3.11 or newer and nothing else; works on Debian 12 and Windows. What it makes stays inside the
checkout (`.venv`, the fonts); only system libraries that Qt needs, and the browser of some tests, go outside,
and only where this user may install them: otherwise it prints the line to type and ends with status 2
(without a browser it goes on). A second start finds its own stamp and does nothing of this again.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
STAMP_VERSION = 1


class SetupError(Exception):
    """The set-up cannot go on; the text says what the person should do, `status` is the exit status."""

    def __init__(self, text: str, status: int = 2) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Need:
    """A shared library that Qt's own files ask the system for, and the Debian package that has it."""

    library: str
    package: str


DRAWING = (
    Need("libGL.so.1", "libgl1"),
    Need("libEGL.so.1", "libegl1"),
    Need("libxkbcommon.so.0", "libxkbcommon0"),
    Need("libX11.so.6", "libx11-6"),
    Need("libfontconfig.so.1", "libfontconfig1"),
    Need("libfreetype.so.6", "libfreetype6"),
    Need("libglib-2.0.so.0", "libglib2.0-0"),
    Need("libgthread-2.0.so.0", "libglib2.0-0"),
    Need("libdbus-1.so.3", "libdbus-1-3"),
    Need("libgssapi_krb5.so.2", "libgssapi-krb5-2"),
    Need("libbrotlidec.so.1", "libbrotli1"),
)
ON_X11 = (
    Need("libxcb-cursor.so.0", "libxcb-cursor0"),
    Need("libxcb-icccm.so.4", "libxcb-icccm4"),
    Need("libxcb-image.so.0", "libxcb-image0"),
    Need("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    Need("libxcb-randr.so.0", "libxcb-randr0"),
    Need("libxcb-render-util.so.0", "libxcb-render-util0"),
    Need("libxcb-shape.so.0", "libxcb-shape0"),
    Need("libxcb-util.so.1", "libxcb-util1"),
    Need("libxcb-xkb.so.1", "libxcb-xkb1"),
    Need("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    Need("libX11-xcb.so.1", "libx11-xcb1"),
    Need("libcups.so.2", "libcups2"),
)
ON_WAYLAND = (
    Need("libwayland-client.so.0", "libwayland-client0"),
    Need("libwayland-cursor.so.0", "libwayland-cursor0"),
    Need("libcups.so.2", "libcups2"),
)


@dataclass(frozen=True)
class Tool:
    """A program that only some tests start, and the Debian package that has it: they are left out without."""

    program: str
    package: str


BROWSER = (Tool("chromium", "chromium"), Tool("chromedriver", "chromium-driver"))
HISTORY = (Tool("git", "git"),)


def say(text: str) -> None:
    """One line of progress."""
    print(f"==> {text}", flush=True)


def can_load(library: str) -> bool:
    """Whether the system's loader finds `library` and everything it needs in turn."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def can_make_environments() -> bool:
    """Whether this Python brings pip into a new environment (Debian splits that off)."""
    found = subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True, check=False)
    return found.returncode == 0


# --- the system's part -------------------------------------------------------------------------------------


def needs_of(command: str, environment: dict[str, str]) -> tuple[Need, ...]:
    """What Qt needs for `command`: tests draw offscreen, the demo draws on the screen there is."""
    if command == "test" or environment.get("QT_QPA_PLATFORM") == "offscreen":
        return DRAWING
    if environment.get("WAYLAND_DISPLAY"):
        return DRAWING + ON_WAYLAND + (ON_X11 if environment.get("DISPLAY") else ())
    return DRAWING + ON_X11 if environment.get("DISPLAY") else DRAWING


def missing_packages(needs: Sequence[Need], loads: Callable[[str], bool] = can_load) -> list[str]:
    """Debian packages to install, each once, in the order of `needs`."""
    return list(dict.fromkeys(need.package for need in needs if not loads(need.library)))


def missing_tools(tools: Sequence[Tool]) -> list[str]:
    """Debian packages of the programs that are not here."""
    return [tool.package for tool in tools if not shutil.which(tool.program)]


def install_tools(packages: Sequence[str], prefix: list[str] | None) -> None:
    """Install what tests can do without, or say what will be left out."""
    if not packages:
        return
    try:
        install_packages(packages, prefix)
    except SetupError as stopped:
        say(f"tests that need {', '.join(packages)} are left out: {str(stopped).strip()}")


def apt_prefix() -> list[str] | None:
    """How to call apt-get without asking anyone: [] as root, ["sudo", "-n"], or None where it cannot be."""
    if not shutil.which("apt-get"):
        return None
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if asked.returncode == 0:
            return ["sudo", "-n"]
    return None


def install_packages(packages: Sequence[str], prefix: list[str] | None) -> None:
    """Install Debian packages, or raise SetupError with the line to type."""
    line = f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {' '.join(packages)}"
    if prefix is None:
        has_apt = shutil.which("apt-get") is not None
        advice = (
            f"please type:\n\n    {line}\n" if has_apt else "please install what holds these for your system."
        )
        raise SetupError(f"this system lacks {', '.join(packages)}; {advice}")
    say(f"installing system packages: {' '.join(packages)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [*prefix, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in ([*prefix, "apt-get", "update", "-qq"], install):
        done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
        if done.returncode != 0 and command is install:
            raise SetupError(f"{done.stdout}{done.stderr}\ninstalling failed; please type:\n\n    {line}\n")


def prepare_system(command: str, needs_environment: bool) -> None:
    """See to it that the system has what Qt and, with `needs_environment`, a new `.venv` ask of it."""
    packages: list[str] = []
    on_linux = platform.system() == "Linux"
    if on_linux:
        packages += missing_packages(needs_of(command, dict(os.environ)))
    if needs_environment and not can_make_environments():
        if not on_linux:
            raise SetupError(
                "this Python has no venv and ensurepip; please use the official installer's Python."
            )
        packages.append("python3-venv")
    if not packages:
        return
    install_packages(packages, apt_prefix())
    if left := missing_packages(needs_of(command, dict(os.environ))):
        raise SetupError(f"still missing after installing: {', '.join(left)}")
    if needs_environment and not can_make_environments():
        raise SetupError(
            f"{sys.executable} still has no ensurepip: it is not the system's Python; "
            "please run this with /usr/bin/python3 or give this Python its ensurepip."
        )


# --- the environment inside the checkout -------------------------------------------------------------------


def environment_python(root: Path) -> Path:
    """The interpreter of the checkout's own environment."""
    return root / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def runs(python: Path) -> bool:
    """Whether `python` is there, starts and is new enough (a moved or half-made environment does not)."""
    if not python.exists():
        return False
    probe = f"import sys; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    try:
        return subprocess.run([python, "-c", probe], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def fingerprint(root: Path) -> dict[str, object]:
    """All that decides what the environment should hold: another value means another set-up."""

    def digest(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""

    return {
        "version": STAMP_VERSION,
        "checkout": str(root),
        "lock": digest(root / ".ci" / "requirements.lock"),
        "project": digest(root / "pyproject.toml"),
        "fonts": [digest(path) for path in sorted((root / "resources" / "fonts").glob("*.py"))],
    }


def stamp_path(root: Path) -> Path:
    """Where the finished set-up is noted: inside the environment, so that both vanish together."""
    return root / ".venv" / "bootstrap.json"


def is_current(root: Path) -> bool:
    """Whether the environment was set up for exactly this state of the checkout."""
    try:
        noted = json.loads(stamp_path(root).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    has_fonts = any((root / "resources" / "fonts").glob("*.ttf"))
    return bool(noted == fingerprint(root)) and environment_python(root).exists() and has_fonts


def make_environment(root: Path) -> Path:
    """Create `.venv`, or repair one that does not run or has no pip; its interpreter's path."""
    python = environment_python(root)
    if not runs(python):
        say("creating .venv")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(root / ".venv")], check=True)
    elif subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode != 0:
        subprocess.run([python, "-m", "ensurepip", "--upgrade"], check=True, stdout=subprocess.DEVNULL)
    return python


def count_requirements(lock: str) -> int:
    """How many packages a lock file pins (a few of them for other systems only)."""
    return sum(1 for line in lock.splitlines() if "==" in line and not line.startswith((" ", "#")))


def show_progress(lines: Iterable[str], total: int) -> list[str]:
    """Turn pip's talk into one moving line; all of it comes back for the case that pip fails."""
    seen: list[str] = []
    done = 0
    is_terminal = sys.stdout.isatty()
    for line in lines:
        seen.append(line.rstrip())
        if not line.startswith("Collecting ") and not line.startswith("Installing collected"):
            continue
        done += line.startswith("Collecting ")
        name = line.split()[1].split("==")[0] if line.startswith("Collecting ") else "unpacking"
        if is_terminal:
            print(f"\r    {min(done, total)}/{total} {name:<40}", end="", flush=True)
        elif done % 20 == 0 or name == "unpacking":
            print(f"    {min(done, total)}/{total} {name}", flush=True)
    if is_terminal and done:
        print()
    return seen


def pip_install(python: Path, arguments: Sequence[str], total: int) -> None:
    """Run pip with the person's own configuration; raise SetupError with its last words when it fails."""
    command = [str(python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        said = show_progress(pip.stdout or (), total)
    if pip.returncode != 0:
        last = "\n".join(line.rstrip() for line in said[-25:])
        raise SetupError(f"{last}\n\npip failed (see above); run the same command again to go on.", 1)


def install_everything(root: Path) -> None:
    """The locked packages, the project itself, the fonts; the stamp comes last."""
    python = make_environment(root)
    stamp_path(root).unlink(missing_ok=True)
    lock = root / ".ci" / "requirements.lock"
    total = count_requirements(lock.read_text("utf-8"))
    say(f"installing {total} packages from the lock file (about 250 MB the first time)")
    pip_install(python, ["--require-hashes", "--only-binary", ":all:", "-r", str(lock)], total)
    pip_install(python, ["--no-deps", "--no-index", "--no-build-isolation", "-q", "-e", str(root)], 1)
    say("making the Chinese fonts ready (once, about a minute)")
    subprocess.run([str(python), "-m", "resources.fonts"], cwd=root, check=True)
    stamp_path(root).write_text(json.dumps(fingerprint(root), indent=1), "utf-8")


def prepare(root: Path, command: str) -> Path:
    """Do what is still to do before `command` can run; the interpreter to run it with."""
    current = is_current(root)
    prepare_system(command, needs_environment=not current and not runs(environment_python(root)))
    if command == "test" and platform.system() == "Linux":
        install_tools(missing_tools((*BROWSER, *HISTORY)), apt_prefix())
    if not current:
        started = time.monotonic()
        install_everything(root)
        say(f"ready after {time.monotonic() - started:.0f} s")
    return environment_python(root)


# --- the two commands --------------------------------------------------------------------------------------


def start_demo(python: Path, arguments: Sequence[str]) -> int:
    """Start the program on demo data; its exit status."""
    environment = dict(os.environ)
    has_screen = (
        platform.system() != "Linux" or environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    )
    if not has_screen and "QT_QPA_PLATFORM" not in environment:
        say("no screen here (DISPLAY and WAYLAND_DISPLAY are empty): the window is drawn offscreen")
        environment["QT_QPA_PLATFORM"] = "offscreen"
    command = [str(python), "-m", "desktop", "demo", *arguments]
    if os.name == "posix":
        os.execve(python, command, environment)  # signals and the exit status are then the program's own
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


LANES: tuple[tuple[tuple[str, list[str]], ...], ...] = (
    (("mypy", ["-m", "mypy"]),),
    (
        ("ruff format", ["-m", "ruff", "format", "--check", "."]),
        ("ruff check", ["-m", "ruff", "check", "."]),
        ("lint-imports", ["-c", "from importlinter.cli import lint_imports_command as go; go()"]),
    ),
)


def run_lane(python: Path, lane: Sequence[tuple[str, list[str]]]) -> list[str]:
    """Run checks one after another and print what a failed one said; the names of those that failed."""
    failed = []
    for name, arguments in lane:
        started = time.monotonic()
        done = subprocess.run(
            [str(python), *arguments], cwd=ROOT, capture_output=True, text=True, errors="replace", check=False
        )
        seconds = time.monotonic() - started
        if done.returncode == 0:
            say(f"{name}: good ({seconds:.0f} s)")
        else:
            failed.append(name)
            say(f"{name}: FAILED ({seconds:.0f} s)\n{done.stdout}{done.stderr}")
    return failed


def run_tests(python: Path, arguments: Sequence[str]) -> int:
    """With arguments: pytest with them. Without: every check, pytest last; 0 only if all were good."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    if arguments:
        return subprocess.run(
            [str(python), "-m", "pytest", *arguments], env=environment, check=False
        ).returncode
    with ThreadPoolExecutor(len(LANES)) as lanes:
        failed = [name for names in lanes.map(lambda lane: run_lane(python, lane), LANES) for name in names]
    command = [str(python), "-m", "pytest", "-n", "2", "--dist", "worksteal"]
    status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    if failed:
        print(f"failed besides the tests: {', '.join(failed)}", file=sys.stderr, flush=True)
    return status or int(bool(failed))


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, prepare, run; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("command", choices=["demo", "test"])
    given, rest = parser.parse_known_args(arguments)
    if sys.version_info < OLDEST_PYTHON:
        print(f"Qiantai needs Python 3.11 or newer; this is {platform.python_version()}.", file=sys.stderr)
        return 2
    try:
        python = prepare(ROOT, given.command)
        return start_demo(python, rest) if given.command == "demo" else run_tests(python, rest)
    except SetupError as stopped:
        print(stopped, file=sys.stderr)
        return stopped.status
    except subprocess.CalledProcessError as failed:
        print(f"{' '.join(map(str, failed.cmd))} failed with status {failed.returncode}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
