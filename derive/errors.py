"""What can go wrong, as one tree.

DeriveError                  anything derive refuses, told in one line
├── ProblemError             a problem file or option that does not fit; holds every fault found
├── FormulaError             a formula outside the grammar, with the position
├── DifferentiationError     a formula whose derivative is too large to be worked out
├── HistoryTooLargeError     a trace that would not fit in memory, with its size
├── UncertainError           a figure that cannot be known at the effort allowed
├── MissingWordError         a message without words in the asked language
├── UnsoundStepError         an internal error: a statement whose two sides differ
└── SystemFaultError         the machine's fault: a full disk, a missing library
"""


class DeriveError(Exception):
    """Anything derive refuses; `str()` is one line for the person who asked."""


class ProblemError(DeriveError):
    """A problem that does not fit its format.

    `faults` holds one line for each fault: file, field, and what was expected.
    """

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class FormulaError(DeriveError):
    """A formula outside the grammar; `position` counts characters from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


class DifferentiationError(DeriveError):
    """A formula whose derivative is too large to be worked out, or has numbers out of range."""


class HistoryTooLargeError(DeriveError):
    """A trace that would not fit in memory."""


class UncertainError(DeriveError):
    """A figure that an enclosure does not determine; to a person, one that cannot be known."""


class UnsoundStepError(DeriveError):
    """An internal error: what a step says of a scalar is not its value."""


class MissingWordError(DeriveError):
    """A message key that a catalogue does not have, or gaps that do not match."""


class SystemFaultError(DeriveError):
    """The machine's fault rather than the request's: a full disk, a missing library."""
