"""`import`, `export` and `find`: the archive from the command line."""

from __future__ import annotations

import sys

from desktop.commands.call import Call
from models.errors import DomainError
from models.search import query as search
from models.spreadsheets import exporting, jobs, reasons, rejects
from models.spreadsheets.mapping import check_mapping
from models.spreadsheets.plan import ImportPlan
from resources.terms import label
from resources.translations import gettext as _

SHOWN_REASONS = 20
"""Rows with a remark that a person is shown; ``--json`` and ``--rejects`` have all."""
OUTCOMES = ("new", "changed", "same", "suspect", "refused")


def import_workbook(call: Call) -> int:
    """Rehearse; unless told only to rehearse, put the good rows in. 1 when a row was refused."""
    options = call.arguments
    _signed_in = call.actor
    progress = Printed(call)
    workbook, chosen = jobs.open_workbook(call, progress, options.file, options.mapping)
    check_mapping(chosen)
    if not chosen.sheets:
        raise DomainError("workbook-without-header", file=options.file.name)
    rehearsal = jobs.rehearse_import(call, progress, workbook, chosen)
    left_out = rejects.suspects(rehearsal) if options.rehearse else frozenset()
    batch_id: str | None = None
    if not options.rehearse:
        result = jobs.carry_out(call, progress, rehearsal, with_suspects=not options.no_suspects)
        batch_id, left_out = result.batch_id, result.plan.skipped
        if not options.no_suspects:  # else the rows left out are in the rehearsal alone
            rehearsal = result.plan
    _report(call, rehearsal, batch_id)
    if left_out and not options.rehearse:
        call.say(_("{n} 行可疑，没有导入").format(n=len(left_out)))
    elif batch_id and (suspect := rehearsal.counts.get("suspect", 0)):
        call.say(_("其中 {n} 行可疑，也已导入，请核对").format(n=suspect))
    if options.rejects:
        written = rejects.write_rejects(rehearsal, options.rejects, left_out=left_out, progress=progress)
        if written:
            call.say(
                _("未导入 {n} 行、已导入请核对 {check} 行，连同原因写到：{file}").format(
                    n=written.left_out, check=written.to_check, file=options.rejects
                )
            )
    return 1 if rehearsal.of_outcome("refused") else 0


def _report(call: Call, rehearsal: ImportPlan, batch_id: str | None) -> None:
    call.give(
        {
            "batch": batch_id,
            "counts": rehearsal.counts,
            "rows": [
                {
                    "sheet": row.sheet,
                    "row": row.row,
                    "outcome": row.outcome,
                    "reasons": [reasons.word(reason) for reason in row.reasons],
                }
                for row in rehearsal.rows
                if row.reasons
            ],
        }
    )
    counts = rehearsal.counts
    words = " · ".join(f"{label('import.outcome', name)} {counts.get(name, 0)}" for name in OUTCOMES)
    call.say(words)
    remarked = [row for row in rehearsal.rows if row.reasons]
    if remarked:
        call.table(
            (_("工作表"), _("行"), _("结果"), _("原因")),
            [
                (
                    row.sheet,
                    row.row,
                    label("import.outcome", row.outcome),
                    "；".join(reasons.word(reason) for reason in row.reasons),
                )
                for row in remarked[:SHOWN_REASONS]
            ],
        )
    if len(remarked) > SHOWN_REASONS:
        call.say(
            _("另有 {n} 行有说明，用 --json 或 --rejects 查看全部").format(n=len(remarked) - SHOWN_REASONS)
        )
    if batch_id:
        call.say(_("已导入。整批撤回：qiantai take-back {batch}").format(batch=batch_id))
    elif call.arguments.rehearse:
        call.say(_("这是预演，没有写入任何数据"))
    else:
        call.say(_("没有可导入的变化"))


def take_back(call: Call) -> int:
    """Undo one import whole."""
    taken = jobs.undo(call, Printed(call), call.arguments.batch)
    call.give(
        {
            "removed": taken.removed,
            "restored": taken.restored,
            "kept": [{"table": row.table, "label": row.label, "why": row.why} for row in taken.kept],
        }
    )
    call.say(
        _("已撤回：删除 {removed} 行，恢复 {restored} 行，保留 {kept} 行").format(
            removed=taken.removed, restored=taken.restored, kept=len(taken.kept)
        )
    )
    return 0


def export(call: Call) -> int:
    """Write one of the lists as a workbook."""
    options = call.arguments
    rows = exporting.export_list(call, Printed(call), options.what, options.out, masked=not options.reveal)
    call.give({"rows": rows, "file": str(options.out)})
    call.say(_("已导出 {n} 行：{file}").format(n=rows, file=options.out))
    return 0


def find(call: Call) -> int:
    """The one box. 1 when nothing was found."""
    hits = call.read(search.find, " ".join(call.arguments.text), limit=call.arguments.limit)
    call.give(
        [
            {
                "kind": hit.kind.value,
                "id": hit.id,
                "title": hit.title,
                "detail": hit.detail,
                "matched": hit.matched.value,
                "room_id": hit.room_id,
                "resident_id": hit.resident_id,
            }
            for hit in hits
        ]
    )
    if not hits:
        call.say(_("没有找到"))
        return 1
    call.table(
        (_("类别"), _("名称"), _("说明")),
        [(label("search.kind", hit.kind.value), hit.title, hit.detail) for hit in hits],
    )
    return 0


class Printed:
    """Progress on a terminal; silent where nobody looks."""

    def __init__(self, call: Call) -> None:
        self._is_shown = call.err is sys.stderr and sys.stderr.isatty() and not call.is_json
        self._err = call.err

    def step(self, done: int, total: int, text: str = "") -> None:
        if self._is_shown:
            self._err.write(f"\r{text} {done}/{total}\x1b[K" if done < total else "\r\x1b[K")
            self._err.flush()

    def check(self) -> None:
        """Ctrl+C cancels by itself."""


def kinds() -> tuple[str, ...]:
    return tuple(exporting.KINDS)
