"""The database that every benchmark runs on: 50,000 residents and the 1,000,000 tickets of five years.

Made from one seed, so that it is the same on every machine, and kept in the temporary folder under a name
that holds everything it depends on. A million tickets take some minutes to make, once.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from models.database import Database
from models.entities import Base
from models.search import index, schema
from sync.clock import Clock

VERSION = 1
KEY = bytes(range(32))
RESIDENTS = 50_000
TICKETS = 1_000_000
FIRST_DAY = datetime(2021, 11, 21, tzinfo=UTC)
LAST_DAY = datetime(2026, 11, 21, tzinfo=UTC)

SURNAMES = (
    "王" * 72 + "李" * 74 + "张" * 68 + "刘" * 54 + "陈" * 45 + "杨" * 31 + "赵" * 23 + "黄" * 22 + "周" * 21
    + "吴" * 20 + "徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈" * 6
    + "彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏" * 6
    + "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文" * 3
    + "单仇解查区翟曾盖卜朴缪覃种乐员宁那葛纪冼华"
)  # fmt: skip
COMPOUND_SURNAMES = ("欧阳", "上官", "尉迟", "司马", "诸葛", "长孙", "万俟", "澹台", "令狐", "慕容")
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英文华玉兰红建国志永雨晨浩梓涵子轩宇欣怡思佳嘉诗雅俊峰海波鹏飞"
    "晓燕春梅凤琴淑珍玲丹萍荣德福昌庆祥林森山川江河云龙虎鸣远达成功立新民生安康宁泽润博学智慧仁义礼信忠孝悌廉"
)
PLACES = ("厨房", "主卫", "次卫", "客厅", "主卧", "次卧", "阳台", "书房", "入户门", "楼道", "电梯厅",
          "地下车库", "单元门", "设备间", "花园", "垃圾房", "水表井", "强电井", "屋面", "外墙")  # fmt: skip
MATTERS = (
    (30, "{p}漏水，{d}"), (9, "{p}下水道堵塞，{d}"), (8, "{p}灯不亮，{d}"), (7, "{p}门锁损坏打不开，{d}"),
    (6, "{p}墙面开裂渗水，{d}"), (6, "水龙头关不紧一直滴水，在{p}，{d}"), (5, "家里突然停电，{p}跳闸，{d}"),
    (4, "暖气不热，{p}温度只有{n}度，{d}"), (4, "楼上装修噪音太大，{d}"), (4, "电梯故障停在{n}楼，{d}"),
    (3, "车位被陌生车辆占用，车牌尾号{n}，{d}"), (3, "可视对讲没有声音，{d}"), (3, "咨询物业费缴纳方式，{d}"),
    (2, "{p}有异味，怀疑地漏返臭，{d}"), (2, "燃气热水器打不着火，{d}"), (2, "WIFI信号放大器安装咨询，{d}"),
    (1, "表扬保洁阿姨拾金不昧，{d}"), (1, "建议在{p}增加监控摄像头，{d}"), (1, "快递柜{n}号格口打不开，{d}"),
)  # fmt: skip
DETAILS = ("请尽快安排师傅上门", "业主比较着急", "已经是第二次报修", "下午三点以后家里有人", "影响楼下住户",
           "请先电话联系", "家中有老人行动不便", "晚上休息受影响", "希望给个明确答复", "上次修过没修好",
           "请带好工具和配件", "现场照片已发微信", "邻居也有同样问题", "钥匙放在门卫处")  # fmt: skip
RESOLUTIONS = ("更换角阀及软管，试水正常", "疏通管道，排水恢复", "更换灯具，测试正常",
               "更换锁芯，业主验收", "重新打胶做防水，观察三天", "已电话回复业主并致歉",
               "联系维保单位处理完毕", "现场查勘无异常")  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How much to make."""

    residents: int = RESIDENTS
    tickets: int = TICKETS

    @property
    def rooms(self) -> int:
        return max(84, self.residents * 2016 // 5000)


def cached(*, encrypted: bool = True, size: Size | None = None) -> Path:
    """The file, made if it is not there yet. Do not write to it: take `copy`."""
    size = size or Size()
    folder = Path(tempfile.gettempdir()) / "qiantai-benchmarks"
    folder.mkdir(exist_ok=True)
    name = f"{_fingerprint()}-{size.residents}-{size.tickets}-{'encrypted' if encrypted else 'plain'}.db"
    path = folder / name
    if not path.exists():
        _forget_older(folder)
        started = time.monotonic()
        unfinished = path.with_suffix(f".{os.getpid()}.part")
        build(unfinished, KEY if encrypted else None, size)
        unfinished.rename(path)
        print(f"made {path} in {time.monotonic() - started:.0f} s")
    return path


def _forget_older(folder: Path) -> None:
    """Remove the files of other schemas: a gigabyte each."""
    for path in folder.glob("*.db"):
        if not path.name.startswith(_fingerprint()):
            path.unlink()


def copy(path: Path, folder: Path) -> Path:
    """A copy to write to."""
    return Path(shutil.copy2(path, folder / "copy.db"))


def opened(path: Path, *, encrypted: bool = True) -> Database:
    """The database with its search index kept up."""
    database = Database.open(path, KEY if encrypted else None, Clock)
    index.install(database)
    return database


def build(path: Path, key: bytes | None, size: Size) -> None:
    """Make the database: rows past every service, then the search index from them."""
    database = Database.create(path, key, Clock)
    with database.working("benchmark.dataset") as work:
        connection = work.session.connection()
        for statement, rows in Estate(size, work.site_id).tables():
            for chunk in _chunks(rows, 20_000):
                connection.exec_driver_sql(statement, chunk)
    index.install(database)
    with database.working("benchmark.analyze") as work:
        work.session.connection().exec_driver_sql("ANALYZE")
    _checkpoint(database)
    database.close()


def _checkpoint(database: Database) -> None:
    from models.database import make_engine

    engine = make_engine(database.path, database.key, writer=False)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


def _fingerprint() -> str:
    tables = "".join(str(CreateTable(table)) for table in Base.metadata.sorted_tables)
    text = f"{VERSION}\n{schema.VERSION}\n{tables}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _chunks(rows: Iterable[tuple[Any, ...]], size: int) -> Iterator[list[tuple[Any, ...]]]:
    chunk: list[tuple[Any, ...]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def identifier(kind: int, number: int, moment: int | None = None) -> str:
    """A UUIDv7 with nothing random in it, so that every machine makes the same database."""
    moment = 1_600_000_000_000 if moment is None else moment
    return f"{moment:012x}7{kind:03x}8{number:015x}"


def insertion(table: str, columns: str) -> str:
    """The statement that takes ``columns`` and fills the other required ones with the entity's defaults."""
    names = ["id", "site_id", "stamp", *columns.split()]
    values = ["?"] * len(names)
    for column in Base.metadata.tables[table].columns:
        if not column.nullable and column.name not in names:
            if not isinstance(column.default, ScalarElementColumnDefault):
                raise LookupError(f"{table}.{column.name} has no default: name it in the dataset")
            names.append(column.name)
            default = column.default.arg
            values.append(f"'{default}'" if isinstance(default, str) else str(int(default)))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(values)})"


class Estate:
    """One estate and its five years, table by table."""

    def __init__(self, size: Size, site_id: str) -> None:
        self.size = size
        self.site_id = site_id
        self.random = random.Random(20261121)
        self.room_codes: list[str] = []
        self.names: list[str] = []

    def tables(self) -> Iterator[tuple[str, Iterable[tuple[Any, ...]]]]:
        """(INSERT statement, its rows), parents before children."""
        yield insertion("site", "name"), [self._row(1, 0, "云栖花园")]
        yield insertion("department", "name kind position"), self._departments()
        yield insertion("staff", "staff_no name department_id is_active must_change_password"), self._staff()
        yield insertion("category", "name kind position is_active"), self._categories()
        yield insertion("building", "code name position"), self._buildings()
        yield insertion("unit", "building_id code name position"), self._units()
        yield insertion("room", "building_id unit_id code number floor kind state"), self._rooms()
        yield insertion("resident", "customer_no name kind level"), self._residents()
        yield insertion("phone", "resident_id number digits position"), self._phones()
        yield insertion("occupancy", "resident_id room_id role from_on to_on is_primary"), self._occupancies()
        yield insertion("vehicle", "plate plate_key resident_id room_id"), self._vehicles()
        yield (
            insertion(
                "ticket",
                "number kind channel category_id priority state room_id resident_id caller_name place matter "
                "expectation received_at received_by department_id handler_id task due_at suspended_ms "
                "completed_at resolution escalation reopened_count",
            ),
            self._tickets(),
        )

    def _row(self, kind: int, number: int, *values: object, moment: int | None = None) -> tuple[Any, ...]:
        return (identifier(kind, number, moment), self.site_id, 1, *values)

    def _departments(self) -> list[tuple[Any, ...]]:
        names = ("工程部", "保洁部", "秩序部", "客服部", "外包")
        kinds = ("engineering", "cleaning", "security", "service", "outsourced")
        return [self._row(2, n, names[n], kinds[n], n) for n in range(5)]

    def _staff(self) -> list[tuple[Any, ...]]:
        return [self._row(3, n, f"{n:04d}", self._name(), identifier(2, n % 5), 1, 0) for n in range(40)]

    def _categories(self) -> list[tuple[Any, ...]]:
        return [self._row(4, n, f"类别{n}", "repair", n, 1) for n in range(24)]

    def _buildings(self) -> list[tuple[Any, ...]]:
        return [self._row(5, n, str(n), f"{n}栋", n) for n in range(1, self.size.rooms // 84 // 3 + 2)]

    def _units(self) -> list[tuple[Any, ...]]:
        return [
            self._row(6, building * 10 + unit, identifier(5, building), str(unit), f"{unit}单元", unit)
            for building in range(1, self.size.rooms // 84 // 3 + 2)
            for unit in (1, 2, 3)
        ]

    def _rooms(self) -> Iterator[tuple[Any, ...]]:
        for n in range(self.size.rooms):
            unit_place, place = divmod(n, 84)
            building, unit = unit_place // 3 + 1, unit_place % 3 + 1
            floor, door = place // 3 + 1, place % 3 + 1
            number = f"{floor}{door:02d}"
            self.room_codes.append(f"{building}-{unit}-{number}")
            yield self._row(
                7, n, identifier(5, building), identifier(6, building * 10 + unit), self.room_codes[-1],
                number, floor, "home", "occupied",
            )  # fmt: skip

    def _name(self) -> str:
        pick = self.random.choice
        surname = pick(COMPOUND_SURNAMES) if self.random.random() < 0.004 else pick(SURNAMES)
        return surname + pick(GIVEN) + (pick(GIVEN) if self.random.random() < 0.75 else "")

    def _residents(self) -> Iterator[tuple[Any, ...]]:
        for n in range(self.size.residents):
            self.names.append(self._name())
            yield self._row(8, n, f"YZ{n:06d}", self.names[-1], "person", "regular")

    def _phones(self) -> Iterator[tuple[Any, ...]]:
        for n in range(self.size.residents * 6 // 5):
            head = self.random.choice(("138", "139", "136", "150", "186", "177", "133", "199"))
            digits = f"{head}{self.random.randrange(10**8):08d}"
            resident = n % self.size.residents
            position = int(n >= self.size.residents)
            yield self._row(9, n, identifier(8, resident), digits, digits, position)

    def _occupancies(self) -> Iterator[tuple[Any, ...]]:
        rooms = self.size.rooms
        for n in range(self.size.residents):
            is_former = n % 20 == 19
            role = "owner" if n < rooms else ("family", "family", "tenant")[n % 3]
            yield self._row(
                10, n, identifier(8, n), identifier(7, n % rooms), role, "2020-05-01",
                "2023-05-01" if is_former else None, int(n < rooms),
            )  # fmt: skip

    def _vehicles(self) -> Iterator[tuple[Any, ...]]:
        letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
        for n in range(self.size.residents * 3 // 10):
            tail = "".join(self.random.choice("0123456789" * 3 + letters) for _ in range(5))
            plate = f"京{self.random.choice(letters)}{tail}"
            yield self._row(
                11, n, f"{plate[:2]}·{tail}", plate, identifier(8, n), identifier(7, n % self.size.rooms)
            )

    def _tickets(self) -> Iterator[tuple[Any, ...]]:
        weights = [weight for weight, _ in MATTERS]
        span = int((LAST_DAY - FIRST_DAY).total_seconds() * 1000)
        first = int(FIRST_DAY.timestamp() * 1000)
        day, count = "", 0
        choices = iter(())  # type: Iterator[str]
        for n in range(self.size.tickets):
            if n % 10_000 == 0:
                choices = iter(self.random.choices([text for _, text in MATTERS], weights, k=10_000))
            received = first + span * n // self.size.tickets
            today = time.strftime("%y%m%d", time.gmtime(received / 1000))
            day, count = (day, count + 1) if day == today else (today, 1)
            yield self._ticket(n, received, f"A-{day}-{count:04d}", next(choices))

    def _ticket(self, n: int, received: int, number: str, matter: str) -> tuple[Any, ...]:
        draw = self.random.random
        place = PLACES[int(draw() ** 2 * len(PLACES))]
        text = matter.format(p=place, d=DETAILS[int(draw() * len(DETAILS))], n=int(draw() * 90) + 10)
        is_open = n > self.size.tickets - 1_500 or (n % 4_000 == 17 and n > self.size.tickets // 2)
        resident = int(draw() * self.size.residents)
        staff = int(draw() * 40)
        return self._row(
            12, n, number, "repair" if draw() < 0.8 else "complaint", "phone",
            identifier(4, int(draw() * 24)), "normal" if draw() < 0.9 else "urgent",
            ("received", "dispatched", "in_progress")[n % 3] if is_open else "archived",
            identifier(7, resident % self.size.rooms), identifier(8, resident), self.names[resident],
            place, text, DETAILS[n % len(DETAILS)] if n % 5 == 0 else None,
            received, identifier(3, staff), identifier(2, staff % 5), identifier(3, staff),
            f"上门查看{place}" if n % 2 else None, received + 86_400_000, 0,
            None if is_open else received + 20_000_000,
            None if is_open else RESOLUTIONS[n % len(RESOLUTIONS)], 0, 0,
            moment=received,
        )  # fmt: skip


def sample_names(count: int, seed: int = 7) -> Sequence[str]:
    """Names as the dataset makes them, for queries."""
    estate = Estate(Size(), "")
    estate.random = random.Random(seed)
    return [estate._name() for _ in range(count)]
