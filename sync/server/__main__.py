"""``qiantai-hq``: serve desks, and administer sites and desks, from a terminal.

Exit status 0 done, 1 a fault said in one sentence on stderr, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import logging
import os
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from models.errors import DomainError
from resources.translations import gettext as _
from sync.clock import wall_milliseconds
from sync.server import auth
from sync.server.database import HqDatabase
from sync.server.tables import hq_desk, hq_site
from sync.server.wording import sentence

if TYPE_CHECKING:
    import uvicorn

LOG = logging.getLogger("qiantai.hq")
Output = dict[str, Any] | list[dict[str, Any]]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace, HqDatabase], int] = options.command
    try:
        database = HqDatabase(options.database)
        try:
            return command(options, database)
        finally:
            database.close()
    except DomainError as error:
        print(sentence(error), file=sys.stderr)  # noqa: T201
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="qiantai-hq", description=_("前台总部：收发各项目前台的数据。"))
    parser.add_argument(
        "--database",
        metavar="URL",
        default=os.environ.get("QIANTAI_HQ_DATABASE", "sqlite:///qiantai-hq.db"),
        help=_("数据库地址：sqlite:///路径 或 postgresql://…（默认 %(default)s）"),
    )
    parser.add_argument("--json", action="store_true", help=_("结果以 JSON 输出"))
    at_the_end = argparse.ArgumentParser(add_help=False)
    at_the_end.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help=_("结果以 JSON 输出")
    )
    shared = [at_the_end]
    commands = parser.add_subparsers(required=True, metavar=_("命令"))
    _add_serve(commands.add_parser("serve", help=_("开始服务")))
    site = commands.add_parser("site", help=_("管理项目")).add_subparsers(required=True, metavar=_("命令"))
    add = site.add_parser("add", parents=shared, help=_("新增项目"))
    add.add_argument("name")
    add.set_defaults(command=_site_add)
    site.add_parser("list", parents=shared, help=_("列出项目")).set_defaults(command=_site_list)
    desk = commands.add_parser("desk", help=_("管理前台")).add_subparsers(required=True, metavar=_("命令"))
    code = desk.add_parser("code", parents=shared, help=_("发一个一次性登记码"))
    code.add_argument("site", help=_("项目名称或编号"))
    code.set_defaults(command=_desk_code)
    listed = desk.add_parser("list", parents=shared, help=_("列出前台"))
    listed.add_argument("site", nargs="?", help=_("项目名称或编号"))
    listed.set_defaults(command=_desk_list)
    revoke = desk.add_parser("revoke", parents=shared, help=_("立即停用一个前台"))
    revoke.add_argument("site", help=_("项目名称或编号"))
    revoke.add_argument("desk", help=_("前台字母，如 A"))
    revoke.set_defaults(command=_desk_revoke)
    return parser


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8470, help=_("0 表示由系统选一个空闲端口"))
    parser.add_argument("--blobs", type=Path, help=_("附件目录（默认在数据库旁）"))
    parser.add_argument("--certificate", type=Path, help=_("PEM 证书"))
    parser.add_argument("--key", type=Path, help=_("证书的私钥"))
    parser.add_argument("--behind-proxy", action="store_true", help=_("由前面的代理负责加密"))
    parser.add_argument("--ready-file", type=Path, help=_("可以连接时把地址写入这个文件"))
    parser.add_argument(
        "--with-parent", action="store_true", help=_("标准输入关闭时（启动它的程序结束）随之结束")
    )
    parser.add_argument("--quiet", action="store_true", help=_("不记录每个请求"))
    parser.set_defaults(command=_serve)


# -- administration ----------------------------------------------------------------------------------


def _site_add(options: argparse.Namespace, database: HqDatabase) -> int:
    with database.administering() as connection:
        site_id = auth.add_site(connection, options.name, wall_milliseconds())
    return _say(options, {"id": site_id, "name": options.name.strip()}, site_id)


def _site_list(options: argparse.Namespace, database: HqDatabase) -> int:
    desks = (
        select(func.count())
        .where(hq_desk.c.site_id == hq_site.c.site_id, hq_desk.c.revoked_at.is_(None))
        .scalar_subquery()
    )
    with database.surveying() as connection:
        rows = connection.execute(
            select(hq_site.c.site_id, hq_site.c.name, hq_site.c.seq, desks.label("desks")).order_by(
                hq_site.c.name
            )
        ).all()
    found = [{"id": row[0], "name": row[1], "changes": row[2], "desks": row[3]} for row in rows]
    return _say(options, found, *(f"{row[0]}  {row[1]}  {_('前台 {n} 个').format(n=row[3])}" for row in rows))


def _desk_code(options: argparse.Namespace, database: HqDatabase) -> int:
    with database.surveying() as connection:
        site_id = auth.site_id_of(connection, options.site)
    code = auth.issue_code(database, site_id, wall_milliseconds())
    return _say(options, {"site_id": site_id, "code": code, "days": auth.CODE_DAYS}, code)


def _desk_list(options: argparse.Namespace, database: HqDatabase) -> int:
    chosen = select(
        hq_site.c.name,
        hq_desk.c.letter,
        hq_desk.c.name.label("desk_name"),
        hq_desk.c.enrolled_at,
        hq_desk.c.seen_at,
        hq_desk.c.revoked_at,
        hq_desk.c.version,
    ).join_from(hq_desk, hq_site, hq_site.c.site_id == hq_desk.c.site_id)
    with database.surveying() as connection:
        if options.site:
            chosen = chosen.where(hq_desk.c.site_id == auth.site_id_of(connection, options.site))
        rows = connection.execute(chosen.order_by(hq_site.c.name, hq_desk.c.number)).all()
    found = [
        {
            "site": row[0],
            "desk": row[1],
            "name": row[2],
            "enrolled_at": _moment(row[3]),
            "seen_at": _moment(row[4]),
            "revoked_at": _moment(row[5]),
            "version": row[6],
        }
        for row in rows
    ]
    lines = (
        f"{one['site']}  {one['desk']}  {one['name']}  {one['seen_at'] or '-'}"
        f"{'  ' + _('已停用') if one['revoked_at'] else ''}"
        for one in found
    )
    return _say(options, found, *lines)


def _desk_revoke(options: argparse.Namespace, database: HqDatabase) -> int:
    with database.surveying() as connection:
        site_id = auth.site_id_of(connection, options.site)
    with database.writing(site_id) as connection:
        auth.revoke(connection, site_id, options.desk.upper(), wall_milliseconds())
    return _say(options, {"site_id": site_id, "desk": options.desk.upper(), "revoked": True})


def _moment(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")


def _say(options: argparse.Namespace, found: Output, *lines: str) -> int:
    if options.json:
        print(json.dumps(found, ensure_ascii=False))  # noqa: T201
    else:
        for line in lines:
            print(line)  # noqa: T201
    return 0


# -- serving -----------------------------------------------------------------------------------------


def _serve(options: argparse.Namespace, database: HqDatabase) -> int:
    """Serve until told to stop (SIGINT, SIGTERM; with a parent, the end of standard input)."""
    import uvicorn

    from sync.server.app import create_app
    from sync.server.blobs import BlobStore
    from sync.server.store import Store

    _check_encryption(options)
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

    logging.basicConfig(
        level=logging.WARNING if options.quiet else logging.INFO, format="%(message)s", stream=sys.stderr
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    store = Store(database)
    config = uvicorn.Config(
        create_app(store, BlobStore(_blob_folder(options))),
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
        limit_concurrency=2_000,
        server_header=False,
        ssl_certfile=options.certificate,
        ssl_keyfile=options.key,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise DomainError("hq-certificate", reason=error) from error
    print(_("总部已在 {address} 提供服务。").format(address=address), file=sys.stderr)  # noqa: T201
    server = Server(config)
    if options.with_parent:
        threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return 0  # uvicorn shut down in order and then raises the signal again
    return 0


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
    except OSError as error:
        listener.close()
        raise DomainError("hq-port-taken", host=host, port=port, reason=error.strerror) from error
    return listener


def _check_encryption(options: argparse.Namespace) -> None:
    """No word of a resident goes unencrypted beyond this machine."""
    try:
        is_here = ipaddress.ip_address(options.host).is_loopback
    except ValueError:
        is_here = options.host == "localhost"
    if not is_here and not options.certificate and not options.behind_proxy:
        raise DomainError("hq-needs-tls", host=options.host)


def _blob_folder(options: argparse.Namespace) -> Path:
    if options.blobs:
        return Path(options.blobs)
    if options.database.startswith("sqlite"):
        path = Path(make_url(options.database).database or "qiantai-hq.db")
        return path.with_name(f"{path.stem}-blobs")
    return Path("qiantai-hq-blobs")


if __name__ == "__main__":
    sys.exit(main())
