"""How sync stands, in whole sentences: what is the case, why, and what to do. Free of Qt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.queries.double_numbers import NumberTrouble
from resources.translations import gettext as _
from sync.status import ENROL_ANEW, SyncState, SyncStatus
from views.formats import Formats
from views.sync_light import reason_of, short_reason_of

MASS_DELETION = "sync-mass-deletion"


@dataclass(frozen=True)
class Standing:
    """``title`` as the light says it, ``sentence`` why, ``advice`` what to do (may be empty)."""

    symbol: str
    tone: str
    title: str
    sentence: str
    advice: str = ""


def standing(status: SyncStatus, formats: Formats, now: datetime) -> Standing:
    """The words for *status*."""
    at = formats.near(status.last_at, now) if status.last_at is not None else ""
    pending = _("有 {n} 条记录等待送出，已存在本机。").format(n=status.pending) if status.pending else ""
    if status.reason == MASS_DELETION:
        return Standing(
            "⚠", "bad", _("总部要求删除大量记录"), reason_of(status),
            _("请先向总部核实；核实后按“同意删除”，不同意就不要按，本机的记录都还在。"),
        )  # fmt: skip
    if status.state is SyncState.UNREACHABLE:
        last = _("上次同步成功：{at}。").format(at=at) if at else _("还没有同步成功过。")
        why = " ".join(part for part in (reason_of(status), last, pending) if part)
        return Standing(
            "○", "warn", _("连不上总部"), why,
            _("可以照常工作，连上后会自动送出；一直连不上请找管理网络的人，并把上面这句话告诉他。"),
        )  # fmt: skip
    if status.state is SyncState.STOPPED:
        advice = _("本机的记录都在，可以照常工作；请联系总部管理员处理后，再按“立即同步”。")
        if status.reason in ENROL_ANEW:
            advice = _("本机的记录都在，可以照常工作；请向总部管理员要一个新的登记码，在这一页重新接入。")
        why = " ".join(part for part in (reason_of(status), pending) if part)
        return Standing("×", "bad", _("同步已停止"), why, advice)
    if status.state is SyncState.CONFLICT:
        return _contested(status, at)
    return _quiet(status, at, pending)


def in_a_line(status: SyncStatus, stands: Standing) -> str:
    """Title and reason where there is no room for sentences."""
    reason = short_reason_of(status)
    if not reason or reason in stands.title:
        return stands.title
    return _("{title}（{reason}）").format(title=stands.title, reason=reason)


def number_words(trouble: NumberTrouble) -> list[str]:
    """Lines about numbers that were given twice; none most of the time."""
    lines = []
    if trouble.renumbered:
        changed = _("、").join(f"{one.old} → {one.new}" for one in trouble.renumbered)
        lines.append(
            _("本机这些工单或回访表与别处同号，已改新号，请更正已打印的单子：{changed}").format(
                changed=changed
            )
        )
    if trouble.doubles:
        numbers = _("、").join(trouble.doubles)
        lines.append(_("这些单号各有不止一张工单，请按房号和内容分清：{numbers}").format(numbers=numbers))
    return lines


def _contested(status: SyncStatus, at: str) -> Standing:
    parts = []
    if status.conflicts:
        parts.append(_("{n} 处被两个前台同时修改，程序已按规则选了一个。").format(n=status.conflicts))
    if status.refused:
        parts.append(_("{n} 处修改总部没有接受。").format(n=status.refused))
    if at:
        parts.append(_("上次同步 {at}。").format(at=at))
    return Standing(
        "⚠", "warn", _("有 {n} 处要人看一眼").format(n=status.conflicts + status.refused), " ".join(parts),
        _("在下面逐条看：认可现在的值就按 V，改用另一个值就按 X；谁处理都可以，处理后别的前台也不用再看。"),
    )  # fmt: skip


def _quiet(status: SyncStatus, at: str, pending: str) -> Standing:
    if status.state is SyncState.SYNCED:
        title = _("已同步 {at}").format(at=at) if at else _("已同步")
        if status.reason is not None:
            return Standing(
                "●", "good", title, _("记录已同步，附件还没有传完：{why}").format(why=reason_of(status))
            )
        return Standing("●", "good", title, _("本机与总部一致。"))
    if status.state is SyncState.SYNCING and status.progress is not None:
        done, total = status.progress
        words = _("已取来 {done} 条，共 {total} 条。可以照常工作；断了会接着下载。")
        said = words.format(done=f"{done:,}", total=f"{total:,}")
        return Standing("⇅", "accent", _("首次下载本项目的数据"), said)
    if status.state is SyncState.SYNCING:
        return Standing("⇅", "accent", _("正在同步"), pending or _("正在与总部交换数据，可以照常工作。"))
    if status.state is SyncState.PENDING:
        title = _("待同步 {n}").format(n=status.pending)
        return Standing("◐", "accent", title, pending, _("很快会自动送出，也可以按“立即同步”。"))
    return Standing(
        "■", "muted", _("已存本机"), _("这台电脑还没有登记到总部，所有记录都保存在本机。"),
        _("一个人用可以一直这样；要几个前台共用，就向总部要一个登记码。"),
    )  # fmt: skip
