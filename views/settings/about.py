"""关于: the version, where the data lies, whose site and desk this is, and what it is made with."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext
from views.settings.section import Section
from views.widgets.panel import label, scrolled


@dataclass(frozen=True)
class Part:
    """What the program is made with; ``distribution`` tells the version."""

    name: str
    licence: str
    distribution: str = ""


PARTS = (
    Part("Qt · Qt for Python (PySide6)", "LGPL-3.0", "PySide6-Essentials"),
    Part("Noto Sans SC · JP · TC · KR", "SIL Open Font License 1.1", "justmytype-intl-cjk"),
    Part("Python", "PSF-2.0"),
    Part("SQLCipher · sqlcipher3", "BSD-3-Clause · zlib", "sqlcipher3"),
    Part("SQLAlchemy", "MIT", "sqlalchemy"),
    Part("Alembic", "MIT", "alembic"),
    Part("ReportLab", "BSD-3-Clause", "reportlab"),
    Part("PDFium · pypdfium2", "BSD-3-Clause · Apache-2.0", "pypdfium2"),
    Part("openpyxl", "MIT", "openpyxl"),
    Part("python-calamine", "MIT", "python-calamine"),
    Part("lxml", "BSD-3-Clause", "lxml"),
    Part("Segno", "BSD-3-Clause", "segno"),
    Part("fontTools", "MIT", "fonttools"),
    Part("Requests", "Apache-2.0", "requests"),
    Part("msgspec", "BSD-3-Clause", "msgspec"),
    Part("zstandard", "BSD-3-Clause", "zstandard"),
    Part("argon2-cffi", "MIT", "argon2-cffi"),
    Part("cryptography", "Apache-2.0 · BSD-3-Clause", "cryptography"),
    Part("keyring", "MIT", "keyring"),
    Part("pypinyin", "MIT", "pypinyin"),
    Part("chinesecalendar", "MIT", "chinesecalendar"),
)


def version_of(distribution: str) -> str:
    """The installed version, empty where it is not known."""
    try:
        return metadata.version(distribution) if distribution else ""
    except metadata.PackageNotFoundError:
        return ""


class AboutSection(Section):
    title = N_("关于")

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self.facts = self._facts()
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(22)
        grid.setVerticalSpacing(5)
        for line, (name, value) in enumerate(self.facts):
            grid.addWidget(label(name, "muted"), line, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(_selectable(value), line, 1, 1, 2)
        line = len(self.facts)
        grid.addWidget(label(_("使用的组件与许可"), name="sectionHeading"), line, 0, 1, 3)
        for place, part in enumerate(PARTS, line + 1):
            grid.addWidget(label(part.name), place, 0)
            grid.addWidget(label(version_of(part.distribution), "muted"), place, 1)
            grid.addWidget(label(part.licence, "muted"), place, 2)
        grid.setColumnStretch(2, 1)
        grid.setRowStretch(line + len(PARTS) + 1, 1)
        self.area = scrolled(inside)
        self.area.setAccessibleName(_("关于"))
        self.body.addWidget(self.area, 1)
        self.setFocusProxy(self.area)
        self.add_command(_("复制"), "C", self.copy, tip=_("把版本和数据位置复制下来，报修时用"))
        self.show_commands(self.commands)

    def _facts(self) -> list[tuple[str, str]]:
        place, desk = self.context.place, self.context.desk
        letter = _("前台 {letter}").format(letter=place.desk_letter) if place.desk_letter else ""
        found = [
            (_("版本"), f"qiantai {version_of('qiantai')}".strip()),
            (_("项目"), place.site_name),
            (_("前台"), letter),
            (_("登录"), f"{self.context.user.staff_no} {self.context.user.name}"),
            (_("数据文件夹"), str(desk.profile_folder) if desk is not None else ""),
            (_("许可"), "MIT"),
        ]
        return [(name, value) for name, value in found if value]

    def copy(self) -> None:
        """What somebody who helps needs to know, on the clipboard."""
        QGuiApplication.clipboard().setText("\n".join(f"{name}: {value}" for name, value in self.facts))
        self.say(_("已复制"))


def _selectable(text: str) -> QLabel:
    made = label(text, wraps=True)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made
