"""The page: one file, no network; its script only keeps the language chosen in the address."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256

from derive.document import Document
from derive.maths.mathml import italic
from derive.maths.tree import Role
from derive.typeset import subset_math_font
from derive.writers import Options
from derive.writers.fonts import MATH, cut_faces, math_characters, strong_math_font, woff
from derive.writers.page import Page
from derive.writers.pdf import PALETTE
from derive.writers.templating import rendered, source


@dataclass(frozen=True)
class Script:
    """A script that the page carries, and allows by its digest alone."""

    text: str

    @property
    def digest(self) -> str:
        """What the Content Security Policy calls a hash source."""
        return "sha256-" + b64encode(sha256(self.text.encode()).digest()).decode("ascii")


def paint(role: Role | None, path: int | None) -> str:
    """Classes that the page's style sheet colours, light and dark."""
    seen = None if role in ("layer", "sample") else role
    classes = [name for name in (seen, None if path is None else f"path{path}") if name]
    return f' class="{" ".join(classes)}"' if classes else ""


def write_html(document: Document, options: Options) -> bytes:
    """The whole page in UTF-8."""
    del options
    page = Page(document, paint, PALETTE)
    body = rendered("html/body.html", page, interactive=True)
    used = math_characters(body)
    # A single letter in <mi> is set as its mathematical italic without being written as one.
    maths = subset_math_font(MATH.file(), used + "".join(map(italic, used)))
    # What stands around the body: the link past the opening, and the switch.
    keys = ("skip", "language", "short", "name")
    own = "+".join(page.phrase(key, tag) for key in keys for tag in document.languages)
    cut = cut_faces(body + own)
    faces = "".join(
        [
            _face("Derive Math", 400, "normal", maths),
            _face("Derive Math Strong", 400, "normal", strong_math_font()),
            *(_face(face.family, face.weight, face.style, font) for face, font in cut),
        ]
    )
    script = Script(source("html/page.js")) if len(document.languages) > 1 else None
    page_text = rendered("html/page.html", page, body=body, faces=faces, script=script)
    return page_text.encode("utf-8")


def _face(family: str, weight: int, style: str, font: bytes) -> str:
    data = b64encode(woff(font)).decode("ascii")
    return (
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:{style};'
        f"src:url(data:font/woff;base64,{data})}}\n"
    )
