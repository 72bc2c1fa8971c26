"""What an account of the console may do: three roles, and a right for every page."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from resources.translations import N_
from resources.translations import gettext as _


class Right(StrEnum):
    """A page or an act asks for one of these."""

    ANYBODY = "anybody"
    """No account is needed: the sign-in page, the style sheet."""
    OWN = "own"
    """Whoever is signed in, also before the first password is changed."""
    READ = "read"
    PERSONAL = "personal"
    """Names, rooms, masked phones, attachments."""
    DESKS = "desks"
    """Enrol and revoke desks, rename a site."""
    SITES = "sites"
    """Add sites: not for an account that sees some sites only."""
    REVEAL = "reveal"
    """A phone number in full; it is noted who looked."""
    ACCOUNTS = "accounts"
    AUDIT = "audit"


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    VIEWER = "viewer"


_READER = frozenset({Right.ANYBODY, Right.OWN, Right.READ})
_OPERATOR = _READER | {Right.PERSONAL, Right.DESKS, Right.SITES}
RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.ADMINISTRATOR: frozenset(Right),
    Role.OPERATOR: _OPERATOR,
    Role.VIEWER: _READER,
}
NEED_ALL_SITES = frozenset({Right.SITES, Right.ACCOUNTS, Right.AUDIT})
"""Rights that concern all sites: an account restricted to some has none of them."""
ROLE_WORDS: Mapping[Role, str] = {
    Role.ADMINISTRATOR: N_("管理员"),
    Role.OPERATOR: N_("运维"),
    Role.VIEWER: N_("只读"),
}
ROLE_TELLS: Mapping[Role, str] = {
    Role.ADMINISTRATOR: N_("全部权限：账号、操作记录、项目和前台、查看完整电话"),
    Role.OPERATOR: N_("管理项目和前台，查看全部页面；电话只显示头尾"),
    Role.VIEWER: N_("只看数字和工单：不显示报修人、房号和电话，不能下载附件；看得到工单内容和员工姓名"),
}


def rights_of(role: str, *, is_restricted: bool) -> frozenset[Right]:
    """The rights of a role; none for a role of a newer version."""
    try:
        given = RIGHTS[Role(role)]
    except ValueError:
        return frozenset()
    return given - NEED_ALL_SITES if is_restricted else given


def role_words(role: str) -> str:
    """The role as people call it; one of a newer version shows as itself."""
    return _(ROLE_WORDS[Role(role)]) if role in set(Role) else role
