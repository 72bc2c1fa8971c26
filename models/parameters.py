"""Every number an administrator may change, declared once: key, default, limits, what it means.

The defaults come from the trade's founding documents or, marked †, from common practice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from models.errors import DomainError
from resources.translations import N_

T = TypeVar("T", bound=int | bool | str | list[str])


@dataclass(frozen=True)
class Parameter(Generic[T]):
    """One setting. ``description`` is a message id; ``unit`` a code of `resources.terms` ("minute", …)."""

    key: str
    default: T
    description: str
    unit: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()

    def check(self, value: object) -> T:
        """The value in its type; raises ``DomainError("parameter-invalid")``."""
        wrong_type = type(value) is not type(self.default)
        if wrong_type or (self.choices and value not in self.choices):
            raise DomainError("parameter-invalid", key=self.key, value=value)
        if isinstance(value, int) and not isinstance(value, bool):
            low = self.minimum is not None and value < self.minimum
            if low or (self.maximum is not None and value > self.maximum):
                raise DomainError("parameter-invalid", key=self.key, value=value)
        return cast(T, value)


class Parameters:
    """The values in force: what was changed, else the defaults."""

    def __init__(self, changed: Mapping[str, object] | None = None) -> None:
        self._changed = dict(changed or {})

    def get(self, parameter: Parameter[T]) -> T:
        if parameter.key not in self._changed:
            return parameter.default
        try:
            return parameter.check(self._changed[parameter.key])
        except DomainError:
            return parameter.default  # a newer version's value that this one cannot read


WORKDAY_START = Parameter("hours.start", "08:30", N_("上班时间"))
WORKDAY_END = Parameter("hours.end", "18:00", N_("下班时间"))
NOON_REST = Parameter("hours.rest", "12:00-13:30", N_("午休时间（不计入工作时间）†"))
EXTRA_HOLIDAYS = Parameter("hours.holidays", "", N_("本项目另行放假的日期"))
EXTRA_WORKDAYS = Parameter("hours.workdays", "", N_("本项目另行上班的日期"))
REPAIR_CLOCK = Parameter("time.repair.clock", "round", N_("报修时限计时方式†"), choices=("round", "working"))
COMPLAINT_CLOCK = Parameter(
    "time.complaint.clock", "round", N_("投诉时限计时方式†"), choices=("round", "working")
)
ENQUIRY_CLOCK = Parameter(
    "time.enquiry.clock", "round", N_("咨询时限计时方式†"), choices=("round", "working")
)
CRITICAL_ARRIVE = Parameter("time.critical.arrive", 5, N_("特急：到场时限†"), "minute", 1, 600)
URGENT_ARRIVE = Parameter("time.urgent.arrive", 15, N_("紧急：到场时限†"), "minute", 1, 600)
URGENT_REPAIR_DONE = Parameter("time.urgent.done", 45, N_("急修：完成时限†"), "minute", 1, 10080)
NORMAL_ARRIVE = Parameter("time.normal.arrive", 30, N_("小修：到场时限†"), "minute", 1, 1440)
NORMAL_REPAIR_DONE = Parameter("time.normal.done", 24 * 60, N_("小修：完成时限†"), "minute", 1, 43200)
COMPLAINT_ANSWER_URGENT = Parameter(
    "time.complaint.answer.urgent", 120, N_("投诉（紧急）：首次答复时限†"), "minute", 1, 10080
)
COMPLAINT_ANSWER = Parameter("time.complaint.answer", 24 * 60, N_("投诉：首次答复时限†"), "minute", 1, 43200)
COMPLAINT_DONE_URGENT = Parameter(
    "time.complaint.done.urgent", 48 * 60, N_("投诉（紧急）：办结时限†"), "minute", 1, 43200
)
COMPLAINT_DONE_DAYS = Parameter("time.complaint.done.days", 7, N_("投诉：办结时限†"), "workday", 1, 90)
ENQUIRY_ANSWER = Parameter("time.enquiry.answer", 4 * 60, N_("咨询：首次答复时限†"), "minute", 1, 10080)
ENQUIRY_DONE = Parameter("time.enquiry.done", 48 * 60, N_("咨询：办结时限†"), "minute", 1, 43200)
SLIP_MADE_OUT = Parameter("time.slip", 5, N_("开出派工单时限†"), "minute", 1, 120)
CREW_TOLD = Parameter("time.told", 2, N_("通知维修人员时限†"), "minute", 1, 120)
ESCALATE_FIRST = Parameter("escalation.first", 24, N_("未处理自动升级（一级）"), "hour", 1, 720)
ESCALATE_SECOND = Parameter("escalation.second", 24, N_("一级升级后再升级（二级）†"), "hour", 1, 720)

CALLBACK_COMPLAINT_RATE = Parameter("callback.rate.complaint", 100, N_("投诉回访率†"), "percent", 0, 100)
CALLBACK_COMPLAINT_DAYS = Parameter("callback.days.complaint", 3, N_("投诉回访期限†"), "day", 1, 60)
CALLBACK_HOME_RATE = Parameter("callback.rate.home", 100, N_("渗漏与入户维修回访率†"), "percent", 0, 100)
CALLBACK_OTHER_RATE = Parameter("callback.rate.other", 30, N_("其他维修回访抽样率†"), "percent", 0, 100)
CALLBACK_DAYS = Parameter("callback.days", 3, N_("办结后回访期限†"), "day", 1, 60)
CALLBACK_REQUEST_RATE = Parameter("callback.rate.request", 100, N_("求助与建议回访率†"), "percent", 0, 100)
CALLBACK_ENQUIRY_RATE = Parameter("callback.rate.enquiry", 0, N_("咨询与表扬回访率†"), "percent", 0, 100)
CALLBACK_REPORT_DAYS = Parameter("callback.report.days", 3, N_("回访一轮结束后分析报告期限"), "day", 1, 30)
CALLBACK_TRIES = Parameter("callback.tries", 3, N_("打不通时的回访次数†"), "times", 1, 10)
RECHECK_DAYS = Parameter("callback.recheck.days", 30, N_("无截止日的不回访情形再次核对间隔†"), "day", 1, 365)
MOVE_IN_MONTHS = Parameter("callback.move_in.months", 3, N_("入住后回访"), "month", 1, 24)

WATERPROOF_YEARS = Parameter("warranty.waterproof", 5, N_("保修：屋面与有防水要求的房间"), "year", 1, 100)
PIPING_YEARS = Parameter("warranty.piping", 2, N_("保修：电气、给排水、设备"), "year", 1, 100)
FINISHING_YEARS = Parameter("warranty.finishing", 2, N_("保修：装修工程"), "year", 1, 100)
HEATING_SEASONS = Parameter("warranty.heating", 2, N_("保修：供热与供冷系统"), "season", 1, 50)
STRUCTURE_YEARS = Parameter(
    "warranty.structure", 50, N_("保修：地基基础与主体结构（设计使用年限）"), "year", 1, 200
)
HEATING_SEASON = Parameter("warranty.heating.season", "11-15 03-15", N_("采暖期†"))
COOLING_SEASON = Parameter("warranty.cooling.season", "05-15 09-30", N_("供冷期†"))

UNDO_MINUTES = Parameter("ticket.undo", 10, N_("误操作可撤销的时间†"), "minute", 1, 1440)
ARCHIVE_DAYS = Parameter("ticket.archive.days", 7, N_("结束后自动归档†"), "day", 1, 365)
SIMILAR_DAYS = Parameter("ticket.similar.days", 30, N_("提示相似工单的时间范围†"), "day", 1, 365)
SAME_RISER_HOURS = Parameter("ticket.riser.hours", 1, N_("提示同一立管渗漏的时间范围†"), "hour", 1, 72)

LOCK_AFTER = Parameter("account.lock.after", 5, N_("连续输错密码锁定次数"), "times", 3, 20)
LOCK_MINUTES = Parameter("account.lock.minutes", 30, N_("账号锁定时间"), "minute", 1, 1440)
IDLE_MINUTES = Parameter("account.idle.minutes", 15, N_("无操作自动锁屏"), "minute", 1, 480)
PASSWORD_LENGTH = Parameter("account.password.length", 8, N_("密码最短长度†"), "character", 6, 64)

ATTACHMENT_MEGABYTES = Parameter("attachment.max", 50, N_("单个附件上限"), "megabyte", 1, 50)
MASK_PHONE_ON_SLIP = Parameter("print.mask_phone", False, N_("派工单上隐藏电话"))
DEFAULT_FORM = Parameter("print.form", "A5", N_("默认纸张"))
BACKUP_MINUTES = Parameter("backup.every", 30, N_("自动备份间隔"), "minute", 5, 1440)
BACKUP_OVERDUE_HOURS = Parameter("backup.overdue", 24, N_("超过多久没有可用备份就提醒"), "hour", 1, 720)
BACKUP_DAILY = Parameter("backup.daily", 12, N_("保留每日备份份数"), "times", 1, 365)
BACKUP_WEEKLY = Parameter("backup.weekly", 10, N_("保留每周备份份数"), "times", 1, 520)
BACKUP_MONTHLY = Parameter("backup.monthly", 9, N_("保留每月备份份数"), "times", 1, 120)
SYNC_SECONDS = Parameter("sync.every", 60, N_("同步间隔"), "second", 5, 3600)

ALL: tuple[Parameter[int] | Parameter[str] | Parameter[bool], ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Parameter)
)
"""Every declared parameter, in the order of this file."""


def by_key(key: str) -> Parameter[int] | Parameter[str] | Parameter[bool]:
    for parameter in ALL:
        if parameter.key == key:
            return parameter
    raise DomainError("parameter-unknown", key=key)
