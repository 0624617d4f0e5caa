"""What all tests share: tools of the machine that a test may need."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True)
if os.environ.get("DERIVE_SAME_EXAMPLES"):
    # Two runs on one state of the project tell the same; elsewhere each run looks at new examples.
    settings.load_profile("repeatable")

NAMES = {
    "chromium": ("chromium", "chromium-browser", "google-chrome", "chrome"),
    "chromedriver": ("chromedriver",),
}
"""The programs that a tool may be called, where there is more than one."""


def needs(tool: str) -> str:
    """The path of a program; where it is absent the test is skipped.

    With `DERIVE_NOTHING_LEFT_OUT` in the environment the test fails instead.
    """
    for name in NAMES.get(tool, (tool,)):
        found = shutil.which(name)
        if found is not None:
            return found
    return missing(tool)


def needs_script(package: str, file: str) -> str:
    """The text of a file of a package of npm; where it is absent, as with a program."""
    places = [*filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep))]
    for place in (*places, f"{sys.prefix}/lib/node_modules"):
        found = Path(place, package, file)
        if found.is_file():
            return found.read_text("utf-8")
    return missing(package)


def missing(tool: str) -> NoReturn:
    """Skip the test, or fail it where nothing may be left out."""
    if os.environ.get("DERIVE_NOTHING_LEFT_OUT"):
        pytest.fail(f"{tool} is not installed, and nothing may be left out")
    pytest.skip(f"{tool} is not installed")
