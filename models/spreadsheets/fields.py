"""What a column of a workbook can mean: every field, its names in the trade, and in whose words.

``key`` is ``entity.field``. A person's field may carry a slot in front (``tenant:resident.name``): one row
often names the owner and the tenant side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from resources.translations import N_


class Reads(StrEnum):
    """How a cell of the field is read."""

    TEXT = "text"
    CODE = "code"
    WHOLE = "whole"
    AREA = "area"
    DAY = "day"
    PHONE = "phone"
    ID_NUMBER = "id_number"
    NAME = "name"
    PLATE = "plate"
    WORD = "word"
    """A term of a closed list, possibly given as a code."""
    YES_NO = "yes_no"


@dataclass(frozen=True)
class Field:
    """``label`` is the header of our exports (a message id); ``names`` are other headers seen for it."""

    key: str
    label: str
    reads: Reads
    names: tuple[str, ...] = ()
    english: tuple[str, ...] = ()

    @property
    def entity(self) -> str:
        return self.key.partition(".")[0]


def _field(key: str, label: str, reads: Reads, names: str = "", english: str = "") -> Field:
    return Field(key, label, reads, tuple(names.split()), tuple(english.split("|")) if english else ())


FIELDS: tuple[Field, ...] = (
    _field(
        "building.code",
        N_("楼号"),
        Reads.CODE,
        "楼栋 楼栋号 楼栋编号 栋 栋号 楼幢 幢 幢号 楼座 座 座号 栋座 楼宇 楼宇号 楼宇编号 几栋 楼 "
        "号楼 楼盘号 楼栋代码 所属楼栋",
        "Building",
    ),
    _field("building.name", N_("楼栋名称"), Reads.TEXT, "楼宇名称 楼名", "Building name"),
    _field("building.floors", N_("总层数"), Reads.WHOLE, "楼层总数 总楼层 层数 地上层数 楼层数", "Storeys"),
    _field("building.lift", N_("是否有电梯"), Reads.YES_NO, "电梯 有无电梯 有否电梯", "Has lift"),
    _field("building.note", N_("楼栋备注"), Reads.TEXT, "楼宇备注", "Building note"),
    _field("building.ref", N_("楼栋ID"), Reads.CODE, "楼宇ID"),
    _field(
        "unit.code",
        N_("单元"),
        Reads.CODE,
        "单元号 单元编号 门洞 门栋 梯号 单元门 所属单元 单元代码",
        "Unit",
    ),
    _field("unit.name", N_("单元名称"), Reads.TEXT, "", "Unit name"),
    _field("unit.ref", N_("单元ID"), Reads.CODE, ""),
    _field(
        "room.number",
        N_("房间"),
        Reads.CODE,
        "房号 房间号 房间编号 房屋编号 房屋号 房屋 室 室号 户号 门牌 门牌号 房号室 商铺号 铺号 "
        "房屋代码 房产编号",
        "Room|Room number",
    ),
    _field(
        "room.code",
        N_("房屋编码"),
        Reads.CODE,
        "房屋地址 房产 房产地址 房屋坐落 坐落 完整房号 房屋全称 房间全称 房产名称 房屋名称 住址 "
        "地址 物业地址 关联房屋 所属房屋 绑定房屋 房屋位置",
        "Room code|Address",
    ),
    _field("room.ref", N_("房屋ID"), Reads.CODE, "房间ID 资产编号 资产ID 房产ID 房产系统编号"),
    _field("room.floor", N_("楼层"), Reads.WHOLE, "所在楼层 房屋楼层 所在层 层 层号 层次", "Floor"),
    _field(
        "room.kind",
        N_("房屋类型"),
        Reads.WORD,
        "房产类型 物业类型 房屋用途 用途 房屋性质 业态 房间类型 产品类型 房型类别",
        "Room kind",
    ),
    _field(
        "room.state",
        N_("房屋状态"),
        Reads.WORD,
        "房态 房产状态 使用状态 房间状态 入住状态 入住情况 交付状态 居住状态 是否入住",
        "Room state",
    ),
    _field(
        "room.building_area",
        N_("建筑面积"),
        Reads.AREA,
        "建面 房屋面积 产权面积 面积 房产面积 销售面积",
        "Building area",
    ),
    _field(
        "room.inside_area",
        N_("室内面积"),
        Reads.AREA,
        "套内面积 套内建筑面积 使用面积 实用面积 套内",
        "Inside area",
    ),
    _field("room.layout", N_("房屋户型"), Reads.WORD, "户型 户型结构 房型 户型名称", "Layout"),
    _field(
        "room.delivered_on",
        N_("交付日期"),
        Reads.DAY,
        "交房日期 交房时间 交付时间 收房日期 收房时间 接房日期 接房时间 收楼日期",
        "Delivered on",
    ),
    _field(
        "room.accepted_on",
        N_("竣工验收日期"),
        Reads.DAY,
        "竣工日期 验收日期 竣工验收 竣工时间",
        "Accepted on",
    ),
    _field(
        "room.moved_in_on",
        N_("入住日期"),
        Reads.DAY,
        "入住时间 入伙日期 入伙时间 搬入日期 迁入日期",
        "Moved in on",
    ),
    _field("room.note", N_("房屋备注"), Reads.TEXT, "房间备注", "Room note"),
    _field(
        "resident.customer_no",
        N_("业主编号"),
        Reads.CODE,
        "客户编号 客户号 客户代码 业主ID 业主代码 住户编号 住户ID 户主编号 人员编号 客户ID 会员编号",
        "Customer no.",
    ),
    _field(
        "resident.name",
        N_("业主姓名"),
        Reads.NAME,
        "业主名称 姓名 业主 户主 户主姓名 住户 住户姓名 客户姓名 客户名称 客户 产权人 产权人姓名 "
        "人员姓名 房主 房东 权利人 购房人 买受人 联系人 车主 车主姓名 使用人",
        "Name|Resident",
    ),
    _field("resident.id", N_("住户系统号"), Reads.TEXT, "", "Resident id"),
    _field(
        "resident.kind", N_("客户类型"), Reads.WORD, "客户性质 业主性质 个人单位 客户类别", "Customer kind"
    ),
    _field("resident.gender", N_("性别"), Reads.WORD, "", "Gender|Sex"),
    _field("resident.age", N_("年龄"), Reads.WHOLE, "", "Age"),
    _field(
        "resident.birth_on",
        N_("出生日期"),
        Reads.DAY,
        "生日 出生年月 出生年月日 出生时间",
        "Born on|Birth date",
    ),
    _field("resident.id_kind", N_("证件类型"), Reads.WORD, "证件种类 证件名称", "ID kind"),
    _field(
        "resident.id_number",
        N_("身份证号"),
        Reads.ID_NUMBER,
        "身份证 身份证号码 证件号码 证件号 证件编号 身份证件号 公民身份号码 身份号码",
        "ID number",
    ),
    _field("resident.level", N_("客户级别"), Reads.WORD, "客户等级 业主级别 业主等级 级别 重要程度", "Level"),
    _field("resident.status", N_("住户状态"), Reads.TEXT, "客户状态 业主状态", "Status"),
    _field("resident.work", N_("工作单位"), Reads.TEXT, "职业 工作 从事职业 单位名称", "Work"),
    _field("resident.habits", N_("生活习惯"), Reads.TEXT, "习惯", "Habits"),
    _field("resident.hobbies", N_("爱好"), Reads.TEXT, "兴趣爱好 兴趣 业余爱好", "Hobbies"),
    _field("resident.spending", N_("消费观"), Reads.TEXT, "消费观念 消费习惯", "Spending"),
    _field(
        "resident.home_opinion",
        N_("对房屋的意见"),
        Reads.TEXT,
        "对居室的意见 对户型意见",
        "Opinion on the home",
    ),
    _field(
        "resident.estate_opinion", N_("对小区的意见"), Reads.TEXT, "对社区的意见", "Opinion on the estate"
    ),
    _field("resident.latent_needs", N_("潜在需求"), Reads.TEXT, "", "Latent needs"),
    _field("resident.email", N_("邮箱"), Reads.TEXT, "电子邮箱 电子邮件 邮件", "E-mail|Email"),
    _field(
        "resident.contact", N_("紧急联系人"), Reads.TEXT, "紧急联系方式 其他联系方式", "Emergency contact"
    ),
    _field(
        "resident.note",
        N_("备注"),
        Reads.TEXT,
        "说明 备注信息 业主备注 客户备注 备注说明",
        "Note|Remark|Remarks",
    ),
    _field(
        "phone.number",
        N_("联系电话"),
        Reads.PHONE,
        "手机号 手机 手机号码 电话 电话号码 联系方式 移动电话 联系手机 业主电话 备用电话 备用手机 "
        "固定电话 固话 座机 家庭电话 住宅电话 办公电话 联系电话号码 手机电话 紧急联系电话",
        "Phone|Mobile|Telephone|Phone number",
    ),
    _field(
        "occupancy.role",
        N_("业主类型"),
        Reads.WORD,
        "人员类型 与业主关系 与户主关系 关系 身份 住户类型 成员类型 入住身份 住户身份 人员身份 "
        "客户身份 入住类型 住户角色",
        "Role",
    ),
    _field(
        "occupancy.from_on",
        N_("起始日期"),
        Reads.DAY,
        "起租日期 租赁开始 租期起 租赁开始日期 租赁起始 开始日期",
        "From",
    ),
    _field(
        "occupancy.to_on",
        N_("截止日期"),
        Reads.DAY,
        "到期日 到期日期 租赁结束 租期止 租赁到期 迁出日期 搬离日期 结束日期 租赁结束日期",
        "To|Until",
    ),
    _field("occupancy.note", N_("入住备注"), Reads.TEXT, "", "Occupancy note"),
    _field("tag.name", N_("标签"), Reads.TEXT, "客户标签 业主标签 住户标签", "Tags"),
    _field(
        "vehicle.plate", N_("车牌号"), Reads.PLATE, "车牌 车牌号码 车号 车辆号牌 号牌 车辆 车牌照", "Plate"
    ),
    _field("vehicle.brand", N_("车品牌"), Reads.TEXT, "品牌 车辆品牌 车辆型号 品牌型号 车型", "Brand"),
    _field("vehicle.colour", N_("车辆颜色"), Reads.TEXT, "车身颜色 车颜色 颜色", "Vehicle colour"),
    _field("vehicle.kind", N_("车类型"), Reads.WORD, "车辆类型", "Vehicle kind"),
    _field("vehicle.note", N_("车辆备注"), Reads.TEXT, "", "Vehicle note"),
    _field(
        "parking.code",
        N_("车位编码"),
        Reads.CODE,
        "车位号 车位编号 车位 车位号码 泊位号 停车位",
        "Parking space",
    ),
    _field(
        "parking.zone",
        N_("车位区域"),
        Reads.CODE,
        "停车场编号 停车场 车场 停车场名称 车位位置 区域 停车区域",
        "Zone",
    ),
    _field("parking.kind", N_("车位类型"), Reads.WORD, "停车场类型 车位性质 车位种类", "Space kind"),
    _field("parking.state", N_("车位状态"), Reads.WORD, "出租还是出售 租售 租售状态 使用方式", "Space state"),
    _field("parking.size", N_("车位面积"), Reads.AREA, "", "Space area"),
    _field("parking.note", N_("车位备注"), Reads.TEXT, "", "Space note"),
    _field("pet.kind", N_("宠物种类"), Reads.TEXT, "宠物 宠物类型 宠物类别", "Pet"),
    _field("pet.name", N_("宠物名"), Reads.TEXT, "宠物名称 宠物昵称 昵称 犬名", "Pet name"),
    _field("pet.breed", N_("宠物品种"), Reads.TEXT, "品种 犬种", "Breed"),
    _field("pet.colour", N_("宠物毛色"), Reads.TEXT, "毛色 宠物颜色", "Coat"),
    _field(
        "pet.vaccinated_on",
        N_("免疫日期"),
        Reads.DAY,
        "疫苗日期 疫苗接种日期 免疫时间 接种日期 狂犬疫苗日期",
        "Vaccinated on",
    ),
    _field("pet.note", N_("宠物备注"), Reads.TEXT, "", "Pet note"),
)
BY_KEY: dict[str, Field] = {field.key: field for field in FIELDS}

EXTRA = "resident.extras"
"""A column without a field of its own, kept beside the resident under its header."""
IGNORED = ""

OWN_NUMBER = N_("住户系统号")
"""Our own id of the person, written by exports: a row that carries it is that person's whatever it says."""
SHOWN_OWNERS = N_("现业主（仅查看）")
SHOWN_ROOMS = N_("名下房屋（仅查看）")
REASON_HEADER = N_("未导入原因")
CHECK_HEADER = N_("已导入，请核对")
SOURCE_ROW_HEADER = N_("原行号")
OUR_OWN = (SHOWN_OWNERS, SHOWN_ROOMS, REASON_HEADER, CHECK_HEADER, SOURCE_ROW_HEADER)
"""Headers of columns that our workbooks carry for the reader: never read back."""

SLOTS: dict[str, tuple[str, ...]] = {
    "tenant": ("租户", "租客", "承租人", "承租方", "租赁人", "房客"),
    "family": ("家庭成员", "家属", "家人", "配偶"),
    "merchant": ("商户", "商家", "店铺", "经营者", "经营户"),
    "coowner": ("共有人", "共同产权人", "第二业主", "共同所有人"),
}
"""Words in front of 姓名/电话/身份证 that mean another person of the same row."""
OWN_PREFIXES = (
    "业主",
    "户主",
    "产权人",
    "客户",
    "住户",
    "住户信息",
    "业主信息",
    "房屋",
    "房产",
    "车辆",
    "车位",
    "宠物",
)
SLOT_FIELDS = frozenset(
    {
        "resident.name",
        "resident.gender",
        "resident.birth_on",
        "resident.id_number",
        "resident.id_kind",
        "resident.work",
        "resident.note",
        "phone.number",
        "occupancy.from_on",
        "occupancy.to_on",
    }
)
"""What a slot may carry."""

AMBIGUOUS: dict[str, tuple[tuple[str, str], ...]] = {
    "编号": (
        ("parking", "parking.code"),
        ("resident", "resident.customer_no"),
        ("room", "room.number"),
        ("building", "building.code"),
    ),
    "编码": (("parking", "parking.code"), ("room", "room.code")),
    "名称": (("building", "building.name"), ("resident", "resident.name")),
    "面积": (("room", "room.building_area"), ("parking", "parking.size")),
    "类型": (("parking", "parking.kind"), ("room", "room.kind"), ("resident", "occupancy.role")),
    "状态": (("parking", "parking.state"), ("room", "room.state"), ("resident", "resident.status")),
    "颜色": (("vehicle", "vehicle.colour"), ("pet", "pet.colour")),
    "colour": (("vehicle", "vehicle.colour"), ("pet", "pet.colour")),
    "品种": (("pet", "pet.breed"),),
    "昵称": (("pet", "pet.name"),),
    "车辆": (("vehicle", "vehicle.plate"), ("resident", "vehicle.plate"), ("room", "vehicle.plate")),
    "房屋": (("resident", "room.code"), ("vehicle", "room.code"), ("room", "room.number")),
    "备注": (
        ("resident", "resident.note"),
        ("pet", "pet.note"),
        ("parking", "parking.note"),
        ("vehicle", "vehicle.note"),
        ("room", "room.note"),
        ("building", "building.note"),
    ),
    "入住日期": (("room", "room.moved_in_on"), ("resident", "occupancy.from_on")),
    "区域": (("parking", "parking.zone"),),
}
"""Headers whose meaning hangs on what else the sheet is about: (entity that must be there, field)."""

SHEET_WORDS: dict[str, tuple[str, ...]] = {
    "parking": ("车位", "停车"),
    "vehicle": ("车辆", "车牌", "机动车"),
    "pet": ("宠物", "养犬", "犬只"),
    "resident": ("业主", "住户", "客户", "人员", "租户", "户主"),
    "room": ("房屋", "房产", "房间", "资产"),
    "building": ("楼栋", "楼宇", "单元"),
}
"""Words in a sheet's name that tell what it is about."""
