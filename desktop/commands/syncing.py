"""`enrol` and `sync`: headquarters from the command line."""

from __future__ import annotations

from desktop.commands.call import Call
from desktop.opening import (
    FirstPerson,
    Joining,
    add_first_person,
    engine_of,
    enrol_desk,
    entrance,
    fill,
    join,
)
from models.queries import sync_state
from models.services import accounts
from resources.translations import gettext as _


def enrol(call: Call) -> int:
    """Enrol this desk; a profile that does not exist yet is made and filled from headquarters. A site that
    has nobody yet gets its first administrator: ``--user`` and ``--name``."""
    options = call.arguments
    wanted = Joining(options.url, options.code, options.ca.absolute() if options.ca else None)
    if not call.profile.database.exists() or not call.desk.database.read(accounts.has_accounts):
        return _join(call, wanted)
    done = enrol_desk(call.desk, wanted, call.actor)
    queued = call.desk.database.read(sync_state.counts).pending
    call.give({"site": done.site_name, "desk": done.letter, "queued": queued})
    call.say(
        _("已登记到 {site}，本机为前台 {letter}，待同步 {n}").format(
            site=done.site_name, letter=done.letter, n=queued
        )
    )
    return 0


def _join(call: Call, wanted: Joining) -> int:
    call.shut()
    try:
        call.desk = desk = join(call.profile, wanted)
    except BaseException:
        call.leave_no_folders()
        raise
    there, letter = desk.database.read(entrance), desk.database.identity.desk_letter
    call.say(_("已登记并取回全部数据，本机为前台 {letter}").format(letter=letter))
    try:
        if not there.has_people and call.arguments.user:
            words = _("还差一步：“{site}”还没有人员，请为第一个管理员 {user} 设定密码。")
            call.say(words.format(site=there.site, user=call.arguments.user))
            make_first_person(call)
            there = desk.database.read(entrance)
    finally:  # the desk is enrolled, whatever became of the password
        if not there.has_people:
            call.say(_("“{site}”还没有人员，请建立第一个管理员：").format(site=there.site))
            call.say(
                _("qiantai --profile {folder} init --user 工号 --name 姓名").format(
                    folder=call.profile.folder
                )
            )
    call.give({"site": there.site, "desk": letter, "queued": 0, "people": there.has_people})
    return 0


def make_first_person(call: Call) -> None:
    """The administrator named by ``--user`` and ``--name``, who goes up to headquarters at once."""
    options = call.arguments
    password = call.password(_("管理员的密码（由本人设定）："))
    add_first_person(call.desk, FirstPerson(options.user, options.name or options.user, password))
    call.say(_("已建立第一个管理员：{user}").format(user=options.user))
    fill(call.desk)


def sync(call: Call) -> int:
    """One round; 1 when something needs a person (conflicts, refused changes)."""
    before = call.desk.database.read(sync_state.counts)
    report = engine_of(call.desk).run_once()
    counts = call.desk.database.read(sync_state.counts)
    pushed = max(before.pending - counts.pending, 0)  # records, counted as those that wait are
    call.give(
        {
            "pushed": pushed,
            "pulled": report.pulled,
            "refused": report.refused,
            "pending": counts.pending,
            "conflicts": counts.conflicts,
            "equal": report.is_equal,
            "renumbered": report.renumbered,
        }
    )
    call.say(
        _("送出 {pushed}，取回 {pulled}，待同步 {pending}，冲突 {conflicts}").format(
            pushed=pushed, pulled=report.pulled, pending=counts.pending, conflicts=counts.conflicts
        )
    )
    for old, new in report.renumbered:
        call.say(_("改号 {old} → {new}，请更正已打印的单子").format(old=old, new=new))
    return 1 if counts.conflicts or counts.refused else 0
