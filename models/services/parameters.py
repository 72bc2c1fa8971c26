"""Changes a parameter; every desk's row of one parameter has the same id, so that they are one row."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy.orm import Session

from models.entities import ParameterValue
from models.errors import DomainError
from models.parameters import Parameter, by_key
from models.rules.parameter_rules import need_readable
from models.rules.rights import Right
from models.services.seeds import seed_id
from models.work import Work


def set_parameter(work: Work, key: str, value: object, *, expected: object = None) -> None:
    """Change one parameter.

    Raises ``parameter-unknown``, ``parameter-invalid``, ``parameter-unreadable``, and ``changed-meanwhile``
    when it is not ``expected``.
    """
    work.require(Right.SETTINGS)
    parameter = cast(Parameter[Any], by_key(key))
    checked = parameter.check(value)
    need_readable(key, checked, work.parameters)
    present = work.parameters.get(parameter)
    if expected is not None and present not in (expected, checked):
        clash = (key, checked, present)
        raise DomainError(
            "changed-meanwhile", field=key, mine=checked, theirs=present, clashes=[clash], id=_id(key)
        )
    row = work.session.get(ParameterValue, _id(key))
    if row is None:
        work.add(ParameterValue(id=_id(key), key=key, value=checked))
        return
    row.value = checked
    row.deleted = None
    work.session.flush()


def reset_parameter(work: Work, key: str) -> None:
    """Back to the default."""
    set_parameter(work, key, by_key(key).default)


def changed_keys(session: Session) -> frozenset[str]:
    """The parameters that differ from their defaults (a query)."""
    rows = session.query(ParameterValue.key, ParameterValue.value).filter(ParameterValue.deleted.is_(None))
    return frozenset(key for key, value in rows if _is_changed(key, value))


def _is_changed(key: str, value: object) -> bool:
    try:
        return bool(by_key(key).default != value)
    except DomainError:
        return False  # a newer version's parameter


def _id(key: str) -> str:
    return seed_id("parameter", key)
