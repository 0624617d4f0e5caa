"""The templates that the package carries, and how they are filled."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

if TYPE_CHECKING:
    from derive.writers.page import Page


def _templates() -> Path:
    """The folder of templates: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


@cache
def environment() -> Environment:
    """The templates that the package carries."""
    return Environment(
        loader=FileSystemLoader(_templates()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def rendered(template: str, page: Page, **more: object) -> str:
    """A template filled with a page."""
    return environment().get_template(template).render(page=page, document=page.document, **more)


def source(template: str) -> str:
    """A template as it is."""
    return (_templates() / template).read_text("utf-8")
