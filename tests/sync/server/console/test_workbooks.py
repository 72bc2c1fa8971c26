"""Large lists: a process of its own writes them, nobody waits, nothing is left behind."""

from __future__ import annotations

import io
import os
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from models.errors import DomainError
from models.spreadsheets.writing import ExportColumn, Kind
from sync.server.console import workbooks
from sync.server.console.workbooks import Workshop, spooled
from tests.sync.server.console.visitor import World

LIST = "/tickets/list.xlsx?group=all"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    found = tmp_path / "temporary"
    found.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(found))
    return found


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """So many rows count as many."""
    monkeypatch.setattr(workbooks, "FEW", 10)
    monkeypatch.setattr(workbooks, "_AT_ONCE", 7)
    return 10


def cells(content: bytes) -> list[list[tuple[Any, ...]]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [
        [(cell.value, cell.data_type, cell.number_format, cell.quotePrefix) for cell in row]
        for row in sheet.iter_rows()
    ]


def test_a_large_list_is_the_same_whoever_writes_it(
    looked_at: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = looked_at.visitor("anna")
    here = cells(anna.get(LIST).content)
    monkeypatch.setattr(workbooks, "FEW", 10)
    ran: list[Any] = []
    run = workbooks._run

    def watched(task: workbooks.Task) -> None:
        ran.append(task)
        run(task)

    monkeypatch.setattr(workbooks, "_run", watched)
    there = cells(anna.get(LIST).content)
    assert len(ran) == 1
    assert len(here) == 1 + 72
    assert there == here
    assert list(folder.iterdir()) == []


def test_rows_never_all_lie_in_memory(folder: Path, few: int) -> None:
    tracemalloc.start()
    try:
        spool = spooled((f"{number:01000}",) for number in range(10_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (spool.count, len(spool.first)) == (10_000, few)
    assert peak < 1_000_000
    spool.discard()
    assert list(folder.iterdir()) == []


def test_one_large_list_at_a_time(looked_at: World, folder: Path, few: int) -> None:
    anna = looked_at.visitor("anna")
    turn = looked_at.console.workshop._turn
    with turn:
        answer = anna.get(LIST)
        assert answer.status_code == 503
        assert "另一份大的导出正在进行" in answer.text
        assert int(answer.headers["retry-after"]) > 0
        assert anna.get("/sites.xlsx").status_code == 200  # small ones wait for nobody
    assert anna.get(LIST).status_code == 200
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("how", ["fails", "cannot start", "hangs", "small"])
def test_a_list_that_cannot_be_written_says_so_and_leaves_nothing(
    looked_at: World,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    how: str,
) -> None:
    if how == "small":

        def full(*_: Any, **__: Any) -> None:
            raise DomainError("disk-full")

        monkeypatch.setattr(workbooks, "export_rows", full)
    else:
        monkeypatch.setattr(workbooks, "FEW", 10)
        program = folder.parent / "program"
        program.write_text(
            f"#!/bin/sh\n{'sleep 20' if how == 'hangs' else 'echo Error: 王女士 >&2; exit 3'}\n"
        )
        program.chmod(0o700)
        monkeypatch.setattr(workbooks, "LONGEST_S", 0.3)
        monkeypatch.setattr(sys, "executable", "/nowhere" if how == "cannot start" else str(program))
    answer = looked_at.visitor("anna").get(LIST)
    assert answer.status_code == 500
    assert "没有导出成功" in answer.text
    assert list(folder.iterdir()) == []
    assert "王女士" not in caplog.text
    assert not looked_at.console.workshop._turn.locked()


def test_what_nobody_fetched_goes_with_the_next(folder: Path) -> None:
    old, fresh, other = folder / "qiantai-hq-1.xlsx", folder / "qiantai-hq-2.xlsx", folder / "letter.xlsx"
    for path in (old, fresh, other):
        path.write_bytes(b"x")
    for path in (old, other):
        os.utime(path, (time.time() - 7_200,) * 2)
    made = workbooks.temporary(".rows")
    assert set(folder.iterdir()) == {fresh, other, made}


def test_the_process_writes_every_kind_of_value(folder: Path, few: int) -> None:
    assert few
    columns = [ExportColumn("文字", Kind.TEXT), ExportColumn("数", Kind.WHOLE)]
    target = folder.parent / "x.xlsx"
    spool = spooled((f"=1+{number}" if number % 2 else None, number) for number in range(30))
    Workshop().write(spool, columns, target, "单")
    found = cells(target.read_bytes())
    assert found[2][0][:2] == ("=1+1", "s")
    assert [row[1][0] for row in found[1:]] == list(range(30))
