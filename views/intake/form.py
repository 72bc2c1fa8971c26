"""The fields of the intake form, and the request that they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from models.rules.ticket_life import DESK_ANSWERED_KINDS
from models.services.intake import Request
from resources.terms import choices
from resources.translations import N_
from views.context import AppContext
from views.household.picker import Household, HouseholdEditor
from views.intake.caller_editor import CallerEditor
from views.intake.category_editor import CategoryEditor
from views.tickets.wording import masked_phone_check
from views.widgets.editors import Editor
from views.widgets.form import Field, Kind

EMPTY: Mapping[str, Any] = {
    "household": None, "caller_name": "", "caller_phone": "", "kind": "repair", "channel": "phone",
    "category_id": None, "priority": "normal", "matter": "", "expectation": "", "appointment_at": None,
    "place": "", "answer": "",
}  # fmt: skip
"""What a new form holds."""
WRITTEN = ("caller_name", "caller_phone", "matter", "expectation", "appointment_at", "place", "answer")
"""Fields in which something typed makes a form worth keeping."""
SAID = ("matter", "expectation", "appointment_at", "place", "answer")
"""Fields that say what the request is."""


def fields(
    context: AppContext, wanted: Callable[[str | None, str | None], object], masked: Callable[[], str]
) -> list[Field]:
    """*wanted* hears of the household chosen in its field (room id, resident id); *masked* gives the phone
    that was filled in."""

    def household(parent: QWidget) -> Editor:
        return HouseholdEditor(parent, context.tasks, wanted)

    return [
        Field("household", N_("住户"), Kind.OWN, make=household, mnemonic="R"),
        Field("caller_name", N_("报修人"), Kind.OWN, make=CallerEditor, mnemonic="N"),
        Field("caller_phone", N_("电话"), mnemonic="P", is_beside=True, hint=N_("留空用住户登记的电话"),
              check=masked_phone_check(masked)),
        Field("kind", N_("诉求类型"), Kind.CHOICE, choices=partial(choices, "ticket.kind"), mnemonic="K"),
        Field("channel", N_("来源"), Kind.CHOICE, choices=partial(choices, "ticket.channel"), is_beside=True,
              mnemonic="S"),
        Field("category_id", N_("类别"), Kind.OWN, make=CategoryEditor, mnemonic="C"),
        Field("priority", N_("紧急程度"), Kind.CHOICE, choices=partial(choices, "ticket.priority"),
              is_beside=True, mnemonic="U"),
        Field("matter", N_("内容"), Kind.LONG_TEXT, is_required=True, mnemonic="M", lines=3,
              hint=N_("哪里、什么事、什么时候开始")),
        Field("expectation", N_("期望解决"), Kind.LONG_TEXT, lines=2, mnemonic="E",
              hint=N_("业主希望怎么办")),
        Field("appointment_at", N_("预约时间"), Kind.MOMENT, mnemonic="T",
              hint=N_("14:30、明天 9:00，空为尽快")),
        Field("place", N_("地点"), is_beside=True, mnemonic="L", hint=N_("公共区域：大堂、车库 B2…")),
        Field("answer", N_("答复"), Kind.LONG_TEXT, lines=2, mnemonic="A",
              hint=N_("当场答复的，写在这里，保存即办结")),
    ]  # fmt: skip


def is_answerable(values: Mapping[str, Any]) -> bool:
    """Whether the desk may answer such a request itself."""
    return values.get("kind") in DESK_ANSWERED_KINDS


def is_worth_keeping(typed: Mapping[str, Any]) -> bool:
    """Whether something would be missed: a household that was chosen, or words in any other field. What was
    only searched for is neither."""
    household = typed.get("household")
    is_chosen = isinstance(household, dict) and bool(household.get("room_id") or household.get("resident_id"))
    return is_chosen or any(_text(typed.get(name)).strip() for name in WRITTEN)


def has_words(typed: Mapping[str, Any]) -> bool:
    """Whether there is more than a household that was looked up."""
    return any(_text(typed.get(name)).strip() for name in SAID)


def _text(typed: Any) -> str:
    if isinstance(typed, dict):
        return str(typed.get("words") or "")
    return str(typed or "")


def draft_words(typed: Mapping[str, Any]) -> tuple[str, str]:
    """Whose draft it is, and the beginning of its matter."""
    whose = _text(typed.get("household")) or _text(typed.get("place")) or _text(typed.get("caller_name"))
    matter = " ".join(_text(typed.get("matter")).split())
    return whose, matter


def request_of(
    values: Mapping[str, Any], *, resident_id: str | None, masked_phone: str, draft_id: str | None
) -> Request:
    """The request that the form states. *masked_phone* is the number that was filled in for the resident: as
    long as it stands there, the service takes the true one from the archive."""
    household: Household | None = values["household"]
    phone = values["caller_phone"]
    is_from_archive = not phone or (phone == masked_phone and resident_id is not None)
    return Request(
        matter=values["matter"],
        kind=values["kind"],
        channel=values["channel"],
        category_id=values["category_id"],
        priority=values["priority"],
        room_id=household.room_id if household is not None else None,
        resident_id=resident_id,
        caller_name=values["caller_name"] or None,
        caller_phone=None if is_from_archive else phone,
        place=values["place"] or None,
        expectation=values["expectation"] or None,
        appointment_at=values["appointment_at"],
        draft_id=draft_id,
    )
