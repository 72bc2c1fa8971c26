"""A real headquarters with certificates of a company's own authority, and what a desk makes of each."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from models.errors import DomainError
from sync.client.enrol import connect, enrol
from sync.client.transport import Address, HttpLink, Timeouts
from sync.protocol import PROTOCOL, SCHEMA, SyncRequest
from tests.sync.parts import HqProcess, MemoryTokens, fresh_file

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Paper:
    """A certificate with its key, as files."""

    certificate: Path
    key: Path

    @property
    def pin(self) -> str:
        text = self.certificate.read_text("utf-8")
        return sha256(ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN") :])).hexdigest()


class Authority:
    """A company's own: makes certificates as it is told to."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name}.pem"
        builder = self._builder(self._name, self._key.public_key(), datetime.now(UTC) + 30 * DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        made = builder.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, until: datetime
    ) -> x509.CertificateBuilder:
        own = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(until - 60 * DAY)
            .not_valid_after(until)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False
            )
        )

    def paper(self, name: str, place: x509.GeneralName, until: datetime) -> Paper:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = self._builder(subject, key.public_key(), until)
        builder = builder.add_extension(x509.SubjectAlternativeName([place]), critical=False)
        made = builder.sign(self._key, hashes.SHA256())
        found = Paper(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        words = "阳光物业的证书\n".encode()  # people write such things above it
        found.certificate.write_bytes(words + made.public_bytes(serialization.Encoding.PEM))
        found.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return Authority(folder, "ours")


HERE = x509.IPAddress(ip_address("127.0.0.1"))


@pytest.fixture
def served(folder: Path, authority: Authority) -> Iterator[HqProcess]:
    """Stopped by the fixture; a test starts it with the paper it is about."""
    process = HqProcess(folder)
    yield process
    process.stop()


def start(process: HqProcess, paper: Paper) -> str:
    process.start("--certificate", str(paper.certificate), "--key", str(paper.key))
    assert process.url.startswith("https://127.0.0.1:")
    return process.url


def ask(url: str, *, ca_file: Path | None = None, pin: str | None = None) -> str:
    """What the desk makes of it: a token that nobody knows is refused by headquarters itself, so the line
    is good."""
    link = HttpLink(Address(url, ca_file, pin), "nobody.knows", Timeouts(2, 5, 5))
    try:
        link.sync(SyncRequest(PROTOCOL, SCHEMA))
    except DomainError as error:
        return error.code
    finally:
        link.close()
    return "ok"


REACHED = "token-unknown"


def test_the_companys_own_authority(served: HqProcess, authority: Authority, folder: Path) -> None:
    paper = authority.paper("right", HERE, datetime.now(UTC) + DAY)
    url = start(served, paper)
    stranger = Authority(folder, "others")
    assert ask(url, ca_file=authority.file) == REACHED
    assert ask(url, ca_file=stranger.file) == "hq-certificate"
    assert ask(url) == "hq-certificate", "nobody else vouches for it"
    assert ask(url, pin=paper.pin) == REACHED
    assert ask(url, pin=paper.pin.upper()) == REACHED
    assert ask(url, pin="0" * 64) == "hq-certificate"
    assert ask(url, ca_file=authority.file, pin=paper.pin) == REACHED
    assert ask(url, ca_file=stranger.file, pin=paper.pin) == "hq-certificate", "either must hold"
    assert ask(url, ca_file=authority.file, pin="0" * 64) == "hq-certificate"
    assert ask(url.replace("https", "http")) in {"hq-silent", "hq-cut"}
    served.add_site("阳光花园")
    database, tokens = fresh_file(folder / "desk.db"), MemoryTokens()
    with pytest.raises(DomainError) as caught:
        enrol(database, tokens, Address(url, stranger.file), served.code("阳光花园"))
    assert (caught.value.code, tokens.token) == ("hq-certificate", None)
    enrol(database, tokens, Address(url, authority.file), served.code("阳光花园"))
    link = connect(database, tokens)
    assert link.sync(SyncRequest(PROTOCOL, SCHEMA)).cursor == 0
    began = time.monotonic()
    served.stop()
    assert time.monotonic() - began < 5, "a desk that keeps its line holds up no end"
    link.close()
    database.close()


@pytest.mark.parametrize(
    ("name", "place", "days", "pinned"),
    [("elsewhere", x509.DNSName("hq.example"), 1, REACHED), ("expired", HERE, -1, REACHED)],
    ids=["wrong name", "expired"],
)
def test_a_paper_that_does_not_hold(
    served: HqProcess, authority: Authority, name: str, place: x509.GeneralName, days: int, pinned: str
) -> None:
    """Pinned, it is known by itself: neither its name nor its dates are anybody's word then."""
    paper = authority.paper(name, place, datetime.now(UTC) + days * DAY)
    url = start(served, paper)
    assert ask(url, ca_file=authority.file) == "hq-certificate"
    assert ask(url, pin=paper.pin) == pinned


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "hq.example"])
def test_headquarters_serves_nobody_elsewhere_in_the_clear(served: HqProcess, host: str) -> None:
    done = served.command("serve", "--host", host, "--port", "0")
    assert done.returncode == 1
    assert "--certificate" in done.stderr


@pytest.mark.parametrize("url", ["http://10.1.2.3:8470", "http://hq.example", "http://127.0.0.1.hq.example"])
def test_a_desk_sends_nothing_elsewhere_in_the_clear(url: str) -> None:
    assert ask_refused(url) == "hq-address"


def ask_refused(url: str) -> str:
    with pytest.raises(DomainError) as caught:
        HttpLink(Address(url))
    return caught.value.code


def test_what_was_refused_is_found_in_the_log_by_its_number(served: HqProcess, folder: Path) -> None:
    served.start()
    link = HttpLink(Address(served.url), "nobody.knows")
    with pytest.raises(DomainError) as caught:
        link.sync(SyncRequest(PROTOCOL, SCHEMA))
    link.close()
    number = str(caught.value.values["request_id"])
    log = (folder / "hq.log").read_text("utf-8")
    assert [line for line in log.splitlines() if f'"id": "{number}"' in line and '"status": 401' in line]
