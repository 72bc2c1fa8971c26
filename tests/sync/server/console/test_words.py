"""What the console says is what the desk says, what is true, and in the language that was asked for."""

from __future__ import annotations

import re
from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import insert, update

from models.entities.synced import new_id
from sync.server.console import acts, charts
from sync.server.console.queries import tickets as queries
from sync.server.console.queries.tickets import Wanted
from sync.server.console.security import LANGUAGE_COOKIE
from sync.server.scheduled_backups import BackupHealth
from sync.server.tables import SITE_TABLES, hq_account, hq_desk, hq_site
from tests.sync.server.console.planting import DAY
from tests.sync.server.console.visitor import NOW, World

TICKET, CALLBACK = SITE_TABLES["ticket"].table, SITE_TABLES["callback"].table


@pytest.mark.both_databases
def test_a_finished_ticket_with_a_due_callback_waits_for_it_here_too(world: World) -> None:
    site, ticket = world.planted.sites[0], world.planted.tickets[0]
    head = {"site_id": site, "stamp": 1, "seq": 1, "created_seq": 1, "source_desk": 1}
    callback = {"id": new_id(), "ticket_id": ticket, "state": "due", "kind": "completion"}
    due = {"due_on": "2026-11-21", "reason": "repair_sampled", "tries": 0}
    with world.database.administering() as connection:
        this = TICKET.c.id == ticket
        finished = {"state": "completed", "number": "A-261121-0007", "received_at": NOW}
        connection.execute(update(TICKET).where(this).values(**finished, completed_at=NOW))
        connection.execute(insert(CALLBACK), [{**head, **callback, **due}])
        second = {"id": new_id(), "ticket_id": new_id(), "state": "due", "kind": "completion"}
        connection.execute(insert(CALLBACK), [{**head, **second, **due}])
    anna = world.visitor("anna")
    assert "待回访" in anna.get(f"/sites/{site}/tickets/{ticket}").text.partition('class="lead"')[0]
    answer = anna.get("/tickets/list.xlsx?group=all&number=A-261121-0007")
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).worksheets[0]
    assert any("待回访" in row for row in sheet.values)
    wanted = Wanted(group="finished", state="callback")
    with world.database.surveying() as connection:
        found = list(queries.ticket_rows(connection, wanted, NOW, skip=0, limit=9))
        assert [(row.id, row.state) for row in found] == [(ticket, "callback")]
        assert queries.counts(connection, Wanted(group="finished"), NOW).by_state == {"callback": 1}
        finished_only = Wanted(group="all", state="completed")
        assert list(queries.ticket_rows(connection, finished_only, NOW, skip=0, limit=9)) == []


def test_what_sync_decided_is_told_in_words_to_a_viewer(world: World) -> None:
    site, ticket = world.planted.sites[0], world.planted.tickets[0]
    head = {"site_id": site, "stamp": 1, "seq": 1, "created_seq": 1, "source_desk": 1}
    values = {
        "id": new_id(), "table_name": "ticket", "row_id": ticket, "field": "priority", "state": "accepted",
        "kept_value": '"urgent"', "lost_value": '"normal"', "kept_by": "A", "lost_by": "B",
        "kept_at": NOW, "lost_at": NOW - 1, "reason": "concurrent",
    }  # fmt: skip
    with world.database.administering() as connection:
        connection.execute(insert(SITE_TABLES["conflict"].table), [{**head, **values}])
    page = world.visitor("vera").get(f"/sites/{site}/tickets/{ticket}").text
    assert "⇅" in page
    assert "两个前台的修改有冲突，已按规则合并" in page
    assert "</span> sync" not in page


def test_the_way_in_says_sign_in(world: World) -> None:
    page = world.visitor(language="en").get("/sign-in?next=/figures").text
    assert "Signed in" not in page
    assert '<button class="primary">Sign in</button>' in page
    assert 'name="next" value="/sign-in?next=%2Ffigures"' in page


def test_another_language_keeps_what_was_asked(world: World) -> None:
    anna = world.visitor("anna")
    page = anna.get("/tickets/list?group=all&kind=repair").text
    assert 'name="next" value="/tickets/list?group=all&amp;kind=repair"' in page
    answer = anna.post("/language", {"language": "en", "next": "/tickets/list?group=all&kind=repair"})
    assert answer.headers["location"] == "/console/tickets/list?group=all&kind=repair"
    assert world.visitor().get("/tickets/list?kind=repair").headers["location"].endswith(
        "/sign-in?next=/tickets/list%3Fkind%3Drepair"
    )  # fmt: skip


def test_an_unknown_address_and_a_bug_speak_the_account_s_language(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.database.administering() as connection:
        this = hq_account.c.account_id == world.account_id("anna")
        connection.execute(update(hq_account).where(this).values(language="en"))
    anna = world.visitor("anna", "zh-CN")
    anna.get("/keys")
    assert anna.cookies[LANGUAGE_COOKIE] == "en"
    assert "没有" not in anna.get("/nothing/here").text
    monkeypatch.setattr(world.console.counts, "get", lambda *_: 1 / 0)
    answer = anna.get("/sites")
    assert answer.status_code == 500
    assert "程序出错了" not in answer.text
    assert "The program" in answer.text


def test_one_is_not_many_in_english(world: World) -> None:
    with world.database.administering() as connection:
        for site in world.planted.sites[1:]:
            connection.execute(hq_site.delete().where(hq_site.c.site_id == site))
    page = world.visitor("anna", "en").get("/sites").text
    assert "<strong>1</strong> <span>site</span>" in page
    assert "1 sites" not in page


def test_a_desk_silent_for_a_month_stands_out(world: World) -> None:
    site = world.planted.sites[0]
    with world.database.administering() as connection:
        this = (hq_desk.c.site_id == site) & (hq_desk.c.number == 2)
        connection.execute(update(hq_desk).where(this).values(seen_at=NOW - 31 * DAY))
    page = world.visitor("anna").get(f"/sites/{site}").text
    assert page.count('<tr class="silent">') == 1
    assert "超过 30 天没有同步" in page
    assert "超过 30 天没有同步" not in world.visitor("anna").get(f"/sites/{world.planted.sites[1]}").text


def test_a_code_comes_with_the_address_to_type(world: World) -> None:
    anna = world.visitor("anna")
    path = f"/sites/{world.planted.sites[0]}/code"
    assert '<code id="origin" class="whole">http://hq.test</code>' in anna.post(path).text
    world.console.pin = "ab" * 32
    assert f"http://hq.test#sha256={'ab' * 32}</code>" in anna.post(path).text


def test_charts_say_what_they_show_and_when_there_is_nothing(world: World) -> None:
    with world.database.administering() as connection:
        connection.execute(update(TICKET).values(rating=None, received_at=NOW - DAY))
        connection.execute(CALLBACK.delete())
    page = world.visitor("anna").get("/figures").text
    assert "这段时间没有数据" in page
    assert "11-16–11-22" in page
    assert "按周，周一到周日" in page
    assert page.count("<polyline") == 0
    assert page.count('r="6"') == 1
    (dot,) = charts.line("t", "d", [charts.Point("d", 0.5, "50 %")], [(1.0, "1")]).dots
    assert dot.said == "50 %"


def test_the_audit_speaks_the_readers_language_whoever_acted(world: World) -> None:
    chinese = world.visitor("anna")
    assert chinese.get("/sites.xlsx").status_code == 200
    assert chinese.get(f"/sites/{world.planted.sites[0]}/desks.xlsx").status_code == 200
    account = f"/accounts/{world.account_id('zora')}"
    fields = {"role": "viewer", "only_some": "1", "site": world.planted.sites[0]}
    assert chinese.post(account, fields).status_code == 303
    assert "导出</td>" in (told := chinese.get("/audit").text)
    assert f"项目 ({len(world.planted.sites)})" in told
    assert "zora · 只读 · 1 个项目" in told
    english = world.visitor("anna", "en")
    told = english.get("/audit").text
    rows = told.partition("<tbody>")[2]
    assert "Exported a list</td>" in rows
    assert f"Sites ({len(world.planted.sites)})" in rows
    assert "zora · Viewer · 1 site<" in rows
    assert "项目" not in rows
    names = re.findall(r'<option value="[a-z-]+"[^>]*>([^<]+)', told)
    assert len(names) == len(acts.action_words())
    assert [name for name in names if not name[0].isupper()] == []
    assert "<td>1 site</td>" in english.get("/accounts").text


def test_the_first_page_says_that_backups_fail_to_whoever_can_see_to_it(looked_at: World) -> None:
    looked_at.console.backups = BackupHealth(made_at=NOW - DAY)
    try:
        assert "定时备份" not in looked_at.visitor("anna").get("/sites").text
        looked_at.console.backups.failing_since = NOW
        assert "定时备份从" in looked_at.visitor("anna").get("/sites").text
        assert "No scheduled backup" in looked_at.visitor("anna", "en").get("/sites").text
        assert "定时备份" not in looked_at.visitor("vera").get("/sites").text
    finally:
        looked_at.console.backups = None
