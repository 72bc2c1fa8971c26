"""A site whose programs are of different ages: headquarters first, desks later, in any order, nothing lost.

The earlier version is the real one, out of the project's history, in processes of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sync.versions.old_versions import LANDED, ROOT, DeskFault, DeskProcess, Headquarters, unpack

OpenDesk = Callable[[str, Path], DeskProcess]
TICKET = {"kind": "repair", "channel": "phone", "priority": "normal", "state": "received"}


@pytest.fixture(scope="module", params=sorted(LANDED))
def old(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = unpack(request.param, tmp_path_factory.mktemp(f"version-{request.param}"))
    if tree is None:
        pytest.skip(f"the history of this clone does not hold version {request.param}")
    return tree


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[OpenDesk]:
    """A desk by name, run by the program of ``tree``; opened again by another tree it is upgraded."""
    running: dict[str, DeskProcess] = {}

    def start(name: str, tree: Path) -> DeskProcess:
        if name in running:
            running.pop(name).close()
        running[name] = DeskProcess(tree, tmp_path / f"{name}.db")
        return running[name]

    yield start
    for desk in running.values():
        desk.close()


@pytest.fixture
def hq(old: Path, tmp_path: Path) -> Iterator[Headquarters]:
    one = Headquarters(old, tmp_path)
    one.command("site", "add", "幸福里")
    one.start()
    yield one
    one.stop()


def enrolled(hq: Headquarters, desk: DeskProcess) -> DeskProcess:
    desk("enrol", hq.url, hq.command("desk", "code", "幸福里"))
    desk("sync")
    return desk


def settle(*desks: DeskProcess) -> None:
    """Rounds until nobody has news; whoever can compare finds both sides equal, without a repair."""
    for _ in range(6):
        reports = [desk("sync") for desk in desks]
        assert not any(report["repaired"] for report in reports), reports
        if not any(report["pushed"] or report["pulled"] for report in reports):
            assert all(report["equal"] is not False for report in reports)
            return
    raise AssertionError("the desks do not come to rest")


def known_to_both(one: DeskProcess, other: DeskProcess) -> None:
    """Every row that both programs know is the same in both, column by column that both have."""
    ours, theirs = one("rows"), other("rows")
    for table in ours.keys() & theirs.keys():
        assert ours[table].keys() == theirs[table].keys(), table
        for row_id, row in ours[table].items():
            shared = row.keys() & theirs[table][row_id].keys() - {"extra"}
            mine = {name: row[name] for name in shared}
            assert mine == {name: theirs[table][row_id][name] for name in shared}, (table, row_id)


def work_together(one: DeskProcess, other: DeskProcess, tag: str) -> list[str]:
    """Both add, edit, contradict one another and delete; gives the ids of all tickets."""
    mine = one("add", "ticket", {**TICKET, "number": f"A{tag}", "matter": "厨房漏水"})
    theirs = other("add", "ticket", {**TICKET, "number": f"B{tag}", "matter": "门禁坏了"})
    settle(one, other)
    one("edit", "ticket", theirs, {"place": f"一楼{tag}"})
    other("edit", "ticket", theirs, {"matter": f"门禁又坏了{tag}"})
    one("edit", "ticket", mine, {"matter": f"卫生间漏水{tag}"})
    other("edit", "ticket", mine, {"matter": f"阳台漏水{tag}"})
    doomed = one("add", "building", {"code": f"9{tag}", "name": "临时楼"})
    settle(one, other)
    other("delete", "building", doomed)
    settle(one, other)
    found = one("rows")
    assert found["ticket"][theirs]["place"] == f"一楼{tag}"
    assert found["ticket"][theirs]["matter"] == f"门禁又坏了{tag}"
    assert found["building"][doomed]["deleted"]
    lost = [row for row in found["conflict"].values() if row["row_id"] == mine and row["field"] == "matter"]
    assert len(lost) == 1, "the value that lost is recorded, whichever version lost it"
    known_to_both(one, other)
    return [mine, theirs]


def test_headquarters_first_then_one_desk_then_the_other(
    old: Path, hq: Headquarters, open_desk: OpenDesk
) -> None:
    first, second = (enrolled(hq, open_desk(name, old)) for name in ("first", "second"))
    tickets = work_together(first, second, "1")
    second("edit", "ticket", tickets[0], {"place": "旧版离线时写下"})
    hq.becomes(ROOT)
    tickets += work_together(first, second, "2")
    first = open_desk("first", ROOT)
    tickets += work_together(first, second, "3")
    second = open_desk("second", ROOT)
    tickets += work_together(first, second, "4")
    rows = second("rows")["ticket"]
    assert rows.keys() >= set(tickets)
    assert rows[tickets[0]]["place"] == "旧版离线时写下"


def test_a_desk_before_its_headquarters(old: Path, hq: Headquarters, open_desk: OpenDesk) -> None:
    first = enrolled(hq, open_desk("first", old))
    second = enrolled(hq, open_desk("second", ROOT))
    tickets = work_together(first, second, "1")
    first("edit", "ticket", tickets[1], {"place": "还没有发出"})
    first = open_desk("first", ROOT)
    tickets += work_together(first, second, "2")
    hq.becomes(ROOT)
    tickets += work_together(first, second, "3")
    third = enrolled(hq, open_desk("third", old))
    settle(first, second, third)
    known_to_both(first, third)
    assert third("rows")["ticket"][tickets[1]]["place"] == "还没有发出"


def test_an_old_program_does_not_touch_a_newer_file(old: Path, tmp_path: Path) -> None:
    """Where the schema moved on, the older program says so and leaves the file as it is."""
    from models.migrations import HEAD

    path = tmp_path / "newer.db"
    DeskProcess(ROOT, path).close()
    if HEAD in (old / "models" / "migrations" / "__init__.py").read_text(encoding="utf-8"):
        pytest.skip("both versions have one schema")
    before = path.read_bytes()
    with pytest.raises((AssertionError, DeskFault)):
        DeskProcess(old, path)("pending")
    assert path.read_bytes() == before
