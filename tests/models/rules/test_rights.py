from __future__ import annotations

import pytest

from models.rules.rights import BUILTIN_GROUPS, Right, builtin_group, read_rights, write_rights


def test_a_clerk_may_not_void_export_or_manage_people() -> None:
    clerk = builtin_group("clerk").rights
    assert Right.TICKET_CREATE in clerk
    assert clerk.isdisjoint({Right.TICKET_VOID, Right.EXPORT, Right.STAFF, Right.ARCHIVE_DELETE})


def test_each_group_adds_to_the_one_before_and_the_administrator_has_all() -> None:
    clerk, lead, admin = (group.rights for group in BUILTIN_GROUPS)
    assert clerk < lead < admin == frozenset(Right)


def test_rights_survive_storage_and_a_newer_versions_right_is_left_out() -> None:
    stored = write_rights(builtin_group("lead").rights)
    assert stored == sorted(stored)
    assert read_rights([*stored, "moon.visit"]) == builtin_group("lead").rights


def test_an_unknown_group_is_an_error() -> None:
    with pytest.raises(KeyError):
        builtin_group("king")
