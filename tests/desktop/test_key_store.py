"""The keys of a profile: never lost silently, never written over, and the fallback says that it is one."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from keyring.errors import KeyringLocked

from desktop.key_recovery import export_recovery, import_recovery, read_recovery
from desktop.key_store import KEY_FILE, PLACE_FILE, TOKEN_FILE, KeyPlace, KeyStore
from models.errors import DomainError

PASSPHRASE = "院子里有三棵桂花树和一口老井"


class Shelf:
    """A key store that keeps what it is given, like an operating system's."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class LockedShelf(Shelf):
    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("the collection is locked")


def fault(error: pytest.ExceptionInfo[DomainError]) -> str:
    return error.value.code


def test_the_key_goes_into_the_os_store_and_not_into_a_file(tmp_path: Path) -> None:
    shelf = Shelf()
    key = KeyStore(tmp_path, shelf).create()
    assert KeyStore(tmp_path, shelf).read() == key
    assert KeyStore(tmp_path, shelf).status().place is KeyPlace.OS_STORE
    assert not (tmp_path / KEY_FILE).exists()
    assert key.hex() not in (tmp_path / PLACE_FILE).read_text()


def test_without_a_store_the_key_is_a_private_file_and_status_says_so(tmp_path: Path) -> None:
    key = KeyStore(tmp_path).create()  # the tests run with keyring's null backend: it keeps nothing
    assert KeyStore(tmp_path).read() == key
    assert KeyStore(tmp_path).status().path == tmp_path / KEY_FILE
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_two_profiles_do_not_share_a_key(tmp_path: Path) -> None:
    shelf = Shelf()
    keys = {KeyStore(tmp_path / name, shelf).create() for name in ("a", "b")}
    assert len(keys) == 2


@pytest.mark.parametrize("backend", [None, Shelf()])
def test_a_key_is_never_written_over(tmp_path: Path, backend: Shelf | None) -> None:
    store = KeyStore(tmp_path, backend)
    key = store.create()
    with pytest.raises(DomainError) as error:
        store.create()
    assert fault(error) == "key-exists"
    assert store.read() == key


def test_a_lone_key_file_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("00" * 32)
    with pytest.raises(DomainError, match="key-exists"):
        KeyStore(tmp_path).create()
    assert (tmp_path / KEY_FILE).read_text() == "00" * 32


def test_a_crash_between_key_and_place_file_leaves_a_usable_key(tmp_path: Path) -> None:
    key = KeyStore(tmp_path).create()
    (tmp_path / PLACE_FILE).unlink()
    assert KeyStore(tmp_path).obtain() == key


def test_no_key_was_made(tmp_path: Path) -> None:
    assert not KeyStore(tmp_path).has_key()
    with pytest.raises(DomainError, match="key-missing"):
        KeyStore(tmp_path).read()


def test_a_store_that_lost_the_key_is_told(tmp_path: Path) -> None:
    shelf = Shelf()
    KeyStore(tmp_path, shelf).create()
    shelf.kept.clear()
    with pytest.raises(DomainError, match="key-lost"):
        KeyStore(tmp_path, shelf).read()
    with pytest.raises(DomainError, match="key-exists"):
        KeyStore(tmp_path, shelf).create()  # a new key would shut the old database for ever


def test_a_lost_key_file_is_told(tmp_path: Path) -> None:
    KeyStore(tmp_path).create()
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(DomainError, match="key-lost"):
        KeyStore(tmp_path).read()


@pytest.mark.parametrize("text", ["", "zz", "00" * 32, "00" * 16])
def test_another_key_in_the_file_is_told_before_any_database_is_opened(tmp_path: Path, text: str) -> None:
    KeyStore(tmp_path).create()
    (tmp_path / KEY_FILE).write_text(text)
    with pytest.raises(DomainError, match="key-wrong"):
        KeyStore(tmp_path).read()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"place": 1, "service": "x", "fingerprint": "y"}', "\x00"])
def test_a_spoilt_place_file_is_a_lost_key(tmp_path: Path, text: str) -> None:
    (tmp_path / PLACE_FILE).write_text(text)
    with pytest.raises(DomainError, match="key-lost"):
        KeyStore(tmp_path).read()


def test_a_locked_store_is_told_and_not_mistaken_for_a_lost_key(tmp_path: Path) -> None:
    shelf = Shelf()
    KeyStore(tmp_path, shelf).create()
    with pytest.raises(DomainError, match="key-store-locked"):
        KeyStore(tmp_path, LockedShelf()).read()


def test_a_profile_that_cannot_be_written_keeps_no_key(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DomainError, match="key-not-kept"):
        KeyStore(tmp_path / "file" / "profile").create()


@pytest.mark.parametrize("backend", [None, Shelf()])
def test_the_token_is_kept_replaced_and_forgotten(tmp_path: Path, backend: Shelf | None) -> None:
    store = KeyStore(tmp_path, backend)
    store.create()
    assert store.load() is None
    store.save("one")
    store.save("two")
    assert KeyStore(tmp_path, backend).load() == "two"
    assert (tmp_path / TOKEN_FILE).exists() == (backend is None)
    store.forget()
    assert store.load() is None
    store.forget()


def test_recovery_brings_a_lost_key_back(tmp_path: Path) -> None:
    shelf = Shelf()
    store = KeyStore(tmp_path, shelf)
    key = store.create()
    export_recovery(store, tmp_path / "recovery.json", PASSPHRASE, site="翠湖苑")
    assert key.hex() not in (tmp_path / "recovery.json").read_text()
    shelf.kept.clear()
    import_recovery(store, tmp_path / "recovery.json", PASSPHRASE)
    assert store.read() == key


def test_recovery_serves_a_new_machine(tmp_path: Path) -> None:
    key = KeyStore(tmp_path / "old").create()
    export_recovery(KeyStore(tmp_path / "old"), tmp_path / "recovery.json", PASSPHRASE)
    import_recovery(KeyStore(tmp_path / "new", Shelf()), tmp_path / "recovery.json", PASSPHRASE)
    assert read_recovery(tmp_path / "recovery.json", PASSPHRASE) == key
    with pytest.raises(DomainError, match="key-lost"):
        KeyStore(tmp_path / "new", Shelf()).read()


def test_recovery_never_replaces_another_key(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "a")
    store.create()
    export_recovery(store, tmp_path / "recovery.json", PASSPHRASE)
    other = KeyStore(tmp_path / "b")
    key = other.create()
    with pytest.raises(DomainError, match="key-exists"):
        import_recovery(other, tmp_path / "recovery.json", PASSPHRASE)
    assert other.read() == key


def test_recovery_refuses_a_short_passphrase_and_an_existing_file(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    store.create()
    with pytest.raises(DomainError, match="passphrase-short"):
        export_recovery(store, tmp_path / "recovery.json", "1234567")
    (tmp_path / "recovery.json").write_text("mine")
    with pytest.raises(DomainError, match="key-exists"):
        export_recovery(store, tmp_path / "recovery.json", PASSPHRASE)


def test_a_wrong_passphrase_and_an_altered_file_are_refused(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    store.create()
    path = tmp_path / "recovery.json"
    export_recovery(store, path, PASSPHRASE, site="翠湖苑")
    with pytest.raises(DomainError, match="recovery-passphrase"):
        read_recovery(path, PASSPHRASE + "。")
    body = json.loads(path.read_text())
    path.write_text(json.dumps(body | {"site": "别处"}))
    with pytest.raises(DomainError, match="recovery-passphrase"):
        read_recovery(path, PASSPHRASE)


@pytest.mark.parametrize(
    "change",
    [{"memory": 1 << 40}, {"rounds": 0}, {"lanes": "x"}, {"salt": "%"}, {"format": "other"}, {"nonce": ""}],
)
def test_a_forged_recovery_file_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    store = KeyStore(tmp_path)
    store.create()
    path = tmp_path / "recovery.json"
    export_recovery(store, path, PASSPHRASE)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(DomainError, match="recovery-unreadable"):
        read_recovery(path, PASSPHRASE)


@pytest.mark.parametrize("content", ["", "[]", "qiantai", "{}", "x" * 20_000])
def test_what_is_no_recovery_file_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "recovery.json"
    path.write_text(content)
    with pytest.raises(DomainError, match="recovery-unreadable"):
        read_recovery(path, PASSPHRASE)
