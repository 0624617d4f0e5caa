"""Headless Chromium: what is asked of it, and what it measures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from selenium import webdriver

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-dev-shm-usage", "--force-color-profile=srgb",
)  # fmt: skip
NAMES = ("mazur-2015", "3-4-2", "deep-ml-105", "2-2-2-1", "wide", "hostile", "three views")
"""The pages that are looked at, by name of their case."""

Opener = Callable[..., webdriver.Chrome]
"""Opens a page: its name, languages, width and colour scheme."""


def emulate(browser: webdriver.Chrome, *, width: int, scheme: str, media: str = "") -> None:
    """Set the window's width, the preferred colours and the medium."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def run(browser: webdriver.Chrome, script: str, *arguments: Any) -> Any:
    """What a script returns."""
    return browser.execute_script(script, *arguments)  # type: ignore[no-untyped-call]


def boxes(browser: webdriver.Chrome, selector: str) -> list[list[float]]:
    """Left, top, width and height of the elements that are shown."""
    found: list[list[float]] = run(
        browser,
        "return [...document.querySelectorAll(arguments[0])].filter(e => e.checkVisibility())"
        ".map(e => e.getBoundingClientRect()).map(r => [r.left, r.top, r.width, r.height])",
        selector,
    )
    return found
