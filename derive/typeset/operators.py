"""The operator dictionary, as far as it is used: MathML Core, appendix B.

Spaces are in ems; an operator that is not listed gets the infix default of 5/18 em.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Properties:
    """lspace, rspace and what an operator does: grow, move its limits, be large."""

    lspace: float = 5 / 18
    rspace: float = 5 / 18
    stretchy: bool = False
    symmetric: bool = False
    largeop: bool = False
    movablelimits: bool = False


_BINARY = Properties(4 / 18, 4 / 18)
_CLOSE_BINARY = Properties(3 / 18, 3 / 18)
_RELATION = Properties()
_NONE = Properties(0.0, 0.0)
_FENCE = Properties(0.0, 0.0, stretchy=True, symmetric=True)
_LARGE = Properties(3 / 18, 3 / 18, symmetric=True, largeop=True, movablelimits=True)
_INTEGRAL = replace(_LARGE, movablelimits=False, rspace=0.0)
_STRETCHED = Properties(0.0, 0.0, stretchy=True)

_INFIX = {
    **dict.fromkeys("+−-±∓∪∩∧∨⊕⊖", _BINARY),
    **dict.fromkeys("×⋅·∗*⊙⊗∘/÷", _CLOSE_BINARY),
    ",": Properties(0.0, 3 / 18),
    ";": Properties(0.0, 3 / 18),
    "|": _FENCE,
    "‖": _FENCE,
    "\u2061": _NONE,
    "\u2062": _NONE,
    "\u2063": _NONE,
    "\u2064": _NONE,
}
_PREFIX = {
    **dict.fromkeys("([{|‖⌈⌊⟨", _FENCE),
    **dict.fromkeys("∑∏∐⋂⋃⨁⨂", _LARGE),
    **dict.fromkeys("∫∮", _INTEGRAL),
    **dict.fromkeys("+−-±∓", _NONE),
    "∂": Properties(3 / 18, 0.0),
    "∇": _NONE,
    "¬": _NONE,
}
_POSTFIX = {
    **dict.fromkeys(")]}|‖⌉⌋⟩", _FENCE),
    **dict.fromkeys("⏟⏞‾_¯^~ˆ˜→←", _STRETCHED),
    "!": _NONE,
    "′": _NONE,
    "+": _NONE,
    "−": _NONE,
    ",": Properties(0.0, 0.0),
}

ACCENTS = set("⏟⏞‾¯^~ˆ˜→←_.˙¨")


def properties(text: str, form: str) -> Properties:
    """An operator's properties in a form; where it has none there, in another form it has."""
    tables = {"prefix": _PREFIX, "infix": _INFIX, "postfix": _POSTFIX}
    for table in (tables[form], _INFIX, _POSTFIX, _PREFIX):
        if text in table:
            return table[text]
    return _RELATION
