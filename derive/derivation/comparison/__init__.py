"""Two problems side by side: where their trainings part, why, and what comes of it."""

from derive.derivation.comparison.side_by_side import Side, comparison, passes_compared

__all__ = ["Side", "comparison", "passes_compared"]
