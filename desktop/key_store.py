"""Where the keys of a profile are kept: the operating system's key store, or a file where there is none.

``key.json`` in the profile says where the database key is and how to recognise it; it holds no secret. The
key itself is written, read back and flushed to the disk before any database is made with it, and nothing
here ever writes over a key that is already there.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from models.errors import DomainError

KEY_BYTES = 32
PLACE_FILE = "key.json"
KEY_FILE = "database.key"
TOKEN_FILE = "sync.token"  # noqa: S105 - a file's name
_KEY_NAME = "database key"
_TOKEN_NAME = "sync token"  # noqa: S105 - a name in the key store


class KeyPlace(StrEnum):
    OS_STORE = "os store"
    FILE = "file"


class KeyBackend(Protocol):
    """What is used of `keyring.backend.KeyringBackend`."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


@dataclass(frozen=True)
class KeyStatus:
    """Where the key is, for the settings page: the fallback file's ``path`` or the store's name."""

    place: KeyPlace
    backend: str
    path: Path | None


class KeyStore:
    """The keys of one profile folder. Makes no key by itself: `create` once, `read` ever after."""

    def __init__(self, profile: Path, backend: KeyBackend | None = None) -> None:
        self.profile = profile
        self._backend = backend

    # -- the database key ------------------------------------------------------------------------

    def has_key(self) -> bool:
        """Whether a key was ever made for this profile (it may be lost all the same)."""
        return (self.profile / PLACE_FILE).exists() or (self.profile / KEY_FILE).exists()

    def obtain(self) -> bytes:
        """The key for a new database: a fresh one, or the one that an interrupted start left unused."""
        return self.read() if self.has_key() else self.create()

    def create(self) -> bytes:
        """A new random key, kept safely; raises ``DomainError("key-exists")`` if there is one already."""
        return self.keep(secrets.token_bytes(KEY_BYTES))

    def keep(self, key: bytes) -> bytes:
        """Keep a key that came from elsewhere (a recovery file).

        Keeping the key that is there already, or giving a lost one back, is fine; raises
        ``DomainError("key-exists")`` when the profile has another key.
        """
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes")
        place = self._read_place()
        if place is not None and place["fingerprint"] != fingerprint(key):
            raise DomainError("key-exists", path=str(self.profile))
        service = place["service"] if place is not None else _new_service()
        kept = self._keep_in_store(service, key)
        if kept is KeyPlace.FILE and not self._file_holds(key):
            write_secret(self.profile / KEY_FILE, key.hex())
        if place is None or place["place"] != kept.value or not (self.profile / PLACE_FILE).exists():
            self._write_place(kept, service, key)
        return key

    def discard(self) -> None:
        """Take back a key just made, for a database that came to nothing."""
        place = self._read_place()
        if place is not None and place["place"] == KeyPlace.OS_STORE.value:
            with suppress(Exception):  # every backend has its own error for "there is none"
                self._store().delete_password(place["service"], _KEY_NAME)
        for name in (PLACE_FILE, KEY_FILE):
            with suppress(OSError):
                (self.profile / name).unlink(missing_ok=True)

    def knows_its_key(self) -> bool:
        """Whether the profile can tell its own key from another, even when the key itself is lost."""
        try:
            return self._read_place() is not None
        except DomainError:
            return False

    def give_back(self, key: bytes) -> bytes:
        """Keep a recovered key where this profile's was lost, spoilt or never made.

        What stood in its place is set aside under another name. Raises ``key-exists`` when the profile
        knows its key and this is another one.
        """
        if not self.knows_its_key() and (self.profile / PLACE_FILE).exists():
            set_aside(self.profile / PLACE_FILE)
        place = self._read_place()
        if place is not None and place["fingerprint"] != fingerprint(key):
            raise DomainError("key-exists", path=str(self.profile))
        if (self.profile / KEY_FILE).exists() and not self._file_holds(key):
            set_aside(self.profile / KEY_FILE)
        if place is not None:
            with suppress(Exception):  # a store that fails in any way is a store we do not have
                found = self._store().get_password(place["service"], _KEY_NAME)
                aside = f"{_KEY_NAME} set aside"
                if found not in (None, key.hex()) and self._put_in_store(place["service"], aside, str(found)):
                    self._store().delete_password(place["service"], _KEY_NAME)
        return self.keep(key)

    def read(self) -> bytes:
        """The database key.

        Raises ``DomainError``: ``key-missing`` (none was made here), ``key-lost`` (the store or the file no
        longer has it), ``key-wrong`` (there is one, but not this profile's), ``key-store-locked``.
        """
        place = self._read_place()
        if place is None:
            raise DomainError("key-missing", path=str(self.profile))
        if place["place"] == KeyPlace.OS_STORE.value:
            text = self._ask_store(place["service"], _KEY_NAME)
        else:
            text = read_secret(self.profile / KEY_FILE)
        if text is None:
            raise DomainError("key-lost", path=str(self.profile))
        with suppress(ValueError):
            key = bytes.fromhex(text.strip())
            if len(key) == KEY_BYTES and fingerprint(key) == place["fingerprint"]:
                return key
        raise DomainError("key-wrong", path=str(self.profile))

    def status(self) -> KeyStatus:
        """Where the key is; raises ``DomainError("key-missing")`` when none was made."""
        place = self._read_place()
        if place is None:
            raise DomainError("key-missing", path=str(self.profile))
        if place["place"] == KeyPlace.FILE.value:
            return KeyStatus(KeyPlace.FILE, "", self.profile / KEY_FILE)
        return KeyStatus(KeyPlace.OS_STORE, type(self._store()).__module__.rpartition(".")[2], None)

    # -- the sync token --------------------------------------------------------------------------

    def save(self, token: str) -> None:
        """Keep the desk's token of headquarters; a later enrolment replaces an earlier one's."""
        place = self._read_place()
        service = place["service"] if place is not None else ""
        if service and self._put_in_store(service, _TOKEN_NAME, token):
            (self.profile / TOKEN_FILE).unlink(missing_ok=True)
        else:
            write_secret(self.profile / TOKEN_FILE, token, replace=True)

    def load(self) -> str | None:
        """The token; None when this desk is not enrolled or the store lost it."""
        from_file = read_secret(self.profile / TOKEN_FILE)
        if from_file:
            return from_file.strip()
        place = self._read_place()
        return None if place is None else self._ask_store(place["service"], _TOKEN_NAME)

    def forget(self) -> None:
        """Forget the token (revoked, or the file was restored)."""
        (self.profile / TOKEN_FILE).unlink(missing_ok=True)
        place = self._read_place()
        if place is not None:
            with suppress(Exception):  # every backend has its own error for "there is none"
                self._store().delete_password(place["service"], _TOKEN_NAME)

    # -- inside ----------------------------------------------------------------------------------

    def _read_place(self) -> dict[str, str] | None:
        path = self.profile / PLACE_FILE
        try:
            content: Any = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return self._adopted()
        except (OSError, ValueError) as error:
            raise DomainError("key-lost", path=str(path)) from error
        names = ("place", "service", "fingerprint")
        if not isinstance(content, Mapping) or not all(isinstance(content.get(name), str) for name in names):
            raise DomainError("key-lost", path=str(path))
        return {name: content[name] for name in names}

    def _adopted(self) -> dict[str, str] | None:
        """A crash can leave the key file without its `PLACE_FILE`: the key in it is good."""
        text = (read_secret(self.profile / KEY_FILE) or "").strip()
        if not re.fullmatch(r"[0-9a-f]{64}", text):
            return None
        return self._write_place(KeyPlace.FILE, _new_service(), bytes.fromhex(text))

    def _write_place(self, place: KeyPlace, service: str, key: bytes) -> dict[str, str]:
        content = {"place": place.value, "service": service, "fingerprint": fingerprint(key)}
        write_secret(self.profile / PLACE_FILE, json.dumps(content), replace=True)
        return content

    def _store(self) -> KeyBackend:
        if self._backend is None:
            import keyring

            backend: KeyBackend = keyring.get_keyring()
            self._backend = backend
        return self._backend

    def _keep_in_store(self, service: str, key: bytes) -> KeyPlace:
        found: str | None = None
        with suppress(Exception):  # a store that fails in any way is a store we do not have
            found = self._store().get_password(service, _KEY_NAME)
        if found is not None and found != key.hex():
            raise DomainError("key-exists", path=service)
        return KeyPlace.OS_STORE if self._put_in_store(service, _KEY_NAME, key.hex()) else KeyPlace.FILE

    def _put_in_store(self, service: str, name: str, secret: str) -> bool:
        """Write and read back; False when there is no store or it does not keep what it is given."""
        try:
            store = self._store()
            store.set_password(service, name, secret)
            return store.get_password(service, name) == secret
        except Exception:  # each operating system's backend raises errors of its own
            return False

    def _ask_store(self, service: str, name: str) -> str | None:
        try:
            return self._store().get_password(service, name)
        except Exception as error:
            raise DomainError("key-store-locked", reason=str(error) or type(error).__name__) from error

    def _file_holds(self, key: bytes) -> bool:
        return (read_secret(self.profile / KEY_FILE) or "").strip() == key.hex()


def _new_service() -> str:
    """A name in the operating system's store that no other profile has."""
    return f"qiantai-{secrets.token_hex(8)}"


def fingerprint(key: bytes) -> str:
    """Tells whether a key is the right one, and nothing else about it."""
    return hashlib.sha256(b"qiantai key\0" + key).hexdigest()[:16]


def read_secret(path: Path) -> str | None:
    """The text of a secret file; None when there is none."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DomainError("key-file-unreadable", path=str(path)) from error


def write_secret(path: Path, text: str, *, replace: bool = False) -> None:
    """Write a file that only its owner may read, and have it on the disk before returning.

    Raises ``DomainError``: ``key-exists`` when it is there and may not be replaced, ``key-not-kept`` when
    the folder cannot be written or the disk is full.
    """
    if path.exists() and not replace:
        raise DomainError("key-exists", path=str(path))
    fresh = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise DomainError("key-not-kept", path=str(path), reason=error.strerror or "") from error


def set_aside(path: Path) -> Path:
    """Give a file that is in the way another name beside it; the new name."""
    number = 1
    while (kept := path.with_name(f"{path.name}.aside-{number}")).exists():
        number += 1
    try:
        return path.rename(kept)
    except OSError as error:
        raise DomainError("key-not-kept", path=str(path), reason=error.strerror or "") from error


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows flushes the entry with the file
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
