"""Two problems side by side: where their trainings part, why, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from derive.derivation.comparison.causes import causes_section, idle
from derive.derivation.comparison.differences import Difference, differences
from derive.derivation.comparison.outcomes import training_section
from derive.derivation.comparison.parting import (
    LOOKED_AT,
    Parting,
    parting,
    parting_section,
    passes_to_search,
)
from derive.derivation.comparison.values import GROUPS, Both, Pair
from derive.derivation.iterations import milestones
from derive.derivation.opening import (
    letters_conventions,
    letters_table,
    network_figure,
    rounding_words,
    update_signs,
)
from derive.derivation.setting.columns import fitted
from derive.derivation.setting.detail import EVERYTHING, ONE_OF_EACH
from derive.derivation.setting.tables import limited_table
from derive.derivation.setting.workbook import Workbook
from derive.derivation.solution import letters_of
from derive.document import (
    Aside,
    Block,
    Command,
    Document,
    Inline,
    Message,
    Paragraph,
    Section,
    Table,
    numbered,
)
from derive.engine import Certified, Trace, certified_passes
from derive.language.languages import bcp47_of
from derive.maths.numbers import Rounding
from derive.notation import DEFAULT
from derive.problem import Example

TITLES = {
    "forward": "forward.title",
    "error": "loss.title",
    "backward": "matrices.backward",
    "update": "update.title",
}
MOST_SEARCHED = 2000
"""Up to so many scalars any one of them can be worked out; beyond, one of each kind."""
DRAWN = {"layers", "bias", "bias_none", "inputs", "targets", "sample_count", "start"}
"""Differences that a drawing of the network would have to show twice."""


@dataclass(frozen=True)
class Side:
    """One of the two.

    Attributes:
        name: what it is called; text from outside.
        trace: its training, with all of `passes_compared`.
        example: the published example that it is, for its misprints.
        changes: where it is the other one but for some fields, these; else "".
    """

    name: str
    trace: Trace
    example: Example | None = None
    changes: str = ""


def passes_compared(updates: Sequence[int], examples: Sequence[Example | None]) -> set[int]:
    """The passes that traces thinned must keep, given both numbers of updates."""
    passes = set(range(LOOKED_AT + 1))
    for count in updates:
        passes.update(milestones(count))
    for example in examples:
        passes |= {misprint.iteration for misprint in example.misprints} if example else set()
    return passes


def comparison(
    a: Side,
    b: Side,
    *,
    languages: Sequence[str],
    rounding: Rounding | None = None,
    notation: str = DEFAULT,
    command: str = "",
    version: str = "",
) -> Document:
    """The document of two trainings side by side.

    Args:
        a: the one that differences are taken from.
        b: the other.
        languages: tags in order of appearance: `zh`, or `zh-Hans`.
        rounding: how results are printed; more figures are where a difference asks for them.
        notation: whose letters, of `derive.notation.TEXTBOOKS`.
        command: what makes the document again, or "" where no command made it.
        version: the program's.

    Raises:
        DeriveError: a language or a textbook that there is not.
    """
    searched = sorted(passes_to_search(a.trace, b.trace))
    how = (rounding or Rounding(), notation)
    with (
        certified_passes(a.trace, _wanted(a, b, searched)) as passes_a,
        certified_passes(b.trace, _wanted(b, a, searched)) as passes_b,
    ):
        both = Both(_book(a, passes_a, *how), _book(b, passes_b, *how))
        different = differences(both)
        where = parting(both, searched)
        sections = tuple(_sections(both, (a, b), different, where, command, version))
        whole = Document(
            title=Message("compare.title", {"a": a.name, "b": b.name}),
            subtitle=Message("compare.subtitle"),
            opening=tuple(_opening(both, (a, b), different)),
            sections=sections,
            languages=tuple(map(bcp47_of, languages)),
            generator=f"derive {version}".strip(),
        )
    return numbered(fitted(whole))


def _wanted(side: Side, other: Side, searched: Sequence[int]) -> set[int]:
    """Every pass that is printed of a side."""
    last = int(side.trace.iterations[-1])
    updates = [last, int(other.trace.iterations[-1])]
    examples = (side.example, other.example)
    passes = {k for k in passes_compared(updates, examples) if k <= last}
    # A pass that is worked out needs the parameters that its update makes.
    return passes | {k + step for k in searched for step in (0, 1)}


def _book(side: Side, passes: Certified, rounding: Rounding, notation: str) -> Workbook:
    """The workbook of a side."""
    problem = side.trace.problem
    letters = letters_of(problem, notation)
    known = problem.scalars() + 2 * len(problem.inputs) * sum(problem.layers[1:])
    return Workbook(
        problem=problem,
        passes=passes,
        notation=letters,
        rounding=rounding,
        detail=EVERYTHING if known <= MOST_SEARCHED else ONE_OF_EACH,
        table=tuple(milestones(int(side.trace.iterations[-1]))),
    )


def _opening(
    both: Both, sides: tuple[Side, Side], different: Sequence[Difference]
) -> Iterator[Block]:
    if not different:
        yield Paragraph(Message("compare.same"))
    else:
        yield Paragraph(Message("compare.intro" if both.same_shape else "compare.intro_shapes"))
        rows = [(difference.field, *difference.cells) for difference in different]
        yield Table(
            Message("compare.fields"), (Message("compare.field.title"), "A", "B"), tuple(rows)
        )
    if not DRAWN & {difference.kind for difference in different}:
        yield network_figure(both.a, Message("compare.network"))
    names = (
        Message("compare.side_a", {"name": sides[0].name}),
        Message("compare.side_b_changed", {"changes": sides[1].changes})
        if sides[1].changes
        else Message("compare.side_b", {"name": sides[1].name}),
    )
    rules = (
        rounding_words(both.a.rounding),
        Message("compare.figures"),
        Message("conventions.equals", {"equals": "=", "about": "≈"}),
    )
    signs = [tuple(update_signs(book)) for book in (both.a, both.b)]
    letters = (*letters_conventions(both.a), *(signs[0] if signs[0] == signs[1] else ()))
    yield Aside(Message("compare.sides"), (*names, *letters, *rules))
    yield from letters_table(both.a)


def _sections(
    both: Both,
    sides: tuple[Side, Side],
    different: Sequence[Difference],
    where: Parting | None,
    command: str,
    version: str,
) -> Iterator[Section]:
    if different:
        yield parting_section(both, where, "part")
        yield causes_section(both, different, "causes")
    if where is not None:
        yield _values(both, where, "values")
    kinds = {difference.kind for difference in different if not idle(both, difference.kind)}
    traces = (sides[0].trace, sides[1].trace)
    examples = (sides[0].example, sides[1].example)
    yield training_section(both, traces, examples, kinds, "training")
    yield Section("again", Message("compare.again"), tuple(_again(command, version)))


def _again(command: str, version: str) -> Iterator[Block]:
    yield Paragraph(Message("proof.digits"), role="note")
    if command:
        yield Paragraph(Message("proof.reproduce", {"version": version}), role="note")
        yield Command(command)


def _values(both: Both, where: Parting, anchor: str) -> Section:
    """Every scalar of the iteration that differs, a table for each of its parts."""
    both.turn_to(where.iteration)
    differing = where.differing
    gaps: dict[str, Inline] = {"count": str(len(differing)), "all": str(len(where.pairs))}
    blocks: list[Block] = [Paragraph(Message("compare.values.intro", gaps))]
    if not both.same_shape:
        blocks.append(Paragraph(Message("compare.values.shapes"), role="note"))
    header: tuple[Inline, ...] = (
        Message("table.quantity"), "A", "B", Message("compare.difference"),
    )  # fmt: skip

    def row(pair: Pair) -> tuple[Inline, ...]:
        return both.name(pair), *pair.cells(both.a.rounding)

    for group in GROUPS:
        of_group = [pair for pair in differing if pair.group == group]
        if of_group:
            blocks += limited_table(Message(TITLES[group]), header, of_group, row)
    title = Message("compare.values.title_start")
    if both.has_updates:
        title = Message("compare.values.title", {"number": str(where.iteration + 1)})
    return Section(anchor, title, tuple(blocks))
