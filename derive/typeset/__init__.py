"""MathML in, real text out: mathematics for PDFs by WeasyPrint, and the fonts cut to size.

Knows nothing of what it sets: no part of it imports anything else of this package.
"""

from derive.typeset.subset import subset_font, subset_math_font

__all__ = ["subset_font", "subset_math_font", "write_pdf"]


def __getattr__(name: str) -> object:
    """`write_pdf` when it is asked for: WeasyPrint needs Pango, the fonts' cutting does not."""
    if name == "write_pdf":
        from derive.typeset.pdf import write_pdf

        return write_pdf
    raise AttributeError(name)
