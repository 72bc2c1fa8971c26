"""What every test stands on: an offscreen screen, an empty home, no network, repeatable chance.

The parts are real ones (a real encrypted file, real Qt); only the world around them is made small.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
os.environ["TZ"] = "Asia/Shanghai"  # a desk's wall clock; the machine's own zone must not decide a test
if hasattr(time, "tzset"):
    time.tzset()

settings.register_profile(
    "ci", derandomize=True, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


class NetworkForbidden(AssertionError):
    """A test tried to reach a machine other than this one."""


def _is_loopback(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in {"localhost", "", "None"}:
        return True
    try:
        return ip_address(name.split("%")[0]).is_loopback
    except ValueError:
        return False


def _check_name(host: object) -> None:
    """Answer names under `.invalid` as a resolver without them would; forbid every other one."""
    if str(host).endswith(".invalid"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if not _is_loopback(host) and str(host) not in {"0.0.0.0", "::"}:
        raise NetworkForbidden(f"a test asked for the address of {host!r}")


def _watch_sockets(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: let tests talk to loopback and to local sockets only."""
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            raise NetworkForbidden(f"a test tried to reach {address!r}")
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        _check_name(arguments[0])


sys.addaudithook(_watch_sockets)  # sees what C code and threads do as well, which patching would not


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home of the test's own; nothing of the person's who runs the tests is read or written."""
    folder = tmp_path_factory.mktemp("home")
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    places = {
        "HOME": folder,
        "USERPROFILE": folder,
        "APPDATA": folder / "AppData" / "Roaming",
        "LOCALAPPDATA": folder / "AppData" / "Local",
        "XDG_CONFIG_HOME": folder / ".config",
        "XDG_DATA_HOME": folder / ".local" / "share",
        "XDG_STATE_HOME": folder / ".local" / "state",
        "XDG_CACHE_HOME": folder / ".cache",
        "XDG_RUNTIME_DIR": runtime,
    }
    for name, place in places.items():
        monkeypatch.setenv(name, str(place))
    for name in [name for name in os.environ if name.startswith("QIANTAI_")]:
        monkeypatch.delenv(name)
    return folder
