"""From a trace to a worked solution: which steps, in which order, said with which words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from derive.derivation.iterations import iterations_chapter, milestones
from derive.derivation.layers.gates import gates_chapter
from derive.derivation.layers.matrices import matrices_chapter
from derive.derivation.loss import loss_chapter
from derive.derivation.opening import opening, title
from derive.derivation.proof import proof_chapter
from derive.derivation.published import published_chapter
from derive.derivation.scalars.backward import backward_chapters
from derive.derivation.scalars.forward import forward_chapter
from derive.derivation.scalars.update import update_chapter
from derive.derivation.setting.alike import alike
from derive.derivation.setting.columns import fitted
from derive.derivation.setting.detail import detail_of
from derive.derivation.setting.workbook import Workbook
from derive.document import Block, Document, Message, Paragraph, Section, numbered
from derive.engine import Trace, certified_passes
from derive.errors import DeriveError, UncertainError
from derive.language.languages import bcp47_of
from derive.maths.numbers import Rounding
from derive.notation import DEFAULT, TEXTBOOKS, Notation
from derive.problem import Example, Problem

VIEWS = ("scalars", "matrices", "gates")
"""The ways in which a pass can be worked out."""


def passes_needed(updates: int, show: Sequence[int]) -> set[int]:
    """The passes that a solution looks at: a trace that is thinned must keep them."""
    return {*milestones(updates), *(k - 1 for k in show), *show}


def worked_solution(
    problem: Problem,
    trace: Trace,
    *,
    languages: Sequence[str],
    show: Sequence[int] = (1,),
    rounding: Rounding | None = None,
    full: bool | None = None,
    views: Sequence[str] = VIEWS[:1],
    notation: str = DEFAULT,
    example: Example | None = None,
    command: str = "",
    version: str = "",
) -> Document:
    """The whole document.

    Args:
        problem: what is solved.
        trace: its training, with all of `passes_needed`.
        languages: tags in order of appearance: `zh`, or `zh-Hans`.
        show: the iterations to work out, from 1 (the first update), each within the trace.
        rounding: how results are printed.
        full: every neuron and parameter worked out, or one of each kind; None decides for each kind
            by how many there are.
        views: of `VIEWS`: number by number, in matrices, through gates.
        notation: whose letters, of `derive.notation.TEXTBOOKS`.
        example: the published example that the problem is, for its misprints; each of them
            within the trace.
        command: what makes the document again, or "" where no command made it.
        version: the program's.

    Raises:
        DeriveError: a language, a view or a textbook that there is not.
    """
    updates = int(trace.iterations[-1])
    for view in set(views) - set(VIEWS):
        raise DeriveError(f"a view of {', '.join(VIEWS)} expected, not {view!r}")
    shown = [k for k in show if 1 <= k <= updates]
    wanted = passes_needed(updates, shown)
    wanted |= {misprint.iteration for misprint in example.misprints} if example else set()
    if not shown and problem.hidden_deltas == "after-update":
        # The backward pass goes through the weights that an update would leave.
        wanted.add(1)
    letters = letters_of(problem, notation)
    with certified_passes(trace, wanted) as passes:
        book = Workbook(
            problem=problem,
            passes=passes,
            notation=letters,
            rounding=rounding or Rounding(),
            detail=detail_of(problem, full=full),
            table=tuple(milestones(updates)),
            views=tuple(views),
        )
        sections = tuple(_sections(book, trace, shown, example, command, version))
        whole = Document(
            title=title(problem),
            subtitle=Message("subtitle.training" if shown else "subtitle.gradients"),
            opening=tuple(opening(book)),
            sections=sections,
            languages=tuple(map(bcp47_of, languages)),
            generator=f"derive {version}".strip(),
        )
    return numbered(alike(fitted(whole)))


def letters_of(problem: Problem, notation: str = DEFAULT) -> Notation:
    """The letters of a textbook for the network of a problem.

    Raises:
        DeriveError: there is no textbook of that name.
    """
    if notation not in TEXTBOOKS:
        raise DeriveError(f"a notation of {', '.join(TEXTBOOKS)} expected, not {notation!r}")
    samples = len(problem.inputs)
    together = samples > 1 and problem.samples == "together"
    return Notation(
        problem.layers,
        samples=samples,
        key=notation,
        together=together,
        whole=together or problem.l2 > 0,
        optimizer=problem.optimizer.name,
    )


def _iteration(book: Workbook, k: int, prefix: str, *, explained: bool) -> Iterator[Section]:
    """The chapters of iteration `k`: from the pass before its update to the update."""
    book.iteration = k - 1
    yield from _views(book, prefix, explained=explained, update=True)


def _views(book: Workbook, prefix: str, *, explained: bool, update: bool) -> Iterator[Section]:
    """The pass that is being worked out, in each view; each chapter knows its view."""
    for view in book.views:
        chapters = _CHAPTERS[view](book, prefix, explained=explained, update=update)
        try:
            yield from (replace(chapter, view=view) for chapter in chapters)
        except UncertainError as error:
            raise UncertainError(
                f"iteration {book.iteration + 1} cannot be worked out: at the effort allowed not "
                "one figure of some of its values is certain; show an earlier one"
            ) from error


def _scalars(book: Workbook, prefix: str, *, explained: bool, update: bool) -> Iterator[Section]:
    """The chapters of a pass number by number."""
    yield forward_chapter(book, f"{prefix}forward", explained=explained)
    yield loss_chapter(book, f"{prefix}error", explained=explained)
    yield from backward_chapters(book, f"{prefix}backward", explained=explained)
    if update:
        yield update_chapter(book, f"{prefix}update", explained=explained)


def _matrices(book: Workbook, prefix: str, *, explained: bool, update: bool) -> Iterator[Section]:
    yield matrices_chapter(book, f"{prefix}matrices", explained=explained, update=update)


def _gates(book: Workbook, prefix: str, *, explained: bool, update: bool) -> Iterator[Section]:
    yield gates_chapter(book, f"{prefix}gates", explained=explained, update=update)


_CHAPTERS: Mapping[str, Callable[..., Iterator[Section]]] = {
    "scalars": _scalars, "matrices": _matrices, "gates": _gates,
}  # fmt: skip
"""The chapters of each view; `VIEWS` has their names."""


def _sections(
    book: Workbook,
    trace: Trace,
    shown: Sequence[int],
    example: Example | None,
    command: str,
    version: str,
) -> Iterator[Section]:
    if not shown:
        yield from _views(book, "", explained=True, update=False)
    elif shown == [1]:
        yield from _iteration(book, 1, "", explained=True)
    else:
        yield _whole_iteration(book, shown[0], explained=True)
    if book.problem.iterations:
        yield iterations_chapter(book, trace, "iterations", shown=shown)
    for k in shown[1:]:
        yield _whole_iteration(book, k, explained=False)
    if example is not None and example.misprints:
        yield published_chapter(book, example, "published")
    yield proof_chapter(book, trace, "proof", command=command, version=version)


def _whole_iteration(book: Workbook, k: int, *, explained: bool) -> Section:
    prefix = "" if k == 1 else f"iteration-{k}-"
    blocks: tuple[Block, ...] = tuple(_iteration(book, k, prefix, explained=explained))
    start = book.passes.get(k - 1)
    if start is not None and not start.exact:
        from_float64 = Message("iterations.from_float64", {"iteration": str(k - 1)})
        blocks = (Paragraph(from_float64, role="warning"), *blocks)
    return Section(f"iteration-{k}", Message("iterations.one", {"number": str(k)}), blocks)
