"""Bytes on the wire: a counting proxy between a client and its server, both on this machine."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass
class Counted:
    """Bytes of everything that passed, heads of requests and answers with it."""

    up: int = 0
    down: int = 0

    @property
    def both(self) -> int:
        return self.up + self.down


class CountingProxy:
    """Listens at ``url`` and passes everything on to ``target`` (``http://host:port``)."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (str(parts.hostname), int(parts.port or 80))
        self._counted = Counted()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def taken(self) -> Counted:
        """What passed since the last time this was asked."""
        counted, self._counted = self._counted, Counted()
        return counted

    def close(self) -> None:
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                for one in (near, far):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._pass, args=(near, far, "up"), daemon=True).start()
                threading.Thread(target=self._pass, args=(far, near, "down"), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, way: str) -> None:
        with suppress(OSError), source, target:
            while chunk := source.recv(1 << 18):
                counted = self._counted
                setattr(counted, way, getattr(counted, way) + len(chunk))
                target.sendall(chunk)
