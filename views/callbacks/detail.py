"""One callback beside the list: whom, about what, why, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QAction

from models.queries.callback_list import CallbackRow
from models.services import phones, tickets
from resources.terms import label as term
from resources.terms import marked
from resources.translations import gettext as _
from views.callbacks.columns import due_words, result_words, why
from views.context import AppContext
from views.widgets.action_bar import ActionBar
from views.widgets.card import Card, Line, Piece
from views.widgets.panel import Panel, label
from views.widgets.record_marks import RecordBadge, RecordMarks


class CallbackDetail(Panel):
    """`show_row` fills it; *commands* stand on its bar."""

    def __init__(
        self,
        context: AppContext,
        marks: RecordMarks,
        commands: Sequence[QAction],
        open_ticket: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._context, self._open_ticket = context, open_ticket
        self._row: CallbackRow | None = None
        self.phone = ""
        self.heading = label(name="pageTitle", wraps=True)
        self.summary = label("", "muted", wraps=True)
        self.badge = RecordBadge(marks)
        self.bar = ActionBar()
        self._commands = commands
        self.card, self.result = Card(), Card()
        self.empty = label(_("选中一条回访，这里显示要问什么"), "muted", wraps=True)
        for widget in (
            self.heading, self.summary, self.badge, self.bar, self.card, self.result, self.empty,
        ):  # fmt: skip
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self.show_row(None)

    def show_row(self, row: CallbackRow | None) -> None:
        """Show *row*; a phone that was revealed stays so while the same row is shown."""
        if row is None or self._row is None or row.id != self._row.id:
            self.phone = ""
        self._row = row
        for widget in (self.heading, self.summary, self.badge, self.bar, self.card):
            widget.setVisible(row is not None)
        self.empty.setVisible(row is None)
        self.result.setVisible(row is not None and row.called_at is not None)
        if row is None:
            return
        self.badge.show_record(row.id)
        self.heading.setText(" ".join(filter(None, (row.room_code, row.person))) or _("（没有房号）"))
        today = self._context.formats.local(self._context.clock()).date()
        self.summary.setText(
            " · ".join(
                filter(
                    None,
                    (
                        term("callback.kind", row.kind),
                        marked("callback.state", row.state),
                        due_words(row, today, self._context.formats),
                        row.sheet_no,
                    ),
                )
            )
        )
        self.bar.set_actions(self._commands)
        self.card.show_lines(self._lines(row), tone="warn" if row.state == "excluded" else "")
        self.result.show_lines(self._result_lines(row))

    def reveal(self) -> None:
        """Show the phone in full; the service decides and writes it down."""
        row = self._row
        if row is None or not row.phone:
            return
        tasks = self._context.tasks
        if row.phone_id is not None:
            tasks.write(self, phones.reveal_phone, row.phone_id, on_done=self._on_revealed)
        elif row.ticket_id is not None:
            tasks.write(self, tickets.reveal_phone, row.ticket_id, on_done=self._on_revealed)

    def _on_revealed(self, number: str) -> None:
        self.phone = number
        self.show_row(self._row)

    def _lines(self, row: CallbackRow) -> list[Line]:
        formats = self._context.formats
        who: list[Piece] = [Piece(_("电话"), "muted"), Piece(self.phone or row.phone or _("没有电话"))]
        if row.phone and not self.phone:
            who.append(Piece(_("显示") + " V", run=self.reveal))
        lines: list[Line] = [who]
        lines.append([Piece(_("缘由"), "muted"), Piece(why(row, formats))])
        if row.matter:
            lines.append([Piece(_("内容"), "muted"), Piece(row.matter)])
        if row.resolution:
            lines.append([Piece(_("处理情况"), "muted"), Piece(row.resolution)])
        done = " · ".join(filter(None, (row.department, row.handler)))
        if row.completed_at is not None:
            done = " · ".join(filter(None, (done, formats.moment(row.completed_at))))
        if done:
            lines.append([Piece(_("办结"), "muted"), Piece(done)])
        if row.tries:
            lines.append([Piece(_("已打 {n} 次未接").format(n=row.tries), "warn")])
        if row.state == "due" and row.remark:
            lines.append([Piece(_("备注"), "muted"), Piece(row.remark)])
        ticket_id = row.ticket_id
        if ticket_id is not None and row.ticket_number:
            lines.append(
                [
                    Piece(_("工单"), "muted"),
                    Piece(row.ticket_number, run=lambda: self._open_ticket(ticket_id)),
                ]
            )
        return lines

    def _result_lines(self, row: CallbackRow) -> list[Line]:
        formats = self._context.formats
        at = formats.moment(row.called_at)
        lines: list[Line] = [
            [Piece(_("上次回访"), "muted"), Piece(at), Piece(result_words(row), is_bold=True)]
        ]
        for title, text in (
            (_("意见"), row.opinion), (_("建议"), row.suggestion), (_("备注"), row.remark),
        ):  # fmt: skip
            if text:
                lines.append([Piece(title, "muted"), Piece(text)])
        return lines
