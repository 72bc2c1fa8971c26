"""Troubles put into a real file, as a sync round would have left them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from models.entities import Conflict, RefusedPatch, Resident, Staff, Ticket
from models.entities.synced import new_id
from models.work import Work

LATER = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)


def add_resident(work: Work, name: str = "单梅") -> str:
    return work.add(Resident(name=name, kind="person", level="regular")).id


def plant_conflict(
    work: Work, table: str, row_id: str, field: str, kept: Any, lost: Any, *, reason: str = "concurrent"
) -> str:
    """Desk B's value was kept, desk A's lost."""
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
        )
    ).id


def plant_refusal(work: Work, table: str, row_id: str, values: dict[str, Any], code: str) -> str:
    refused_id = new_id()
    work.session.add(
        RefusedPatch(
            id=refused_id,
            table_name=table,
            row_id=row_id,
            patch={"values": values},
            code=code,
            refused_at=LATER,
        )
    )
    work.session.flush()
    return refused_id


def plant_all(work: Work) -> None:
    """One of each kind, over rows that are there: for pictures."""
    tickets = work.session.scalars(select(Ticket).limit(2)).all()
    people = work.session.scalars(
        select(Staff).where(Staff.staff_no != "0001").order_by(Staff.name).limit(2)
    ).all()
    resident = work.session.scalars(select(Resident).limit(1)).one()
    plant_conflict(work, "ticket", tickets[0].id, "handler_id", people[0].id, people[1].id)
    plant_conflict(work, "ticket", tickets[1].id, "state", "archived", "in_progress", reason="rank")
    plant_conflict(
        work, "resident", resident.id, "home_opinion",
        "客厅采光好，厨房偏小；希望物业协助联系橱柜厂家重新量尺寸，周末在家", "", reason="concurrent",
    )  # fmt: skip
    plant_refusal(work, "resident", resident.id, {"level": "platinum"}, "patch-unknown-value")
