"""The command line's parser: help and usage errors in the user's language, options that every command has."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from resources import translations
from resources.translations import N_
from resources.translations import gettext as _

MISUSED = 2
"""Exit status of a command that was typed wrong."""
_FAULTS: tuple[tuple[str, str], ...] = (
    (r"the following arguments are required: (?P<what>.*)", N_("还要给出 {what}")),
    (r"unrecognized arguments: (?P<what>.*)", N_("不认识 {what}")),
    (
        r"argument (?P<name>.*?): invalid choice: (?P<value>.*) \(choose from (?P<known>.*)\)",
        N_("{name} 不能是 {value}，可以是 {known}"),
    ),
    (r"argument (?P<name>.*?): expected (?:at least )?one argument", N_("{name} 后面要有一个值")),
    (r"argument (?P<name>.*?): invalid \w+ value: (?P<value>.*)", N_("{name} 应为正整数，不能是 {value}")),
)
"""What argparse finds wrong, and our words for it."""


class Parser(argparse.ArgumentParser):
    """Says in one sentence what is wrong with a command."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options |= {"add_help": False, "allow_abbrev": False, "formatter_class": _Formatter}
        super().__init__(*args, **options)
        self._positionals.title = _("依次给出")
        self._optionals.title = _("选项")
        self.add_argument("-h", "--help", action="help", help=_("显示这段说明"))

    def error(self, message: str) -> NoReturn:
        sentence = _("命令用法不对：{why}。用法见 {command} --help")
        self.exit(MISUSED, sentence.format(why=_worded(message), command=self.prog) + "\n")


class _Formatter(argparse.HelpFormatter):
    """Argparse's own, but for the word before the usage."""

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, _("用法：") if prefix is None else prefix)


def _worded(message: str) -> str:
    """Argparse's sentence in the language in use; one that nobody worded stays as it is."""
    for pattern, sentence in _FAULTS:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found is not None:
            return _(sentence).format(**found.groupdict())
    return message


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
