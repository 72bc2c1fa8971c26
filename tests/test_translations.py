"""Every sentence of the source has its English, with the same placeholders, and nothing is left over."""

from __future__ import annotations

import ast
import string
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from jinja2 import Environment, nodes
from jinja2.ext import extract_from_ast

from resources import translations
from resources.translations import catalogue

ROOT = Path(__file__).parent.parent
PACKAGES = ("desktop", "views", "sync", "models", "resources")
FRAGMENTS = ROOT / "resources" / "translations" / "en.po.d"
MARKERS = {"_": 0, "N_": 0, "gettext": 0, "pgettext": 1}


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "translations" not in path.parts:
                yield path


def marked(tree: ast.Module) -> Iterator[tuple[int, ast.expr, str]]:
    """Line, the expression marked for translation, and its context."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        place = MARKERS.get(name)
        if place is None or len(node.args) <= place:
            continue
        context = ""
        if name == "pgettext":
            first = node.args[0]
            context = str(first.value) if isinstance(first, ast.Constant) else ""
        yield node.lineno, node.args[place], context


@cache
def extract() -> dict[str, list[str]]:
    """Key of the catalogue → the places that use it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sources():
        for line, expression, context in marked(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
                key = f"{context}\x04{expression.value}" if context else expression.value
                found[key].append(f"{path.relative_to(ROOT)}:{line}")
    for path in templates():
        for line, _function, message in extract_from_ast(parsed(path)) or ():
            key = message if isinstance(message, str) else "\x04".join(str(part) for part in message or ())
            found[key].append(f"{path.relative_to(ROOT)}:{line}")
    return found


def templates() -> list[Path]:
    return sorted((ROOT / "resources" / "console" / "templates").glob("*.html"))


def parsed(path: Path) -> nodes.Template:
    return Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))


def entries() -> list[catalogue.Entry]:
    return [entry for path in sorted(FRAGMENTS.glob("*.po")) for entry in catalogue.read_entries(path)]


def placeholders(text: str) -> set[str]:
    return {name for _literal, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}


def test_every_sentence_has_english() -> None:
    english = {entry.key for entry in entries() if entry.translation.strip()}
    missing = {key: places[0] for key, places in extract().items() if key not in english}
    assert not missing


def test_no_english_is_left_over() -> None:
    used = extract()
    extra = {entry.source: f"{entry.file}:{entry.line}" for entry in entries() if entry.key not in used}
    assert not extra


def test_placeholders_are_the_same() -> None:
    wrong = [
        f"{entry.file}:{entry.line} {entry.source!r} / {entry.translation!r}"
        for entry in entries()
        if placeholders(entry.source) != placeholders(entry.translation)
    ]
    assert not wrong


def test_two_fragments_do_not_disagree() -> None:
    seen: dict[str, catalogue.Entry] = {}
    quarrels = []
    for entry in entries():
        earlier = seen.setdefault(entry.key, entry)
        if earlier.translation != entry.translation:
            quarrels.append(f"{earlier.file}:{earlier.line} / {entry.file}:{entry.line}: {entry.source}")
    assert not quarrels


def test_only_plain_sentences_are_marked() -> None:
    """``_(f"…")`` can never be translated; a variable may be, if it was marked with ``N_`` elsewhere."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sources()
        for line, expression, _context in marked(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(expression, (ast.JoinedStr, ast.BinOp))
    ]
    assert not wrong


def chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


def unmarked(path: Path) -> Iterator[str]:
    """Chinese strings of a screen that nobody marked; docstrings and lines saying ``# zh: why`` are let
    be."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    tree = ast.parse(text)
    allowed: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            allowed.add(id(node.value))
    for _line, expression, _context in marked(tree):
        allowed.add(id(expression))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and chinese(node.value):
            said = any("# zh:" in line for line in lines[node.lineno - 1 : (node.end_lineno or node.lineno)])
            if id(node) not in allowed and not said:
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.value[:20]!r}"


def test_no_chinese_on_screen_is_unmarked() -> None:
    wrong = [
        place
        for package in ("desktop", "views")
        for path in sorted((ROOT / package).rglob("*.py"))
        if "documents" not in path.parts
        for place in unmarked(path)
    ]
    assert not wrong


def test_no_chinese_of_a_template_is_unmarked() -> None:
    known = {key.rpartition("\x04")[2] for key in extract()}
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in templates()
        for node in parsed(path).find_all((nodes.TemplateData, nodes.Const))
        if chinese(text := node.data if isinstance(node, nodes.TemplateData) else str(node.as_const()))
        and not (isinstance(node, nodes.Const) and text in known)
    ]
    assert not wrong


@pytest.fixture
def english() -> Iterator[None]:
    translations.use("en")
    yield
    translations.use(translations.SOURCE_LANGUAGE)


@pytest.mark.usefixtures("english")
def test_english_is_shown_after_use() -> None:
    assert translations.gettext("新工单") == "New ticket"
    assert translations.language() == "en"


def test_chinese_is_the_source() -> None:
    assert translations.gettext("新工单") == "新工单"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="xx"):
        translations.use("xx")


@pytest.mark.parametrize(
    ("wanted", "got"),
    [(["en_GB"], "en"), (["fr", "en"], "en"), (["zh-Hans-CN"], "zh_CN"), ([], "zh_CN"), (["C"], "zh_CN")],
)
def test_best_language(wanted: list[str], got: str) -> None:
    assert translations.best_language(wanted) == got


def test_reader_knows_context_continuation_and_escapes(tmp_path: Path) -> None:
    (tmp_path / "a.po").write_text(
        'msgid ""\nmsgstr "header"\n\n# note\nmsgctxt "key"\nmsgid "甲"\n"乙"\n'
        'msgstr ""\n"one\\n"\n"two \\"x\\""\n',
        encoding="utf-8",
    )
    assert catalogue.read_folder(tmp_path) == {"key\x04甲乙": 'one\ntwo "x"'}


@pytest.mark.parametrize(
    "text", ['msgid 甲\nmsgstr "a"\n', '"lost"\n', 'msgid "甲"\nmsgid "乙"\n', 'msgstr "a"\n', "nonsense\n"]
)
def test_reader_names_the_place_of_a_fault(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.po"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.po:\d"):
        list(catalogue.read_entries(path))


def test_an_answer_may_speak_another_language_than_the_process() -> None:
    with translations.speaking("en"):
        assert translations.gettext("新工单") == "New ticket"
        assert translations.language() == "en"
    assert translations.gettext("新工单") == "新工单"
    with pytest.raises(ValueError, match="xx"), translations.speaking("xx"):
        pass
