"""Every expected fault has words; a missing value or code never makes a second fault."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from models.errors import DomainError
from sync.server.console import wording as console_wording
from views import error_messages

ROOT = Path(__file__).parent.parent.parent


def test_words_with_values() -> None:
    assert "删除客户" in error_messages.message(DomainError("right-missing", right="删除客户"))


def test_codes_are_shown_in_the_words_of_the_trade() -> None:
    lacking = DomainError("ticket-field-missing", action="dispatch", fields=["task", "due_at"])
    assert error_messages.message(lacking) == "请先填写：任务、时限。"
    refused = DomainError("ticket-action-not-allowed", action="accept", state="completed")
    assert error_messages.message(refused) == "工单现在是“办结”，不能接单。"
    assert "作废工单" in error_messages.message(DomainError("right-missing", right="ticket.void"))


@pytest.mark.usefixtures("english")
def test_words_in_english() -> None:
    assert error_messages.message(DomainError("disk-full")).startswith("The disk is full")


def test_a_missing_value_shows_a_question_mark() -> None:
    assert "？" in error_messages.message(DomainError("right-missing")) or "?" in error_messages.message(
        DomainError("right-missing")
    )


def test_an_unknown_code_is_shown_so_that_it_can_be_reported() -> None:
    assert "no-such-code" in error_messages.message(DomainError("no-such-code", n=1))


def raised_codes() -> dict[str, str]:
    """Every code that the source raises as a literal → where."""
    codes: dict[str, str] = {}
    for package in ("desktop", "views", "sync", "models"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                first = node.args[0]
                if name == "DomainError" and isinstance(first, ast.Constant):
                    codes.setdefault(str(first.value), f"{path.relative_to(ROOT).as_posix()}:{node.lineno}")
    return codes


def test_every_code_that_is_raised_has_words() -> None:
    at_the_desk, at_the_console = error_messages.sentences(), console_wording.MESSAGES
    wordless = {
        code: place
        for code, place in raised_codes().items()
        if code not in at_the_desk
        and not (place.startswith("sync/server/console/") and code in at_the_console)
    }
    assert wordless == {}
