"""The options that every command has."""

from __future__ import annotations

import argparse
from pathlib import Path

from resources import translations
from resources.translations import gettext as _


def count(text: str) -> int:
    """How many: a whole number from 1 on."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def add_shared(parser: argparse.ArgumentParser, *, is_top: bool = False) -> None:
    """The options understood before and after every command alike."""

    def default(value: object) -> object:
        return value if is_top else argparse.SUPPRESS

    parser.add_argument(
        "--profile", type=Path, metavar="DIR", default=default(None), help=_("数据所在文件夹")
    )
    parser.add_argument("--user", metavar="NO", default=default(None), help=_("工号"))
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        default=default(None),
        help=_("从文件第一行读密码；不给则询问"),
    )
    parser.add_argument("--json", action="store_true", default=default(False), help=_("输出给程序用的 JSON"))
    parser.add_argument(
        "--language",
        choices=sorted(translations.LANGUAGES),
        default=default(None),
        help=_("界面语言"),
    )
