"""Pictures of every page of the console, to look at.

python -m tests.sync.server.console.gallery URL FOLDER NAME PASSWORD [zh-CN|en] [light|dark] [zoom]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from selenium.webdriver.common.by import By

from tests.sync.server.console.browser import Browser

PAGES = (
    "sites",
    "tickets",
    "tickets/list?group=all&days=30",
    "figures",
    "accounts",
    "audit",
    "password",
    "keys",
)


def main(url: str, target: str, name: str, password: str, *how: str) -> None:
    language, scheme, zoom = (*how, *("zh-CN", "light", "100")[len(how) :])
    folder = Path(target)
    folder.mkdir(parents=True, exist_ok=True)
    mark = f"{language[:2]}-{scheme}-{zoom}"
    with tempfile.TemporaryDirectory() as place:
        scale = int(zoom) / 100
        size = (int(1366 / scale), int(768 / scale))  # as the page sees a window that is zoomed
        browser = Browser(Path(place), language=language, is_dark=scheme == "dark", size=size, zoom=scale)
        driver = browser.driver
        try:
            driver.get(f"{url}/console/sign-in")
            driver.save_screenshot(str(folder / f"sign-in-{mark}.png"))
            browser.one("#name").send_keys(name)
            browser.one("#password").send_keys(password)
            browser.one(".primary").click()
            places = [f"{url}/console/{page}" for page in PAGES]
            for selector, page in (
                ("tbody th a", "sites"),
                ("tbody th a", "tickets/list"),
                ("tbody th a", "accounts"),
            ):
                driver.get(f"{url}/console/{page}")
                places.append(driver.find_elements(By.CSS_SELECTOR, selector)[-1].get_attribute("href") or "")
            places.append(f"{places[-3]}/desks/1/revoke")
            for number, place_ in enumerate(places):
                driver.get(place_)
                whole = driver.execute_script("return document.documentElement.scrollHeight")
                driver.set_window_size(size[0], min(max(int(whole), size[1]), 2_400))
                driver.save_screenshot(str(folder / f"{number:02}-{mark}.png"))
                driver.set_window_size(*size)
                overflow = driver.execute_script(
                    "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                print(number, place_, "overflow", overflow, browser.complaints())
        finally:
            browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
