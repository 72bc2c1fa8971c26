"""The console in a real Chromium on a real process: by keyboard, with a real desk, in both languages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest
from selenium.common.exceptions import NoSuchElementException, WebDriverException
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from sqlalchemy import update

from models.entities import Ticket
from models.errors import DomainError
from sync.client.engine import Engine
from sync.client.enrol import connect, enrol
from sync.client.transport import Address
from sync.server.database import HqDatabase
from sync.server.tables import SITE_TABLES, hq_account
from tests.sync.parts import HqProcess, MemoryTokens, TestDesk, fresh_file
from tests.sync.server.console import browser as browsers
from tests.sync.server.console.browser import Browser
from tests.sync.server.console.planting import Planted, plant

pytestmark = pytest.mark.skipif(not browsers.is_here(), reason="chromium and chromedriver are not installed")
MATTER = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">漏水"
PASSWORD = "Nachtwache-2026"


@pytest.fixture(scope="module")
def headquarters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HqProcess, Planted]]:
    """Planted sites; the first account comes from the command line."""
    process = HqProcess(tmp_path_factory.mktemp("hq"))
    with closing(HqDatabase(process.database)) as database:
        planted = plant(database, int(time.time() * 1000), sites=4, tickets=40)
        ticket = SITE_TABLES["ticket"].table
        with database.administering() as connection:
            this = ticket.c.id == planted.tickets[0]
            connection.execute(update(ticket).where(this).values(matter=MATTER, state="received"))
    done = process.command("account", "add", "anna", "--role", "administrator")
    assert done.returncode == 0, done.stderr
    (process.folder / "first-password").write_text(done.stdout.splitlines()[-1])
    process.start()
    yield process, planted
    process.stop()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    made = Browser(tmp_path_factory.mktemp("browser"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def anna(headquarters: tuple[HqProcess, Planted], browser: Browser) -> Browser:
    """Signed in by keyboard alone, the first password changed on the way."""
    process, _planted = headquarters
    first = (process.folder / "first-password").read_text()
    browser.driver.get(process.url)
    assert browser.driver.current_url.endswith("/console/sign-in?next=/")
    press(browser, "anna", Keys.TAB, first, Keys.ENTER)
    wait(lambda: browser.driver.current_url.endswith("/password"))
    press(browser, first, Keys.TAB, PASSWORD, Keys.TAB, PASSWORD, Keys.ENTER)
    wait(lambda: browser.driver.current_url.endswith("/sites"))
    assert browser.complaints() == []
    return browser


def press(browser: Browser, *keys: str) -> None:
    for key in keys:
        ActionChains(browser.driver).send_keys(key).perform()


def wait(is_true: Callable[[], object], seconds: float = 15.0) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            if is_true():
                return
        except (NoSuchElementException, WebDriverException):
            pass
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.03)


def focused(browser: Browser) -> str:
    return str(browser.driver.execute_script("return document.activeElement.textContent")).strip()


def test_tab_goes_through_the_page_in_order(headquarters: tuple[HqProcess, Planted], anna: Browser) -> None:
    anna.driver.get(f"{headquarters[0].url}/console/sites")
    seen = []
    for _ in range(7):
        press(anna, Keys.TAB)
        seen.append(focused(anna))
        outline = anna.driver.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", seen
    assert seen == ["跳到正文", "项目", "工单", "满意度与时效", "账号", "操作记录", "English"]
    anna.driver.get(f"{headquarters[0].url}/console/sites")
    press(anna, Keys.TAB, Keys.ENTER, Keys.TAB)
    assert "个项目" in focused(anna)
    ActionChains(anna.driver).key_down(Keys.ALT).send_keys("2").key_up(Keys.ALT).perform()
    wait(lambda: anna.driver.current_url.endswith("/tickets"))


def test_a_desk_is_enrolled_with_the_code_that_is_shown_and_revoked(
    headquarters: tuple[HqProcess, Planted], anna: Browser, tmp_path: Path
) -> None:
    process, planted = headquarters
    page = f"{process.url}/console/sites/{planted.sites[1]}"
    anna.driver.get(page)
    anna.one("#issue").click()
    wait(lambda: anna.one("#code"))
    code = anna.text("#code")
    anna.driver.get(page)
    assert anna.all("#code") == []  # shown once
    tokens = MemoryTokens()
    database = fresh_file(tmp_path / "desk.db")
    with closing(database):
        enrol(database, tokens, Address(process.url), code)
        link = connect(database, tokens)
        desk = TestDesk(database, tokens, link, Engine(database, link, version="9.8.7"))
        ticket_id = desk.add_ticket("C-261122-0001")
        desk.sync()
        desk.edit(Ticket, ticket_id, matter="电梯困人")
        desk.sync()
        anna.driver.get(page)
        row = anna.all("table.wide tbody tr")[2]
        assert row.text.startswith("C ")
        assert "9.8.7" in row.text
        assert "刚刚" in row.text
        anna.driver.get(f"{process.url}/console/sites/{planted.sites[1]}/tickets/{ticket_id}")
        assert "电梯困人" in anna.text()
        anna.driver.get(f"{page}/desks/3/revoke")
        anna.one("#revoke").click()
        wait(lambda: anna.driver.current_url == page)
        assert "已停用" in anna.all("table.wide tbody tr")[2].text
        desk.edit(Ticket, ticket_id, matter="之后")
        with pytest.raises(DomainError, match="desk-revoked"):
            desk.sync()
    assert anna.complaints() == []


def test_from_the_counts_to_one_ticket(headquarters: tuple[HqProcess, Planted], anna: Browser) -> None:
    anna.driver.get(f"{headquarters[0].url}/console/tickets")
    block = anna.one(".count tbody td a")
    count = int(block.text)
    block.click()
    wait(lambda: "/tickets/list" in anna.driver.current_url)
    assert f"共 {count} 张" in anna.text()
    anna.all("tbody th a")[-1].click()
    wait(lambda: anna.one(".rows"))
    assert "****" in anna.text(".rows")
    anna.one(".here button").click()
    wait(lambda: anna.one('[role="status"]'))
    assert "完整电话：138" in anna.text('[role="status"]')
    assert "****" not in anna.text('[role="status"]')
    assert anna.complaints() == []


def test_a_script_in_a_ticket_stays_text_and_would_not_run(
    headquarters: tuple[HqProcess, Planted], anna: Browser
) -> None:
    process, planted = headquarters
    for path in (
        f"sites/{planted.sites[0]}/tickets/{planted.tickets[0]}",
        "tickets/list?group=all&state=received",
    ):
        anna.driver.get(f"{process.url}/console/{path}")
        assert "<script>" in anna.text()
        assert anna.driver.title != "taken"
        assert anna.complaints() == []
    # Even if a template forgot to escape it, the browser is told not to run it.
    anna.driver.execute_script(
        "const s = document.createElement('script'); s.textContent = \"document.title = 'taken'\";"
        "document.body.append(s);"
        "const d = document.createElement('div'); d.innerHTML = '<p style=\"color:red\">x</p>';"
        "document.body.append(d);"
    )
    said = " ".join(anna.complaints())
    assert anna.driver.title != "taken"
    assert "Content Security Policy" in said
    assert "script" in said
    assert "style" in said


def test_charts_stand_beside_their_table(headquarters: tuple[HqProcess, Planted], anna: Browser) -> None:
    anna.driver.get(f"{headquarters[0].url}/console/figures?days=90")
    charts = anna.all("svg[role=img]")
    assert len(charts) == 4
    for chart in charts:
        assert chart.size["height"] > 40
        assert chart.get_attribute("aria-label")
    assert len(anna.all("svg rect.good")) == 4
    assert len(anna.all("table.wide tbody tr")) == 4
    anna.one("table.wide tbody th a").click()
    wait(lambda: "site=" in anna.driver.current_url)
    assert len(anna.all("table.wide tbody tr")) == 1
    assert anna.complaints() == []


def test_an_export_is_a_workbook(headquarters: tuple[HqProcess, Planted], anna: Browser) -> None:
    anna.driver.get(f"{headquarters[0].url}/console/tickets/list?group=all")
    total = int(anna.text(".bar .muted").split()[1])
    ActionChains(anna.driver).key_down(Keys.ALT).send_keys("x").key_up(Keys.ALT).perform()
    wait(lambda: list(anna.downloads.glob("*.xlsx")))
    sheet = openpyxl.load_workbook(next(anna.downloads.glob("*.xlsx"))).worksheets[0]
    assert sheet.max_row == total + 1
    assert MATTER in {row[9].value for row in sheet.iter_rows()}


def test_english_and_back(headquarters: tuple[HqProcess, Planted], anna: Browser) -> None:
    anna.driver.get(f"{headquarters[0].url}/console/figures")
    anna.driver.find_element(By.CSS_SELECTOR, "[value=en]").click()
    wait(lambda: anna.one("html").get_attribute("lang") == "en")
    assert anna.text("h1") == "Satisfaction and time"
    for page in ("sites", "tickets", "tickets/list", "accounts", "audit", "keys", "password"):
        anna.driver.get(f"{headquarters[0].url}/console/{page}")
        words = anna.driver.execute_script(
            "return [...document.querySelectorAll("
            "'h1, h2, th[scope=col], label, button, legend, caption, .tile span')]"
            ".filter(e => !e.closest('.sites') && e.value !== 'zh_CN').map(e => e.textContent).join(' ')"
        )
        assert not any("一" <= sign <= "鿿" for sign in words), (page, words)
    anna.driver.find_element(By.CSS_SELECTOR, "[value=zh_CN]").click()
    wait(lambda: anna.one("html").get_attribute("lang") == "zh-CN")
    assert anna.complaints() == []


def test_signing_out_leaves_nothing_open(headquarters: tuple[HqProcess, Planted], anna: Browser) -> None:
    """The last of this file: the session is over."""
    process, _planted = headquarters
    anna.driver.get(f"{process.url}/console/sites")
    anna.one('form[action$="sign-out"] button').click()
    wait(lambda: anna.driver.current_url.endswith("/sign-in"))
    anna.driver.get(f"{process.url}/console/audit")
    assert anna.driver.current_url.endswith("/sign-in?next=/audit")
    with closing(HqDatabase(process.database)) as database, database.surveying() as connection:
        assert connection.execute(hq_account.select()).mappings().one()["must_change"] == 0
    log = (process.folder / "hq.log").read_text(encoding="utf-8")
    assert '"page": "/console/sites"' in log
    assert PASSWORD not in log
    assert "漏水" not in log
