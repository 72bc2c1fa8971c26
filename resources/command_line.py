"""The parser of both programs' commands: help and usage errors in the user's language."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from typing import Any, NoReturn

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
    (r"argument (?P<name>.*?): ignored explicit argument (?P<value>.*)", N_("{name} 后面不能有值 {value}")),
    (r"argument (?P<name>.*?): (?P<why>.*)", N_("{name}：{why}")),
)
"""What argparse finds wrong, and our words for it; the last is for what a type of ours raised, which has its
words already."""


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
