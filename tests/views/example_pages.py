"""Example pages over made-up rows: the frame is tried and looked at with them before any real page exists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.main_window import Search
from desktop.navigation import PageSpec
from views.context import AppContext, Notice
from views.page import Page
from views.widgets.action_bar import ActionBar
from views.widgets.card import Card, Piece
from views.widgets.chip_bar import Chip, ChipBar
from views.widgets.column import Column, Sort
from views.widgets.form import Field, Form, Kind
from views.widgets.marked_text import Marked
from views.widgets.panel import ListAndDetail, Panel, label, pill, scrolled
from views.widgets.row_table_model import RowSource, RowTableModel
from views.widgets.search_box import Hit
from views.widgets.table_view import RowTable
from views.widgets.timeline import Happening, Timeline
from views.widgets.tone import Tone

LINES = """\
B-261121-0042|3-2-1502|吴学文|厨房水槽下方漏水，已蔓延到走廊|工程 · 李强|◐|处理中|normal|▲|超时 0:42|bad
A-261121-0041|11-1-0803|单梅|入户门锁打不开，老人被关在里面|工程 · 赵军|▶|已派单|normal|⚠|剩 0:06|warn
A-261121-0040|8-2-2201|欧阳静|楼上装修周末施工，噪音扰民|客服 · 周敏|◐|处理中|normal|⚠|剩 1:15|warn
B-261121-0039|5-0-102|喆喆便利店|门前路灯不亮|工程 · 李强|▶|已派单|normal||剩 5:20|
B-261121-0038|3-2-1602|曾婳|卫生间顶部渗水（与 0042 同一立管）|工程 · 李强|●|受理|accent||剩 23:10|
A-261121-0037|7-3-0601|翟志远|咨询：装修押金退还流程|客服 · 周敏|✓|办结|good||—|muted
A-261121-0036|2-1-1104|区少华|电梯按键失灵|电梯维保|‖|挂起 · 等配件|muted||时钟已停|muted
B-261121-0035|9-2-0302|仇立新|空调外机滴水到楼下|工程 · 赵军|◐|处理中|normal||剩 3:48|
A-261121-0034|11-3-1801|解芳|表扬：夜班保安帮忙搬运|客服 · 周敏|☎|待回访|accent||今日|
A-261121-0033|6-1-0902|查明|地下车库 B2-118 车位被占|秩序 · 孙伟|✓|办结|good||—|muted
B-261121-0032|1-2-0505|尉迟恭|燃气味，已通知燃气公司|工程 · 赵军|✓|办结|good||—|muted
A-261121-0031|4-2-1203|马骏|窗户密封条老化漏风|工程 · 李强|←|退单 · 需业主在场|warn||待改约|
A-261121-0030|12-1-2603|卜小雨|楼道灯感应失灵|工程 · 李强|▶|已派单|normal||剩 7:02|
B-261121-0029|10-2-0704|盖丽|快递柜取件口损坏|第三方|◐|处理中|normal||剩 20:31|""".splitlines()


@dataclass(frozen=True)
class ExampleTicket:
    id: int
    number: str
    room: str
    name: str
    text: str
    handler: str
    symbol: str
    state: str
    tone: str
    due_symbol: str
    due: str
    due_tone: str


def example_ticket(number: int) -> ExampleTicket:
    return ExampleTicket(number, *LINES[number % len(LINES)].split("|"))


def _tone(name: str) -> Tone:
    return Tone(name or "normal")


COLUMNS: Sequence[Column[ExampleTicket]] = (
    Column("number", "单号", 112, sort="number", tone=lambda _row: Tone.MUTED),
    Column("room", "房号", 80, sort="room"),
    Column("name", "报修人", 76, sort="name"),
    Column("text", "内容", 110, is_stretched=True),
    Column("handler", "处理", 90),
    Column(
        "state", "状态", 108, sort="state", tone=lambda row: _tone(row.tone), symbol=lambda row: row.symbol
    ),
    Column(
        "due", "时限", 86, sort="due", tone=lambda row: _tone(row.due_tone), symbol=lambda row: row.due_symbol
    ),
)


def keys(session: Any, filter_: Any, sort: Sort | None) -> Sequence[int]:
    """As the query of a real list: the filter is how many rows there are."""
    count = int(filter_ or 0)
    return range(count - 1, -1, -1) if sort is not None and sort.is_descending else range(count)


def rows(session: Any, wanted: Sequence[int]) -> Sequence[ExampleTicket]:
    return [example_ticket(number) for number in wanted]


def find(session: Any, text: str, limit: int) -> Sequence[tuple[str, ...]]:
    """Answers that look like those of the real search."""
    people = (
        ("住户", "单梅", "sm shàn méi", "11-1-0803 · 业主 · 未结 1"),
        ("住户", "孙敏", "sm", "4-2-0301 · 租户"),
        ("住户", "邵明", "sm", "9-1-1702 · 家庭成员"),
        ("住户", "沈曼", "sm", "2-2-1905 · 业主"),
        ("车牌", "粤B·SM207", "", "6-3-0202 何苗 · 业主"),
    )
    return [line for line in people if text.lower() in "".join(line).lower()][:limit]


def present(answer: tuple[str, ...]) -> Hit:
    kind, title, reason, detail = answer

    def mark(text: str) -> Marked:
        at = text.lower().find("sm")
        return Marked(text, [(at, at + 2)] if at >= 0 else [])

    return Hit(kind, mark(title), mark(reason), Marked(detail), "residents", {"name": title}, {"name": title})


class ListPage(Page):
    key, title, concerns = "tickets", "工单", frozenset({"ticket"})
    count = 46

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self.opened_with: list[dict[str, Any]] = []
        self.refreshed = 0
        self.model = RowTableModel(context.tasks, RowSource(keys, rows), COLUMNS, self)
        self.table = RowTable(self.model, "tickets", context.preferences)
        self.table.empty.say(
            "没有符合条件的工单",
            "换一个筛选，或按 F2 新建工单",
            "新工单  F2",
            lambda: context.navigate("intake"),
        )
        self.table.current_changed.connect(self._on_current)
        self.chips = ChipBar(
            [
                Chip("open", "进行中"),
                Chip("late", "超时", "▲", "bad"),
                Chip("waiting", "未接单"),
                Chip("held", "挂起"),
                Chip("callback", "待回访"),
                Chip("mine", "我的"),
            ]
        )
        self.chips.set_counts({"open": 46, "late": 3, "waiting": 5, "held": 4, "callback": 9})
        left = Panel()
        head = QHBoxLayout()
        head.addWidget(label("工单", name="pageTitle"))
        head.addWidget(label("进行中 46 · 超时 3 · 今日到期 11", "muted"), 1)
        left.body.addLayout(head)
        left.body.addWidget(self.chips)
        left.body.addWidget(self.table, 1)
        left.body.addWidget(label("46 条 · 共 1,003,218 条历史工单", "muted"))
        self.commands = [
            self.add_command(
                "办结",
                "E",
                lambda: self.context.notify(Notice("已办结 B-261121-0042", "good", undo=lambda: None)),
            ),
            self.add_command("进展", "P", self.done),
            self.add_command("催单", "C", self.done),
            self.add_command("挂起", "H", self.done),
            self.add_command("转单", "T", self.done),
            self.add_command("重开", "R", self.done),
            self.add_command("作废", "V", self.done),
        ]
        row = QVBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(ListAndDetail(left, self._detail(), "tickets", context.preferences))
        self.setFocusProxy(self.table)

    def done(self) -> None:
        """A command of no consequence."""

    def _detail(self) -> QWidget:
        panel = Panel()
        panel.body.addWidget(label("厨房水槽下方漏水，已蔓延到走廊", name="pageTitle", wraps=True))
        panel.body.addWidget(
            label(
                "B-261121-0042 · 报修 · 工程维修/给排水 · 紧急 · 来电 09:12 · 已存本机，已同步",
                "muted",
                wraps=True,
            )
        )
        line = QHBoxLayout()
        line.addWidget(label("▲ 超时 0:42", "bad"))
        line.addWidget(label("应于 09:57 前处理完"))
        line.addWidget(pill("保修期内 · 防水 5 年至 2029-06", "warn"))
        line.addStretch(1)
        panel.body.addLayout(line)
        self.bar = ActionBar()
        self.bar.set_actions(self.commands)
        panel.body.addWidget(self.bar)
        card = Card()
        card.show_lines(
            [
                [
                    Piece("3-2-1502", is_bold=True),
                    Piece("吴学文"),
                    Piece("业主", "muted"),
                    Piece("重要客户", "accent", is_pill=True),
                    Piece("老年客户", "accent", is_pill=True),
                    Piece("189****1443"),
                    Piece("显示", run=self.done),
                ],
                [
                    Piece(
                        "家庭 3 人 · 粤B·7A21K · 柯基 1 · 2024-06 入住 · 未结工单 1 · 近一年 6 单，满意 5",
                        "muted",
                    )
                ],
                [Piece("⚠ 同一立管 1 小时内 2 户报漏水：1502、1602 — 合并为一个事件？", "warn")],
            ]
        )
        panel.body.addWidget(card)
        panel.body.addWidget(label("经过", name="sectionHeading"))
        self.timeline = Timeline()
        self.timeline.show_happenings(
            [
                Happening("09:12", "受理。业主期望：尽快止水，家中有老人", "周敏 · 前台 B"),
                Happening("09:14", "派单 工程部 李强 138****2207，时限 09:57，已打印 A5 第 1 次", "周敏"),
                Happening("09:21", "接单", "李强"),
                Happening("09:33", "已到场：角阀断裂，已关总阀，回仓取配件", "李强"),
                Happening("10:20", "超过时限 23 分钟，已提醒工程主管 赵军", "系统", "bad", "▲"),
                Happening("10:39", "业主来电催单：已告知师傅 11:00 前返回", "周敏", strong="承诺 11:00"),
            ]
        )
        panel.body.addWidget(self.timeline, 1)
        panel.body.addWidget(label("附件 2 · 材料 角阀 ×1 ¥35.00 · 人工 ¥0.00（保修）", "muted"))
        return panel

    def refresh(self) -> None:
        self.refreshed += 1
        self.table.show_filter(self.count)

    def open(self, **arguments: Any) -> None:
        self.opened_with.append(arguments)

    def print_current(self) -> bool:
        return self.table.current_key() is not None

    def _on_current(self, key: object) -> None:
        self.current = key


FIELDS = (
    Field("room", "房号", is_required=True, mnemonic="R", hint="3-2-1502、姓名或电话"),
    Field("name", "报修人", is_required=True, is_beside=True),
    Field("phone", "电话", check=lambda value: None if not value or value.isdigit() else "电话只能是数字"),
    Field(
        "channel",
        "渠道",
        Kind.CHOICE,
        choices=(("phone", "来电"), ("visit", "来访"), ("app", "APP")),
        is_beside=True,
    ),
    Field("kind", "类别", Kind.CHOICE, choices=(("repair", "报修"), ("complaint", "投诉"))),
    Field(
        "priority",
        "紧急程度",
        Kind.CHOICE,
        choices=(("normal", "一般"), ("urgent", "紧急"), ("critical", "特急")),
        is_beside=True,
    ),
    Field("matter", "内容", Kind.LONG_TEXT, is_required=True, mnemonic="M", lines=4),
    Field("expectation", "期望解决", Kind.LONG_TEXT, lines=2),
    Field("appointment", "预约时间", Kind.MOMENT, hint="14:30、明天 9:00", note="留空表示尽快"),
    Field("fee", "预计费用", Kind.MONEY, is_beside=True),
    Field("at_home", "业主在家", Kind.FLAG, hint="上门时家中有人"),
)


class FormPage(Page):
    key, title = "intake", "受理"

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self.form = Form(FIELDS)
        self.committed = 0
        panel = Panel(padding=18)
        panel.body.addWidget(label("新工单", name="pageTitle"))
        panel.body.addWidget(scrolled(self.form), 1)
        side = Panel()
        side.body.addWidget(label("3-2-1502 的未结工单", name="heading"))
        side.body.addWidget(label("没有未结工单", "muted"))
        side.body.addStretch(1)
        row = QVBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(ListAndDetail(panel, side, "intake", context.preferences, share=0.62))

    def open(self, **arguments: Any) -> None:
        self.form.set_values(arguments)

    def commit(self) -> bool:
        self.committed += 1
        return self.form.is_right()


class EmptyPage(ListPage):
    key, title, count = "residents", "住户", 0


def spec(key: str, title: str, factory: Callable[[AppContext], Page], shortcut: str, **more: Any) -> PageSpec:
    return PageSpec(key, title, factory, shortcut, key, **more)


class OtherPage(Page):
    """A page without anything."""


def pages() -> list[PageSpec]:
    return [
        spec("today", "今日", OtherPage, "1"),
        spec("intake", "受理", FormPage, "F2"),
        spec("tickets", "工单", ListPage, "2"),
        spec("residents", "住户", EmptyPage, "3"),
        spec("rooms", "房屋", OtherPage, "4"),
        spec("callbacks", "回访", OtherPage, "5"),
        spec("sync", "同步", OtherPage, "8"),
        spec("settings", "设置", OtherPage, "Ctrl+,", is_at_foot=True),
    ]


SEARCH = Search(find, present)
