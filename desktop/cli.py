"""The same program without a window: `qiantai COMMAND`, same services, same rights.

Exit status 0: done; 1: not done, or done with something to look at (the reason is one sentence on standard
error); 2: the command itself was wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.commands.parser import add_shared, count
from models.errors import Cancelled, DomainError
from resources import translations
from resources.command_line import Parser
from resources.translations import gettext as _
from views import error_messages

if TYPE_CHECKING:
    from desktop.commands.call import Call

FAILED = 1
Adder = Callable[[argparse.ArgumentParser], None]


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit status."""
    language = _language(arguments)
    if language is not None:
        translations.use(language)
    parser = make_parser()
    chosen = parser.parse_args(arguments)
    from desktop.commands.call import Call

    module, _dot, name = chosen.run.rpartition(".")
    call = Call(chosen)
    try:
        run = getattr(import_module(f"desktop.commands.{module}"), name)
        status = int(run(call))
        call.out.flush()
        return status
    except DomainError as error:
        print(error_messages.message(error), file=sys.stderr)  # noqa: T201
        return FAILED
    except (Cancelled, KeyboardInterrupt):
        print(_("已取消，没有留下任何改动"), file=sys.stderr)  # noqa: T201
        return FAILED
    except BrokenPipeError:  # `| head` has read enough; the interpreter must not complain at its end
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), call.out.fileno())
        return FAILED
    except Exception as error:
        print(_reported(call, error), file=sys.stderr)  # noqa: T201
        return FAILED
    finally:
        call.shut()


def _reported(call: Call, error: Exception) -> str:
    """A bug of ours: the report goes into the profile, a sentence to whoever called."""
    from desktop.crash_reports import CrashReports

    report = CrashReports(call.profile.crash_reports).report(error, "command")
    if report is None:
        return _("程序出错（{kind}）").format(kind=type(error).__name__)
    return _("程序出错（{kind}），错误报告：{path}").format(kind=type(error).__name__, path=report.path)


def _language(arguments: Sequence[str]) -> str | None:
    """The language, known before the parser's own words are needed."""
    early = argparse.ArgumentParser(add_help=False)
    early.add_argument("--language", choices=sorted(translations.LANGUAGES))
    language: str | None = early.parse_known_args(arguments)[0].language
    return language


def make_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="qiantai",
        description=_("物业服务中心前台。不带命令时打开窗口。"),
        epilog=_("退出状态：0 完成；1 未完成（原因见标准错误）；2 命令用法不对。"),
    )
    add_shared(parser, is_top=True)
    parser.set_defaults(run="window.open_window")
    commands = parser.add_subparsers(metavar=_("命令"), title=_("命令"))
    for name, summary, run, add in _commands():
        command = commands.add_parser(name, help=summary, description=summary)
        add_shared(command)
        add(command)
        command.set_defaults(run=run)
    return parser


def _commands() -> list[tuple[str, str, str, Adder]]:
    """Name, summary, ``module.function`` in `desktop.commands`, and who adds its own options."""
    return [
        ("window", _("打开窗口"), "window.open_window", _none),
        ("demo", _("在演示数据上打开窗口，旁边运行本机总部"), "demo.demo", _demo),
        ("init", _("建立新的数据文件夹"), "upkeep.init", _init),
        ("import", _("从 Excel 工作簿导入档案"), "archive.import_workbook", _import),
        ("take-back", _("整批撤回一次导入"), "imports.take_back", _take_back),
        ("export", _("把列表导出为 Excel"), "archive.export", _export),
        ("find", _("查房号、姓名、拼音、电话尾号、车牌、单号或工单内容"), "archive.find", _find),
        ("ticket", _("工单：新建、查看、列表，以及派单到归档的每一步"), "tickets.ticket", _ticket),
        ("callback", _("待做的回访，登记回访结果"), "callbacks.callback", _callback),
        ("print", _("生成派工单或回访单的 PDF"), "papers.print_document", _print),
        ("enrol", _("向总部登记本机"), "syncing.enrol", _enrol),
        ("sync", _("与总部同步一轮"), "syncing.sync", _none),
        ("conflicts", _("同步冲突和总部没有接受的修改：列出、处理"), "conflicts.run", _conflicts),
        (
            "passwd",
            _("更改自己的密码（--password-file：第 1 行当前密码，第 2 行新密码）"),
            "upkeep.change_password",
            _none,
        ),
        ("check", _("检查数据库"), "upkeep.check", _check),
        ("backup", _("备份并校验"), "upkeep.make_backup", _backup),
        ("restore", _("用备份恢复"), "upkeep.restore_backup", _restore),
        ("recover-key", _("用密钥恢复文件找回本机的数据密钥"), "upkeep.recover_key", _recover_key),
    ]


def _none(_parser: argparse.ArgumentParser) -> None:
    """A command without options of its own."""


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, metavar="DIR", help=_("演示数据放在哪里"))
    parser.add_argument("--fresh", action="store_true", help=_("丢弃上次的演示数据重新开始"))


def _init(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--site", metavar="NAME", help=_("项目名称；要登记到总部的前台不填"))
    parser.add_argument("--hotline", metavar="PHONE", help=_("服务热线"))
    parser.add_argument("--name", metavar="NAME", help=_("管理员姓名（工号用 --user）"))


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.xlsx")
    parser.add_argument("--rehearse", action="store_true", help=_("只预演，不写入"))
    parser.add_argument("--mapping", metavar="NAME", help=_("用保存过的列对应"))
    parser.add_argument(
        "--rejects", type=Path, metavar="OUT.xlsx", help=_("不能导入和可疑的行连同原因写到这里")
    )
    parser.add_argument("--no-suspects", action="store_true", help=_("可疑的行也不导入"))


def _take_back(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("batch", metavar="BATCH", nargs="?", help=_("批次号；不给则列出所有导入"))


def _export(parser: argparse.ArgumentParser) -> None:
    from models.spreadsheets.exporting import KINDS

    parser.add_argument("what", choices=sorted(KINDS), metavar="WHAT", help=" · ".join(sorted(KINDS)))
    parser.add_argument("out", type=Path, metavar="OUT.xlsx")
    parser.add_argument("--reveal", action="store_true", help=_("电话和证件号不打码（需要权限，会记录）"))


def _find(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", nargs="+", metavar="TEXT")
    parser.add_argument("--limit", type=count, default=12, metavar="N")


def _ticket(parser: argparse.ArgumentParser) -> None:
    from desktop.commands.ticket_options import add_ticket_options

    add_ticket_options(parser)


def _callback(parser: argparse.ArgumentParser) -> None:
    from desktop.commands.callbacks import add_options

    add_options(parser)


def _conflicts(parser: argparse.ArgumentParser) -> None:
    from desktop.commands.conflicts import add_options

    add_options(parser)


def _print(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("document", choices=("work-order", "callback-sheet"))
    parser.add_argument("numbers", nargs="+", metavar="NUMBER", help=_("工单号；回访单也可以用它自己的编号"))
    parser.add_argument("--form", metavar="FORM", help="a4 · a5 · half · third · full · receipt")
    parser.add_argument("--copies", metavar="LIST", help=_("联：stub,crew,owner,finance"))
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")


def _enrol(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL")
    parser.add_argument("code", metavar="CODE")
    parser.add_argument("--ca", type=Path, metavar="FILE.pem", help=_("总部证书的签发者"))
    parser.add_argument(
        "--name", metavar="NAME", help=_("项目还没有人员时：第一个管理员的姓名（工号用 --user）")
    )


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help=_("快速检查"))


def _backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, metavar="DIR", help=_("另存到别处"))


def _restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="BACKUP")
    parser.add_argument(
        "--recovery", type=Path, metavar="FILE", help=_("密钥恢复文件：新电脑或丢了密钥时，用它打开备份")
    )
    _add_passphrase(parser)


def _recover_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=_("密钥恢复文件"))
    _add_passphrase(parser)


def _add_passphrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help=_("从文件第一行读密钥恢复文件的口令；不给则询问"),
    )
