"""Forms: nothing typed is lost, faults stand beside their field, changes from elsewhere are shown."""

from __future__ import annotations

from datetime import date

import pytest
from pytestqt.qtbot import QtBot

from models.errors import DomainError
from views.widgets.form import Field, Form, Kind

FIELDS = (
    Field("name", "姓名", is_required=True, mnemonic="N"),
    Field(
        "phone",
        "电话",
        check=lambda value: "电话只能是数字" if value and not value.isdigit() else None,
        is_beside=True,
    ),
    Field("level", "级别", Kind.CHOICE, choices=(("key", "重要"), ("regular", "一般"))),
    Field("born", "生日", Kind.DAY),
    Field("fee", "费用", Kind.MONEY),
    Field("note", "备注", Kind.LONG_TEXT),
    Field("agrees", "同意", Kind.FLAG),
    Field("password", "密码", Kind.SECRET),
)


@pytest.fixture
def form(qtbot: QtBot) -> Form:
    made = Form(FIELDS)
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def shown(form: Form, name: str) -> str:
    """The words under a field."""
    return form.editor(name).widget.accessibleDescription()


def test_values_come_back_as_they_went_in(form: Form) -> None:
    values = {
        "name": "吴学文",
        "phone": "189",
        "level": "regular",
        "born": date(1980, 2, 29),
        "fee": 123450,
        "note": "一\n二",
        "agrees": True,
        "password": " 有空格 ",
    }
    form.set_values(values)
    assert form.values() == values
    assert not form.is_changed


def test_only_changes_are_changed(form: Form) -> None:
    form.set_values({"name": "吴学文", "fee": 100})
    form.set_value("fee", 200)
    assert form.changed_values() == {"fee": 200}
    form.accept_values()
    assert not form.is_changed


def test_every_fault_is_named_and_the_first_gets_the_focus(form: Form) -> None:
    form.set_value("phone", "189x")
    form.editor("born").set_typed("2月30日")
    assert not form.is_right()
    assert "姓名" in shown(form, "name")
    assert "电话只能是数字" in shown(form, "phone")
    assert shown(form, "born")
    assert form.focusWidget() is form.editor("name").widget
    form.set_value("name", "吴")
    assert shown(form, "name") == ""


def test_a_refused_save_keeps_what_was_typed(form: Form) -> None:
    form.set_value("name", "吴学文")
    form.show_error(DomainError("right-missing", right="x", field="phone"))
    assert "×" in shown(form, "phone")
    assert form.values()["name"] == "吴学文"
    form.show_error(DomainError("right-missing", right="x"))
    assert form.values()["name"] == "吴学文"


def test_changed_elsewhere_follows_where_untouched_and_shows_both_where_touched(form: Form) -> None:
    form.set_values({"name": "旧", "note": "旧"})
    form.set_value("note", "我的")
    disputed = form.merge({"name": "新", "note": "他的"})
    assert disputed == ["note"]
    assert form.values()["name"] == "新"
    assert form.values()["note"] == "我的"
    assert "他的" in shown(form, "note")
    assert form.changed_values() == {"note": "我的"}


def test_the_other_value_can_be_taken(form: Form) -> None:
    form.set_values({"note": "旧"})
    form.set_value("note", "我的")
    form.merge({"note": "他的"})
    form._cells["note"].take.click()
    assert form.values()["note"] == "他的"
    assert not form.is_changed


def test_the_same_change_elsewhere_is_no_dispute(form: Form) -> None:
    form.set_values({"note": "旧"})
    form.set_value("note", "同")
    assert form.merge({"note": "同"}) == []
    assert not form.is_changed


def test_a_draft_keeps_even_what_means_nothing_yet_but_no_secret(form: Form) -> None:
    form.editor("born").set_typed("明")
    form.set_value("password", "秘密")
    draft = form.typed()
    assert draft["born"] == "明"
    assert "password" not in draft
    other = Form(FIELDS)
    other.set_typed(draft)
    assert other.typed()["born"] == "明"
    other.deleteLater()


def test_filling_does_not_count_as_editing(form: Form) -> None:
    edits: list[str] = []
    form.edited.connect(edits.append)
    form.set_values({"name": "甲"})
    form.set_value("name", "乙")
    assert edits == ["name"]


def test_every_field_is_named_for_screen_readers(form: Form) -> None:
    assert [form.editor(field.name).widget.accessibleName() for field in FIELDS] == [
        field.label for field in FIELDS
    ]


def test_other_choices_keep_the_chosen_one(form: Form) -> None:
    form.set_value("level", "regular")
    form.set_choices("level", (("prospect", "潜在"), ("regular", "一般")))
    assert form.values()["level"] == "regular"
    with pytest.raises(TypeError):
        form.set_choices("name", ())
