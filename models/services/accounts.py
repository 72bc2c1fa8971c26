"""Signing in, and the accounts behind it: first passwords, locks, people, and never without an administrator.

A wrong password must be remembered even though nobody is signed in, so these services answer with a
`SignIn` instead of raising: the count is committed with it. ``result.who()`` raises what to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import parameters as p
from models.entities import Department, PermissionGroup, SignInState, Staff
from models.errors import DomainError
from models.rules.password_rules import Lock, after_failure, after_success, check_new, is_locked
from models.rules.rights import Right, read_rights
from models.rules.service_time import SITE_ZONE
from models.services import passwords
from models.services.editing import Fields, Values, apply, create, flag, reference, text
from models.services.seeds import ADMINISTRATORS, seed_id
from models.work import Actor, Work

STAFF_FIELDS: Fields = {
    "staff_no": text(20, is_required=True),
    "name": text(30, is_required=True),
    "phone": text(30),
    "department_id": reference(Department),
    "position_title": text(30),
    "group_id": reference(PermissionGroup),
    "is_on_duty": flag(),
}


@dataclass(frozen=True)
class SignIn:
    """What came of it. With ``must_change_password`` the actor has no right until `change_password`."""

    actor: Actor | None
    must_change_password: bool = False
    code: str | None = None
    locked_until: datetime | None = None
    tries_left: int = 0

    def who(self) -> Actor:
        """The actor; raises ``sign-in-wrong``, ``sign-in-locked`` or ``sign-in-inactive``."""
        if self.actor is None:
            until = f"{self.locked_until.astimezone(SITE_ZONE):%H:%M}" if self.locked_until else ""
            raise DomainError(self.code or "sign-in-wrong", until=until, left=self.tries_left)
        return self.actor


# -- signing in --------------------------------------------------------------------------------------


def sign_in(work: Work, staff_no: str, password: str) -> SignIn:
    """Check a staff number and password, both case-sensitive.

    After 5 wrong ones in a row (parameter) the account is locked for 30 minutes (parameter), also for the
    right password, also after a restart or with the clock set back. A number that does not exist costs the
    same time and is answered alike. Call it as `SYSTEM`.
    """
    staff = _find(work.session, staff_no, password)
    result = _attempt(work, staff, staff_no, password)
    if result.actor is not None and staff is not None:
        if staff.password_hash and passwords.needs_new_hash(staff.password_hash):
            staff.password_hash = passwords.make_hash(password)
        work.log("accounts.sign_in", table="staff", row_id=staff.id, label=f"{staff.staff_no} {staff.name}")
    return result


def change_password(work: Work, staff_no: str, current: str, new: str) -> SignIn:
    """One's own new password, at first sign-in or later; a wrong current one counts towards the lock.

    Raises ``password-weak`` (``why``) before anything is counted.
    """
    shortest = work.parameters.get(p.PASSWORD_LENGTH)
    check_new(new, staff_no=staff_no, shortest=shortest, current=current)
    staff = _find(work.session, staff_no, current)
    result = _attempt(work, staff, staff_no, current)
    if result.actor is None or staff is None:
        return result
    staff.password_hash = passwords.make_hash(new)
    staff.must_change_password = False
    work.session.flush()
    return SignIn(_actor(work.session, staff))


def actor_of(session: Session, staff_id: str) -> Actor | None:
    """The person as they may act now (a query); None when the account is gone or no longer active."""
    staff = session.get(Staff, staff_id)
    if staff is None or staff.deleted is not None or not staff.is_active:
        return None
    return _actor(session, staff)


def actor_of_number(session: Session, staff_no: str) -> Actor | None:
    """As `actor_of`, by staff number (a query)."""
    staff = _find(session, staff_no)
    return None if staff is None else actor_of(session, staff.id)


def has_accounts(session: Session) -> bool:
    """Whether anybody could sign in here (a query): not on a desk that waits to be enrolled or filled."""
    known = select(Staff.id).where(Staff.password_hash.is_not(None), Staff.deleted.is_(None))
    return session.scalars(known.limit(1)).first() is not None


def _find(session: Session, staff_no: str, password: str | None = None) -> Staff | None:
    """Whoever has the number; where two desks gave it to two people at once, whose password it is."""
    known = select(Staff).where(Staff.staff_no == staff_no.strip(), Staff.deleted.is_(None))
    found = session.scalars(known.order_by(Staff.is_active.desc(), Staff.id)).all()
    if len(found) > 1 and password is not None:
        own = (one for one in found if passwords.is_right(one.password_hash, password))
        return next(own, found[0])
    return found[0] if found else None


def _attempt(work: Work, staff: Staff | None, staff_no: str, password: str) -> SignIn:
    is_right = passwords.is_right(staff.password_hash if staff is not None else None, password)
    key = staff.id if staff is not None else seed_id("unknown account", staff_no.strip())
    minutes, limit = work.parameters.get(p.LOCK_MINUTES), work.parameters.get(p.LOCK_AFTER)
    state = work.session.get(SignInState, key) or SignInState(staff_id=key, failed=0, locked_until=None)
    lock = _not_for_years(Lock(state.failed, state.locked_until), work.now, minutes)
    if is_locked(lock, work.now):
        _keep(work, state, lock)
        return SignIn(None, code="sign-in-locked", locked_until=lock.locked_until)
    if is_right and staff is not None:
        _keep(work, state, after_success())
        if not staff.is_active:
            return SignIn(None, code="sign-in-inactive")
        return SignIn(_actor(work.session, staff), staff.must_change_password)
    lock = after_failure(lock, work.now, limit=limit, minutes=minutes)
    _keep(work, state, lock)
    name = f"{staff_no.strip()[:20]} {staff.name if staff is not None else ''}".strip()
    work.log("accounts.sign_in_failed", table="staff", row_id=staff.id if staff else None, label=name)
    if lock.locked_until is not None:
        return SignIn(None, code="sign-in-locked", locked_until=lock.locked_until)
    return SignIn(None, code="sign-in-wrong", tries_left=limit - lock.failed)


def _not_for_years(lock: Lock, now: datetime, minutes: int) -> Lock:
    """A lock that ends later than one made now was made by a clock since set back: it starts again now."""
    latest = now + timedelta(minutes=minutes)
    if lock.locked_until is not None and lock.locked_until > latest:
        return Lock(lock.failed, latest)
    return lock


def _keep(work: Work, state: SignInState, lock: Lock) -> None:
    state.failed, state.locked_until = lock.failed, lock.locked_until
    work.session.add(state)
    work.session.flush()


def _actor(session: Session, staff: Staff) -> Actor:
    group = session.get(PermissionGroup, staff.group_id) if staff.group_id else None
    rights = rights_of(group) if not staff.must_change_password else frozenset()
    code, name = (group.code, group.name) if group is not None else ("", "")
    return Actor(staff.id, staff.staff_no, staff.name, rights, code, name)


def rights_of(group: PermissionGroup | None) -> frozenset[Right]:
    """The rights of a group; the administrators' have every right, also those a newer version brings."""
    if group is None or group.deleted is not None:
        return frozenset()
    return frozenset(Right) if group.id == ADMINISTRATORS else read_rights(group.rights)


# -- administering -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewAccount:
    """``password`` is shown once, for the administrator to hand over; it must be changed at first sign-in."""

    staff_id: str
    password: str


def create_staff(work: Work, values: Values, *, password: str | None = None) -> NewAccount:
    """A person of the service centre with an account; a password is made when none is given.

    Raises ``staff-no-taken``, ``password-weak``, ``rights-beyond-own`` (the group may more than the actor).
    """
    work.require(Right.STAFF)
    _need_free_number(work, str(values.get("staff_no") or ""), None)
    staff = create(work, Staff, STAFF_FIELDS, values)
    _need_own_rights(work, staff)
    return NewAccount(staff.id, _give_password(work, staff, password))


def edit_staff(work: Work, staff_id: str, changes: Values, expected: Values | None = None) -> None:
    """Raises as `create_staff`, and ``last-administrator`` when nobody could manage accounts any more."""
    work.require(Right.STAFF)
    staff = work.get(Staff, staff_id)
    if changes.keys() & {"group_id", "staff_no"}:
        _need_own_rights(work, staff)
    if "staff_no" in changes:
        _need_free_number(work, str(changes["staff_no"] or ""), staff_id)
    apply(work, staff, STAFF_FIELDS, changes, expected)
    _need_own_rights(work, staff)
    need_administrator(work.session)


def set_active(work: Work, staff_id: str, *, is_active: bool) -> None:
    """Take an account out of use or back into it; the person stays in every history."""
    work.require(Right.STAFF)
    staff = work.get(Staff, staff_id)
    _need_own_rights(work, staff)
    staff.is_active = is_active
    work.session.flush()
    need_administrator(work.session)


def reset_password(work: Work, staff_id: str, password: str | None = None) -> str:
    """A new first password for somebody who forgot theirs; it also ends a lock at this desk. Returns it."""
    work.require(Right.STAFF)
    staff = work.get(Staff, staff_id)
    _need_own_rights(work, staff)
    given = _give_password(work, staff, password)
    _unlock(work, staff)
    return given


def unlock(work: Work, staff_id: str) -> None:
    """End the lock after wrong passwords at this desk."""
    work.require(Right.STAFF)
    staff = work.get(Staff, staff_id)
    _unlock(work, staff)
    work.log("accounts.unlock", table="staff", row_id=staff.id, label=staff.name)


def need_administrator(session: Session) -> None:
    """Raise ``last-administrator`` unless somebody active, with a password, may manage accounts."""
    people = session.execute(
        select(PermissionGroup)
        .join(Staff, Staff.group_id == PermissionGroup.id)
        .where(
            Staff.is_active.is_(True),
            Staff.password_hash.is_not(None),
            Staff.deleted.is_(None),
            PermissionGroup.deleted.is_(None),
        )
    ).scalars()
    if not any(Right.STAFF in rights_of(group) for group in people):
        raise DomainError("last-administrator")


def _give_password(work: Work, staff: Staff, password: str | None) -> str:
    shortest = work.parameters.get(p.PASSWORD_LENGTH)
    if password is not None:
        check_new(password, staff_no=staff.staff_no, shortest=shortest)
    given = password or passwords.first_password()
    staff.password_hash = passwords.make_hash(given)
    staff.must_change_password = True
    work.session.flush()
    return given


def _unlock(work: Work, staff: Staff) -> None:
    state = work.session.get(SignInState, staff.id)
    if state is not None:
        _keep(work, state, Lock())


def _need_free_number(work: Work, staff_no: str, own_id: str | None) -> None:
    same = select(Staff.id).where(
        func.lower(Staff.staff_no) == staff_no.strip().lower(), Staff.deleted.is_(None), Staff.id != own_id
    )
    if own_id is None:
        same = select(Staff.id).where(
            func.lower(Staff.staff_no) == staff_no.strip().lower(), Staff.deleted.is_(None)
        )
    if work.session.scalars(same).first() is not None:
        raise DomainError("staff-no-taken", field="staff_no", staff_no=staff_no.strip())


def _need_own_rights(work: Work, staff: Staff) -> None:
    """Nobody hands out, or takes over by a new password, more than they may themselves."""
    group = work.session.get(PermissionGroup, staff.group_id) if staff.group_id else None
    if not rights_of(group) <= work.actor.rights:
        raise DomainError("rights-beyond-own", field="group_id")
