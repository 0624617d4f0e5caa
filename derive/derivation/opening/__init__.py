"""What stands before the solution: the network drawn, the conventions, the givens."""

from derive.derivation.opening.aside import rounding_words
from derive.derivation.opening.drawing import network_figure, shape
from derive.derivation.opening.front import opening, title
from derive.derivation.opening.letters import letters_conventions, letters_table, update_signs

__all__ = [
    "letters_conventions", "letters_table", "network_figure", "opening", "rounding_words",
    "shape", "title", "update_signs",
]  # fmt: skip
