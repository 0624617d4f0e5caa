"""MathML in, real text out: mathematics for PDFs by WeasyPrint, and the fonts cut to size.

Knows nothing of what it sets: no part of it imports anything else of this package.
"""

from derive.typeset.subset import subset_font, subset_math_font, woff2

__all__ = ["subset_font", "subset_math_font", "woff2"]
