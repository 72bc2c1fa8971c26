"""Sites with desks, people, tickets and callbacks, straight into headquarters' tables: as many as are asked
for, the same for the same seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, update

from models.entities.synced import new_id
from models.services.seeds import seed_id
from sync.clock import make_stamp
from sync.server.auth import DEFAULT_QUOTA, hash_of
from sync.server.database import HqDatabase
from sync.server.tables import SITE_TABLES, hq_blob, hq_desk, hq_site

DAY = 86_400_000
HOUR = 3_600_000
NAMES = (
    "阳光花园",
    "翠湖天地",
    "金色家园",
    "滨江一号",
    "东方名苑",
    "紫荆公馆",
    "和平里",
    "长安雅居",
    "云栖小镇",
    "梧桐苑",
)
MATTERS = (
    "厨房水管漏水",
    "楼道灯不亮",
    "电梯异响",
    "门禁刷不开",
    "下水道堵塞",
    "空调不制冷",
    "装修噪音扰民",
    "停车位被占",
)
CATEGORIES = ("给排水", "电气", "门窗", "电梯", "渗漏", "公共设施")
CHUNK = 5_000
TICKET = SITE_TABLES["ticket"].table


@dataclass(frozen=True)
class Planted:
    """Ids, in the order of the sites."""

    sites: tuple[str, ...]
    tickets: tuple[str, ...]
    """The first ticket of each site."""


def plant(
    database: HqDatabase, now_ms: int, *, sites: int = 3, tickets: int = 20, seed: int = 1, days: int = 60
) -> Planted:
    """``tickets`` of each site are spread over ``days``; the oldest are archived, some new ones are open."""
    made = random.Random(seed)
    ids, firsts = [], []
    for number in range(sites):
        site_id = new_id()
        ids.append(site_id)
        with database.administering() as connection:
            _site(connection, made, site_id, number, now_ms)
            firsts.append(_tickets(connection, made, site_id, tickets, now_ms, days))
    return Planted(tuple(ids), tuple(firsts))


def _site(connection: Connection, made: random.Random, site_id: str, number: int, now_ms: int) -> None:
    suffix = "" if number < len(NAMES) else f" {number // len(NAMES) + 1} 期"
    silent = number % 7 == 3
    values = {
        "site_id": site_id,
        "name": NAMES[number % len(NAMES)] + suffix,
        "created_at": now_ms - 200 * DAY,
    }
    connection.execute(insert(hq_site), [{**values, "blob_quota": DEFAULT_QUOTA, "seq": 0, "digest": 0}])
    for desk in (1, 2):
        connection.execute(
            insert(hq_desk),
            [
                {
                    "site_id": site_id, "number": desk, "letter": "AB"[desk - 1], "name": f"前台电脑 {desk}",
                    "nonce": new_id(), "token_hash": hash_of(f"{site_id}{desk}"), "cursor": 0, "push": 0,
                    "enrolled_at": now_ms - 200 * DAY, "schema": 1, "push_hash": "", "push_try": 0,
                    "seen_at": now_ms - (3 * DAY if silent else made.randrange(60_000, 30 * 60_000)),
                    "version": "0.2.0" if made.random() < 0.8 else "0.1.0",
                    "pending": made.choice((0, 0, 0, 3, 12)),
                }
            ],
        )  # fmt: skip
    size = made.randrange(1, 18) * 1024**3
    blob = {"site_id": site_id, "sha256": new_id() * 2, "size": size, "complete": 1, "at": now_ms}
    connection.execute(insert(hq_blob), [blob])
    _put(connection, site_id, "category", [_row(seed_id("category", name), name=name) for name in CATEGORIES])
    _put(connection, site_id, "department", [_row(seed_id("department", "engineering"), name="工程部")])
    _put(connection, site_id, "staff", [_row(seed_id("staff", str(n)), name=f"师傅{n}") for n in range(5)])
    _put(
        connection, site_id, "room",
        [_row(seed_id("room", f"{n}"), code=f"{n % 8 + 1}-1-{n % 30 + 1}01") for n in range(60)],
    )  # fmt: skip


def _tickets(
    connection: Connection, made: random.Random, site_id: str, count: int, now_ms: int, days: int
) -> str:
    first = ""
    rows = []
    for number in range(count):
        rows.append(_ticket(made, number, count, now_ms, days))
        first = first or rows[0]["id"]
        if len(rows) >= CHUNK or number == count - 1:
            _put(connection, site_id, "ticket", rows)
            _put(connection, site_id, "callback", list(_callbacks(made, rows)))
            rows = []
    events = [
        _row(
            new_id(), ticket_id=first, at=now_ms - (50 - place) * HOUR, kind=kind,
            staff_id=seed_id("staff", "1"), text="已联系住户 13812345678" if kind == "accept" else None,
        )
        for place, kind in enumerate(("receive", "dispatch", "accept"))
    ]  # fmt: skip
    _put(connection, site_id, "ticket_event", events)
    moved = TICKET.c.id == first, TICKET.c.site_id == site_id
    connection.execute(update(TICKET).where(*moved).values(field_stamps=_stamps(now_ms - HOUR)))
    for _number in range(made.randrange(3)):
        ticket = {"table_name": "ticket", "row_id": first, "field": "priority", "state": "open"}
        values = {"kept_value": '"urgent"', "lost_value": '"normal"', "kept_by": "A", "lost_by": "B"}
        at = {"kept_at": now_ms - HOUR, "lost_at": now_ms - 2 * HOUR, "reason": "concurrent"}
        _put(connection, site_id, "conflict", [_row(new_id(), **ticket, **values, **at)])
    return first


def _ticket(made: random.Random, number: int, count: int, now_ms: int, days: int) -> dict[str, Any]:
    age = int(days * DAY * (1 - number / max(count, 1))) + made.randrange(HOUR)
    received = now_ms - age
    is_open = made.random() < (0.5 if age < 2 * DAY else 0.02)
    worked = int(made.lognormvariate(2.2, 1.0) * HOUR / 3)
    state = made.choice(("received", "dispatched", "in_progress", "suspended")) if is_open else "archived"
    rating = made.choices(("satisfied", "neutral", "dissatisfied", None), (70, 15, 4, 11))[0]
    return _row(
        new_id(),
        number=f"A-26{made.randrange(1, 12):02d}{made.randrange(1, 28):02d}-{number % 10_000:04d}",
        kind=made.choices(("repair", "complaint", "enquiry"), (80, 12, 8))[0],
        channel="phone",
        category_id=seed_id("category", made.choice(CATEGORIES)),
        department_id=seed_id("department", "engineering"),
        handler_id=seed_id("staff", str(made.randrange(5))),
        room_id=seed_id("room", str(made.randrange(60))),
        priority=made.choices(("normal", "urgent", "critical"), (85, 12, 3))[0],
        state=state,
        caller_name=made.choice(("王女士", "李先生", "张伟", "赵敏")),
        caller_phone=f"138{made.randrange(10**8):08d}",
        matter=made.choice(MATTERS),
        received_at=received,
        due_at=received + 24 * HOUR,
        suspended_ms=0,
        completed_at=None if is_open else received + worked,
        rating=None if is_open else rating,
        reopened_count=int(made.random() < 0.03),
        escalation=0,
    )


def _callbacks(made: random.Random, tickets: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in tickets:
        if one["completed_at"] is not None and made.random() < 0.35:
            said = made.choices(("satisfied", "fairly", "dissatisfied"), (75, 20, 5))[0]
            yield _row(
                new_id(), kind="completion", ticket_id=one["id"], due_on="2026-11-01", state="done",
                reason="repair_sampled", tries=0, called_at=one["completed_at"] + DAY, way="phone", reached=1,
                solved=int(said != "dissatisfied"), satisfaction=said,
            )  # fmt: skip


def _stamps(at_ms: int) -> str:
    """``field_stamps`` of a row whose priority was edited, as headquarters keeps it."""
    stamp = make_stamp(at_ms, 0, 1)
    return json.dumps({"priority": [stamp, 1, 1, 0, []]})


def _row(own_id: str, **values: Any) -> dict[str, Any]:
    return {"id": own_id, **values}


def _put(connection: Connection, site_id: str, table: str, rows: list[dict[str, Any]]) -> None:
    head = {"site_id": site_id, "stamp": 1, "seq": 1, "created_seq": 1, "source_desk": 1}
    if rows:
        connection.execute(insert(SITE_TABLES[table].table), [{**head, **row} for row in rows])
