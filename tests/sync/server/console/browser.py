"""A real Chromium without a screen, with our own Chinese font, that fetches nothing by itself."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

ROOT = Path(__file__).parents[4]
CHROMEDRIVER = shutil.which("chromedriver") or "/usr/bin/chromedriver"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)


def is_here() -> bool:
    return Path(CHROMIUM).exists() and Path(CHROMEDRIVER).exists()


class Browser:
    """One window. ``folder`` takes its profile, its fonts' settings and its downloads."""

    def __init__(
        self,
        folder: Path,
        *,
        language: str = "zh-CN",
        is_dark: bool = False,
        size: tuple[int, int] = (1366, 768),
        zoom: float = 1.0,
    ) -> None:
        self.downloads = folder / "downloads"
        self.downloads.mkdir(parents=True, exist_ok=True)
        options = Options()
        options.binary_location = CHROMIUM
        for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}", f"--lang={language}"):
            options.add_argument(flag)
        options.add_argument(f"--window-size={size[0]},{size[1]}")
        options.add_argument(f"--force-device-scale-factor={zoom}")
        preferences = {
            "intl.accept_languages": language,
            "download.default_directory": str(self.downloads),
            "download.prompt_for_download": False,
        }
        options.add_experimental_option("prefs", preferences)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = Service(CHROMEDRIVER, env={**os.environ, "FONTCONFIG_FILE": str(_fonts(folder))})
        self.driver = Chrome(options=options, service=service)
        self.driver.set_page_load_timeout(30)
        if is_dark:
            self.emulate("prefers-color-scheme", "dark")

    def emulate(self, feature: str, value: str) -> None:
        features = {"features": [{"name": feature, "value": value}]}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", features)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector: str = "main") -> str:
        return self.one(selector).text

    def complaints(self) -> list[str]:
        """What the console of the browser said since it was asked last."""
        said: list[dict[str, Any]] = self.driver.get_log("browser")
        return [entry["message"] for entry in said]

    def close(self) -> None:
        self.driver.quit()


def _fonts(folder: Path) -> Path:
    """Settings that name our fonts and none else: every machine draws the same."""
    settings = folder / "fonts.conf"
    settings.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{ROOT / 'resources' / 'fonts'}</dir><dir>/usr/share/fonts</dir>"
        f"<cachedir>{folder / 'font-cache'}</cachedir></fontconfig>"
    )
    return settings
