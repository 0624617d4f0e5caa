"""MathML in, real text out: mathematics for PDFs by WeasyPrint, and the fonts cut to size.

Knows nothing of what it sets: no part of it imports anything else of this package.

`pdf` is where to begin. `layout` makes boxes of formulas, by `rows`, `tokens`, `groups`,
`structures` and `tables`, and `breaking` makes lines of them; `marks` holds their places in the
text, `drawing` says what draws them, and `weasyprint_parts` has WeasyPrint do so. `subset` cuts the
fonts of the text around.
"""

from derive.typeset.letters import BOLD_FIGURE
from derive.typeset.subset import subset_font, subset_math_font

__all__ = ["BOLD_FIGURE", "subset_font", "subset_math_font", "write_pdf"]


def __getattr__(name: str) -> object:
    """`write_pdf` when it is asked for: WeasyPrint needs Pango, the fonts' cutting does not."""
    if name == "write_pdf":
        from derive.typeset.pdf import write_pdf

        return write_pdf
    raise AttributeError(name)
