"""The fixture `browser`: one headless Chromium for the whole test run.

    def test_...(browser, tmp_path):
        browser.open(page)                       # a path, or an address on this machine
        browser.script("return document.title")
        browser.picture(tmp_path / "page.png", width=1200, height=1600)
        browser.errors()                         # what the page's console complained of

`browser.before_each_page(javascript)` runs ahead of every page's own scripts: a stand-in for a host's objects.
"""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.needs import require


class Browser:
    def __init__(self, chromium: str, driver: str) -> None:
        from selenium import webdriver

        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        flags = ["--headless=new", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")  # Chromium refuses root otherwise
        for flag in flags:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options, webdriver.ChromeService(driver))
        self.driver.set_page_load_timeout(60)
        self.driver.set_script_timeout(60)

    def open(self, page: Path | str) -> None:
        self.errors()  # those of the page before
        self.driver.get(page.resolve().as_uri() if isinstance(page, Path) else page)

    def before_each_page(self, javascript: str) -> None:
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": javascript})

    def script(self, javascript: str, *arguments: Any) -> Any:
        """What `return …` gives; a promise is waited for."""
        return self.driver.execute_script(javascript, *arguments)

    def emulate(self, **media: str) -> None:
        """`emulate(media="print")`, `emulate(prefers_color_scheme="dark")`; nothing: as on screen."""
        features = [{"name": name.replace("_", "-"), "value": v} for name, v in media.items() if name != "media"]
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"media": media.get("media", ""), "features": features}
        )

    def picture(self, target: Path, width: int = 1200, height: int = 900) -> Path:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        png = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"]
        target.write_bytes(base64.b64decode(png))
        return target

    def errors(self) -> list[str]:
        """The console's errors since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def close(self) -> None:
        self.driver.quit()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    require(chromium is not None and driver is not None, "Chromium (chromium, chromedriver) is not on the PATH")
    assert chromium is not None
    assert driver is not None
    one = Browser(chromium, driver)
    yield one
    one.close()
