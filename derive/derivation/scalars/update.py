"""The update: every parameter, old − η · gradient = new, or the optimizer's own steps."""

from __future__ import annotations

from collections.abc import Iterator

from derive.derivation.optimizer import assigned, descent, optimizer_equations, optimizer_words
from derive.derivation.setting.tables import limited_table, strong
from derive.derivation.setting.wording import optimizer_name, parameter_words
from derive.derivation.setting.workbook import Workbook
from derive.document import Block, Inline, Message, Paragraph, Section
from derive.engine import optimizer_of
from derive.reference import Ref


def update_chapter(book: Workbook, anchor: str, *, explained: bool) -> Section:
    """Every parameter after this iteration's update."""
    return Section(anchor, Message("update.title"), tuple(_blocks(book, explained=explained)))


def parameters(book: Workbook, *, trained: bool = False) -> Iterator[Ref]:
    """Every parameter of the pass, layer by layer; only those that updates change, on request."""
    problem = book.problem
    for layer in range(1, len(problem.layers)):
        for to in range(problem.layers[layer]):
            for source in range(problem.layers[layer - 1]):
                yield book.ref("W", layer, to, source)
        if trained and not problem.train_biases:
            continue
        if problem.bias == "neuron":
            for neuron in range(problem.layers[layer]):
                yield book.ref("b", layer, neuron)
        elif problem.bias == "layer":
            yield book.ref("b", layer)


def _blocks(book: Workbook, *, explained: bool) -> Iterator[Block]:
    problem = book.problem
    plain = problem.optimizer.name == "gradient-descent"
    if explained:
        fixed = problem.bias != "none" and not problem.train_biases
        if fixed:
            yield Paragraph(Message("update.biases_fixed", parameter_words(book)))
        gaps = {"each": Message("update.weight" if fixed else "update.parameter")}
        if plain:
            yield Paragraph(Message("update.intro", gaps))
        else:
            gaps["name"] = optimizer_name(problem.optimizer.name)
            yield Paragraph(Message("update.intro_optimizer", gaps))
            yield Paragraph(optimizer_words(book))
    changed = list(parameters(book, trained=True))
    for ref in changed if "updates" in book.detail.scalars else _one_of_each(changed):
        if plain:
            yield descent(book, ref)
        else:
            yield from optimizer_equations(book, ref)
    yield from _table(book)


def _one_of_each(refs: list[Ref]) -> list[Ref]:
    """The first weight and the first bias."""
    first: dict[str, Ref] = {}
    for ref in refs:
        first.setdefault(ref.quantity, ref)
    return list(first.values())


def _table(book: Workbook) -> Iterator[Block]:
    """Each parameter before and after, its gradient, and what an optimizer computes on its way."""
    letters = [letter for letter, _ in optimizer_of(book.problem.optimizer).assignments[:-1]]
    changed = set(parameters(book, trained=True))

    def row(ref: Ref) -> tuple[Inline, ...]:
        computed: list[Inline] = ["—" for _ in letters]
        if ref in changed:
            results = [result for result, _ in assigned(book, ref)]
            computed = [book.number(result) for result in results[:-1]]
        new = ref.at(book.iteration + 1)
        return (
            book.symbol(ref), book.number(ref), book.number(ref.gradient), *computed,
            strong(book.number(new)),
        )  # fmt: skip

    header: tuple[Inline, ...] = (
        Message("table.parameter"), Message("table.old"), Message("table.gradient"),
        *map(book.notation.book.updated, letters),
        Message("table.new"),
    )  # fmt: skip
    caption, last = Message("table.update"), len(header) - 1
    yield from limited_table(caption, header, list(parameters(book)), row, strong=last)
