"""Words of the trade as workbooks write them → the codes of the archive (`resources.terms`)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from resources.terms import TERMS
from resources.translations import words_of

_WORDS: dict[str, dict[str, str]] = {
    "room.state": {
        "undelivered": "待交付 未交付 未交房 未销售 未售 未出售 待售 在售 未收房 未接房 未收楼 未领房",
        "to_decorate": "待装修 已交付 已交房 已收房 已接房 已领房 毛坯 未装修 已出售 已售 交付",
        "decorating": "装修中 正在装修 装修",
        "occupied": "已入住 入住 自住 常住 在住 居住 已住 是 有人 正常入住",
        "vacant": "空置 空闲 空房 闲置 未入住 未住 已装修 装修完 已装修未入住 空 否 无人 空关",
        "rented": "出租 已出租 租赁 已租 在租 出租中 租住",
    },
    "room.kind": {
        "home": "住宅 普通住宅 公寓 宿舍 高层 多层 洋房 小高层 商品房 住房 平层 跃层 复式",
        "villa": "别墅 联排 联排别墅 独栋 叠拼 双拼",
        "shop": "商铺 店铺 门面 商业 底商 铺面 门店 商业用房 门市 网点 商服",
        "office": "办公 办公室 写字楼 办公楼 办公用房",
        "garage": "车库 车位 车棚",
        "storage": "储藏室 储物间 地下室 杂物间 仓库 库房",
        "other": "其他 其它 物业用房 配套 公共用房",
    },
    "resident.gender": {"male": "男 男性 先生 M MALE", "female": "女 女性 女士 F FEMALE"},
    "resident.kind": {
        "person": "个人 自然人 私人 居民 人",
        "company": "单位 公司 企业 法人 机构 组织 团体 集体",
    },
    "resident.level": {
        "key": "重要 重点 VIP 重要客户 重点客户 A 高",
        "regular": "一般 普通 一般客户 普通客户 B 中",
        "prospect": "潜在 潜在客户 意向 C 低",
    },
    "resident.id_kind": {
        "identity_card": "身份证 居民身份证 二代身份证 中国居民身份证",
        "passport": "护照",
        "permit": "港澳通行证 台胞证 回乡证 港澳台居民居住证 港澳居民来往内地通行证 台湾居民来往大陆通行证",
        "military": "军官证 士兵证 军人证 警官证",
        "licence": "营业执照 统一社会信用代码 组织机构代码",
        "other": "其他 其它 户口本 户口簿 外国人居留证",
    },
    "occupancy.role": {
        "owner": "业主 产权人 户主 房主 本人 共有人 共同产权人 所有权人 购房人 业主本人 房东 产权所有人",
        "family": (
            "家庭成员 家属 家人 亲属 配偶 妻子 丈夫 夫妻 妻 夫 子女 儿子 女儿 子 女 父母 父亲 母亲 父 "
            "母 爱人 老婆 老公 儿媳 女婿 孙子 孙女 祖父 祖母 爷爷 奶奶 外公 外婆 岳父 岳母 公公 婆婆 "
            "兄弟 姐妹 兄 弟 姐 妹 之妻 之夫 之子 之女 成员"
        ),
        "tenant": (
            "租户 房屋租客 租客 承租人 租赁户 租住 房客 租户本人 承租 租赁 临时人员 使用人 暂住 同住人 合租"
        ),
        "merchant": "商户 商家 经营者 店主 商铺经营者 经营户 企业 老板",
    },
    "parking.state": {
        "rented": "出租 已出租 租赁 已租 H 月租 租",
        "sold": "出售 已出售 已售 S 自有 产权 产权车位 售 人防已售",
        "free": "空闲 空置 未租 未售 未使用 可租 待租 待售 F",
    },
    "parking.kind": {
        "ground": "地上停车位 地上 地面 地面车位 露天 地上车位",
        "underground": "地下停车位 地下 地下车位 地库 人防 人防车位 地下车库",
        "mechanical": "机械 机械车位 立体 立体车位",
    },
}
_OPEN = frozenset({"room.layout", "vehicle.kind", "parking.kind"})
"""Fields that take any word as it stands; a code that nothing explains is no word."""
_BARE_NUMBER = re.compile(r"\d{3,}")
_LETTERED_CODE = re.compile(r"[A-Z]{1,3}\d{0,4}")


def _spellings(key: str, code: str, words: str) -> set[str]:
    """The code itself, every word for it, and what our own exports call it in either language."""
    label = TERMS[key][code]
    english = words_of("en").get(label, label)
    return {word.upper() for word in (code, label, english, *words.split())}


@cache
def _index() -> dict[str, dict[str, str]]:
    return {
        key: {word: code for code, words in terms.items() for word in _spellings(key, code, words)}
        for key, terms in _WORDS.items()
    }


def codes_of(key: str) -> tuple[str, ...]:
    """The archive's codes of a field, for a chooser."""
    return tuple(_WORDS.get(key, ()))


def is_open(key: str) -> bool:
    return key in _OPEN


def meaning(key: str, raw: str, codes: Mapping[str, str]) -> str | None:
    """The archive's code for a cell: by the workbook's codes, then by the words of the trade.

    None when the word is not known. For an open field the word itself, but None for a number without a
    word (10102) and for a code that is not among those of the workbook.
    """
    plain = unicodedata.normalize("NFKC", raw).strip().upper()
    word = codes.get(plain, codes.get(raw, plain if key not in _OPEN else raw))
    known = _index().get(key, {})
    bare = word.strip().upper()
    for spelling in (bare, bare.split("(")[0].strip(), bare.removeprefix("已"), bare.removesuffix("中")):
        if spelling in known:
            return known[spelling]
    if key not in _OPEN or (plain not in codes and raw not in codes and _is_code(plain, codes)):
        return None
    return word.strip()


def is_free(key: str) -> bool:
    """Whether the field takes any word: a code left out is then only remarked on."""
    return key in _OPEN


def _is_code(plain: str, codes: Mapping[str, str]) -> bool:
    """Whether it is written like a code: a long number, or of the same build as the workbook's codes."""
    if plain.isdecimal():
        return bool(_BARE_NUMBER.fullmatch(plain)) or any(code.isdecimal() for code in codes)
    alike = any(len(code) == len(plain) and not code.isdecimal() for code in codes)
    return alike and bool(_LETTERED_CODE.fullmatch(plain))
