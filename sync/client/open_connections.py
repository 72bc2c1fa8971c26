"""The connections of a link that are open, so that another thread can end what waits on them."""

from __future__ import annotations

import socket
import threading
from typing import Any


class OpenConnections:
    """What `HttpLink.abort` takes hold of: a second handle of each open connection, since the first one
    belongs to the thread that waits on it."""

    def __init__(self) -> None:
        self._handles: dict[int, socket.socket] = {}
        self._lock = threading.Lock()
        self.is_aborted = False

    def opened(self, key: int, connected: socket.socket) -> None:
        with self._lock:
            handle = connected.dup()
            self._handles[key] = handle
            if self.is_aborted:
                _shut(handle)

    def closed(self, key: int) -> None:
        with self._lock:
            handle = self._handles.pop(key, None)
        if handle is not None:
            handle.close()

    def end(self) -> None:
        """Whatever still holds one, it is closed."""
        with self._lock:
            for handle in self._handles.values():
                _shut(handle)
                handle.close()
            self._handles.clear()

    def abort(self) -> None:
        with self._lock:
            self.is_aborted = True
            for handle in self._handles.values():
                _shut(handle)


def _shut(handle: socket.socket) -> None:
    try:
        handle.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was faster


def watched_pool(pool: Any, connections: OpenConnections) -> Any:
    """urllib3 finds the class of its connections in the class of their pool."""

    class Watched(pool.ConnectionCls):  # type: ignore[misc]
        def _new_conn(self) -> socket.socket:
            connected: socket.socket = super()._new_conn()
            connections.opened(id(self), connected)
            return connected

        def close(self) -> None:
            connections.closed(id(self))
            super().close()

    return type("WatchedPool", (pool,), {"ConnectionCls": Watched})
