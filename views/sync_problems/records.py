"""Rows of the sync page in the words of the trade: records, both values, why one counts. Free of Qt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from models.errors import DomainError
from models.queries.conflict_list import ConflictItem, RefusedItem, group_of
from models.queries.record_names import RecordName
from resources.terms import label as term
from resources.translations import gettext as _
from views import error_messages
from views.formats import Formats
from views.sync_problems.values import field_words, value_words

PAGES: Mapping[str, tuple[str, str]] = {
    "ticket": ("tickets", "ticket_id"),
    "resident": ("residents", "resident_id"),
    "room": ("rooms", "room_id"),
    "callback": ("callbacks", "callback_id"),
}
"""Tables whose records have a page, and what it is opened with."""
SHORT = 80
"""Characters of a value in a list."""


class Reader(Protocol):
    """Whom the words are for: a page, or the command line."""

    @property
    def formats(self) -> Formats: ...


@dataclass(frozen=True)
class ConflictRow:
    """A conflict in words. ``is_first`` of its record's: the others repeat its name in the list only when
    the list is sorted by something else."""

    id: str
    record: str
    field: str
    kept: str
    lost: str
    present: str
    at: datetime
    is_first: bool
    item: ConflictItem

    @property
    def group(self) -> tuple[str, str]:
        return group_of(self.item)

    @property
    def is_other_in_force(self) -> bool:
        """Whether the field holds the value that lost: somebody took it, or typed it again."""
        item = self.item
        return item.state == "taken_back" or item.present_value == item.lost_value != item.kept_value

    @property
    def staying(self) -> str:
        """What stays when the row is accepted."""
        if self.item.is_moved and self.item.field != "deleted":
            return self.present
        return self.lost if self.is_other_in_force else self.kept

    @property
    def other(self) -> str:
        """The value that is not in force."""
        return self.kept if self.is_other_in_force else self.lost

    @property
    def is_text(self) -> bool:
        """Whether both values are what somebody typed, no codes and no ids."""
        return (self.kept, self.lost) == (self.item.kept_value, self.item.lost_value)

    @property
    def own(self) -> tuple[str, str]:
        """The row itself, which may be a part of the record."""
        return self.item.table, self.item.row_id

    @property
    def place(self) -> tuple[str, str] | None:
        """The record to open, if it has a page of its own."""
        return self.group if self.group[0] in PAGES else None


def conflict_rows(
    items: Sequence[ConflictItem], context: Reader, names: Mapping[str, str]
) -> Iterator[ConflictRow]:
    before: tuple[str, str] | None = None
    for item in items:
        group = group_of(item)
        yield ConflictRow(
            id=item.id,
            record=record_words(item.record),
            field=_("整条记录") if item.field == "deleted" else field_words(item.table, item.field),
            kept=_value(item, item.kept_value, context, names),
            lost=_value(item, item.lost_value, context, names),
            present=_value(item, item.present_value, context, names),
            at=max(item.kept_at, item.lost_at),
            is_first=group != before,
            item=item,
        )
        before = group


def _value(item: ConflictItem, value: object, context: Reader, names: Mapping[str, str]) -> str:
    if item.field == "deleted":
        return _("删除") if value else _("保留")
    return value_words(item.table, item.field, value, context.formats, names)


def record_words(name: RecordName) -> str:
    """``工单 B-261121-0042``, ``住户 吴学文 · 电话 ***1443``."""
    own = _called(name.table, name.label or name.about)
    if name.owner is None:
        return own
    table, _id, label = name.owner
    return f"{_called(table, label)} · {own}"


def _called(table: str, label: str) -> str:
    if table == "ticket":
        return _("工单 {number}").format(
            number=label
        )  # one of them: in English another word than of the list
    return f"{term('table', table)} {label}".strip()


def who_words(by: str) -> str:
    """``前台 B · 周敏``; the value that headquarters itself wrote has no desk."""
    return _("前台 {who}").format(who=by) if by else _("总部")


def why_words(row: ConflictRow, context: Reader) -> str:
    """Which value counts and why, as one would say it across the desk."""
    item, formats = row.item, context.formats
    kept_by, lost_by = who_words(item.kept_by), who_words(item.lost_by)
    if item.reason == "revived":
        return _("{lost_by} 删除了这条记录，{kept_by} 同时还在改它。改动比删除要紧，所以留下了。").format(
            lost_by=lost_by, kept_by=kept_by
        )
    if item.state == "ruled" and item.field != "state":
        return _("{kept_by} 和 {lost_by} 都做了这一步，按 {kept_by} 记的算。").format(
            kept_by=kept_by, lost_by=lost_by
        )
    if item.state == "ruled" or item.reason == "rank":
        return _(
            "{kept_by} 已改为“{kept}”，{lost_by} 不知道，又改为“{lost}”。已完结的工单不被旧操作重开。"
        ).format(kept_by=kept_by, kept=row.kept, lost_by=lost_by, lost=row.lost)
    if item.reason == "restamped":
        return _(
            "两处同时改了这一项。{kept_by} 的电脑时钟快了，按总部收到的时间算它是后改的，所以用它的。"
        ).format(kept_by=kept_by)
    return _("两处同时改了这一项：{kept_by} 后改（{at}），所以用它的。").format(
        kept_by=kept_by, at=formats.moment(item.kept_at)
    )


def moved_words(row: ConflictRow, context: Reader) -> str:
    """That somebody edited the field again since, and what is there now; empty if nobody did."""
    item = row.item
    if item.record.is_gone and item.field != "deleted":
        return _("这条记录后来被删除了，只能认可。")
    if not item.is_moved:
        return ""
    at = context.formats.moment(item.present_at)
    if item.field == "deleted":
        return _("这条记录后来（{at}）又改过。").format(at=at)
    return _("这一项后来（{at}）又改过：当时算数的是“{kept}”，现在是“{value}”。").format(
        at=at, kept=shortened(row.kept), value=shortened(row.present)
    )


def settled_words(item: ConflictItem, context: Reader) -> str:
    """What became of it, by whom and when; empty while it is open."""
    if item.state == "ruled" and item.field != "state":
        return _("按规则已定，不用处理。")
    if item.state in ("open", "ruled"):
        return _("按规则已定，不用处理；真要重开，打开工单按“重开”。") if item.state == "ruled" else ""
    told = [term("conflict.state", item.state), item.settled_by]
    if item.settled_at is not None:
        told.append(context.formats.moment(item.settled_at))
    return " · ".join(part for part in told if part)


@dataclass(frozen=True)
class RefusedRow:
    """A refused change in words; ``typed`` are (field, value) in full."""

    id: str
    record: str
    what: str
    why: str
    at: datetime
    typed: tuple[tuple[str, str], ...]
    state: str
    item: RefusedItem

    @property
    def own(self) -> tuple[str, str]:
        """The row itself, which may be a part of a record."""
        return self.item.table, self.item.row_id

    @property
    def place(self) -> tuple[str, str] | None:
        owner = self.item.record.owner
        found = (owner[0], owner[1]) if owner is not None else (self.item.table, self.item.row_id)
        return found if found[0] in PAGES and not self.item.record.is_gone else None


def refused_row(item: RefusedItem, context: Reader, names: Mapping[str, str]) -> RefusedRow:
    typed = tuple(
        (field_words(item.table, name), value_words(item.table, name, value, context.formats, names))
        for name, value in item.values.items()
        if value is not None or not item.is_whole
    )
    fields = (_("{name}：{value}").format(name=name, value=shortened(value)) for name, value in typed)
    what = _("整条记录") if item.is_whole else _("；").join(fields)
    why = _("总部没有接受，原因代码 {code}。").format(code=item.code)  # of a newer headquarters
    if item.code in error_messages.sentences():
        why = error_messages.message(DomainError(item.code, field=item.field, table=item.table))
    if item.field:
        why = _("{why}（{field}）").format(why=why, field=field_words(item.table, item.field))
    return RefusedRow(
        item.id, record_words(item.record), what, why, item.refused_at, typed, _refused_state(item), item
    )


def _refused_state(item: RefusedItem) -> str:
    words = {
        "open": _("待处理"), "dismissed": _("已看过"), "sent_again": _("已再送"), "settled": _("总部已接受"),
    }  # fmt: skip
    return words.get(item.state, item.state)


def shortened(text: str, length: int = SHORT) -> str:
    """The beginning of a long text, as one line."""
    plain = " ".join(text.split())
    return plain if len(plain) <= length else f"{plain[:length]}…"
