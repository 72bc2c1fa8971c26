"""What an operator meets: one serve for a file, full disks, whose acts are noted, where to go."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from litestar.testing import TestClient
from sqlalchemy import select, update

from models.errors import DomainError
from sync.server.__main__ import main
from sync.server.app import create_app
from sync.server.commands.certificates import pin_of
from sync.server.commands.sole import alone
from sync.server.condition import Condition
from sync.server.database import HqDatabase
from sync.server.limits import Attempts, caller_of
from sync.server.tables import hq_audit, hq_desk
from tests.sync.parts import HqProcess, TestHq

ENROL = {"protocol": 1, "schema": 1, "code": "AAAA-BBBB-CCCC", "nonce": "0" * 32, "name": "x"}


def test_one_file_is_served_by_one_process(tmp_path: Path) -> None:
    process = HqProcess(tmp_path)
    process.start()
    try:
        for language, words in (("zh_CN", "另一个 qiantai-hq serve 正在使用"), ("en", "Only one at a time")):
            second = process.command("serve", "--port", "0", "--language", language)
            assert second.returncode == 1
            assert words in second.stderr
            assert "Traceback" not in second.stderr
        assert process.command("site", "add", "阳光花园").returncode == 0  # other commands may beside it
    finally:
        process.stop(is_killed=True)
    process.start()  # whoever was killed holds nothing
    process.stop()


def test_several_may_serve_a_database_server() -> None:
    with alone("postgresql://hq@host/hq"), alone("postgresql://hq@host/hq"):
        pass


def test_serving_says_where_the_console_is_and_how_to_get_in(tmp_path: Path) -> None:
    process = HqProcess(tmp_path)
    process.start()
    process.stop()
    log = tmp_path / "hq.log"
    said = log.read_text(encoding="utf-8")
    assert f"{process.url}/console/" in said
    assert f'qiantai-hq --database "{process.database}" account add NAME --role administrator' in said
    process.command("account", "add", "anna", "--role", "administrator")
    log.write_text("")
    process.start()
    process.stop()
    assert "account add" not in log.read_text(encoding="utf-8")


# -- disks -------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_health_says_when_a_disk_is_full_or_a_write_just_failed(
    hq: TestHq, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TestClient(create_app(hq.store, hq.blobs)) as client:
        condition: Condition = client.app.state["hq"].condition

        def health() -> tuple[int, str]:
            answer = client.get("/healthz")
            return answer.status_code, answer.json().get("code", "")

        assert health() == (200, "")
        condition.free_bytes = lambda _folder: 1_000
        assert health() == (503, "hq-disk-full")
        condition.free_bytes = lambda _folder: 1 << 40
        now = [0.0]
        condition.now = lambda: now[0]

        def full(*_: Any) -> Any:
            raise DomainError("hq-disk-full", seconds=5)

        monkeypatch.setattr(hq.store, "enrol", full)
        assert client.post("/v1/enrol", json=ENROL).status_code == 507
        assert health() == (503, "hq-disk-full")
        now[0] = 61.0
        assert health() == (200, "")


def test_health_says_when_the_file_cannot_be_written(hq: TestHq, monkeypatch: pytest.MonkeyPatch) -> None:
    def may(path: str | os.PathLike[str], mode: int) -> bool:
        """Root may write anything: what the system answers to anybody else."""
        writable = {stat.S_IMODE(Path(path).stat().st_mode) & 0o200}
        return mode != os.W_OK or 0 not in writable

    monkeypatch.setattr(os, "access", may)
    (hq.folder / "hq.db").chmod(0o400)
    with TestClient(create_app(hq.store, hq.blobs)) as client:
        answer = client.get("/healthz")
        assert (answer.status_code, answer.json()["code"]) == (503, "hq-read-only")
    (hq.folder / "hq.db").chmod(0o600)


# -- the audit ---------------------------------------------------------------------------------------


def test_what_the_command_does_is_noted(
    hq: TestHq, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> str:
        assert main(["--database", hq.store.database.url, *arguments]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    run("site", "add", "月亮湾")
    run("site", "rename", "月亮湾", "星星湾")
    run("desk", "code", "星星湾", "--count", "2")
    with hq.store.database.surveying() as connection:
        site = str(connection.execute(select(hq_audit.c.site_id)).scalars().first())
    hq.desk(site)
    with hq.store.database.administering() as connection:
        connection.execute(update(hq_desk).values(seen_at=1))
    assert "超过 30 天没有同步" in run("desk", "list")
    run("desk", "rotate", "星星湾", "a")
    run("desk", "revoke", "星星湾", "a")
    run("site", "quota", "星星湾", "5G")
    run("site", "quota", "星星湾")  # only looked at
    run("backup", str(tmp_path / "all.qiantai"))
    fresh = f"sqlite:///{tmp_path / 'fresh.db'}"
    assert main(["--database", fresh, "restore", str(tmp_path / "all.qiantai")]) == 0
    acts = _acts(hq.store.database.surveying)
    assert [act for act, _ in acts] == [
        "site-add", "site-rename", "desk-code", "desk-rotate", "desk-revoke", "site-quota", "backup",
    ]  # fmt: skip
    assert {who for _, who in acts} == {"qiantai-hq"}
    with closing(HqDatabase(fresh)) as restored:
        assert _acts(restored.surveying)[-1] == ("restore", "qiantai-hq")
    listed = run("desk", "list", "星星湾")
    assert "+00:00" not in listed
    assert "+00:00" in json.loads(run("desk", "list", "星星湾", "--json"))[0]["enrolled_at"]


@pytest.mark.parametrize(
    ("arguments", "chinese", "english"),
    [
        (["desk", "code", "幸福里", "--count", "100000"], "--count：应为 1 到 200 的整数", "from 1 to 200"),
        (["desk", "code", "幸福里", "--count", "many"], "--count：应为 1 到 200 的整数", "from 1 to 200"),
        (["site", "quota", "幸福里", "-5"], "size：大小应写成 50G 或 500M 这样", "size: write a size as 50G"),
        (["serve", "--backup-hours=-1"], "--backup-hours：应写成大于 0", "--backup-hours: write a number"),
        (["desk", "list", "--json=yes"], "--json 后面不能有值 'yes'", "--json takes no value like 'yes'"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_told_in_the_language_asked_for(
    arguments: list[str], chinese: str, english: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for language, words in (("en", english), ("zh_CN", chinese)):
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--language", language])
        told = capsys.readouterr().err
        assert (ended.value.code, words in told) == (2, True), told
        assert "argument " not in told


def _acts(surveying: Callable[[], Any]) -> list[tuple[str, str]]:
    with surveying() as connection:
        ordered = select(hq_audit.c.action, hq_audit.c.account).order_by(hq_audit.c.at, hq_audit.c.audit_id)
        return [(str(act), str(who)) for act, who in connection.execute(ordered)]


# -- strangers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7", "192.0.2.7"),
        ("::1", "::1"),
        ("testclient", "testclient"),
    ],
)
def test_one_line_of_ipv6_is_one_caller(address: str, caller: str) -> None:
    assert caller_of(address) == caller


def test_wrong_codes_of_one_ipv6_network_are_counted_together(hq: TestHq) -> None:
    app = create_app(hq.store, hq.blobs)
    attempts: Attempts = app.state["hq"].attempts
    with TestClient(app) as client:
        inner = client.app.asgi_handler
        for number in range(3):

            async def placed(scope: Any, receive: Any, send: Any, number: int = number) -> None:
                await inner({**scope, "client": (f"2001:db8::{number + 1}", 1)}, receive, send)

            client.app.asgi_handler = placed
            assert client.post("/v1/enrol", json=ENROL).status_code == 422
    assert [len(times) for times in attempts.times.values()] == [3]


# -- certificates ------------------------------------------------------------------------------------


def test_only_a_certificate_that_nobody_vouches_for_is_pinned(tmp_path: Path) -> None:
    """One of an authority changes every few months: desks that hold its fingerprint would be locked out."""
    own, issued = _certificate("hq", "hq"), _certificate("hq", "an authority")
    place = tmp_path / "certificate.pem"
    place.write_bytes(
        "自己的\n".encode() + own.public_bytes(Encoding.PEM) + issued.public_bytes(Encoding.PEM)
    )
    assert pin_of(place) == own.fingerprint(SHA256()).hex()
    place.write_bytes(issued.public_bytes(Encoding.PEM))
    assert pin_of(place) == ""
    place.write_text("no certificate")
    assert pin_of(place) == ""
    assert pin_of(tmp_path / "nothing") == pin_of(None) == ""


def _certificate(subject: str, issuer: str) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    day = datetime(2026, 11, 22, tzinfo=UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(day)
        .not_valid_after(day + timedelta(days=90))
        .sign(key, SHA256())
    )


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "daily"])
@pytest.mark.parametrize("option", ["--backup-hours", "--token-days"])
def test_a_period_of_nothing_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    """It began anew at every look."""
    place = ["--language", "en", "--database", f"sqlite:///{tmp_path / 'hq.db'}"]
    with pytest.raises(SystemExit) as ended:
        main([*place, "serve", option, value])
    assert ended.value.code == 2
    assert "write a number above 0" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
