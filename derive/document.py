"""A worked solution before it is HTML or PDF: sections, steps, equations, words by key.

A document holds no words. A `Message` is a key of the language catalogues with its gaps
filled by mathematics, by other messages or by plain text; the writers look the words up, once
for each language that is asked for. Plain text from a problem is data and is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count, zip_longest
from typing import Literal

from derive.formula import symbols
from derive.maths.tree import Number, Styled, Tree, parts
from derive.reference import Ref
from derive.steps import Step


@dataclass(frozen=True)
class Message:
    """Words by key, with mathematics, text or further messages in the gaps."""

    key: str
    gaps: Mapping[str, Inline] = field(default_factory=dict)


@dataclass(frozen=True)
class Code:
    """What is typed, such as a command within a sentence; set in a typewriter face."""

    text: str


Inline = Tree | Message | Code | str
"""What stands within a line: mathematics, words by key, code, or text that is always the same."""


@dataclass(frozen=True)
class Paragraph:
    """Words in a role: `body`, a `note` set smaller, or a `warning`.

    `leads_to` is the number of the table that follows at once, which the words refer to; None where
    there is none, or before it is `numbered`.
    """

    message: Message
    role: Literal["body", "note", "warning"] = "body"
    leads_to: int | None = None


@dataclass(frozen=True)
class Equation:
    """A displayed equation.

    Attributes:
        tree: what is set; an `Aligned` tree may break across pages between its lines.
        key: whether it is one that a reader should remember (set on a wash).
        steps: what it states of the scalars it finds; () where it speaks of none.
        number: counted through the document from 1; None before it is `numbered`.
        anchor: what links point to, unique in the document; None likewise.
        uses: the numbers of the equations whose results are put into it, in order; not of the one
            right before it, where that is the only one.
    """

    tree: Tree
    key: bool = False
    steps: tuple[Step, ...] = ()
    number: int | None = None
    anchor: str | None = None
    uses: tuple[int, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table; a column of numbers is set with tabular figures, aligned right, others left.

    Without a header it is a list: in each row a name and, side by side, all that it names.

    Attributes:
        caption: what the table shows.
        header: one cell a column, or () for a list without one.
        rows: cells; the first of a row heads it, where `headed` says so.
        strong: the column whose cells are the result, or None.
        lanes: how many rows stand side by side where there is a sheet's width; read across.
        number: counted through the document from 1; None before it is `numbered`.
    """

    caption: Message | None
    header: tuple[Inline, ...]
    rows: tuple[tuple[Inline, ...], ...]
    strong: int | None = None
    lanes: int = 1
    number: int | None = None

    @property
    def headed(self) -> bool:
        """Whether rows have heads; not where the heads would be more than the cells they head."""
        if not self.header:
            return True
        heads = len(self.header) + len(self.rows)
        return heads <= sum(len(line) - 1 for line in self.rows)

    @property
    def worded(self) -> frozenset[int]:
        """The columns that hold no numbers."""
        numeric = {n for line in self.rows for n, cell in enumerate(line) if _is_number(cell)}
        return frozenset(range(len(self.header))) - numeric


def _is_number(cell: Inline) -> bool:
    if isinstance(cell, str):
        return cell[:1].isdecimal()
    return isinstance(cell.inside if isinstance(cell, Styled) else cell, Number)


@dataclass(frozen=True)
class NetworkNode:
    """A neuron as drawn: its name, and the value beside it where it has one (input, target)."""

    name: Tree
    value: Tree | None = None


@dataclass(frozen=True)
class NetworkEdge:
    """A weight as drawn, from node `start` of one layer to node `end` of the next.

    `path` is the way of the error that runs over it, None for no colour.
    """

    layer: int
    start: int
    end: int
    name: Tree
    value: Tree
    path: int | None = None


@dataclass(frozen=True)
class NetworkBias:
    """A bias as drawn under its layer (`node` None: one for all) or under its neuron."""

    layer: int
    node: int | None
    name: Tree
    value: Tree


@dataclass(frozen=True)
class NetworkFigure:
    """A network drawn from left to right.

    Attributes:
        layers: the neurons, layer by layer, the input first.
        edges: all weights; a writer may leave out the labels of a crowded layer.
        biases: all biases.
        layer_names: words for each layer.
        targets: what each output should become, beside the output neurons.
    """

    layers: tuple[tuple[NetworkNode, ...], ...]
    edges: tuple[NetworkEdge, ...]
    biases: tuple[NetworkBias, ...]
    layer_names: tuple[Message, ...]
    targets: tuple[Tree, ...] = ()


@dataclass(frozen=True)
class CurveFigure:
    """A quantity over the iterations: a line for each training, the axes named.

    Attributes:
        lines: (iteration, value) in order, for each line; values are drawn on a logarithmic axis
            where all are positive and they span more than a factor of 20.
        horizontal: name of the horizontal axis.
        vertical: name of the vertical axis.
        marked: iterations that are worked out in the document.
        names: what stands at the end of each line; nothing at that of a single one.
    """

    lines: tuple[tuple[tuple[int, float], ...], ...]
    horizontal: Message
    vertical: Tree
    marked: tuple[int, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class GateEdge:
    """An edge of a graph of gates: the value that goes forward with its shape, the gradient back.

    `gradient` is None where none is asked for, as at the input.
    """

    value: Tree
    shape: Tree
    gradient: Tree | None


@dataclass(frozen=True)
class GateLayer:
    """A layer as gates: multiply by the weights, add the bias where there is one, activate.

    `joining` is the sign of the gate where the bias comes in.
    """

    entering: GateEdge
    weights: GateEdge
    product: GateEdge
    bias: GateEdge | None
    net: GateEdge
    out: GateEdge
    joining: Tree
    activation: Tree


@dataclass(frozen=True)
class GateFigure:
    """A network as a graph of gates, a row a layer, the loss at its end."""

    layers: tuple[GateLayer, ...]
    loss: Tree


@dataclass(frozen=True)
class Carried:
    """What an edge between scalar gates carries.

    Attributes:
        value: the number that goes forward.
        back: the one that comes back; None where nothing asks for it.
        letters: of the value, which may be left out where there is no room.
    """

    value: Tree
    back: Tree | None
    letters: Tree | None = None


@dataclass(frozen=True)
class GateNeuron:
    """A neuron as scalar gates.

    Attributes:
        weights: what enters each gate that multiplies, besides an input.
        products: what each of these gives.
        bias: what is added besides, or with `subtracts` taken away; None where there is none.
        net: what the activation takes.
        out: what it gives.
        activation: the letter in its gate.
        subtracts: whether the bias is a threshold.
    """

    weights: tuple[Carried, ...]
    products: tuple[Carried, ...]
    bias: Carried | None
    net: Carried
    out: Carried
    activation: Tree
    subtracts: bool = False


@dataclass(frozen=True)
class ScalarGateLayer:
    """A layer as scalar gates; `joint` is the letter of an activation that takes all of it."""

    entering: tuple[Carried, ...]
    neurons: tuple[GateNeuron, ...]
    joint: Tree | None = None


@dataclass(frozen=True)
class ScalarGateFigure:
    """A network as a graph of scalar gates, with every number of one sample.

    Attributes:
        layers: from the inputs on.
        name: the letter of the loss, in its gate.
        loss: what leaves that gate, and the 1 that all derivatives start from.
    """

    layers: tuple[ScalarGateLayer, ...]
    name: Tree
    loss: Carried


@dataclass(frozen=True)
class Figure:
    """A drawing with its caption and a description for those who cannot see it.

    `number` is counted through the document from 1; None before it is `numbered`.
    """

    drawing: NetworkFigure | CurveFigure | GateFigure | ScalarGateFigure
    caption: Message
    description: Message
    number: int | None = None


@dataclass(frozen=True)
class Aside:
    """A box of short statements: the conventions that change the numbers."""

    title: Message
    items: tuple[Message, ...]


@dataclass(frozen=True)
class Command:
    """A line for a terminal, set in a typewriter face, the same in every language."""

    text: str


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it, sections within included.

    `view` names the view of a pass that the section belongs to, where a document has several; a
    number leads to the same one in the others.
    """

    anchor: str
    title: Message
    blocks: tuple[Block, ...]
    view: str = ""


Block = Paragraph | Equation | Table | Figure | Aside | Command | Section


@dataclass(frozen=True)
class Document:
    """A whole worked solution.

    Attributes:
        title: also the page's and the PDF's title.
        subtitle: one line under it, or None.
        opening: what stands before the first section: figure, conventions, givens.
        sections: the solution.
        languages: in order of appearance, of BCP 47: `zh-Hans`, `en`.
        generator: name and version of the program.
    """

    title: Message
    subtitle: Message | None
    opening: tuple[Block, ...]
    sections: tuple[Section, ...]
    languages: tuple[str, ...]
    generator: str


def numbered(document: Document) -> Document:
    """The document with its equations, tables and figures counted, each kind from 1.

    They are counted in reading order, once nothing is added, cut or moved any more: whoever makes
    a document does this last. Then an equation is told of those whose results it uses, and words
    of the table that they lead to.
    """
    equations, figures = count(1), count(1)
    tables = 0
    found: dict[tuple[str, Ref], int] = {}
    """The equation that finds the number of a scalar, in each view the first."""

    def go(within: tuple[Block, ...], view: str) -> Iterator[Block]:
        nonlocal tables
        for block, following in zip_longest(within, within[1:]):
            match block:
                case Equation():
                    yield equation(block, next(equations), view)
                case Paragraph() if block.role == "body" and isinstance(following, Table):
                    yield replace(block, leads_to=tables + 1)
                case Table():
                    tables += 1
                    yield replace(block, number=tables)
                case Figure():
                    yield replace(block, number=next(figures))
                case Section():
                    yield section(block, view)
                case _:
                    yield block

    def equation(block: Equation, number: int, view: str) -> Equation:
        shown = set(_shown(block.tree))
        put_in = {ref for step in block.steps if step.forms for ref in symbols(step.forms[-1])}
        uses = {found[view, ref] for ref in put_in & shown if (view, ref) in found}
        for step in block.steps:
            if step.result in shown:
                found.setdefault((view, step.result), number)
        told = () if uses == {number - 1} else tuple(sorted(uses))
        return replace(block, number=number, anchor=f"eq-{number}", uses=told)

    def section(block: Section, view: str = "") -> Section:
        return replace(block, blocks=tuple(go(block.blocks, block.view or view)))

    opening = tuple(go(document.opening, ""))
    return replace(document, opening=opening, sections=tuple(map(section, document.sections)))


def _shown(tree: Tree) -> Iterator[Ref]:
    """What the numbers of an equation are the values of."""
    if isinstance(tree, Number) and tree.ref is not None:
        yield tree.ref
    for part in parts(tree):
        yield from _shown(part)


def blocks(document: Document) -> Iterator[Block]:
    """Every block of the document in reading order, sections before what they hold."""

    def go(within: tuple[Block, ...]) -> Iterator[Block]:
        for block in within:
            yield block
            if isinstance(block, Section):
                yield from go(block.blocks)

    yield from go(document.opening)
    yield from go(document.sections)
