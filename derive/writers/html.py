"""The page: one file, no network, no script."""

from __future__ import annotations

import re
from base64 import b64encode
from html import unescape

from derive.document import Document
from derive.maths.mathml import italic
from derive.maths.tree import Role
from derive.typeset import subset_font, subset_math_font, woff2
from derive.writers import Options
from derive.writers.fonts import FACES, MATH, Carrier
from derive.writers.page import Page, contents, rendered

PALETTE = {name: f"var(--{name})" for name in ("ink", "soft", "line", "paper")} | {
    f"path{n}": f"var(--path{n})" for n in range(6)
}
_MATH = re.compile(r"<math.*?</math>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_ALWAYS = "0123456789 .,()[]{}|+−×·=≈∂√∑⏟^"


def paint(role: Role | None, path: int | None) -> str:
    """Classes that the page's style sheet colours, light and dark."""
    classes = [name for name in (role, None if path is None else f"path{path}") if name]
    return f' class="{" ".join(classes)}"' if classes else ""


def write_html(document: Document, options: Options) -> bytes:
    """The whole page in UTF-8."""
    del options
    page = Page(document, paint, PALETTE)
    body = rendered("html/body.html", page, contents=contents(document), interactive=True)
    faces = "".join(_face(carrier, family, weight, style, text) for carrier, family, weight, style, text in _faces(body))
    page_text = rendered("html/page.html", page, body=body, faces=faces)
    return page_text.encode("utf-8")


def _faces(body: str) -> list[tuple[Carrier, str, int, str, str]]:
    """Each font that the body needs, with the characters it needs of it."""
    maths = "".join(unescape(_TAG.sub("", part)) for part in _MATH.findall(body))
    # A single letter in <mi> is set as its mathematical italic without being written as one.
    maths += "".join(map(italic, maths))
    text = unescape(_TAG.sub("", _MATH.sub("", body))) + _ALWAYS
    found = [(MATH, "Derive Math", 400, "normal", maths + _ALWAYS)]
    for face in FACES:
        wanted = "".join(c for c in set(text) if (ord(c) >= 0x2E80) == (face.family == "Derive Han"))
        found.append((face.carrier, face.family, face.weight, face.style, wanted))
    return [entry for entry in found if entry[4]]


def _face(carrier: Carrier, family: str, weight: int, style: str, text: str) -> str:
    path = carrier.file()
    if family == "Derive Math":
        font = subset_math_font(path, text)
    else:
        font = subset_font(path, text, index=carrier.index, axes=dict(carrier.axes))
    data = b64encode(woff2(font)).decode("ascii")
    return (
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:{style};'
        f"src:url(data:font/woff2;base64,{data})}}\n"
    )
