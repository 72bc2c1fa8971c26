"""Who reaches what: every route against every role, sites one may not see, personal data one may not read."""

from __future__ import annotations

import io
from collections.abc import Mapping

import openpyxl
import pytest
from sqlalchemy import insert, select, update

from models.entities.synced import new_id
from models.services.seeds import seed_id
from sync.server.console.pages import ROUTES
from sync.server.console.rights import NEED_ALL_SITES, RIGHTS, Right, Role
from sync.server.console.routes import Route
from sync.server.tables import SITE_TABLES, hq_audit
from tests.sync.server.console.visitor import NOW, ROLES, World

PEOPLE: Mapping[str, frozenset[Right]] = {
    "": frozenset({Right.ANYBODY}),
    "nina": frozenset({Right.ANYBODY, Right.OWN}),
    **{name: RIGHTS[Role(role)] for name, role in ROLES.items()},
    "rosa": RIGHTS[Role.ADMINISTRATOR] - NEED_ALL_SITES,
}


def filled(world: World, route: Route, site: int = 0) -> str:
    places = {
        "{site_id:str}": world.planted.sites[site],
        "{ticket_id:str}": world.planted.tickets[site],
        "{attachment_id:str}": new_id(),
        "{number:str}": "1",
        "{account_id:str}": world.account_id("zora"),
    }
    path = route.path
    for name, value in places.items():
        path = path.replace(name, value)
    return path


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_each_role_reaches_what_it_may_and_nothing_else(looked_at: World, route: Route) -> None:
    world = looked_at
    path = filled(world, route)
    for name, rights in PEOPLE.items():
        visitor = world.visitor(name)
        send = visitor.get if route.method == "GET" else visitor.post
        answer = send(path)
        if route.right in rights:
            # Nothing is filled in: what may be done at all answers that something is missing.
            assert answer.status_code in {200, 303, 404, 422, 400, 429}, (name, answer.text)
            assert "/password" not in answer.headers.get("location", "") or path == "/password"
        elif not name and route.method == "GET":
            assert answer.headers["location"].startswith("/console/sign-in?next=")
        elif name == "nina":
            assert answer.headers["location"] == "/console/password"
        else:
            assert answer.status_code == 403, (name, answer.status_code)


def test_no_page_is_open_by_mistake() -> None:
    open_paths = {route.path for route in ROUTES if route.right is Right.ANYBODY}
    assert open_paths == {"/console.css", "/icon.svg", "/sign-in", "/language"}


def test_a_route_with_a_place_is_never_reached_for_a_site_one_does_not_see(world: World) -> None:
    for route in ROUTES:
        if "{site_id:str}" in route.path:
            rosa = world.visitor("rosa")
            send = rosa.get if route.method == "GET" else rosa.post
            assert send(filled(world, route, site=1)).status_code == 404, route


@pytest.mark.both_databases
def test_an_account_of_one_site_sees_it_and_no_other(world: World) -> None:
    own, other = world.planted.sites[0], world.planted.sites[1]
    rosa, anna = world.visitor("rosa"), world.visitor("anna")
    assert "翠湖天地" in anna.get("/sites").text
    for path in (
        "/sites",
        "/tickets",
        "/tickets/list?group=all",
        "/figures?days=90",
        f"/tickets?site={other}",
    ):
        page = rosa.get(path).text
        assert "阳光花园" in page
        assert "翠湖天地" not in page, path
        assert other not in page.replace(f'value="{path}"', ""), path  # besides what was asked for
    assert anna.get(f"/sites/{other}/tickets/{world.planted.tickets[1]}").status_code == 200
    assert anna.get(f"/sites/{own}/tickets/{world.planted.tickets[1]}").status_code == 404
    book = openpyxl.load_workbook(io.BytesIO(rosa.get("/tickets/list.xlsx?group=all").content))
    assert {row[0].value for row in book.worksheets[0].iter_rows(min_row=2)} == {"阳光花园"}


@pytest.mark.both_databases
def test_names_of_categories_are_those_of_the_sites_one_sees(world: World) -> None:
    """Sites share the ids of the tree that they begin with, and name it each in its own way."""
    rosa, anna = world.visitor("rosa"), world.visitor("anna")
    category = SITE_TABLES["category"].table
    with world.database.administering() as connection:
        this = (category.c.site_id == world.planted.sites[1]) & category.c.deleted.is_(None)
        connection.execute(update(category).where(this).values(name="000 别人家的类别"))
    for path in ("/tickets", "/tickets/list?group=all"):
        assert "别人家的类别" in anna.get(path).text
        assert "别人家的类别" not in rosa.get(path).text


def test_a_desk_cannot_write_into_another_sites_page(world: World) -> None:
    """An event of site B that names a ticket of site A stays out of A's history."""
    own, other = world.planted.sites[:2]
    head = {"id": new_id(), "stamp": 1, "seq": 1, "created_seq": 1, "source_desk": 1, "at": NOW}
    forged = {
        **head,
        "site_id": other,
        "ticket_id": world.planted.tickets[0],
        "kind": "progress",
        "text": "伪造",
    }
    with world.database.administering() as connection:
        connection.execute(insert(SITE_TABLES["ticket_event"].table), [forged])
    page = world.visitor("anna").get(f"/sites/{own}/tickets/{world.planted.tickets[0]}").text
    assert "已联系住户" in page
    assert "伪造" not in page


def put_person(world: World) -> str:
    ticket = SITE_TABLES["ticket"].table
    values = {
        "caller_name": "欧阳春晓", "caller_phone": "18909711443", "state": "received",
        "room_id": seed_id("room", "0"), "matter": "请回电18909711443，证件632126198001012056",
    }  # fmt: skip
    with world.database.administering() as connection:
        connection.execute(update(ticket).where(ticket.c.id == world.planted.tickets[0]).values(values))
    return f"/sites/{world.planted.sites[0]}/tickets/{world.planted.tickets[0]}"


def test_numbers_are_masked_for_everybody_and_people_are_hidden_from_viewers(world: World) -> None:
    path = put_person(world)
    for name in ("anna", "vera"):
        visitor = world.visitor(name)
        for page in (
            visitor.get(path).text,
            visitor.get(f"/tickets/list?group=all&site={world.planted.sites[0]}").text,
        ):
            assert "18909711443" not in page
            assert "632126198001012056" not in page
            assert "189****1443" in page
            assert ("欧阳春晓" in page) == (name == "anna")
        assert ("1-1-101" in visitor.get(f"{path}/").text) == (name == "anna")
    book = openpyxl.load_workbook(
        io.BytesIO(world.visitor("vera").get("/tickets/list.xlsx?group=all").content)
    )
    cells = {cell.value for row in book.worksheets[0].iter_rows() for cell in row}
    assert "欧阳春晓" not in cells


def test_a_whole_number_is_shown_on_demand_and_noted(world: World) -> None:
    path = put_person(world)
    anna = world.visitor("anna")
    assert "18909711443（" in anna.post(f"{path}/reveal").text
    assert "18909711443" not in anna.get(path).text
    with world.database.surveying() as connection:
        noted = connection.execute(select(hq_audit).where(hq_audit.c.action == "reveal")).mappings().one()
    assert (noted["account"], noted["site_id"]) == ("anna", world.planted.sites[0])
    assert "18909711443" not in str(dict(noted))
