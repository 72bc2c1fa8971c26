"""The tag library and the tags that residents bear; a free tag joins the library when it is first used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select

from models.entities import Resident, ResidentTag, Tag
from models.entities.synced import new_id
from models.errors import DomainError
from models.rules.rights import Right
from models.services.editing import Fields, Values, apply, text
from models.services.parts import delete_whole
from models.services.seeds import seed_id
from models.work import Work

FIELDS: Fields = {"name": text(20, is_required=True), "category": text(20)}


def create_tag(work: Work, name: str, category: str | None = None) -> str:
    """Its id; the same name has the same id on every desk. Raises ``tag-taken``."""
    work.require(Right.ARCHIVE_EDIT)
    plain = _plain(name)
    if _find(work, plain) is not None:
        raise DomainError("tag-taken", field="name", name=plain)
    tag = _new(work, plain)
    if category:
        apply(work, tag, FIELDS, {"category": category})
    return tag.id


def edit_tag(work: Work, tag_id: str, changes: Values, expected: Values | None = None) -> None:
    """Rename it for everybody who bears it, or file it elsewhere. Raises ``tag-taken``."""
    work.require(Right.ARCHIVE_EDIT)
    tag = work.get(Tag, tag_id)
    if "name" in changes:
        other = _find(work, _plain(str(changes["name"] or "")))
        if other is not None and other.id != tag_id:
            raise DomainError("tag-taken", field="name", name=other.name)
    apply(work, tag, FIELDS, changes, expected)


def delete_tag(work: Work, tag_id: str) -> int:
    """Take it from everybody and out of the library; how many bore it."""
    work.require(Right.ARCHIVE_DELETE)
    tag = work.get(Tag, tag_id)
    return delete_whole(work, tag)


def set_tags(work: Work, resident_id: str, names: Sequence[str]) -> None:
    """Give a resident exactly these tags; names that are new join the library."""
    work.require(Right.ARCHIVE_EDIT)
    resident = work.get(Resident, resident_id)
    wanted = ids_of(work, names)
    present: set[str] = set()
    for link in work.session.scalars(select(ResidentTag).filter_by(resident_id=resident_id, deleted=None)):
        if link.tag_id not in wanted or link.tag_id in present:
            work.delete(link)
        present.add(link.tag_id)
    for tag_id in wanted:
        if tag_id not in present:
            work.add(ResidentTag(resident_id=resident.id, tag_id=tag_id))


def ids_of(work: Work, names: Iterable[str]) -> list[str]:
    """The ids of tags by name, each once, new ones made."""
    found: dict[str, None] = {}
    for name in names:
        plain = _plain(name)
        tag = _find(work, plain) or _new(work, plain)
        found.setdefault(tag.id)
    return list(found)


def _plain(name: str) -> str:
    plain = " ".join(name.split())
    if not plain:
        raise DomainError("field-required", field="name")
    if len(plain) > 20:
        raise DomainError("field-too-long", field="name", longest=20)
    return plain


def _find(work: Work, name: str) -> Tag | None:
    chosen = select(Tag).where(func.lower(Tag.name) == name.lower(), Tag.deleted.is_(None))
    return work.session.scalars(chosen.order_by(Tag.id)).first()


def _new(work: Work, name: str) -> Tag:
    row_id = seed_id("tag", name.lower())
    if work.session.get(Tag, row_id) is not None:  # deleted, or renamed since
        row_id = new_id()
    return work.add(Tag(id=row_id, name=name))
