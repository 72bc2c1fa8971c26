"""`enrol` and `sync`: headquarters from the command line."""

from __future__ import annotations

from desktop.commands.call import Call
from desktop.opening import Joining, engine_of, enrol_desk, is_unfilled, join
from models.queries import sync_state
from models.services import accounts
from models.work import SYSTEM
from resources.translations import gettext as _


def enrol(call: Call) -> int:
    """Enrol this desk; a profile that does not exist yet is made and filled from headquarters."""
    options = call.arguments
    wanted = Joining(options.url, options.code, options.ca.absolute() if options.ca else None)
    if not call.profile.database.exists() or is_unfilled(call.desk):
        call.shut()
        call.desk = desk = join(call.profile, wanted)
        letter = desk.database.identity.desk_letter
        call.give({"desk": letter, "queued": 0})
        call.say(_("已登记并取回全部数据，本机为前台 {letter}").format(letter=letter))
        return 0
    is_in_use = call.desk.database.read(accounts.has_accounts)
    done = enrol_desk(call.desk, wanted, call.actor if is_in_use else SYSTEM)
    queued = call.desk.database.read(sync_state.counts).pending
    call.give({"site": done.site_name, "desk": done.letter, "queued": queued})
    call.say(
        _("已登记到 {site}，本机为前台 {letter}，待同步 {n}").format(
            site=done.site_name, letter=done.letter, n=queued
        )
    )
    return 0


def sync(call: Call) -> int:
    """One round; 1 when something needs a person (conflicts, refused changes)."""
    report = engine_of(call.desk).run_once()
    counts = call.desk.database.read(sync_state.counts)
    call.give(
        {
            "pushed": report.pushed,
            "pulled": report.pulled,
            "refused": report.refused,
            "pending": counts.pending,
            "conflicts": counts.conflicts,
            "equal": report.is_equal,
        }
    )
    call.say(
        _("送出 {pushed}，取回 {pulled}，待同步 {pending}，冲突 {conflicts}").format(
            pushed=report.pushed, pulled=report.pulled, pending=counts.pending, conflicts=counts.conflicts
        )
    )
    return 1 if counts.conflicts or counts.refused else 0
