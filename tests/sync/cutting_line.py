"""A line between desk and headquarters that counts every byte and can be cut after any of them."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field


@dataclass
class CuttingLine:
    """Listens on ``port`` of this machine and passes on to ``target``. `plan` says how many bytes go one way
    before everything is closed at once, then how many more, and so on; after that any number goes."""

    target: int
    up: int = 0
    down: int = 0
    cuts: int = 0
    _left: dict[str, int | None] = field(default_factory=lambda: {"up": None, "down": None})
    _plan: list[int] = field(default_factory=list)
    _way: str = "up"
    _era: int = 0
    """Connections of an earlier one are cut."""
    _sockets: set[socket.socket] = field(default_factory=set)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _is_closed: bool = False

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._start(self._accept)

    def plan(self, way: str, cuts: list[int]) -> None:
        """``way`` is ``up`` or ``down``."""
        with self._lock:
            self._way, self._plan = way, cuts[::-1]
            self._arm()

    def _arm(self) -> None:
        self._left = {"up": None, "down": None}
        if self._plan:
            self._left[self._way] = self._plan.pop()

    def close(self) -> None:
        self._is_closed = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._cut(is_counted=False)
        for thread in self._threads:
            thread.join(5)

    def _start(self, work: object, *values: object) -> None:
        thread = threading.Thread(target=work, args=values, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._is_closed:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            with self._lock:
                self._sockets |= {near, far}
            self._start(self._pass, near, far, "up", self._era)
            self._start(self._pass, far, near, "down", self._era)

    def _pass(self, source: socket.socket, target: socket.socket, way: str, era: int) -> None:
        try:
            while piece := source.recv(65536):
                with self._lock:
                    if era != self._era:
                        break
                    left = self._left[way]
                    if left is not None:
                        piece = piece[:left]
                        left -= len(piece)
                    self._left[way] = left
                    if way == "up":
                        self.up += len(piece)
                    else:
                        self.down += len(piece)
                target.sendall(piece)
                if left == 0:
                    self._cut()
        except OSError:
            pass
        finally:
            for one in (source, target):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
                with self._lock:
                    self._sockets.discard(one)

    def _cut(self, *, is_counted: bool = True) -> None:
        with self._lock:
            sockets = list(self._sockets)
            self.cuts += is_counted
            self._era += 1
            self._arm()
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
