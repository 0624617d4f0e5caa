"""MathML Core to boxes, by the rules of the OpenType MATH table: the whole of it."""

from __future__ import annotations

from derive.typeset.groups import Groups
from derive.typeset.structures import Structures
from derive.typeset.tables import Tables
from derive.typeset.tokens import Tokens


class MathLayout(Tokens, Groups, Structures, Tables):
    """Lays out formulas in one font: tokens, groups, structures and tables, in rows.

    Args:
        font: the maths font and its fallbacks.
        conventions: where print departs from what browsers do.
    """

    elements = Tokens.elements | Groups.elements | Structures.elements | Tables.elements
