"""The same page on paper: WeasyPrint, with mathematics set by `derive.typeset`."""

from __future__ import annotations

from derive.document import Document
from derive.errors import SystemFaultError
from derive.maths.tree import Role
from derive.writers import Options
from derive.writers.fonts import FACES, MATH, cut_faces, renamed
from derive.writers.page import Page
from derive.writers.templating import rendered

PALETTE = {
    "ink": "#1d1b19", "soft": "#655f57", "line": "#d9d2c5", "paper": "#ffffff", "edge": "#8f877b",
    "path0": "#b5362a", "path1": "#23539b", "path2": "#7a5600",
    "path3": "#1f6b46", "path4": "#7a3a8c", "path5": "#0f6a75",
}  # fmt: skip
LONG = 12
"""A document of so many pages has a list of contents."""
EQUATIONS_A_PAGE = 9
"""How many there are on a page about; by this it is guessed whether a document is long."""
MEASURE = {"a4": 40.5, "letter": 42.3}
"""The width of an equation on each paper, in ems of its font."""
ROLES = {"substituted": f' mathcolor="{PALETTE["soft"]}"', "value": ' style="font-weight:bold"'}


def paint(role: Role | None, path: int | None) -> str:
    """Attributes of MathML: paper has one scheme of colours."""
    if path is not None:
        return f' mathcolor="{PALETTE[f"path{path}"]}"'
    return ROLES.get(role or "", "")


def write_pdf(document: Document, options: Options) -> bytes:
    """The whole document.

    Raises:
        SystemFaultError: WeasyPrint or the Pango that it needs cannot be loaded.
    """
    try:
        import weasyprint  # noqa: F401
    except (ModuleNotFoundError, OSError) as error:
        raise SystemFaultError(
            f"a PDF needs Pango, which is not there ({_first_line(error)}); the README says how"
        ) from error
    from derive.typeset.pdf import write_pdf as set_pdf

    page = Page(document, paint, PALETTE, tagged=False)
    body = rendered("html/body.html", page, interactive=False, listed=True)
    files = {}
    faces = ""
    for number, (face, font) in enumerate(cut_faces(body)):
        url = f"memory:font-{number}"
        files[url] = renamed(font, f"{face.family} {face.weight} {face.style}")
        faces += (
            f'@font-face{{font-family:"{face.family}";font-weight:{face.weight};'
            f"font-style:{face.style};src:url({url})}}\n"
        )

    def html(*, listed: bool) -> str:
        body = rendered("html/body.html", page, interactive=False, listed=listed)
        return rendered("pdf/page.html", page, body=body, faces=faces, paper=options.paper)

    # Whether there is a list of contents is known when the pages are; nearly always it is guessed.
    guessed = body.count('class="equation') > LONG * EQUATIONS_A_PAGE

    def again(count: int) -> str | None:
        return None if (count >= LONG) is guessed else html(listed=not guessed)

    han = next(face for face in FACES if face.family == "Derive Han")
    return set_pdf(
        html(listed=guessed),
        again=again,
        math_font=MATH.file(),
        family="Derive Math",
        measure=MEASURE[options.paper],
        fallback_fonts={han.family: han.carrier.file()},
        files=files,
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
