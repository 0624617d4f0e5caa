"""From a trace to a worked solution: which steps, in which order, said with which words."""

from derive.derivation.solution import VIEWS, letters_of, passes_needed, worked_solution

__all__ = ["VIEWS", "letters_of", "passes_needed", "worked_solution"]
