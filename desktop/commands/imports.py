"""`take-back`: the imports of this desk, listed, and one of them undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from desktop.commands import archive
from desktop.commands.call import Call
from models.errors import DomainError
from models.rules.rights import Right
from models.rules.service_time import SITE_ZONE
from models.spreadsheets.applying import ImportSummary, imports
from resources.terms import label
from resources.translations import gettext as _


def take_back(call: Call) -> int:
    """Undo one import whole. Without a batch, or with one that nobody knows, list them all; the latter is
    ``import-missing`` as well."""
    wanted: str | None = call.arguments.batch
    if not call.actor.may(Right.ARCHIVE_IMPORT):
        raise DomainError("right-missing", right=Right.ARCHIVE_IMPORT.value)
    known = call.read(imports)
    if wanted is not None and any(one.batch_id == wanted for one in known):
        return archive.take_back(call)
    call.give([asdict(one) for one in known])
    _show(call, known)
    if wanted is not None:
        raise DomainError("import-missing")
    return 0


def _show(call: Call, known: Sequence[ImportSummary]) -> None:
    if not known:
        call.say(_("本机还没有导入过"))
        return
    call.table(
        (_("时间"), _("文件"), _("结果"), _("状态"), _("批次号")),
        [
            (
                f"{one.at.astimezone(SITE_ZONE):%Y-%m-%d %H:%M}",
                one.file_name,
                " · ".join(
                    f"{label('import.outcome', name)} {one.counts[name]}"
                    for name in archive.OUTCOMES
                    if one.counts.get(name)
                ),
                _("已撤回") if one.state == "taken_back" else "",
                one.batch_id,
            )
            for one in known
        ],
    )
