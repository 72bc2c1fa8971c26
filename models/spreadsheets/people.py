"""Takes one cell of names apart into people, and pairs them with the phones and IDs of the same row.

``张三、李四`` ``张三/李四`` ``张三 13800001234`` ``李四(租户)`` ``张　三``: all seen in real workbooks.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from models.rules import personal_data
from models.spreadsheets import values, vocabulary
from models.spreadsheets.reading import Cell
from models.spreadsheets.values import Doubt

_SPLIT = re.compile(r"\s*[、,，/／;；|｜\n\r\\＋+]+\s*|\s+(?:和|与|&)\s+")
_PHONE_SPLIT = re.compile(r"\s*[、,，/／;；|｜\n\r\\]+\s*|\s+或\s+|\s{2,}")
_REMARK = re.compile(r"[（(【\[]([^（()）【】\[\]]*)[)）】\]]?")
_PHONE_INSIDE = re.compile(r"(?<!\d)(1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8})(?!\d)")
_HAN = r"[\u3400-\u9fff\U00020000-\U0003ffff〇]"
_PLAIN_NAME = re.compile(rf"{_HAN}{{2,3}}")
_PLAIN_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_SPACED_NAME = re.compile(rf"(?<={_HAN})\s+(?={_HAN})")
_COMPANY = re.compile(
    r"公司|集团|中心|银行|商店|超市|学校|医院|幼儿园|委员会|服务部|经营部|事务所|工作室|酒店|餐厅|饭店"
    r"|药店|厂$|店$|局$|社$|院$|部$"
    r"|\b(?:LTD|CO|INC|LLC)\b",
    re.IGNORECASE,
)
_NOBODY = frozenset(
    {"空置", "空房", "未售", "未销售", "待定", "待售", "无业主", "无人", "闲置", "空户", "未知", "开发商未售"}
)
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹"
    "彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪"
    "范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)


@dataclass
class PhoneNumber:
    """``number`` as typed, ``digits`` normalised."""

    number: str
    digits: str
    label: str | None = None


@dataclass
class Person:
    """One person of a row, as the workbook has it."""

    name: str
    role: str = ""
    role_word: str = ""
    kind: str = "person"
    phones: list[PhoneNumber] = field(default_factory=list)
    id_number: str | None = None
    remark: str | None = None
    facts: dict[str, object] = field(default_factory=dict)
    """Further fields of `models.entities.resident.Resident`."""
    from_on: date | None = None
    to_on: date | None = None
    cell: str = ""
    """The whole text of the name cell the person came from."""


def is_company(name: str) -> bool:
    return bool(_COMPANY.search(name))


def split_names(cell: Cell) -> list[Person]:
    """The people of a name cell, in order; none for blank and for words like 空置.

    Raises ``Doubt("name-unreadable")`` for a cell without a letter.
    """
    plain = values.text(cell)
    if plain is None or plain in _NOBODY:
        return []
    if _PLAIN_NAME.fullmatch(plain):
        return [Person(plain, kind="company" if is_company(plain) else "person", cell=plain)]
    parts = [plain] if _is_one_company(plain) else [part for part in _SPLIT.split(plain) if part.strip()]
    people: list[Person] = []
    for part in parts:
        for piece in _by_spaces(part):
            person = _person(piece)
            if person is None:
                continue
            if not person.name and people:  # a lone number or remark belongs to the one before
                people[-1].phones += person.phones
                people[-1].remark = "；".join(filter(None, (people[-1].remark, person.remark)))
            elif person.name:
                people.append(person)
    if not people:
        raise Doubt("name-unreadable", plain)
    people[0].cell = plain
    return people


def _is_one_company(plain: str) -> bool:
    parts = _SPLIT.split(plain)
    return is_company(plain) and not all(is_company(part) or len(part.strip()) in {2, 3} for part in parts)


def _by_spaces(part: str) -> list[str]:
    """``张三 李四`` is two people when the second piece starts with a surname; ``张 三`` is one."""
    pieces = part.split()
    two_or_more = all(re.fullmatch(rf"{_HAN}{{2,4}}", piece) for piece in pieces)
    if len(pieces) > 1 and two_or_more and all(piece[0] in _SURNAMES for piece in pieces):
        return pieces
    return [part]


def _person(piece: str) -> Person | None:
    role = role_word = ""
    remarks: list[str] = []
    phones: list[PhoneNumber] = []
    for remark in _REMARK.findall(piece):
        known = vocabulary.meaning("occupancy.role", remark, {})
        gender = vocabulary.meaning("resident.gender", remark, {})
        if known:
            role, role_word = known, remark
        elif _PHONE_INSIDE.search(remark):
            phones += read_phones(remark)
        elif remark.strip() and not gender:
            remarks.append(remark.strip())
    rest = piece if is_company(piece) else _REMARK.sub(" ", piece)
    for number in _PHONE_INSIDE.findall(rest):
        phones += read_phones(number)
    rest = _PHONE_INSIDE.sub(" ", rest)
    name = _SPACED_NAME.sub("", _half_width(rest).strip(" .。:：-—*、"))
    if not re.search(r"[^\W\d_]", name):
        name = ""
    if not (name or phones or remarks):
        return None
    kind = "company" if is_company(name) else "person"
    return Person(name, role, role_word, kind, phones, remark="；".join(remarks) or None)


def _half_width(name: str) -> str:
    """Letters and digits only: brackets of a firm's name stay as they were typed."""
    return "".join(
        unicodedata.normalize("NFKC", sign) if sign.isalnum() and "！" <= sign <= "～" else sign
        for sign in name
    )


def split_cell(plain: str) -> list[str]:
    """The pieces of a cell that lists several things."""
    return [piece.strip() for piece in _SPLIT.split(plain) if piece.strip()]


def read_phones(
    cell: Cell, label: str | None = None, unknown: frozenset[str] = frozenset()
) -> list[PhoneNumber]:
    """The phones of a cell; placeholders are left out.

    Raises ``Doubt``: ``digits-lost``, ``phone-unreadable`` (nothing in the cell could be dialled).
    """
    plain = values.digits_text(cell)
    if plain is None:
        return []
    if _PLAIN_MOBILE.fullmatch(plain):
        is_unknown = plain in unknown or personal_data.is_placeholder_phone(plain)
        return [] if is_unknown else [PhoneNumber(plain, plain, label)]
    _refuse_masked(plain)
    found: list[PhoneNumber] = []
    has_any = False
    for raw in _PHONE_SPLIT.split(plain):
        part = raw.strip()
        if not part:
            continue
        pieces = part.split()
        if len(pieces) > 1 and all(len(re.sub(r"\D", "", piece)) >= 7 for piece in pieces):
            parts = pieces
        else:
            parts = [part]
        for each in parts:
            number, remark = _number_and_remark(each)
            digits = personal_data.phone_digits(number)
            if not digits:
                continue
            has_any = True
            if digits in unknown or personal_data.is_placeholder_phone(digits):
                continue
            if len(digits) < 3 or len(digits) > 20:
                raise Doubt("phone-unreadable", plain)
            found.append(PhoneNumber(number, digits, remark or label))
    if not has_any:
        raise Doubt("phone-unreadable", plain)
    return found


def _refuse_masked(plain: str) -> None:
    """``189****1443`` comes from a masked list and is no number."""
    if "**" in plain:
        raise Doubt("value-masked", plain)


def _number_and_remark(part: str) -> tuple[str, str | None]:
    """``13800001234(妻)`` → number and label; ``家13800001234`` likewise."""
    if re.fullmatch(r"[\d\-+() .转*]+", part):
        return part, None
    digits = re.search(r"\+?\(?\d[\d\-() .]{3,}\d(?:\s*(?:转|-|ext\.?)\s*\d{1,5})?", part)
    if digits is None:
        return part, None
    rest = (part[: digits.start()] + part[digits.end() :]).strip(" ()（）:：-")
    return digits.group().strip(), rest or None


def read_id(cell: Cell, unknown: frozenset[str] = frozenset()) -> list[str]:
    """The identity numbers of a cell as text, upper case, placeholders left out as "".

    Raises ``Doubt("digits-lost")`` for one that the workbook kept as a rounded number.
    """
    plain = values.digits_text(cell)
    if plain is None:
        return []
    _refuse_masked(plain)
    found = []
    is_one = plain.isascii() and plain.isalnum()
    for raw in (plain,) if is_one else _PHONE_SPLIT.split(plain):
        number = raw.upper() if is_one else re.sub(r"[\s'’‘]", "", unicodedata.normalize("NFKC", raw)).upper()
        if number:
            is_unknown = number in unknown or personal_data.is_placeholder_id(number)
            found.append("" if is_unknown else number)
    return found
