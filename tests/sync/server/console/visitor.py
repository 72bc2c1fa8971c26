"""A console with planted sites and people who visit it over its real HTTP face, in this process."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from litestar.testing import TestClient
from sqlalchemy import update

from sync.server.app import create_app
from sync.server.blobs import BlobStore
from sync.server.console import accounts, sessions
from sync.server.console.app import Console
from sync.server.console.security import SESSION_COOKIE
from sync.server.database import HqDatabase
from sync.server.store import Store
from sync.server.tables import hq_account
from tests.sync.server.console.planting import Planted, plant

HOST = "http://hq.test"
PASSWORD = "Teehaus-2026-offen"
NOW = 1_795_305_600_000
"""2026-11-22 08:00 at the sites."""
ROLES = {"anna": "administrator", "otto": "operator", "vera": "viewer"}
_TOKEN = re.compile(r'name="token" value="([^"]+)"')


@dataclass
class World:
    """``now`` is the console's clock, in ms."""

    folder: Path
    database: HqDatabase
    planted: Planted
    now: int = NOW
    client: Any = field(init=False)
    console: Console = field(init=False)
    blobs: BlobStore = field(init=False)

    def __post_init__(self) -> None:
        self.blobs = BlobStore(self.folder / "blobs")
        self.console = Console(self.database, self.blobs, now=lambda: self.now)
        app = create_app(Store(self.database), self.blobs, console=self.console)
        self.client = TestClient(app, base_url=HOST)
        self.client.__enter__()

    def account_id(self, name: str) -> str:
        with self.database.surveying() as connection:
            return accounts.by_name(connection, name).account_id

    def visitor(self, name: str = "", language: str = "zh-CN") -> Visitor:
        """Somebody signed in, without the form; nobody when there is no name."""
        visitor = Visitor(self, language)
        if name:
            with self.database.administering() as connection:
                account = accounts.by_name(connection, name)
                visitor.cookies[SESSION_COOKIE] = sessions.begin(connection, account, self.now)
        return visitor

    def close(self) -> None:
        self.client.__exit__(None, None, None)
        self.database.close()


@dataclass
class Visitor:
    """A browser as far as HTTP goes: keeps its cookies, sends its origin, does not follow by itself."""

    world: World
    language: str = "zh-CN"
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Any:
        return self._send("GET", path, None, headers)

    def post(self, path: str, fields: dict[str, Any] | None = None, **headers: str) -> Any:
        """With the token of this visitor's forms."""
        return self._send("POST", path, {"token": self.token(), **(fields or {})}, headers)

    def bare_post(self, path: str, fields: dict[str, Any], **headers: str) -> Any:
        return self._send("POST", path, fields, headers)

    def token(self) -> str:
        found = _TOKEN.search(self.get("/keys" if SESSION_COOKIE in self.cookies else "/sign-in").text)
        return found[1] if found else ""

    def sign_in(self, name: str, password: str = PASSWORD, **headers: str) -> Any:
        return self.post("/sign-in", {"name": name, "password": password}, **headers)

    def _send(self, method: str, path: str, fields: Any, headers: dict[str, str]) -> Any:
        sent = {"accept-language": self.language}
        if method == "POST":
            sent["origin"] = HOST
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.world.client.cookies.clear()
        answer = self.world.client.request(
            method, f"/console{path}", data=fields, headers={k: v for k, v in sent.items() if v},
            follow_redirects=False,
        )  # fmt: skip
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        for line in answer.headers.get_list("set-cookie"):
            if "Max-Age=0" in line:
                self.cookies.pop(line.partition("=")[0], None)
        return answer


def fill(url: str, *, sites: int = 3, tickets: int = 24) -> Planted:
    """Sites with their tickets and one account of each kind, into an empty database."""
    with closing(HqDatabase(url)) as database:
        planted = plant(database, NOW, sites=sites, tickets=tickets)
        with database.administering() as connection:
            for name, role in ROLES.items():
                accounts.add(connection, name, role, NOW, password=PASSWORD)
            accounts.add(
                connection, "rosa", "administrator", NOW, password=PASSWORD, sites=[planted.sites[0]]
            )
            accounts.add(connection, "zora", "viewer", NOW, password=PASSWORD)  # whom the others administer
            connection.execute(update(hq_account).values(must_change=0))
            accounts.add(connection, "nina", "viewer", NOW, password=PASSWORD)  # has her first password still
    return planted
