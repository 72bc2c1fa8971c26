"""The way in and out: sign-in, sign-out, one's own password, the language, and what every page draws on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from litestar.datastructures import Cookie
from sqlalchemy import update

from models.errors import DomainError
from resources import console as resources
from resources.translations import LANGUAGES, pgettext
from resources.translations import gettext as _
from sync.server.console import audit, devices, security, sessions, wording
from sync.server.console.audit import Who
from sync.server.console.rights import Right
from sync.server.console.routes import get, post
from sync.server.console.visit import Answer, Visit, go
from sync.server.tables import hq_account

_HOUR_S = 3_600
NOBODY = "?"
"""In the audit: a name that no account has. What was typed is not kept."""


def front(visit: Visit) -> Answer:
    return go("/sites")


def style(visit: Visit) -> Answer:
    return Answer(body=resources.style_sheet().encode(), media_type="text/css", max_age=_HOUR_S)


def icon(visit: Visit) -> Answer:
    return Answer(body=resources.ICON.read_bytes(), media_type="image/svg+xml", max_age=_HOUR_S)


def keys(visit: Visit) -> Answer:
    return Answer("keys.html", {"title": _("键盘")})


def sign_in_form(visit: Visit) -> Answer:
    if visit.session is not None:
        return go("/sites")
    return _sign_in_page(visit.asked("next"), "")


def sign_in(visit: Visit) -> Answer:
    """A name that does not exist, a disabled account and a wrong password are answered alike."""
    name, password = visit.field("name"), visit.raw_field("password")
    attempt = sessions.check(visit.database, name, password, _place(visit), visit.now_ms)
    who = Who(attempt.name or NOBODY, visit.address, visit.request_id)
    if attempt.account is None:
        code = "sign-in-waits" if attempt.seconds else "sign-in-wrong"
        if attempt.was_looked_at:
            with visit.database.administering() as connection:
                audit.write(connection, who, visit.now_ms, code)
        fault = wording.sentence(DomainError(code, seconds=attempt.seconds))
        page = _sign_in_page(visit.field("next"), fault, 429 if attempt.seconds else 422)
        return replace(page, seconds=attempt.seconds)
    with visit.database.administering() as connection:
        sessions.end(connection, visit.token)  # whoever left it in this browser is signed out
        token = sessions.begin(connection, attempt.account, visit.now_ms)
        known = devices.remember(connection, attempt.account.account_id, visit.now_ms)
        audit.write(connection, who, visit.now_ms, "sign-in")
    cookies = [
        security.cookie(security.SESSION_COOKIE, token, is_secure=visit.is_secure),
        security.gone(security.FORM_COOKIE, is_secure=visit.is_secure),
        *_remembered(visit, attempt.account.account_id, known),
    ]
    return go(_safe_path(visit.field("next")), cookies=cookies)


def _place(visit: Visit) -> sessions.Place:
    return sessions.Place(visit.address, visit.known)


def _remembered(visit: Visit, account_id: str, value: str) -> Iterator[Cookie]:
    """This browser is known to the account from now on, and to no more accounts than a few."""
    name = devices.cookie_name(account_id)
    yield security.cookie(name, value, is_secure=visit.is_secure, max_age=devices.KEPT_S)
    for other in devices.superfluous(visit.known, account_id):
        yield security.gone(other, is_secure=visit.is_secure)


def sign_out(visit: Visit) -> Answer:
    with visit.database.administering() as connection:
        sessions.end(connection, visit.token)
        audit.write(connection, visit.who, visit.now_ms, "sign-out")
    return go("/sign-in", cookies=[security.gone(security.SESSION_COOKIE, is_secure=visit.is_secure)])


def password_form(visit: Visit) -> Answer:
    return _password_page("")


def password(visit: Visit) -> Answer:
    new = visit.raw_field("new")
    try:
        if new != visit.raw_field("again"):
            raise DomainError("password-differs")
        current = visit.raw_field("current")
        token = sessions.change_password(
            visit.database, visit.account, current, new, place=_place(visit), now_ms=visit.now_ms
        )
    except DomainError as error:
        return _password_page(wording.sentence(error), 422)
    with visit.database.administering() as connection:
        audit.write(connection, visit.who, visit.now_ms, "password")
    return go("/sites", cookies=[security.cookie(security.SESSION_COOKIE, token, is_secure=visit.is_secure)])


def language(visit: Visit) -> Answer:
    chosen = visit.field("language")
    if chosen not in LANGUAGES:
        raise DomainError("form-invalid")
    if visit.session is not None:
        with visit.database.administering() as connection:
            this = hq_account.c.account_id == visit.account.account_id
            connection.execute(update(hq_account).where(this).values(language=chosen))
    cookies = [security.language_cookie(chosen, is_secure=visit.is_secure)]
    return go(_safe_path(visit.field("next")), cookies=cookies)


def _sign_in_page(next_path: str, fault: str, status: int = 200) -> Answer:
    values = {"title": pgettext("button", "登录"), "next": _safe_path(next_path), "fault": fault}
    return Answer("sign_in.html", values, status=status)


def _password_page(fault: str, status: int = 200) -> Answer:
    return Answer("password.html", {"title": pgettext("act", "修改密码"), "fault": fault}, status=status)


def _safe_path(path: str) -> str:
    """A path inside the console; anything else is its front page."""
    is_inside = path.startswith("/") and path.isascii() and path.isprintable() and "//" not in path
    return path if is_inside and not set(path) & set("\\ \"'<>") else "/"


ROUTES = (
    get("/", front),
    get("/console.css", style, Right.ANYBODY),
    get("/icon.svg", icon, Right.ANYBODY),
    get("/keys", keys, Right.OWN),
    get("/sign-in", sign_in_form, Right.ANYBODY),
    post("/sign-in", sign_in, Right.ANYBODY),
    post("/sign-out", sign_out, Right.OWN),
    get("/password", password_form, Right.OWN),
    post("/password", password, Right.OWN),
    post("/language", language, Right.ANYBODY),
)
