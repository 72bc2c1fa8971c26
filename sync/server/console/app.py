"""The console as an application of its own, mounted at /console: its own limits, faults, headers and workers.

A request is read here, worked on in a thread (session, form token, right, page, template), and answered here;
so no page can forget any of it.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qs, quote

import anyio.to_thread
from anyio import CapacityLimiter
from jinja2 import Environment
from litestar import HttpMethod, Litestar, Request, Response, asgi
from litestar.datastructures import Cookie, State
from litestar.exceptions import HTTPException
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from litestar.response import Redirect, Stream
from litestar.types import ASGIApp

from models.entities.synced import new_id
from models.errors import DomainError
from resources.translations import LANGUAGES, best_language, speaking
from sync.clock import wall_milliseconds
from sync.server.blobs import BlobStore
from sync.server.console import devices, security, sessions, wording
from sync.server.console.counting import Counts
from sync.server.console.pages import ROUTES
from sync.server.console.queries.daily import Daily
from sync.server.console.queries.figures import Period
from sync.server.console.rendering import make_environment
from sync.server.console.rights import Right
from sync.server.console.routes import Route
from sync.server.console.visit import LONGEST_VALUE, Answer, Visit, go
from sync.server.console.workbooks import Workshop
from sync.server.database import HqDatabase
from sync.server.scheduled_backups import BackupHealth

LOG = logging.getLogger("qiantai.hq")
WORKERS = 3
"""Pages made at once: a manager's long question must not take the desks' workers."""
MAX_WAITING = 60
MAX_BODY = 64 * 1024
MAX_FIELDS = 1_200
"""An account may be restricted to many sites: each is a field."""
_PIECE = 256 * 1024
_PAGES = frozenset(route.path for route in ROUTES if route.method == "GET")
_FORM = "application/x-www-form-urlencoded"
_STATUS: Mapping[str, int] = {
    "page-unknown": 404,
    "method-wrong": 405,
    "right-missing": 403,
    "form-stale": 403,
    "form-invalid": 400,
    "hq-busy": 503,
    "hq-database-down": 503,
    "hq-disk-full": 507,
    "hq-read-only": 507,
    "hq-failed": 500,
    "sign-in-waits": 429,
    "attachment-missing": 404,
    "export-busy": 503,
    "export-failed": 500,
}
Requested = Request[Any, Any, State]


@dataclass
class Console:
    """What the pages share. ``is_secure``: browsers come by TLS, so cookies go by TLS only."""

    database: HqDatabase
    blobs: BlobStore
    is_secure: bool = False
    pin: str = ""
    """The fingerprint that desks must be given, of a certificate that nobody vouches for."""
    backups: BackupHealth | None = None
    """Of those that are made by themselves."""
    now: Callable[[], int] = wall_milliseconds
    counts: Counts = field(default_factory=Counts)
    workshop: Workshop = field(default_factory=Workshop)
    daily: Daily = field(default_factory=Daily)
    environment: Environment = field(default_factory=make_environment)
    limiter: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(WORKERS))

    def warm_up(self) -> None:
        """Add up the figures of every day before somebody asks for them."""
        try:
            with self.database.surveying() as connection:
                self.daily.survey(connection, None, Period(self.now(), self.now(), 1))
        except DomainError as error:  # no database now: whoever asks first waits for them
            LOG.warning("the figures are not added up yet: %s", error.code)


def mounted(console: Console) -> tuple[ASGIRouteHandler, HTTPRouteHandler]:
    """What goes into headquarters' application: the console, and the way to it from the bare address."""
    inner = Litestar(
        route_handlers=[_handler(console, route) for route in ROUTES],
        exception_handlers={Exception: partial(_failed, console)},
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,
    )
    outer = asgi(security.PATH, is_mount=True, copy_scope=True)(cast("ASGIApp", inner))

    async def front() -> Redirect:
        return Redirect(f"{security.PATH}/", status_code=303)

    return outer, HTTPRouteHandler("/", http_method=HttpMethod.GET, include_in_schema=False)(front)


def _handler(console: Console, route: Route) -> HTTPRouteHandler:
    async def answer(request: Requested) -> Response[Any]:
        return await _serve(console, route, request)

    made = HTTPRouteHandler(route.path, http_method=HttpMethod(route.method), status_code=200)
    return made(answer)


# -- one request -------------------------------------------------------------------------------------


async def _serve(console: Console, route: Route, request: Requested) -> Response[Any]:
    request.scope["state"]["began"] = time.perf_counter()
    request.scope["state"]["route"] = route.path
    form = await _form(request) if route.method == "POST" else {}
    visit = _visit(console, request, form, route)
    if console.limiter.statistics().tasks_waiting > MAX_WAITING:
        raise DomainError("hq-busy")
    return await anyio.to_thread.run_sync(_work, console, route, request, visit, limiter=console.limiter)


def _work(console: Console, route: Route, request: Requested, visit: Visit) -> Response[Any]:
    """On a worker thread: everything that blocks. Faults of the trade become pages here, where it is known
    who asks and in which language."""
    with speaking(visit.language):
        try:
            visit = _signed_in(visit)
            with speaking(visit.language):
                answer = _admitted(route, request, visit)
                return _response(console, request, visit, answer)
        except DomainError as error:
            with speaking(visit.language):
                return _response(console, request, visit, _fault(error.code, visit, wording.sentence(error)))


def _signed_in(visit: Visit) -> Visit:
    """The visit with its session, if its cookie names one; its use is noted once a minute."""
    if not visit.token:
        return visit
    with visit.database.surveying() as connection:
        session = sessions.find(connection, visit.token, visit.now_ms)
    if session is None:
        return visit
    if sessions.is_worth_noting(session, visit.now_ms):
        with visit.database.administering() as connection:
            sessions.note_use(connection, session, visit.now_ms)
    language = session.account.language or visit.language
    return replace(visit, session=session, form_token=session.csrf, language=language)


def _admitted(route: Route, request: Requested, visit: Visit) -> Answer:
    """The page's answer for who may have it."""
    if route.method == "POST":
        sent = {name.lower(): value for name, value in request.headers.items()}
        expected = visit.form_token if visit.session else request.cookies.get(security.FORM_COOKIE, "")
        if not security.comes_from_here(sent) or not security.is_same(expected, visit.raw_field("token")):
            raise DomainError("form-stale")
    if route.right is not Right.ANYBODY:
        if visit.session is None:
            if route.method == "POST":
                raise DomainError("form-stale")
            return go(f"/sign-in?next={quote(visit.here, safe='/')}")
        if visit.account.must_change and route.right is not Right.OWN:
            return go("/password")
        if not visit.may(route.right):
            raise DomainError("right-missing")
    return route.page(visit)


def _visit(console: Console, request: Requested, form: Mapping[str, Sequence[str]], route: Route) -> Visit:
    return replace(
        _bare_visit(console, request),
        address=request.client.host if request.client else "",
        path=_shown_path(_clean(request.scope["path"]), route),
        token=request.cookies.get(security.SESSION_COOKIE, ""),
        known={name: value for name, value in request.cookies.items() if name.startswith(devices.PREFIX)},
        place={name: _clean(str(value)) for name, value in request.path_params.items()},
        query={name: values[-1] for name, values in _parsed(request.url.query).items()},
        form=form,
        origin=_origin(console, request),
    )


def _origin(console: Console, request: Requested) -> str:
    """What to type at a desk: the address that the browser found headquarters at, with the certificate's
    fingerprint where a desk needs it."""
    host = _clean(request.headers.get("host", ""))[:255]
    scheme = "https" if console.is_secure else "http"
    return f"{scheme}://{host}{f'#sha256={console.pin}' if console.pin else ''}"


def _shown_path(path: str, route: Route) -> str:
    """Where this page can be opened: an act has the page it is on above it."""
    return path if route.path in _PAGES else path.rpartition("/")[0]


def _accepted_languages(header: str) -> list[str]:
    """The names in the order in which browsers write them."""
    return [part.partition(";")[0].strip() for part in header[:200].split(",") if part.strip()]


async def _form(request: Requested) -> Mapping[str, Sequence[str]]:
    """Raises ``form-invalid``."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if media != _FORM and body:
        raise DomainError("form-invalid")
    return _parsed(body.decode("utf-8", "replace"))


def _parsed(text: str) -> Mapping[str, Sequence[str]]:
    try:
        found = parse_qs(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="replace")
    except ValueError as error:
        raise DomainError("form-invalid") from error
    return {_clean(name): [_clean(value) for value in values] for name, values in found.items()}


def _clean(text: str) -> str:
    """No longer than anything we ask for, and without what no database takes."""
    return text.replace("\x00", "")[:LONGEST_VALUE].encode("utf-8", "replace").decode()


# -- answers -----------------------------------------------------------------------------------------


def _response(console: Console, request: Requested, visit: Visit, answer: Answer) -> Response[Any]:
    headers = security.headers(is_secure=console.is_secure)
    if answer.max_age:
        headers["cache-control"] = f"max-age={answer.max_age}"
    cookies = _cookies(request, visit, answer)
    if answer.status in {429, 503}:
        headers["retry-after"] = str(answer.seconds or 30)
    if answer.redirect:
        headers["location"] = answer.redirect
        _log(request, visit, answer.status)
        return Response(b"", status_code=answer.status, headers=headers, cookies=cookies)
    if answer.filename:
        headers["content-disposition"] = f"attachment; filename*=UTF-8''{quote(answer.filename, safe='')}"
    if answer.file is not None:
        headers["content-length"] = str(answer.file.stat().st_size)
        _log(request, visit, answer.status)
        pieces = _pieces(answer.file, is_temporary=answer.is_temporary)
        return Stream(pieces, media_type=answer.media_type, headers=headers, cookies=cookies)
    media = answer.media_type or "text/html"
    body = answer.body
    if answer.template:
        template = console.environment.get_template(answer.template)
        body = template.render(visit=visit, **answer.values).encode()
    _log(request, visit, answer.status)
    return Response(body, media_type=media, status_code=answer.status, headers=headers, cookies=cookies)


def _cookies(request: Requested, visit: Visit, answer: Answer) -> list[Cookie]:
    """Those of the answer; and for a form that is shown before anybody is signed in, its token."""
    cookies = list(answer.cookies)
    own = visit.session.account.language if visit.session is not None else ""
    named = {cookie.key for cookie in cookies}
    is_told = security.LANGUAGE_COOKIE in named or own == request.cookies.get(security.LANGUAGE_COOKIE)
    if own and not is_told:  # for pages that no session is looked up for: an unknown address, a bug
        cookies.append(security.language_cookie(own, is_secure=visit.is_secure))
    is_form = visit.session is None and bool(answer.template)
    if is_form and request.cookies.get(security.FORM_COOKIE) != visit.form_token:
        cookies.append(security.cookie(security.FORM_COOKIE, visit.form_token, is_secure=visit.is_secure))
    return cookies


async def _pieces(path: Path, *, is_temporary: bool) -> AsyncIterator[bytes]:
    file: BinaryIO | None = None
    try:
        file = await anyio.to_thread.run_sync(path.open, "rb")
        while piece := await anyio.to_thread.run_sync(file.read, _PIECE):
            yield piece
    finally:  # also when the browser had gone before it was opened
        if file is not None:
            file.close()
        if is_temporary:
            path.unlink(missing_ok=True)


# -- faults ------------------------------------------------------------------------------------------


def _fault(code: str, visit: Visit, sentence: str) -> Answer:
    page = visit.path.removesuffix(".xlsx")  # of a list that was not exported: its page, as it was asked for
    back = page if page != visit.path and page in _PAGES else ""
    values = {"sentence": sentence, "request_id": visit.request_id, "back": back}
    return Answer("fault.html", values, status=_STATUS.get(code, 422))


def _failed(console: Console, request: Requested, error: Exception) -> Response[Any]:
    """What went wrong before or beside a page: an unknown path, a body too large, a bug."""
    code, status = "hq-failed", 500
    if isinstance(error, DomainError):
        code, status = error.code, _STATUS.get(error.code, 422)
    elif isinstance(error, HTTPException):
        status = error.status_code
        code = {404: "page-unknown", 405: "method-wrong"}.get(status, "form-invalid")
    if code == "hq-failed":
        LOG.error("failed %s", _request_id(request), exc_info=error)
    visit = replace(_bare_visit(console, request), path="/")
    with speaking(visit.language):
        sentence = wording.sentence(error if isinstance(error, DomainError) else DomainError(code))
        answer = replace(_fault(code, visit, sentence), status=status)
        return _response(console, request, visit, answer)


def _bare_visit(console: Console, request: Requested) -> Visit:
    """Without anything that may be what was wrong."""
    wanted = _accepted_languages(request.headers.get("accept-language", ""))
    chosen = request.cookies.get(security.LANGUAGE_COOKIE, "")
    return Visit(
        database=console.database,
        blobs=console.blobs,
        counts=console.counts,
        workshop=console.workshop,
        daily=console.daily,
        backups=console.backups,
        is_secure=console.is_secure,
        now_ms=console.now(),
        address="",
        request_id=_request_id(request),
        language=chosen if chosen in LANGUAGES else best_language(wanted),
        form_token=request.cookies.get(security.FORM_COOKIE, "") or secrets.token_urlsafe(24),
        path="/",
    )


def _request_id(request: Requested) -> str:
    """One of ours, the same for the page, the log and the audit."""
    state = request.scope["state"]
    if "console_id" not in state:
        state["console_id"] = new_id()
    return str(state["console_id"])


def _log(request: Requested, visit: Visit, status: int) -> None:
    """One line a request: which page and who, nothing of what was asked or typed."""
    state = request.scope["state"]
    began = state.get("began")
    line = {
        "id": visit.request_id,
        "method": request.method,
        "page": f"{security.PATH}{state.get('route', '')}",
        "status": status,
        "account": visit.account.name if visit.session is not None else "",
        "ms": round((time.perf_counter() - began) * 1000, 1) if began else None,
    }
    LOG.info(line)
