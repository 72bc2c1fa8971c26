"""A desk whose clerk types and is then killed: run by `test_interrupted` as a process of its own.

``python -m tests.e2e.interrupted_clerk PROFILE`` signs in, leaves one request unfinished, begins another,
says ``typed`` on standard output and goes on until somebody kills it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication

from desktop.application import Application
from desktop.paths import open_profile
from tests.desktop.command_line import ADMIN, PASSWORD
from views.intake.page import IntakePage
from views.sign_in.sign_in import SignInCover

FIRST, SECOND = "厨房水槽下方漏水，业主说昨晚开始", "楼道灯不亮"


def until(qt: QApplication, is_so: Callable[[], object]) -> None:
    """Let the program run until it is so, or give up after 30 seconds."""
    end = time.monotonic() + 30
    while not is_so():
        qt.processEvents()
        time.sleep(0.005)
        if time.monotonic() > end:
            raise TimeoutError


def main(folder: Path) -> None:
    qt = QApplication(sys.argv[:1])
    application = Application(qt, open_profile(folder))
    application.start()
    window = application.window
    until(qt, lambda: isinstance(window.covering, SignInCover))
    cover = window.covering
    assert isinstance(cover, SignInCover)
    cover.form.set_values({"staff_no": ADMIN, "password": PASSWORD})
    cover.submit()
    until(qt, lambda: window.covering is None)
    window.navigate("intake")
    page = window.current_page()
    assert isinstance(page, IntakePage)
    page.form.editor("matter").set_value(FIRST)
    page.form.set_value("place", "南门")
    page.set_aside()
    page.form.editor("matter").set_value(SECOND)
    print("typed", flush=True)
    until(qt, lambda: False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
