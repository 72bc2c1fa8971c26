"""Permission groups: the three that come with the program and own ones, each a set of single rights."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from models.entities import PermissionGroup, Staff
from models.entities.synced import new_id
from models.errors import DomainError
from models.rules.rights import Right, write_rights
from models.services.accounts import need_administrator, rights_of
from models.services.editing import Fields, apply, create, text
from models.services.seeds import ADMINISTRATORS
from models.work import Work

FIELDS: Fields = {"name": text(20, is_required=True)}


def create_group(work: Work, name: str, rights: Iterable[Right]) -> str:
    """Its id. Raises ``group-name-taken``, ``rights-beyond-own``."""
    work.require(Right.STAFF)
    chosen = frozenset(rights)
    _need_own(work, chosen)
    _need_free_name(work, name, "")
    group = create(
        work, PermissionGroup, FIELDS, {"name": name}, code=f"own-{new_id()}", rights=write_rights(chosen)
    )
    return group.id


def edit_group(
    work: Work,
    group_id: str,
    *,
    name: str | None = None,
    rights: Iterable[Right] | None = None,
    expected_rights: Iterable[Right] | None = None,
) -> None:
    """Rename it or change its rights; rights that only a newer version knows stay as they are.

    Raises ``group-fixed`` (the administrators' rights), ``group-name-taken``, ``rights-beyond-own``,
    ``changed-meanwhile``, ``last-administrator``.
    """
    work.require(Right.STAFF)
    group = work.get(PermissionGroup, group_id)
    if name is not None:
        _need_free_name(work, name, group_id)
        apply(work, group, FIELDS, {"name": name})
    if rights is not None:
        chosen, present = frozenset(rights), rights_of(group)
        if group.id == ADMINISTRATORS:
            raise DomainError("group-fixed", name=group.name)
        if expected_rights is not None and present != frozenset(expected_rights):
            raise DomainError(
                "changed-meanwhile",
                field="rights",
                mine=write_rights(chosen),
                theirs=write_rights(present),
                clashes=[("rights", write_rights(chosen), write_rights(present))],
                id=group.id,
            )
        _need_own(work, chosen ^ present)
        unknown = [value for value in group.rights if value not in set(Right)]
        group.rights = sorted([*write_rights(chosen), *unknown])
        work.session.flush()
    need_administrator(work.session)


def delete_group(work: Work, group_id: str) -> None:
    """Raises ``group-fixed`` (it came with the program) or ``group-in-use`` (somebody is in it)."""
    work.require(Right.STAFF)
    group = work.get(PermissionGroup, group_id)
    if group.is_builtin:
        raise DomainError("group-fixed", name=group.name)
    members = select(Staff.name).where(Staff.group_id == group_id, Staff.deleted.is_(None))
    names = work.session.scalars(members.limit(3)).all()
    if names:
        raise DomainError("group-in-use", name=group.name, members="、".join(names))
    work.delete(group)


def _need_own(work: Work, rights: frozenset[Right]) -> None:
    if not rights <= work.actor.rights:
        raise DomainError("rights-beyond-own", field="rights")


def _need_free_name(work: Work, name: str, own_id: str) -> None:
    same = select(PermissionGroup.id).where(
        PermissionGroup.name == name.strip(),
        PermissionGroup.deleted.is_(None),
        PermissionGroup.id != own_id,
    )
    if work.session.scalars(same).first() is not None:
        raise DomainError("group-name-taken", field="name", name=name.strip())
