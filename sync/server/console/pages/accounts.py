"""Accounts of the console: who may do what, for which sites; passwords made anew are shown once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from models.errors import DomainError
from models.spreadsheets.writing import Kind
from resources.translations import N_, pgettext
from resources.translations import gettext as _
from sync.server.console import accounts, acts, audit, exports, wording
from sync.server.console.accounts import Account
from sync.server.console.queries.sites import site_names
from sync.server.console.rights import ROLE_TELLS, Right, Role, role_words
from sync.server.console.routes import get, post
from sync.server.console.visit import Answer, Visit, go

_COLUMNS: tuple[exports.Column, ...] = (
    (N_("账号"), Kind.TEXT),
    (N_("角色"), Kind.TEXT),
    (N_("可看的项目"), Kind.TEXT),
    (N_("最近登录"), Kind.MOMENT),
    (N_("停用时间"), Kind.MOMENT),
)


def listing(visit: Visit, given: str = "", name: str = "", fault: str = "", status: int = 200) -> Answer:
    """``given`` is a fresh first password of ``name``: shown on this answer and nowhere else."""
    with visit.database.surveying() as connection:
        everybody = accounts.everybody(connection)
        names = site_names(connection)
    values = {
        "title": pgettext("many", "账号"),
        "accounts": everybody,
        "names": names,
        "roles": [(role.value, role_words(role), _(ROLE_TELLS[role])) for role in Role],
        "site_count": acts.site_count,
        "given": given,
        "given_name": name,
        "fault": fault,
    }
    return Answer("accounts.html", values, status=status)


def add(visit: Visit) -> Answer:
    name = visit.field("name")
    try:
        with visit.database.administering() as connection:
            given = accounts.add(connection, name, visit.field("role"), visit.now_ms)
            audit.write(connection, visit.who, visit.now_ms, "account-add", f"{name} {visit.field('role')}")
    except DomainError as error:
        return listing(visit, fault=wording.sentence(error), status=422)
    return listing(visit, given, name)


def one(visit: Visit, fault: str = "", status: int = 200) -> Answer:
    with visit.database.surveying() as connection:
        account = _account(visit, accounts.everybody(connection))
        names = site_names(connection)
    values = {
        "title": _("账号 {name}").format(name=account.name),
        "account": account,
        "names": names,
        "roles": [(role.value, role_words(role), _(ROLE_TELLS[role])) for role in Role],
        "fault": fault,
        "is_own": account.account_id == visit.account.account_id,
    }
    return Answer("account.html", values, status=status)


def change(visit: Visit) -> Answer:
    """Raises ``account-own`` and as `accounts.change`; all said on the page."""
    sites: Collection[str] | None = None
    if visit.field("only_some"):
        sites = [site for site in visit.form.get("site", ()) if len(site) == 32]
    role = visit.field("role")

    def act(account: Account) -> None:
        with visit.database.administering() as connection:
            accounts.change(connection, account.account_id, role, sites)
            subject = f"{account.name}: {role}, {acts.ALL if sites is None else len(sites)}"
            audit.write(connection, visit.who, visit.now_ms, "account-change", subject)

    return _act(visit, act)


def disable(visit: Visit) -> Answer:
    def act(account: Account) -> None:
        with visit.database.administering() as connection:
            accounts.disable(connection, account.account_id, visit.now_ms)
            audit.write(connection, visit.who, visit.now_ms, "account-disable", account.name)

    return _act(visit, act)


def enable(visit: Visit) -> Answer:
    def act(account: Account) -> None:
        with visit.database.administering() as connection:
            accounts.enable(connection, account.account_id)
            audit.write(connection, visit.who, visit.now_ms, "account-enable", account.name)

    return _act(visit, act)


def new_password(visit: Visit) -> Answer:
    with visit.database.surveying() as connection:
        account = _account(visit, accounts.everybody(connection))
    if account.account_id == visit.account.account_id:
        return go("/password")
    with visit.database.administering() as connection:
        given = accounts.reset_password(connection, account.account_id)
        audit.write(connection, visit.who, visit.now_ms, "account-password", account.name)
    return listing(visit, given, account.name)


def export(visit: Visit) -> Answer:
    with visit.database.surveying() as connection:
        everybody = accounts.everybody(connection)
        names = site_names(connection)
    rows = [
        (
            account.name, role_words(account.role), _sites(account, names), exports.at(account.signed_in_at),
            exports.at(account.disabled_at),
        )
        for account in everybody
    ]  # fmt: skip
    return exports.workbook(visit, "accounts", _COLUMNS, rows)


def _sites(account: Account, names: Mapping[str, str]) -> str:
    if account.sites is None:
        return _("全部项目")
    return _("、").join(sorted(names.get(site, site) for site in account.sites))


def _act(visit: Visit, act: Callable[[Account], None]) -> Answer:
    """Do it to the account of the path, unless it is one's own; faults are said on its page."""
    with visit.database.surveying() as connection:
        account = _account(visit, accounts.everybody(connection))
    try:
        if account.account_id == visit.account.account_id:
            raise DomainError("account-own")
        act(account)
    except DomainError as error:
        return one(visit, wording.sentence(error), 422)
    return go(f"/accounts/{account.account_id}")


def _account(visit: Visit, everybody: Collection[Account]) -> Account:
    """Raises ``page-unknown``."""
    for account in everybody:
        if account.account_id == visit.place.get("account_id"):
            return account
    raise DomainError("page-unknown")


_ONE = "/accounts/{account_id:str}"
ROUTES = (
    get("/accounts", listing, Right.ACCOUNTS),
    get("/accounts.xlsx", export, Right.ACCOUNTS),
    post("/accounts", add, Right.ACCOUNTS),
    get(_ONE, one, Right.ACCOUNTS),
    post(_ONE, change, Right.ACCOUNTS),
    post(f"{_ONE}/disable", disable, Right.ACCOUNTS),
    post(f"{_ONE}/enable", enable, Right.ACCOUNTS),
    post(f"{_ONE}/password", new_password, Right.ACCOUNTS),
)
