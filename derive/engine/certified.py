"""Passes in which every number is enclosed: where every printed number comes from.

The graph and the optimizer run in ball arithmetic from the decimals that the problem gives. Where
a figure is not determined by its ball all is computed again with twice the digits, by numbers that
know their equals besides, up to a stated effort; what is open then is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property

import flint

from derive.engine.balls import UndecidedError
from derive.engine.networks.mlp import count_of_neurons, count_of_weights
from derive.engine.replay import Pass, Replay, next_pass, resumed
from derive.engine.trace import Trace
from derive.engine.training import Trainer
from derive.errors import UncertainError
from derive.problem.fields import Problem

BITS = 200
"""The precision to begin with: 60 digits."""
EFFORT = 10_000_000
"""Operations on numbers of a few dozen digits that a run may take: several seconds."""
ALL_EFFORT = 10 * EFFORT
"""And an export of all passes, for which one waits."""
EARLY = EFFORT // 20
"""Where all updates would take more: those after which the first passes are certified still."""
MOST_BITS = 1 << 17
"""No number is computed to more than 39,000 digits."""


class PassTable(Mapping[int, Pass]):
    """Passes by their number of updates, as they are; nothing more can be known of them.

    Attributes:
        wanted: the numbers of the passes that were asked for.
    """

    wanted: Sequence[int] = ()

    def refine(self, iteration: int) -> bool:
        """Compute a pass more finely; False where that cannot be done."""
        return False


@contextmanager
def certified_passes(trace: Trace, iterations: Collection[int]) -> Iterator[Certified]:
    """The passes after the given numbers of updates; within it balls have the precision of these.

    While it is open, `flint.ctx.prec` is theirs: no other thread should compute with balls.
    """
    before = flint.ctx.prec
    try:
        yield Certified(trace, iterations)
    finally:
        flint.ctx.prec = before


class Certified(PassTable):
    """The passes asked for, each at a precision that `refine` doubles.

    A pass that could not be reached at the effort allowed is missing.
    """

    def __init__(self, trace: Trace, iterations: Collection[int]) -> None:
        self.trace = trace
        self.problem = trace.problem
        self.wanted = sorted(set(iterations))
        self._passes: dict[int, Pass] = {}
        self._levels = dict.fromkeys(self.wanted, -1)
        self._compute(0, self.replayed)
        for k in self.wanted:
            while k not in self._passes and self.refine(k):
                pass

    def __getitem__(self, iteration: int) -> Pass:
        return self._passes[iteration]

    def __iter__(self) -> Iterator[int]:
        return iter(self._passes)

    def __len__(self) -> int:
        return len(self._passes)

    def digits(self, iteration: int) -> int:
        """The decimal digits that a pass was last computed in."""
        return int(_bits(self._levels[iteration]) * 0.30103)

    def refine(self, iteration: int) -> bool:
        """Compute a pass, and all that are reached on the way, by finer numbers.

        First by numbers that know their equals, then each time in twice the digits; False where
        the effort allowed is used up.
        """
        level = self._levels[iteration] + 1
        reached = [k for k in self.replayed if self._effort(k, level) <= EFFORT]
        if _bits(level) > MOST_BITS or (iteration in self.replayed and iteration not in reached):
            return False
        self._compute(level, reached)
        return True

    @cached_property
    def replayed(self) -> Sequence[int]:
        """Those of the passes that are reached from the start, update by update."""
        if not self.wanted or self._effort(self.wanted[-1], 0) <= EFFORT:
            return self.wanted
        # The first update is made in any case.
        return [k for k in self.wanted if k <= 1 or self._effort(k, 0) <= EARLY]

    def _effort(self, updates: int, level: int) -> float:
        return _effort(self.problem, updates, level)

    def _compute(self, level: int, replayed: Sequence[int]) -> None:
        """The passes of `replayed` and those that start from float64, so finely."""
        flint.ctx.prec = max(flint.ctx.prec, _bits(level))
        wanted = [k for k in replayed if self._levels[k] < level]
        self._levels.update(dict.fromkeys(wanted, level))
        try:
            for found in Replay(self.problem, twins=level > 0).passes(wanted):
                self._passes[found.iteration] = found
        except UndecidedError:
            # The passes from here on stay as they were, or missing.
            pass
        trainer: Trainer | None = None
        for k in sorted(set(self.wanted) - set(self.replayed)):
            if self._levels[k] < level:
                self._levels[k] = level
                if trainer is None or trainer.updates != k:
                    trainer = resumed(self.trace, k, twins=level > 0)
                self._passes[k] = next_pass(trainer, exact=False)


def certified_texts(
    problem: Problem, wanted: Sequence[int], text: Callable[[Pass], str]
) -> Iterator[str]:
    """What `text` makes of each pass after these numbers of updates, ascending.

    Where it raises that a ball is too wide, all is computed again more finely up to there.

    Raises:
        UncertainError: more than the effort allowed would be needed.
    """
    done, level, before = 0, 0, flint.ctx.prec
    try:
        while done < len(wanted):
            flint.ctx.prec = _bits(level)
            try:
                for found in Replay(problem, twins=level > 0).passes(wanted[done:]):
                    yield text(found)
                    done += 1
            except (UndecidedError, UncertainError):
                level += 1
            if _bits(level) > MOST_BITS or _effort(problem, wanted[done - 1], level) > ALL_EFFORT:
                raise UncertainError(
                    f"the values after {wanted[done]} updates cannot be certified at the effort "
                    "allowed; ask for fewer iterations, or fewer digits"
                )
    finally:
        flint.ctx.prec = before


def _effort(problem: Problem, updates: int, level: int) -> float:
    """About how many operations the passes up to one take, longer ones counted more."""
    samples = 1 if problem.samples == "one-by-one" else len(problem.inputs)
    weights = count_of_weights(problem)
    each = samples * (6 * weights + 20 * count_of_neurons(problem)) + 4 * problem.scalars()
    return each * (updates + 1) * (1 + _bits(level) / 1000) * (1 + 4 * (level > 0))


def _bits(level: int) -> int:
    """The precision of a level: the second knows equals, the others have twice the digits."""
    return BITS << max(level - 1, 0)
