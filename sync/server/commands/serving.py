"""``qiantai-hq serve``: the process that desks and browsers talk to."""

from __future__ import annotations

import argparse
import functools
import ipaddress
import logging
import math
import os
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from models.errors import DomainError
from resources.translations import gettext as _
from sync.server import log_lines
from sync.server.commands.arrival import Arrival
from sync.server.commands.certificates import pin_of
from sync.server.commands.parsers import Parsers
from sync.server.commands.places import add_blobs_option, blob_folder
from sync.server.commands.sole import alone
from sync.server.database import HqDatabase, without_password
from sync.server.limits import Limits
from sync.server.scheduled_backups import (
    EVERY_HOURS,
    KEPT,
    BackupHealth,
    ScheduledBackups,
    check_folder,
)
from sync.server.tables import hq_account
from sync.server.tokens import TOKEN_DAYS

if TYPE_CHECKING:
    import uvicorn
    from litestar import Litestar

    from sync.server.console.app import Console

LOG = logging.getLogger("qiantai.hq")
WARM_AFTER_S = 30.0
"""After a start desks come first."""
SWITCH_S = 0.0005
"""How long a thread may compute before another gets its turn. With Python's own 5 ms a desk's round, which
needs some ten turns, takes 45 ms longer while anything else is computed here; so it is 5."""


def register(parsers: Parsers) -> None:
    parser = parsers.add(parsers.commands, "serve", _("开始服务"), _alone)
    parser.set_defaults(may_wait=True)
    parser.description = _(
        "一个 SQLite 文件同时只能由一个 serve 使用；同一个 PostgreSQL 数据库可以开几个，"
        "--blobs 要指向同一个目录，"
        "各项上限（--workers、--memory、--connections、请求和登记的次数）按每个进程各算各的。"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8470, help=_("0 表示由系统选一个空闲端口"))
    add_blobs_option(parser)
    parser.add_argument("--backups", type=Path, metavar="DIR", help=_("定时备份到这个目录"))
    parser.add_argument(
        "--backup-hours",
        type=_period,
        default=EVERY_HOURS,
        metavar="N",
        help=_("每隔几小时备份一次（默认 %(default)s）"),
    )
    parser.add_argument(
        "--backup-keep",
        type=_positive,
        default=KEPT,
        metavar="N",
        help=_("保留最近几份备份（默认 %(default)s）"),
    )
    parser.add_argument("--certificate", type=Path, help=_("PEM 证书"))
    parser.add_argument("--key", type=Path, help=_("证书的私钥"))
    parser.add_argument("--behind-proxy", action="store_true", help=_("由前面的代理负责加密"))
    parser.add_argument(
        "--proxy", metavar="ADDRESS", default="127.0.0.1,::1", help=_("代理的地址，只信它转告的来源")
    )
    parser.add_argument("--ready-file", type=Path, help=_("可以连接时把地址写入这个文件"))
    parser.add_argument(
        "--with-parent", action="store_true", help=_("标准输入关闭时（启动它的程序结束）随之结束")
    )
    parser.add_argument("--no-console", action="store_true", help=_("不提供网页控制台"))
    parser.add_argument("--quiet", action="store_true", help=_("不记录每个请求"))
    _add_limits(parser)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workers", type=_positive, default=8, metavar="N", help=_("同时处理几个请求（默认 %(default)s）")
    )
    parser.add_argument(
        "--memory",
        type=_positive,
        default=1024,
        metavar="MB",
        help=_("请求可占的内存（默认 %(default)s MB）"),
    )
    parser.add_argument(
        "--connections",
        type=_positive,
        default=2_000,
        metavar="N",
        help=_("同时最多几个连接（默认 %(default)s）"),
    )
    parser.add_argument(
        "--body-seconds",
        type=_positive,
        default=10,
        metavar="N",
        help=_("慢的请求至少等几秒（默认 %(default)s）"),
    )
    parser.add_argument(
        "--token-days",
        type=_period,
        default=TOKEN_DAYS,
        metavar="N",
        help=_("前台凭证每隔几天自动更换（默认 %(default)s）"),
    )
    parser.add_argument(
        "--metrics-token",
        metavar="TOKEN",
        default=os.environ.get("QIANTAI_HQ_METRICS_TOKEN", ""),
        help=_("凭它可从别处读 /metrics（不给则只限本机）"),
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _period(text: str) -> float:
    """Hours or days; with none at all it would begin anew at every look."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.01 <= number < math.inf:
        raise argparse.ArgumentTypeError(_("应写成大于 0 的数，如 24 或 0.5"))
    return number


def _limits(options: argparse.Namespace) -> Limits:
    """A quarter of the memory for what waits, the rest for what is worked on."""
    whole = options.memory * 1024 * 1024
    return Limits(
        workers=options.workers,
        held_bytes=whole // 4,
        worked_bytes=whole - whole // 4,
        connections=options.connections,
        body_grace_s=options.body_seconds,
        first_bytes_s=options.body_seconds * 1.5,
    )


def _alone(options: argparse.Namespace, database: HqDatabase) -> int:
    _check_encryption(options)
    backups = _scheduled_backups(options, database)
    with alone(options.database):
        return _serve(options, database, backups)


def _serve(options: argparse.Namespace, database: HqDatabase, backups: ScheduledBackups | None) -> int:
    """Serve until told to stop (SIGINT, SIGTERM; with a parent, the end of standard input)."""
    import uvicorn

    from sync.server.connections import Connection, Connections

    listener = _listen(options.host, options.port)
    host, port = listener.getsockname()[:2]
    scheme = "https" if options.certificate else "http"
    address = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"

    class Server(uvicorn.Server):
        """Says where it can be reached once it can."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started and options.ready_file:
                part = options.ready_file.with_name(f"{options.ready_file.name}.part")
                part.write_text(address, encoding="utf-8")
                part.replace(options.ready_file)

    log_lines.begin(is_quiet=options.quiet)
    sys.setswitchinterval(SWITCH_S)
    limits = _limits(options)
    health = None if backups is None else backups.health
    console = _console(options, database, health)
    config = uvicorn.Config(
        _app(options, database, limits, console, health),
        http=functools.partial(Connection, Connections(limits)),  # type: ignore[arg-type]
        ws="none",  # a line that changes its protocol would be watched by nobody
        log_config=None,
        access_log=False,
        lifespan="on",
        proxy_headers=options.behind_proxy,
        forwarded_allow_ips=options.proxy,
        timeout_keep_alive=int(limits.keep_alive_s),
        timeout_graceful_shutdown=10,
        server_header=False,
        date_header=False,  # the time is in the answer itself, to the millisecond
        ssl_certfile=options.certificate,
        ssl_keyfile=options.key,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise DomainError("hq-certificate", reason=error) from error
    _tell_address(options, address)
    server = Server(config)
    if options.with_parent:
        threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
    end = functools.partial(setattr, server, "should_exit", True)
    with _beside(options, database, console, backups, end):
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            return 0  # uvicorn shut down in order and then raises the signal again
    return 0


@contextmanager
def _beside(
    options: argparse.Namespace,
    database: HqDatabase,
    console: Console | None,
    backups: ScheduledBackups | None,
    end: Callable[[], None],
) -> Iterator[None]:
    """What goes on while desks are served: backups, from the moment on that there is a database; waiting for
    one that is not up yet. Raises what made ``end`` necessary, if that was called."""
    warming = None if console is None else threading.Timer(WARM_AFTER_S, console.warm_up)

    def begin() -> None:
        if warming is not None:
            _tell_how_to_get_in(options, database)
            warming.daemon = True
            warming.start()
        if backups is not None:
            backups.start()

    arrival = Arrival(database, ready=begin, given_up=end)
    if database.is_ready:
        begin()
    else:
        words = _("数据库服务器还没有起来，正在等它；在此之前前台会被告知稍后再试。")
        print(words, file=sys.stderr)  # noqa: T201
        arrival.start()
    try:
        yield
    finally:
        arrival.stop()
        if warming is not None:
            warming.cancel()
        if backups is not None:
            backups.stop()
    if arrival.fault is not None:
        raise arrival.fault


def _console(
    options: argparse.Namespace, database: HqDatabase, backups: BackupHealth | None
) -> Console | None:
    from sync.server.blobs import BlobStore
    from sync.server.console.app import Console

    if options.no_console:
        return None
    is_secure = bool(options.certificate) or options.behind_proxy
    return Console(
        database,
        BlobStore(blob_folder(options)),
        is_secure=is_secure,
        pin=pin_of(options.certificate),
        backups=backups,
    )


def _app(
    options: argparse.Namespace,
    database: HqDatabase,
    limits: Limits,
    console: Console | None,
    backups: BackupHealth | None,
) -> Litestar:
    from sync.server.app import create_app
    from sync.server.blobs import BlobStore
    from sync.server.handlers.health import Watch
    from sync.server.store import Store

    return create_app(
        Store(database),
        console.blobs if console is not None else BlobStore(blob_folder(options)),
        limits,
        console=console,
        token_days=options.token_days,
        watch=Watch(options.metrics_token, is_loopback_enough=not options.behind_proxy),
        backups=backups,
    )


def _tell_address(options: argparse.Namespace, address: str) -> None:
    print(_("总部已在 {address} 提供服务。").format(address=address), file=sys.stderr)  # noqa: T201
    if pin := pin_of(options.certificate):
        named = f"{address}#sha256={pin}"
        print(_("自签证书：前台登记时用 {address}").format(address=named), file=sys.stderr)  # noqa: T201
    if not options.no_console:
        print(_("网页控制台：{address}").format(address=f"{address}/console/"), file=sys.stderr)  # noqa: T201


def _tell_how_to_get_in(options: argparse.Namespace, database: HqDatabase) -> None:
    """How to make the first account, before there is anybody who may sign in."""
    with database.surveying() as connection:
        has_accounts = connection.execute(select(hq_account.c.account_id).limit(1)).first() is not None
    if not has_accounts:
        place = f'--database "{without_password(options.database)}"'
        command = f"qiantai-hq {place} account add NAME --role administrator"
        words = _("还没有能登录的账号。先新增一个：{command}")
        print(words.format(command=command), file=sys.stderr)  # noqa: T201


def _scheduled_backups(options: argparse.Namespace, database: HqDatabase) -> ScheduledBackups | None:
    """Raises ``hq-backup-folder``: what could never succeed is said before anything is served."""
    if options.backups is None:
        return None
    check_folder(options.backups)
    return ScheduledBackups(
        database,
        blob_folder(options),
        options.backups,
        every_hours=options.backup_hours,
        kept=options.backup_keep,
    )


def _end_with_parent(server: uvicorn.Server) -> None:
    """Wait for the end of standard input: the system closes it however the parent ends, killed too."""
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        LOG.warning("standard input cannot be read")
    server.should_exit = True


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Said to be TCP, or asyncio leaves Nagle's algorithm on: 44 ms a request instead of 2.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name != "nt":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except (OSError, OverflowError) as error:  # the latter for a port that no machine has
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise DomainError("hq-port-taken", host=host, port=port, reason=reason) from error
    return listener


def _check_encryption(options: argparse.Namespace) -> None:
    """No word of a resident goes unencrypted beyond this machine."""
    try:
        is_here = ipaddress.ip_address(options.host).is_loopback
    except ValueError:
        is_here = options.host == "localhost"
    if not is_here and not options.certificate and not options.behind_proxy:
        raise DomainError("hq-needs-tls", host=options.host)
