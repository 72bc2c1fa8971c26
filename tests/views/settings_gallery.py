"""Pictures of the settings over the demonstration data, to be looked at:
``python -m tests.views.settings_gallery FOLDER [light|dark] [zh_CN|en] [WxH] [section …]``.

``QT_SCALE_FACTOR=2`` shows a sharp screen. Every section is one picture, its dialogs are further ones.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from desktop.theme import Theme
from models.queries.printer_profiles import PrinterSetting
from models.services import parameters, printer_profiles, tags
from resources import translations
from tests.views.desk_gallery import Desk, settle
from views.settings.staff import PasswordDialog


class Tour:
    """One window, taken through the sections."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.page: Any = desk.go("settings")

    def section(self, key: str) -> Any:
        self.desk.go("settings", section=key)
        self.page.section.focus_inside()
        settle()
        return self.page.section

    def shoot(self, what: str) -> None:
        self.desk.shoot(f"settings-{what}")

    def press(self, key: Qt.Key, what: str) -> None:
        """Press a command's key; what opens is one picture."""
        self.desk.window.activateWindow()
        settle()
        self.page.section.focus_inside()
        QTest.keyClick(self.page.focusWidget() or self.page, key)
        self.desk.shoot_dialog(f"settings-{what}")


def prepare(desk: Desk) -> None:
    """Something to see that the demonstration does not have."""
    for name, category in (("老年客户", "关怀"), ("独居", "关怀"), ("商业租户", "商业")):
        if not desk.database.read(_has_tag, name):
            desk.database.write(desk.actor, tags.create_tag, name, category)
    desk.database.write(desk.actor, parameters.set_parameter, "time.urgent.arrive", 20)
    desk.database.write(
        desk.actor, printer_profiles.keep, PrinterSetting("EPSON LQ-630K", "241x139.7", 150, -75, 10_050)
    )
    folder = desk.fake.backups_folder
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.qiantai-backup"):
        old.unlink()
    for hours, reason in ((1, "auto"), (5, "manual"), (30, "before-import"), (200, "auto")):
        at = datetime.now(UTC) - timedelta(hours=hours)
        path = folder / f"{at:%Y%m%dT%H%M%SZ}-{reason}-00{hours % 99:02d}.qiantai-backup"
        path.write_bytes(b"x" * 4_200_000)


def _has_tag(session: Any, name: str) -> bool:
    from models.queries.accounts import tag_library

    return any(tag.name == name for tag in tag_library(session))


def show_staff(tour: Tour) -> None:
    section = tour.section("staff")
    tour.shoot("staff")
    tour.press(Qt.Key.Key_N, "staff-new")
    PasswordDialog("1009 马芳", "K7mt-4qwp-9Rfx", section).open()
    tour.desk.shoot_dialog("settings-staff-password")


def show_groups(tour: Tour) -> None:
    tour.section("groups")
    tour.shoot("groups")
    tour.press(Qt.Key.Key_K, "groups-copy")


def show_categories(tour: Tour) -> None:
    section = tour.section("categories")
    section.table.go_to(section.table.rows.key_at(3))
    tour.shoot("categories")
    tour.press(Qt.Key.Key_E, "categories-edit")


def show_parameters(tour: Tour) -> None:
    section = tour.section("parameters")
    row = section.rows["time.critical.arrive"]
    line = row.editor.widget
    assert isinstance(line, QLineEdit)
    line.setText("6000")
    row.save()
    tour.shoot("parameters")
    section.step_back()
    section.chips.choose("hours")
    section.show_group()
    tour.shoot("parameters-hours")


def show_log(tour: Tour) -> None:
    tour.section("log")
    tour.shoot("log")


def show_backup(tour: Tour) -> None:
    tour.section("backup")
    tour.shoot("backup")
    tour.press(Qt.Key.Key_K, "backup-key")


def show_printers(tour: Tour) -> None:
    tour.section("printers")
    tour.shoot("printers")
    tour.press(Qt.Key.Key_E, "printers-edit")


def _plain(key: str) -> Callable[[Tour], None]:
    def show(tour: Tour) -> None:
        tour.section(key)
        tour.shoot(key)

    return show


SHOWS: dict[str, Callable[[Tour], None]] = {
    "look": _plain("look"),
    "password": _plain("password"),
    "printers": show_printers,
    "staff": show_staff,
    "groups": show_groups,
    "departments": _plain("departments"),
    "categories": show_categories,
    "tags": _plain("tags"),
    "parameters": show_parameters,
    "site": _plain("site"),
    "backup": show_backup,
    "log": show_log,
    "import": _plain("import"),
    "about": _plain("about"),
}


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0] if arguments else "/tmp/settings-gallery")
    folder.mkdir(parents=True, exist_ok=True)
    scheme = arguments[1] if len(arguments) > 1 else "light"
    language = arguments[2] if len(arguments) > 2 else "zh_CN"
    width, height = (arguments[3] if len(arguments) > 3 else "1366x768").split("x")
    translations.use(language)
    application = QApplication([])
    Theme(application).apply(scheme)
    scale = os.environ.get("QT_SCALE_FACTOR", "1")
    name = f"{scheme}-{language}-{width}x{height}@{scale}"
    desk = Desk(folder, name, QSize(int(width), int(height)), "settings-full.db")
    desk.fake.looks = (scheme, 1.0, language)
    prepare(desk)
    tour = Tour(desk)
    for show in arguments[4:] or SHOWS:
        SHOWS[show](tour)
    desk.window.close()


if __name__ == "__main__":
    main(sys.argv[1:])
