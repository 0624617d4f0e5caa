"""derive: backpropagation written out by hand, every number of it.

The command line is `derive`; from Python the same steps are four calls:

    problem = read_problem("problem.toml")          # or example("mazur-2015").problem
    trace = train(problem)
    document = worked_solution(problem, trace, languages=["zh", "en"])
    files = WRITERS["html"].render(document, Options())    # {".html": …}

Each name is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PLACES = {
    "DeriveError": "derive.errors",
    "Options": "derive.writers",
    "Problem": "derive.problem",
    "Rounding": "derive.maths.numbers",
    "Side": "derive.derivation.comparison",
    "Trace": "derive.engine",
    "WRITERS": "derive.writers",
    "TEXTBOOKS": "derive.notation",
    "check_gradients": "derive.engine",
    "comparison": "derive.derivation.comparison",
    "example": "derive.problem",
    "example_names": "derive.problem",
    "export_json": "derive.engine",
    "problem_from_fields": "derive.problem",
    "read_problem": "derive.problem",
    "to_toml": "derive.problem",
    "train": "derive.engine",
    "worked_solution": "derive.derivation",
}

__all__ = ["__version__", *sorted(_PLACES)]


def __dir__() -> list[str]:
    """The public names alone, whatever has been imported."""
    return __all__


def __getattr__(name: str) -> Any:
    """A public name, from the module where it lives."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
