"""The recovery file: the database key under a passphrase, so that a backup outlives the machine it came from.

The file is JSON with its own parameters: Argon2id makes a key of the passphrase, AES-256-GCM seals the
database key with it. Whoever has file and passphrase can read every backup: it belongs in a safe.
"""

from __future__ import annotations

import base64
import json
import os
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from desktop.key_store import KEY_BYTES, KeyStore, fingerprint, write_secret
from models.errors import DomainError

FORMAT = "qiantai-recovery-1"
SHORTEST_PASSPHRASE = 12
LARGEST_FILE = 10_000
LARGEST_MEMORY = 1 << 20
"""KiB: a forged file must not ask for more memory than a desk has."""


@dataclass(frozen=True)
class Cost:
    """Argon2id's parameters (RFC 9106, second choice): ``memory`` in KiB."""

    memory: int = 64 * 1024
    rounds: int = 3
    lanes: int = 4


def export_recovery(store: KeyStore, path: Path, passphrase: str, *, site: str = "") -> None:
    """Write the key of *store* to a new file *path* under *passphrase*; *site* is readable in the file.

    Raises ``DomainError``: ``passphrase-short`` (under 12 characters), ``key-exists`` (the file is there),
    and what `KeyStore.read` raises.
    """
    plain = unicodedata.normalize("NFC", passphrase)
    if len(plain) < SHORTEST_PASSPHRASE:
        raise DomainError("passphrase-short", shortest=SHORTEST_PASSPHRASE)
    key = store.read()
    cost, salt, nonce = Cost(), os.urandom(16), os.urandom(12)
    head: dict[str, Any] = {"format": FORMAT, "fingerprint": fingerprint(key), "site": site, **asdict(cost)}
    sealed = AESGCM(_stretch(plain, salt, cost)).encrypt(nonce, key, _bound(head))
    secrets = {"salt": salt, "nonce": nonce, "sealed": sealed}
    body = head | {name: base64.b64encode(value).decode() for name, value in secrets.items()}
    write_secret(path, json.dumps(body, indent=1))


def read_recovery(path: Path, passphrase: str) -> bytes:
    """The key in a recovery file.

    Raises ``DomainError``: ``recovery-unreadable`` (no such file, or not one of ours) and
    ``recovery-passphrase`` (wrong passphrase, or the file was altered: the two cannot be told apart).
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ValueError("too large")
        body = json.loads(path.read_text(encoding="utf-8"))
        head = {name: body[name] for name in ("format", "fingerprint", "site", *asdict(Cost()))}
        salt, nonce, sealed = (
            base64.b64decode(body[name], validate=True) for name in ("salt", "nonce", "sealed")
        )
        cost = Cost(int(body["memory"]), int(body["rounds"]), int(body["lanes"]))
        if body["format"] != FORMAT or not 8 * cost.lanes <= cost.memory <= LARGEST_MEMORY:
            raise ValueError("format")
        if not (1 <= cost.rounds <= 100 and 1 <= cost.lanes <= 64 and len(salt) >= 8 and len(nonce) == 12):
            raise ValueError("parameters")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DomainError("recovery-unreadable", path=str(path)) from error
    try:
        key = AESGCM(_stretch(unicodedata.normalize("NFC", passphrase), salt, cost)).decrypt(
            nonce, sealed, _bound(head)
        )
    except InvalidTag as error:
        raise DomainError("recovery-passphrase", path=str(path)) from error
    if len(key) != KEY_BYTES or fingerprint(key) != body["fingerprint"]:
        raise DomainError("recovery-unreadable", path=str(path))
    return key


def import_recovery(store: KeyStore, path: Path, passphrase: str) -> None:
    """Give *store* the key of a recovery file; raises ``key-exists`` when it has another key."""
    store.keep(read_recovery(path, passphrase))


def _stretch(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    return hash_secret_raw(
        passphrase.encode(), salt, cost.rounds, cost.memory, cost.lanes, KEY_BYTES, Type.ID
    )


def _bound(head: dict[str, Any]) -> bytes:
    return json.dumps(head, sort_keys=True, ensure_ascii=False).encode()
