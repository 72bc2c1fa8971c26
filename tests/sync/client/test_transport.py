"""What may answer instead of headquarters, and what the desk makes of it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from models.errors import DomainError
from sync import protocol
from sync.client.enrol import enrol
from sync.client.transport import Address, HttpLink, Timeouts, check_address
from sync.protocol import MEDIA_TYPE, PROTOCOL, SCHEMA, SHORT_TYPE, EnrolRequest, SyncReply, SyncRequest
from tests.desktop.false_headquarters import answer, make_certificate
from tests.sync.parts import HqProcess, MemoryTokens, fresh_file

QUICK = Timeouts(connect=1.0, read=0.5, whole=1.5)
ASK = SyncRequest(PROTOCOL, SCHEMA)
GOOD = protocol.encode(SyncReply(PROTOCOL, SCHEMA, cursor=7, epoch="e", server_ms=1))


@contextmanager
def server(behave: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A listener that reads a request and then does as it likes."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    stopping = threading.Event()

    def serve() -> None:
        while not stopping.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            connection.settimeout(2)
            try:
                if context:
                    connection = context.wrap_socket(
                        connection, server_side=True, do_handshake_on_connect=False
                    )
                    connection.do_handshake()
                connection.recv(65536)
                behave(connection)
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
            finally:
                connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        stopping.set()
        thread.join()
        listener.close()


def ask(port: int, scheme: str = "http", **values: object) -> str:
    link = HttpLink(Address(f"{scheme}://127.0.0.1:{port}", **values), "token", QUICK)  # type: ignore[arg-type]
    try:
        link.sync(ASK)
    except DomainError as error:
        return error.code
    finally:
        link.close()
    return "ok"


def trickle(connection: socket.socket) -> None:
    connection.sendall(answer("200 OK", MEDIA_TYPE, b"", length=1000))
    for _ in range(30):
        connection.sendall(b"x")
        threading.Event().wait(0.1)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (answer("200 OK", MEDIA_TYPE, GOOD), "ok"),
        (answer("200 OK", "text/html", b"<html>please sign in</html>"), "hq-foreign"),
        (answer("302 Found", "text/html", b""), "hq-foreign"),
        (answer("404 Not Found", "text/html", b"<h1>404</h1>"), "hq-foreign"),
        (answer("500 Internal Server Error", "text/html", b"<h1>oops</h1>"), "hq-error"),
        (answer("503 Busy", "application/json", b'{"code":"hq-busy","values":{"seconds":5}}'), "hq-busy"),
        (answer("401 No", "application/json", b'{"code":"token-unknown"}'), "token-unknown"),
        (answer("200 OK", MEDIA_TYPE, GOOD, length=len(GOOD) + 50), "hq-cut"),
        (answer("200 OK", MEDIA_TYPE, GOOD[: len(GOOD) // 2]), "hq-cut"),
        (answer("200 OK", MEDIA_TYPE, b""), "hq-cut"),
        (answer("200 OK", MEDIA_TYPE, b"\xff" * 50), "hq-cut"),
        (answer("200 OK", MEDIA_TYPE, GOOD).partition(b"content-length")[0], "hq-cut"),
        (b"", "hq-silent"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "hq-silent"),
    ],
    ids=[
        "headquarters", "sign-in page", "redirect", "not found", "500", "busy", "401", "half a body",
        "half a message", "nothing in it", "noise", "half a head", "nothing", "something else entirely",
    ],
)  # fmt: skip
def test_answers(sent: bytes, expected: str) -> None:
    with server(lambda connection: connection.sendall(sent)) as port:
        assert ask(port) == expected


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert ask(port) == "hq-unreachable"


def test_a_request_that_went_out_is_not_said_to_have_never_left() -> None:
    """Found by killing headquarters: it took the batch, died before the answer, and the second try met a
    closed door. The desk forgot that it had sent the batch, and was taken for a copy of itself."""
    listener = socket.create_server(("127.0.0.1", 0))

    def take_and_die() -> None:
        connection, _ = listener.accept()
        connection.recv(65536)
        listener.close()
        connection.close()

    thread = threading.Thread(target=take_and_die)
    thread.start()
    code = ask(listener.getsockname()[1])
    thread.join()
    assert code == "hq-silent"


def test_an_answer_that_never_comes() -> None:
    with server(lambda _: (threading.Event().wait(1.2) and None) or None) as port:
        assert ask(port) == "hq-timeout"


def test_an_answer_that_trickles_does_not_hold_the_desk_for_ever() -> None:
    with server(trickle) as port:
        assert ask(port) == "hq-timeout"


def test_a_name_that_does_not_exist() -> None:
    link = HttpLink(Address("https://hq.invalid"), "token", QUICK)
    with pytest.raises(DomainError) as caught:
        link.sync(ASK)
    link.close()
    assert caught.value.code == "hq-unreachable"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of its own authority, for this machine: (certificate, key)."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


def test_certificates(certificate: tuple[Path, Path]) -> None:
    pem, key = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    pin = sha256(ssl.PEM_cert_to_DER_cert(pem.read_text())).hexdigest()
    with server(lambda connection: connection.sendall(answer("200 OK", MEDIA_TYPE, GOOD)), context) as port:
        assert ask(port, "https") == "hq-certificate"
        assert ask(port, "https", ca_file=pem) == "ok"
        assert ask(port, "https", pin=pin) == "ok"
        assert ask(port, "https", pin="0" * 64) == "hq-certificate"
    with server(lambda connection: connection.sendall(answer("200 OK", MEDIA_TYPE, GOOD))) as port:
        assert ask(port, "https", ca_file=pem) == "hq-not-tls", "plain HTTP behind an https address"
        assert ask(port, "https", pin=pin) == "hq-not-tls"


@pytest.mark.parametrize(
    "url",
    ["http://hq.example", "ftp://127.0.0.1", "127.0.0.1:80", "", "https://", "https://a@b", "https://hq?x=1"],
)
def test_addresses_that_are_not_used(url: str) -> None:
    with pytest.raises(DomainError) as caught:
        check_address(url)
    assert caught.value.code == "hq-address"


def test_addresses_that_are() -> None:
    assert check_address(" https://hq.example/ ") == "https://hq.example"
    assert check_address("http://127.0.0.1:8470") == "http://127.0.0.1:8470"
    assert check_address("http://[::1]:8470") == "http://[::1]:8470"


def test_an_address_is_pasted_with_the_name_of_its_certificate() -> None:
    typed = Address.typed(f" https://hq.example/#sha256={'AB:' * 31}AB ")
    assert typed == Address("https://hq.example", pin="ab" * 32)
    assert Address.typed("https://hq.example") == Address("https://hq.example")
    for wrong in ("https://hq.example#", "https://hq.example#sha256=ab", f"http://hq.example#{'a' * 64}"):
        with pytest.raises(DomainError, match="hq-address"):
            Address.typed(wrong)


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("127.0.0.1:8470", "http://127.0.0.1:8470"),
        (" localhost:8470/ ", "http://localhost:8470"),
        ("[::1]:8470", "http://[::1]:8470"),
        ("hq.example.com:8470", "https://hq.example.com:8470"),
        ("hq.example.com", "https://hq.example.com"),
        ("192.168.1.5:8470", "https://192.168.1.5:8470"),
        (f"127.0.0.1:8470#sha256={'a' * 64}", "https://127.0.0.1:8470"),
    ],
)
def test_an_address_without_a_scheme(typed: str, url: str) -> None:
    assert Address.typed(typed).url == url


@pytest.mark.parametrize("typed", ["", "[::1", "a@b", "http://192.168.1.5:8470"])
def test_what_is_no_address_without_a_scheme_either(typed: str) -> None:
    with pytest.raises(DomainError, match="hq-address"):
        Address.typed(typed)


def test_plain_http_where_headquarters_wants_tls_says_so_at_an_enrolment(
    certificate: tuple[Path, Path],
) -> None:
    """It closes without a word, and was told as a line that is to be tried again."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with server(lambda _: None, context) as port:
        assert enrolled(port) == "hq-wants-tls"
    with server(lambda _: None) as port:
        assert enrolled(port) == "hq-silent"


def enrolled(port: int) -> str:
    link = HttpLink(Address(f"http://127.0.0.1:{port}"), "", QUICK)
    try:
        link.enrol(EnrolRequest(PROTOCOL, SCHEMA, "CODE", "nonce", "name"))
    except DomainError as error:
        return error.code
    finally:
        link.close()
    return "ok"


def test_what_headquarters_prints_at_its_start_is_what_a_desk_needs(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    hq = HqProcess(tmp_path)
    hq.start("--certificate", str(certificate[0]), "--key", str(certificate[1]))
    try:
        printed = (tmp_path / "hq.log").read_text(encoding="utf-8")
        address = Address.typed(next(word for word in printed.split() if "#sha256=" in word))
        database = fresh_file(tmp_path / "desk.db")
        hq.add_site("阳光花园")
        enrolled = enrol(database, MemoryTokens(), address, hq.code("阳光花园"))
        assert enrolled.site_name == "阳光花园"
        database.close()
    finally:
        hq.stop()


def test_short_names_are_for_a_headquarters_that_knows_them() -> None:
    """Also for one that goes back to an older version while the desk runs."""
    known = protocol.encode(SyncReply(PROTOCOL, SCHEMA, cursor=7, server_ms=1, echo=5))
    refused = answer("400 Bad Request", "application/json", b'{"code":"body-type"}')
    coming = [answer("200 OK", MEDIA_TYPE, known), answer("200 OK", SHORT_TYPE, known), refused]
    coming += [answer("200 OK", MEDIA_TYPE, GOOD), refused]
    with server(lambda connection: connection.sendall(coming.pop(0))) as port:
        link = HttpLink(Address(f"http://127.0.0.1:{port}"), "token", QUICK)
        assert [link.sync(ASK).echo for _ in range(3)] == [5, 5, 0]
        with pytest.raises(DomainError, match="body-type"):
            link.sync(ASK)  # the long name is the last that there is
        link.close()
