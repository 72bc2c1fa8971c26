"""What a new site starts with: groups, departments, the category tree, the first administrator.

Rows with the same meaning on every desk have the same id (`seed_id`), so that two desks that were set up
apart merge into one site without doubles.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from models.entities import Category, Department, PermissionGroup, Site, Staff
from models.entities.synced import Synced
from models.errors import DomainError
from models.rules.rights import BUILTIN_GROUPS, write_rights
from models.rules.warranty import WarrantyItem as W
from models.work import Work

_NAMESPACE = uuid.UUID("6f0c1d1e-2b7a-5e0e-9a54-7d6b1f1c9a20")


def seed_id(kind: str, key: str) -> str:
    """The id that a row of this kind and meaning has on every desk: 32 hexadecimal digits."""
    return uuid.uuid5(_NAMESPACE, f"{kind}:{key}").hex


ADMINISTRATORS = seed_id("group", "admin")
"""Id of the group that has every right, always."""


@dataclass(frozen=True)
class Branch:
    """A node of the category tree; what is None comes from the parent."""

    key: str
    name: str
    department: str | None = None
    kind: str | None = None
    priority: str | None = None
    warranty: W | None = None
    children: tuple[Branch, ...] = ()


DEPARTMENTS: tuple[tuple[str, str], ...] = (
    ("service", "客服部"),
    ("engineering", "工程部"),
    ("security", "秩序维护部"),
    ("cleaning", "保洁绿化部"),
    ("outsourced", "外包维保单位"),
)
"""(kind and key, name), in order."""

CATEGORIES: tuple[Branch, ...] = (
    Branch(
        "engineering", "工程维修", "engineering", "repair", "normal",
        children=(
            Branch("water", "给排水", warranty=W.PLUMBING, children=(
                Branch("pipe", "管道漏水", priority="urgent"),
                Branch("burst", "爆管", priority="critical"),
                Branch("blocked", "管道堵塞"),
                Branch("tap", "水龙头与洁具"),
                Branch("no-water", "停水或水压低", priority="urgent"),
            )),
            Branch("electric", "电气", warranty=W.WIRING, children=(
                Branch("power-cut", "断电跳闸", priority="urgent"),
                Branch("leakage", "漏电", priority="critical"),
                Branch("light", "灯具与开关插座"),
                Branch("weak", "可视对讲与弱电"),
            )),
            Branch("heating", "暖气", warranty=W.HEATING, children=(
                Branch("cold", "暖气不热"),
                Branch("radiator-leak", "暖气漏水", priority="urgent"),
            )),
            Branch("cooling", "空调", warranty=W.COOLING),
            Branch("doors", "门窗", warranty=W.FINISHING, children=(
                Branch("door", "入户门与门锁"),
                Branch("window", "窗户与五金"),
                Branch("glass", "玻璃破裂", priority="urgent"),
            )),
            Branch("seepage", "渗漏", warranty=W.WATERPROOFING, children=(
                Branch("roof", "屋面渗漏"),
                Branch("wall", "外墙渗漏"),
                Branch("wet-room", "卫生间与厨房渗漏"),
                Branch("from-above", "楼上漏水", priority="urgent"),
            )),
            Branch("finishing", "墙地面与吊顶", warranty=W.FINISHING),
            Branch("structure", "主体结构", warranty=W.STRUCTURE),
            Branch("public", "公共设施", children=(
                Branch("lift", "电梯故障", "outsourced", priority="urgent", warranty=W.EQUIPMENT),
                Branch("lift-trapped", "电梯困人", "outsourced", priority="critical"),
                Branch("gate", "门禁与道闸", warranty=W.EQUIPMENT),
                Branch("public-light", "公共照明"),
                Branch("fire", "消防设施", priority="urgent", warranty=W.EQUIPMENT),
                Branch("road", "道路与场地"),
            )),
        ),
    ),
    Branch(
        "cleaning", "清洁绿化", "cleaning", "repair", "normal",
        children=(
            Branch("stairs", "楼道清洁"),
            Branch("rubbish", "垃圾清运"),
            Branch("green", "绿化养护"),
            Branch("pest", "消杀除虫"),
        ),
    ),
    Branch(
        "security", "秩序维护", "security", "help", "normal",
        children=(
            Branch("parking", "车辆停放"),
            Branch("noise", "噪音扰民"),
            Branch("stranger", "可疑人员", priority="urgent"),
            Branch("dispute", "邻里纠纷"),
            Branch("rescue", "紧急求助", priority="critical"),
            Branch("falling", "高空抛物", priority="urgent"),
        ),
    ),
    Branch(
        "complaint", "投诉建议", "service", "complaint", "normal",
        children=(
            Branch("service-quality", "服务态度与质量"),
            Branch("fees", "收费问题"),
            Branch("building-quality", "房屋质量", warranty=W.FINISHING),
            Branch("management", "小区管理"),
            Branch("suggestion", "意见建议", kind="suggestion"),
            Branch("praise", "表扬", kind="praise"),
        ),
    ),
    Branch(
        "enquiry", "咨询", "service", "enquiry", "normal",
        children=(
            Branch("ask-fees", "费用咨询"),
            Branch("ask-decoration", "装修咨询"),
            Branch("ask-parking", "车位咨询"),
            Branch("ask-papers", "证件办理"),
            Branch("ask-other", "其他咨询"),
        ),
    ),
)  # fmt: skip
"""The tree of domain.md §2 with its default department, kind, priority and warranty item."""


def seed_site(
    work: Work,
    name: str,
    *,
    short_name: str | None = None,
    hotline: str | None = None,
    address: str | None = None,
) -> None:
    """Make the site's row, groups, departments and category tree; what is there already stays as it is.

    For a new site that stands alone; a desk that enrols gets all this from headquarters.
    """
    if not name.strip():
        raise DomainError("field-required", field="name")
    _add(
        work,
        Site(id=work.site_id, name=name.strip(), short_name=short_name, hotline=hotline, address=address),
    )
    for group in BUILTIN_GROUPS:
        row = PermissionGroup(
            code=group.code, name=group.name, rights=write_rights(group.rights), is_builtin=True
        )
        row.id = seed_id("group", group.code)
        _add(work, row)
    for position, (kind, label) in enumerate(DEPARTMENTS):
        _add(work, Department(id=department_id(kind), name=label, kind=kind, position=position))
    _grow(work, CATEGORIES, None, "")
    work.session.flush()


def first_administrator(
    work: Work, staff_no: str, name: str, password: str, *, is_own_password: bool = False
) -> str:
    """The first account of a new site; the staff id.

    Its password is to be changed at first sign-in, unless the administrator typed it himself
    (*is_own_password*): nobody else has ever known it.

    Raises ``already-set-up`` when there is an account already, ``password-weak``, ``field-required``.
    """
    from models.services import accounts

    if work.session.scalars(select(Staff.id).where(Staff.deleted.is_(None))).first() is not None:
        raise DomainError("already-set-up")
    values = {
        "staff_no": staff_no,
        "name": name,
        "group_id": ADMINISTRATORS,
        "department_id": department_id("service"),
    }
    staff_id = accounts.create_staff(work, values, password=password).staff_id
    if is_own_password:
        work.get(Staff, staff_id).must_change_password = False
        work.session.flush()
    return staff_id


def first_people(work: Work, site: str, staff_no: str, name: str, password: str) -> str:
    """What a site starts with of which headquarters knows no more than its name: the seeds, and the first
    administrator with a password of his own; the staff id. Raises as `first_administrator`, which leaves
    nothing behind."""
    seed_site(work, site)
    return first_administrator(work, staff_no, name, password, is_own_password=True)


def department_id(kind: str) -> str:
    """The id of the department that a new site has for this kind."""
    return seed_id("department", kind)


def category_id(*keys: str) -> str:
    """The id of a seeded category by its keys from the root: ``("engineering", "water", "pipe")``."""
    return seed_id("category", "/".join(keys))


def _grow(work: Work, branches: tuple[Branch, ...], parent_id: str | None, path: str) -> None:
    for position, branch in enumerate(branches):
        own_path = f"{path}/{branch.key}" if path else branch.key
        row_id = seed_id("category", own_path)
        _add(
            work,
            Category(
                id=row_id,
                parent_id=parent_id,
                name=branch.name,
                kind=branch.kind,
                department_id=department_id(branch.department) if branch.department else None,
                priority=branch.priority,
                warranty_item=branch.warranty.value if branch.warranty else None,
                position=position,
            ),
        )
        _grow(work, branch.children, row_id, own_path)


def _add(work: Work, row: Synced) -> None:
    if work.session.get(type(row), row.id) is None:
        work.session.add(row)
        work.session.flush()
