"""What may stand where headquarters should: a listener that answers wrongly, or not at all."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sync.protocol import MEDIA_TYPE

Behave = Callable[[socket.socket], None]


def answer(status: str, media: str, body: bytes, length: int | None = None) -> bytes:
    """An HTTP answer, whose length may be a lie."""
    size = len(body) if length is None else length
    head = (
        f"HTTP/1.1 {status}\r\ncontent-type: {media}\r\ncontent-length: {size}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


def sends(content: bytes) -> Behave:
    return lambda connection: connection.sendall(content)


def waits(connection: socket.socket) -> None:
    """Say nothing until the other side gives up."""
    with suppress(OSError):
        while connection.recv(65_536):
            pass


HTML = answer("200 OK", "text/html", "<html>请先登录网络</html>".encode())
REDIRECT = answer("302 Found", "text/html", b"")
ERROR_500 = answer("500 Internal Server Error", "text/html", b"<h1>oops</h1>")
HALF = answer("200 OK", MEDIA_TYPE, b"\x00" * 40, length=4000)
NOISE = answer("200 OK", MEDIA_TYPE, b"\xff" * 40)


@contextmanager
def standing_in(behave: Behave, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address of a listener that reads a request and then does as it likes."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    stopping = threading.Event()

    def serve() -> None:
        while not stopping.is_set():
            try:
                connection, _address = listener.accept()
            except TimeoutError:
                continue
            connection.settimeout(5)
            with suppress(OSError):
                if context is not None:
                    connection = context.wrap_socket(connection, server_side=True)
                connection.recv(65_536)
                behave(connection)
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    thread = threading.Thread(target=serve, name="false headquarters")
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stopping.set()
        thread.join()
        listener.close()


@contextmanager
def nobody() -> Iterator[str]:
    """An address that refuses connections: bound, but not listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine that nobody vouches for: (certificate, key)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hq")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return pem, private


def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context
