"""Troubles put into a real file, as a sync round would have left them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from models.entities import Conflict, LocalState, OperationLog, RefusedPatch, Resident, Staff, Ticket
from models.entities.synced import new_id
from models.queries.stored_values import entity_of, from_stored
from models.work import Work

LATER = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)


def add_resident(work: Work, name: str = "单梅") -> str:
    return work.add(Resident(name=name, kind="person", level="regular")).id


def plant_conflict(
    work: Work,
    table: str,
    row_id: str,
    field: str,
    kept: Any,
    lost: Any,
    *,
    reason: str = "concurrent",
    state: str = "open",
    now: Any = None,
) -> str:
    """Desk B's value was kept, desk A's lost; values as stored. *now*: what somebody made of it since."""
    kind = entity_of(table)
    row = work.session.get(kind, row_id) if kind is not None else None
    if row is not None and field != "deleted":
        setattr(row, field, from_stored(table, field, kept if now is None else now))
    return work.add(
        Conflict(
            table_name=table,
            row_id=row_id,
            field=field,
            kept_value=kept,
            lost_value=lost,
            kept_by="B",
            lost_by="A",
            kept_at=LATER,
            lost_at=LATER - timedelta(minutes=7),
            reason=reason,
            state=state,
        )
    ).id


def plant_refusal(
    work: Work, table: str, row_id: str, values: dict[str, Any], code: str, *, field: str | None = None
) -> str:
    refused_id = new_id()
    work.session.add(
        RefusedPatch(
            id=refused_id,
            table_name=table,
            row_id=row_id,
            patch={"values": values, "field": field},
            code=code,
            refused_at=LATER,
        )
    )
    work.session.flush()
    return refused_id


LONG = (
    "客厅采光好，厨房偏小；希望物业协助联系橱柜厂家重新量尺寸，周末在家。楼道灯夜里偏暗，老人下楼不方便，"
    "希望换成声控灯。"
)


def plant_all(work: Work) -> None:
    """One of each kind, over rows that are there: for pictures."""
    tickets = work.session.scalars(select(Ticket).where(Ticket.state == "dispatched").limit(2)).all()
    done = work.session.scalars(select(Ticket).where(Ticket.state == "archived").limit(1)).one()
    people = work.session.scalars(
        select(Staff).where(Staff.staff_no != "0001").order_by(Staff.name).limit(3)
    ).all()
    residents = work.session.scalars(select(Resident).limit(3)).all()
    first, second = tickets
    plant_conflict(work, "ticket", first.id, "handler_id", people[0].id, people[1].id)
    plant_conflict(work, "ticket", first.id, "priority", "urgent", "normal")
    plant_conflict(work, "ticket", first.id, "task", "关总阀，换角阀", "先联系业主，下午换角阀")
    plant_conflict(work, "ticket", second.id, "handler_id", people[0].id, people[1].id, now=people[2].id)
    plant_conflict(work, "ticket", done.id, "state", "archived", "in_progress", reason="rank", state="ruled")
    plant_conflict(
        work, "resident", residents[0].id, "home_opinion",
        LONG, LONG.replace("周末在家", "工作日也在家").replace("声控灯", "感应灯"),
    )  # fmt: skip
    plant_conflict(work, "resident", residents[1].id, "deleted", None, 1, reason="revived")
    plant_conflict(work, "resident", residents[2].id, "level", "key", "regular", state="accepted")
    for desk, name, minutes in (("B", "何苗", 0), ("A", "周敏", -7)):
        at = LATER + timedelta(minutes=minutes)
        for table, row in (("ticket", first.id), ("ticket", second.id), ("resident", residents[0].id)):
            work.session.add(
                OperationLog(
                    at=at, staff_name=name, desk=desk, operation="edit", table_name=table, row_id=row
                )
            )
    plant_refusal(work, "resident", residents[0].id, {"level": "platinum"}, "patch-unknown-value")
    plant_refusal(
        work, "resident", residents[1].id, {"note": "住户来电说明" * 2000}, "bad-value", field="note"
    )
    work.session.add(
        LocalState(
            key="sync.link", value={"url": "https://hq.example.com", "site_id": work.site_id, "epoch": "1"}
        )
    )
