"""What the letters mean, and how they translate into those of the small worked examples."""

from __future__ import annotations

from collections.abc import Iterator

from derive.derivation.setting.wording import (
    book_words,
    note_words,
    optimizer_name,
    optimizer_source,
)
from derive.derivation.setting.workbook import Workbook
from derive.document import Inline, Message, Table
from derive.engine import optimizer_of
from derive.maths.tree import Operator, Styled, Text, Tree, parts, row
from derive.notation import DEFAULT, TEXTBOOKS, Notation, count, minus
from derive.notation.indices import by_letter, numbered_through, parenthesized
from derive.reference import Aspect, Ref


def letters_table(book: Workbook) -> Iterator[Table]:
    """A row a quantity: here, and in the default letters; nothing where these are used."""
    if book.notation.book is TEXTBOOKS[DEFAULT]:
        return
    header = (
        Message("table.quantity"), Message("letters.here"),
        Message("letters.usual"),
    )  # fmt: skip
    rows = tuple((words, _listed(here), _listed(usual)) for words, here, usual in _rows(book))
    yield Table(Message("letters.title"), header, rows)


def letters_conventions(book: Workbook) -> Iterator[Message]:
    """Whose letters they are, and what of their conventions changes numbers or indices."""
    textbook, notation = book.notation.book, book.notation
    if textbook is TEXTBOOKS[DEFAULT]:
        return
    yield Message("conventions.letters", {"book": book_words(book.notation.key)})
    net = Ref("net", notation.last)
    delta = notation.heading(net.error_term)
    if textbook.minus_gradient:
        derivative = notation.heading(net.seen_as(Aspect.DESCENT))
        gaps: dict[str, Inline] = {"delta": delta, "derivative": derivative}
        yield Message("letters.minus_gradient", gaps)
    if book.thresholds:
        yield Message("letters.threshold")
        if "gates" in book.views:
            yield Message("letters.argument", {"letter": notation.heading(Ref("argument", 1))})
    yield Message("letters.from_first" if notation.from_first else "letters.to_first")
    for note in textbook.notes:
        if note != "unit_0" or book.problem.bias != "none":
            yield note_words(note)
    if textbook.marks is numbered_through and _has_whole_layers(book):
        yield Message("letters.whole_layer")
    if textbook.own_loss and notation.together:
        yield Message("letters.own_loss", {"delta": delta})
        if book.gathering_factor():
            yield Message("letters.mean_later")
    if notation.together and textbook.marks in (parenthesized, by_letter):
        both = any("layer" in marks and "sample" in marks for marks in _marks(book))
        yield Message("letters.layer_and_sample" if both else "letters.sample_above")

    if not book.has_updates:
        return
    optimizer = book.problem.optimizer.name
    if optimizer in textbook.optimizers:
        yield optimizer_source(notation.key)
    elif optimizer != "gradient-descent":
        yield Message("letters.optimizer_usual", {"name": optimizer_name(optimizer)})


def _has_whole_layers(book: Workbook) -> bool:
    """Whether vectors and matrices of layers are set, or what a layer's neurons share."""
    return book.problem.bias == "layer" or set(book.views) != {"scalars"}


def _marks(book: Workbook) -> Iterator[set[str | None]]:
    """What the numbers at the letters of a sample's quantities count, quantity by quantity."""
    quantities = ["net", "out"]
    if "gates" in book.views and book.problem.bias != "none":
        quantities.append("argument" if book.thresholds else "product")
    for quantity in quantities:
        for layer in range(1, book.notation.last + 1):
            letters = book.notation.symbol(Ref(quantity, layer, (0,), 0))
            yield {part.role for part in _inside(letters) if isinstance(part, Styled)}


def _inside(tree: Tree) -> Iterator[Tree]:
    yield tree
    for part in parts(tree):
        yield from _inside(part)


def update_signs(book: Workbook) -> Iterator[Message]:
    """Where error terms are minus a derivative: whether updates add them or subtract."""
    if not book.notation.book.minus_gradient or not book.has_updates:
        return
    if book.problem.optimizer.name != "gradient-descent":
        yield Message("letters.updates_of_optimizer")
    elif book.thresholds and book.problem.train_biases:
        yield Message("letters.updates_threshold")
    else:
        yield Message("letters.updates_add")


def _rows(book: Workbook) -> Iterator[tuple[Message, list[Tree], list[Tree]]]:
    """The words for a quantity, its letters here, and what they are in the default ones."""
    here, usual = book.notation, book.default_notation
    last = here.last
    layers = (1, last) if last > 1 else (1,)

    def letters(notation: Notation, *refs: Ref) -> list[Tree]:
        return list(dict.fromkeys(notation.symbol(ref) for ref in refs))

    def both(words: str, *refs: Ref) -> tuple[Message, list[Tree], list[Tree]]:
        return Message(words), letters(here, *refs), letters(usual, *refs)

    yield both("letters.of.input", Ref("out", 0, (0,), 0))
    yield both("letters.of.weight", *(Ref("W", layer, (0, 0)) for layer in layers))
    biases = [Ref("b", layer, book.bias_index(0)) for layer in layers]
    if book.thresholds:
        yield (
            Message("letters.of.threshold"), letters(here, *biases),
            [minus(usual.symbol(bias)) for bias in biases],
        )  # fmt: skip
    elif book.problem.bias != "none":
        yield both("letters.of.bias", *biases)
    nets = [Ref("net", layer, (0,), 0) for layer in layers]
    sums = letters(usual, *nets)
    if book.thresholds:
        sums = [
            row(net, Operator("−"), usual.symbol(bias))
            for net, bias in zip(sums, biases, strict=True)
        ]
    yield (
        Message("letters.of.sum" if book.thresholds else "letters.of.net"),
        letters(here, *nets),
        sums,
    )
    yield both("letters.of.out", *(Ref("out", layer, (0,), 0) for layer in layers))
    yield both("letters.of.target", Ref("target", last, (0,), 0))
    deltas = [net.error_term for net in nets]
    usual_deltas = letters(usual, *deltas)
    if book.gathering_factor():
        usual_deltas = [
            row(count(len(book.samples)), Operator("·"), delta) for delta in usual_deltas
        ]
    if here.book.minus_gradient:
        usual_deltas = [minus(delta) for delta in usual_deltas]
    yield Message("letters.of.delta"), letters(here, *deltas), usual_deltas
    yield both("letters.of.loss", Ref("loss"))
    if here.together:
        yield both("letters.of.sample_loss", Ref("sample_loss", sample=0))
    if not book.has_updates:
        return
    yield both("letters.of.rate", Ref("learning_rate"))
    if book.problem.optimizer.numbers:
        yield both("letters.of.numbers", *map(Ref, book.problem.optimizer.numbers))
        assigned = [name for name, _ in optimizer_of(book.problem.optimizer).assignments]
        memories = [name for name in assigned if name != "w"]
        ours, theirs = ([one.book.number(name) for name in memories] for one in (here, usual))
        yield Message("letters.of.memories"), ours, theirs


def _listed(trees: list[Tree]) -> Inline:
    pieces: list[Tree] = []
    for tree in trees:
        pieces += [Operator(","), Text("\N{EN SPACE}"), tree]
    return row(*pieces[2:])
