"""Reads what the codes of a workbook mean: from its own notes first, from the common systems' lists else.

Meanings stand in many places: in a header (车类型（9901 家用小汽车 9902 客车）), in note cells
beside the data (房屋状态 | 2001 已入住), in one cell (业主类型：1001 业主、1002 家庭成员), as a list
of their own (字段 | 代码 | 含义). Notes also say what means "unknown" (没有时固定写18999999999).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from models.spreadsheets.fields import BY_KEY, Reads
from models.spreadsheets.headers import find_header, meaning_of, normalise_header
from models.spreadsheets.reading import Sheet, Workbook

BUILT_IN: Mapping[str, Mapping[str, str]] = {
    "room.state": {
        "2001": "已入住",
        "2002": "未销售",
        "2003": "已交房",
        "2004": "未入住",
        "2005": "已装修",
        "2006": "已出租",
        "2007": "已出售",
        "2008": "空闲",
        "2009": "装修中",
    },
    "occupancy.role": {"1001": "业主", "1002": "家庭成员", "1003": "房屋租客", "1004": "临时人员"},
    "room.kind": {"110": "住宅", "119": "宿舍", "120": "办公室"},
    "vehicle.kind": {"9901": "家用小汽车", "9902": "客车", "9903": "货车"},
    "parking.state": {"H": "出租", "S": "出售"},
}
"""Codes of a widely used management system, for workbooks that lost their notes."""

_ANY_ENTITY = frozenset({"room", "resident", "vehicle", "parking", "building"})
_CODE = r"(?:\d{1,8}|[A-Za-z]{1,3}\d{0,4})"
_WORD = r"[\u3400-\u9fff][\u3400-\u9fff·（）()]*"
_GAP = r"\s*(?:[=＝:：—–\-.、)）]|代表|表示|为|是)?\s*"
_CODE_FIRST = re.compile(rf"(?<![0-9A-Za-z])({_CODE}){_GAP}({_WORD})")
_WORD_FIRST = re.compile(rf"({_WORD}){_GAP}({_CODE})(?![0-9A-Za-z])")
_STARTS_WITH_CODE = re.compile(rf"\s*{_CODE}{_GAP}{_WORD}")
_ENDS_WITH_CODE = re.compile(rf".*{_CODE}\s*$")
_TALK = re.compile("填写|如果|如没|请|注意|没有|固定|默认|示例|例如|必须|不能|建议|联系")
_UNKNOWN = re.compile(r"(?:没有|无|未知|不详|缺失)\D{0,12}(?:写|填|填写|为|用)\s*[:：]?\s*(\d{7,18}[Xx]?)")
_LABELLED = re.compile(r"^\s*([^:：=＝\s]{2,12})\s*[:：]\s*(.+)$", re.DOTALL)
_PARENTHESIS = re.compile(r"[（(](.+)[)）]", re.DOTALL)
_LIST_HEADS = {"代码", "编码", "值", "字典值", "取值", "code", "编号"}
_MEANING_HEADS = {"含义", "名称", "说明", "意义", "字典名称", "描述", "meaning", "中文"}


@dataclass
class CodeBook:
    """``words``: field → {code: word} as the workbook's notes say."""

    words: dict[str, dict[str, str]] = field(default_factory=dict)
    unknown_phones: frozenset[str] = frozenset()
    unknown_ids: frozenset[str] = frozenset()

    def codes_for(self, key: str, header: str) -> dict[str, str]:
        """Built-in meanings, the notes' over them, the header's own over both."""
        if key not in BY_KEY or BY_KEY[key].reads != Reads.WORD:
            return {}
        own = {}
        if inside := _PARENTHESIS.search(header):
            own = pairs(inside.group(1))
        noted = self.words.get(key, {}) | own
        return {**(BUILT_IN.get(key, {}) if not noted else {}), **noted}


def pairs(text: str) -> dict[str, str]:
    """{code: word} of a note, line by line, either order; {} for talk.

    One lone pair counts only with a sign between (``1=男``).
    """
    found: list[tuple[str, str]] = []
    is_signed = False
    for raw in re.split(r"[\n\r;；]+", unicodedata.normalize("NFKC", text)):
        line = raw.strip()
        if not line:
            continue
        is_signed = is_signed or bool(re.search(r"[=:]", line))
        if _STARTS_WITH_CODE.match(line):
            found += [(code, word) for code, word in _CODE_FIRST.findall(line)]
        elif _ENDS_WITH_CODE.match(line):
            found += [(code, word) for word, code in _WORD_FIRST.findall(line)]
    found = [(code.upper(), _clean(word)) for code, word in found if not _TALK.search(word)]
    if not found:
        return {}
    lengths = Counter((len(code), code.isdigit()) for code, _ in found)
    usual = lengths.most_common(1)[0][0]
    kept = {code: word for code, word in found if (len(code), code.isdigit()) == usual or len(lengths) == 1}
    if usual[0] <= 2:  # 1 … 9, 10, 11: short codes may differ in length
        kept = {code: word for code, word in found if len(code) <= 2}
    return kept if len(kept) > 1 or is_signed else {}


def _clean(word: str) -> str:
    plain = re.sub(r"[（(][^（()）]*[)）]?", "", word)
    return re.sub(r"[)）]+$", "", plain).strip()


def read_codes(workbook: Workbook) -> CodeBook:
    """Go through every cell outside the data columns of every sheet, hidden ones too."""
    book = CodeBook()
    phones: set[str] = set()
    ids: set[str] = set()
    for sheet in workbook.sheets:
        _read_list(sheet, book)
        _read_notes(sheet, book, phones, ids)
    book.unknown_phones, book.unknown_ids = frozenset(phones), frozenset(ids)
    return book


def _read_notes(sheet: Sheet, book: CodeBook, phones: set[str], ids: set[str]) -> None:
    header = find_header(sheet)
    mapped = {meaning.column for meaning in header.columns} if header else set()
    below = header.row + header.depth if header else 0
    for row, cells in enumerate(sheet.rows):
        for column, value in enumerate(cells):
            if not isinstance(value, str) or len(value) < 3 or len(value) > 5000:
                continue
            if row >= below and column in mapped and not _looks_like_note(value):
                continue
            label = sheet.cell(row, column - 1) if column else ""
            key, text = _labelled(str(label), value)
            _unknowns(key, value, phones, ids)
            if key and BY_KEY[key].reads == Reads.WORD and (found := pairs(text)):
                book.words.setdefault(key, {}).update(found)


def _looks_like_note(value: str) -> bool:
    return len(value) > 8 and bool(re.search(r"[:：=＝]|\d\s*[\u3400-\u9fff]|没有", value))


def _labelled(label: str, value: str) -> tuple[str, str]:
    """(field the note is about, its text): the label is the cell before, or stands before a colon."""
    if label and len(label) <= 20:
        key = meaning_of(label, _ANY_ENTITY)[0]
        if key:
            return key, value
    if found := _LABELLED.match(value):
        return meaning_of(found.group(1), _ANY_ENTITY)[0], found.group(2)
    first, _, rest = value.partition("\n")
    if rest and len(first) <= 12:
        return meaning_of(first, _ANY_ENTITY)[0], rest
    return "", value


def _unknowns(key: str, text: str, phones: set[str], ids: set[str]) -> None:
    for number in _UNKNOWN.findall(unicodedata.normalize("NFKC", text)):
        if key == "phone.number" or (not key and len(number) == 11):
            phones.add(number)
        elif key == "resident.id_number" or (not key and len(number) in {15, 18}):
            ids.add(number.upper())


def _read_list(sheet: Sheet, book: CodeBook) -> None:
    """A list of codes as a table of its own: 字段 | 代码 | 含义."""
    for row in range(min(10, len(sheet.rows))):
        heads = [normalise_header(value) for value in sheet.rows[row]]
        codes = next((at for at, head in enumerate(heads) if head in _LIST_HEADS), None)
        words = next((at for at, head in enumerate(heads) if head in _MEANING_HEADS), None)
        if codes is None or words is None or codes in {0, words}:
            continue
        key = ""
        for below in range(row + 1, len(sheet.rows)):
            label = str(sheet.cell(below, 0))
            key = meaning_of(label, _ANY_ENTITY)[0] if label else key
            code, word = plain_code(sheet.cell(below, codes)), str(sheet.cell(below, words)).strip()
            if key and code and word and BY_KEY[key].reads == Reads.WORD:
                book.words.setdefault(key, {})[code] = word
        return


def plain_code(value: object) -> str:
    """A code cell as text: 2001.0 → ``2001``, ``"2001 "`` → ``2001``."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return re.sub(r"\.0+$", "", unicodedata.normalize("NFKC", str(value)).strip()).upper()
