"""What every command of ``qiantai-hq`` is built with: its parser, its words out, its moments."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from resources import translations
from resources.command_line import Parser
from resources.translations import gettext as _
from sync.server.database import HqDatabase, without_password

Output = dict[str, Any] | list[dict[str, Any]]
Command = Callable[[argparse.Namespace, HqDatabase], int]
Subcommands = Any
"""What `argparse` gives for ``add_subparsers``; its class is not public."""


@dataclass(frozen=True)
class Parsers:
    """Where commands are added: ``qiantai-hq X``, ``qiantai-hq site X``, ``qiantai-hq desk X``."""

    commands: Subcommands
    site: Subcommands
    desk: Subcommands
    shared: argparse.ArgumentParser

    def add(self, group: Subcommands, name: str, help_text: str, command: Command) -> argparse.ArgumentParser:
        """A command that takes the options every command has, at its end too."""
        parser: argparse.ArgumentParser = group.add_parser(name, parents=[self.shared], help=help_text)
        parser.set_defaults(command=command, may_wait=False)
        return parser

    def group(self, name: str, help_text: str) -> Subcommands:
        """``qiantai-hq NAME X``."""
        return self.commands.add_parser(name, help=help_text).add_subparsers(required=True, metavar=_("命令"))


def add_site_argument(parser: argparse.ArgumentParser, *, is_optional: bool = False) -> None:
    if is_optional:
        parser.add_argument("site", nargs="?", help=_("项目名称或编号"))
    else:
        parser.add_argument("site", help=_("项目名称或编号"))


def base() -> tuple[argparse.ArgumentParser, Parsers]:
    """The whole command, with its groups still empty."""
    parser = Parser(prog="qiantai-hq", description=_("前台总部：收发各项目前台的数据。"))
    default = os.environ.get("QIANTAI_HQ_DATABASE", "sqlite:///qiantai-hq.db")
    about = _("数据库地址：sqlite:///路径 或 postgresql://…（默认 %(default)s）")
    parser.add_argument(
        "--database",
        metavar="URL",
        default=default,
        help=(about % {"default": without_password(default)}).replace("%", "%%"),
    )
    parser.add_argument("--json", action="store_true", help=_("结果以 JSON 输出"))
    languages = sorted(translations.LANGUAGES)
    parser.add_argument("--language", choices=languages, help=_("输出所用的语言"))
    shared = argparse.ArgumentParser(add_help=False)
    later = {"default": argparse.SUPPRESS}
    shared.add_argument("--json", action="store_true", help=_("结果以 JSON 输出"), **later)  # type: ignore[arg-type]
    shared.add_argument("--language", choices=languages, help=_("输出所用的语言"), **later)  # type: ignore[arg-type]
    commands = parser.add_subparsers(required=True, metavar=_("命令"))
    site = commands.add_parser("site", help=_("管理项目")).add_subparsers(required=True, metavar=_("命令"))
    desk = commands.add_parser("desk", help=_("管理前台")).add_subparsers(required=True, metavar=_("命令"))
    return parser, Parsers(commands, site, desk, shared)


def moment(milliseconds: int | None) -> str | None:
    """ISO 8601 in UTC, to the second."""
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")


def say(options: argparse.Namespace, found: Output, *lines: str) -> int:
    """The result on standard output, as JSON where that was asked for; gives the exit status."""
    if options.json:
        print(json.dumps(found, ensure_ascii=False))  # noqa: T201
    else:
        for line in lines:
            print(line)  # noqa: T201
    return 0
