"""One window for one profile: a second start brings the first one to the front and ends.

The lock is a file lock, which the system lets go of even if the program is killed; the wake-up goes over a
local socket named after the profile.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from filelock import FileLock, Timeout
from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

WAKE_TIMEOUT_MS = 1500


class SingleInstance(QObject):
    """Ask `acquire` first; False means that another one runs and has been woken."""

    woken = Signal()
    """A second start asked for this window."""

    def __init__(self, lock: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = FileLock(lock)
        digest = hashlib.sha256(str(lock.absolute()).encode()).hexdigest()[:16]
        self.name = f"qiantai-{digest}"
        self._server: QLocalServer | None = None

    def acquire(self) -> bool:
        """Become the one that runs, or wake it."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            self._wake()
            return False
        QLocalServer.removeServer(self.name)
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._on_connection)
        server.listen(self.name)
        self._server = server
        return True

    def release(self) -> None:
        """Let the next one start."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._lock.release()

    def _wake(self) -> None:
        socket = QLocalSocket(self)
        socket.connectToServer(self.name)
        socket.waitForConnected(WAKE_TIMEOUT_MS)
        socket.abort()

    def _on_connection(self) -> None:
        if self._server is not None:
            connection = self._server.nextPendingConnection()
            if connection is not None:
                connection.deleteLater()
            self.woken.emit()
