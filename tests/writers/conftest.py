"""A browser for the tests of the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests.conftest import needs
from tests.writers.browser import FLAGS, Opener, emulate
from tests.writers.pages import BOTH, html_of


@pytest.fixture(scope="module")
def chromium() -> Iterator[webdriver.Chrome]:
    """A browser without a window, its console listened to."""
    options = Options()
    options.binary_location = needs("chromium")
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(needs("chromedriver")))
    yield browser
    browser.quit()


@pytest.fixture
def opened(chromium: webdriver.Chrome, tmp_path: Path) -> Opener:
    """Opens a page at a width, in a colour scheme."""

    def open_page(
        name: str, languages: tuple[str, ...] = BOTH, *, width: int = 1200, scheme: str = "light"
    ) -> webdriver.Chrome:
        place = tmp_path / f"{name}.html"
        place.write_text(html_of(name, languages), "utf-8")
        emulate(chromium, width=width, scheme=scheme)
        chromium.get_log("browser")  # type: ignore[no-untyped-call]
        chromium.get(place.as_uri())
        chromium.execute_async_script("document.fonts.ready.then(arguments[0])")  # type: ignore[no-untyped-call]
        return chromium

    return open_page
