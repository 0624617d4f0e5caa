"""The equations of a page read back: letters by the trace's values, numbers as they are printed.

What an equation says is taken from its MathML alone: the attribute `data-ref` tells which scalar,
vector or matrix an element names, the rest is arithmetic. The values come from plain loops in
`tests.engine.oracle`; what each book means by its letters is stated here a second time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from unicodedata import normalize
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from derive.document import Document, Equation, Section, Table, blocks
from derive.maths.breaking import breakable
from derive.maths.mathml import mathml
from derive.maths.tree import Tree
from derive.problem import Problem
from derive.writers.html import paint
from derive.writers.page import data_ref
from tests.engine.oracle import ACTIVATIONS, Oracle, mp, true

MINUS_GRADIENT = {"watermelon", "pdp"}
"""Books whose δ is minus the derivative of the loss by the net input."""
THRESHOLD = {"watermelon"}
"""Books that take a threshold from the weighted sum, and print it for the bias."""
MEAN_IN_ERROR_TERMS = {"net-out", "d2l"}
"""Books whose error terms are of the mean over the samples; others take the mean later."""
COLUMNS = {"z-a", "nielsen", "nndl", "watermelon", "pdp"}
"""Books that set a sample as a column."""
ROWS_OF_SEVERAL = {"goodfellow", "d2l"}
"""Books that set several samples as rows, their weights from the input first, and one as a column.
"""
FROM_FIRST = {"watermelon"}
"""Books whose weights have where they come from first."""

LETTERS: dict[str, dict[str, str]] = {
    "z-a": {"α": "learning_rate"},
    "nielsen": {"η": "learning_rate", "μ": "beta"},
    "goodfellow": {
        "ε": "learning_rate", "α": "beta", "ρ1": "beta1", "ρ2": "beta2", "δ": "epsilon",
    },
    "nndl": {"α": "learning_rate"},
    "watermelon": {"ρ": "beta", "ρ1": "beta1", "ρ2": "beta2"},
}  # fmt: skip
"""The letters of the optimizers' numbers, where a book has others than the usual ones."""
USUAL = {
    "η": "learning_rate", "λ": "l2", "λw": "weight_decay", "β": "beta", "β1": "beta1",
    "β2": "beta2", "ρ": "rho", "ε": "epsilon",
}  # fmt: skip
ACTIVATION = {"nielsen": "σ", "bishop": "h", "d2l": "φ"}
"""The letter of an activation, where it is not f."""
ARGUMENT = ("u", "U")
"""Lent to a book that has no letter for the sum less the threshold."""
ODD_STATES = {
    "momentum": "v", "nesterov": "v", "adam": ("m", "m_hat"), "adamw": ("m", "m_hat"),
    "adadelta": "d",
}  # fmt: skip
"""What an optimizer remembers of a gradient that turns with its sign."""

OUTPUTS = {
    "net-out": {"out": "out", "net": "net", "t": "target"},
    "z-a": {"a": "out", "z": "net", "y": "target"},
    "nielsen": {"a": "out", "z": "net", "y": "target"},
    "goodfellow": {"y^": "out", "a": "net", "y": "target"},
    "bishop": {"y": "out", "a": "net", "t": "target"},
    "nndl": {"y^": "out", "z": "net", "y": "target"},
    "watermelon": {"y^": "out", "β": "net", "y": "target", "θ": "b"},
    "pdp": {"o": "out", "net": "net", "t": "target"},
    "d2l": {"y^": "out", "o": "net", "y": "target"},
}
"""The letters of the output layer, which softmax's derivation gives to outputs i, j, k."""
ANY_SAMPLE = {"watermelon": "k", "pdp": "p"}
"""The letter of any sample, where it is not n."""
STATES = {"m": "m", "v": "v", "s": "s", "u": "u", "Δ": "d", "m^": "m_hat", "v^": "v_hat"}
"""The letters of what an optimizer remembers."""
OTHER_STATES = {"watermelon": {"r": "v", "r^": "v_hat"}}
"""Those of a book whose v is a weight."""
DERIVED = {"adam": ("m_hat", "v_hat"), "adamw": ("m_hat", "v_hat"), "adadelta": ("d",)}
"""What an optimizer computes on the way and does not remember."""
NETS = (mp.mpf("0.3"), mp.mpf("-0.7"), mp.mpf("1.1"))
TARGETS = (mp.mpf("0.5"), mp.mpf("0.2"), mp.mpf("0.3"))
ANY_THRESHOLD = mp.mpf("0.25")
"""Three outputs, for which a derivation of softmax's slopes must hold as for any."""
POINTS = (mp.mpf("0.37"), mp.mpf("-0.83"))
"""Net inputs at which a derivation of a slope must hold, to both sides of every corner."""

OF_SAMPLES = {
    "net", "out", "delta", "dE/dout", "dout/dnet", "product", "target", "loss_terms", "sample_loss",
}  # fmt: skip
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ln": mp.log, "tanh": mp.tanh, "exp": mp.exp, "erf": mp.erf, "max": max, "min": min,
}  # fmt: skip
NAME = re.compile(r"(?P<minus>-?)(?P<name>.+?)(?P<index>(\[\d+\])*)(@(?P<at>\d+))?")
LETTERED = {"mi", "msub", "msup", "msubsup", "mover"}
"""Elements that can be a letter with its marks."""
RELATIONS = {
    "<": lambda a, b: a < b, "≤": lambda a, b: a <= b,
    ">": lambda a, b: a > b, "≥": lambda a, b: a >= b,
}  # fmt: skip


LEFT_OUT = "a matrix with cells left out, in a line of arithmetic"
TERMS_LEFT_OUT = "a sum with terms left out"
OTHER_SAMPLES = "a sum over samples that the page does not name one by one"
UNREADABLE = {
    LEFT_OUT: "the product needs all cells; those shown are held against its letters",
    TERMS_LEFT_OUT: "the sum needs all terms",
    OTHER_SAMPLES: "letters of one sample tell nothing of another's where a page is in brief",
}
"""The only kinds of sides that cannot be read back, and why."""


class UnreadableError(ValueError):
    """A piece that has no one value: its message is the kind."""


def text(element: Element) -> str:
    """An element's whole text, in plain letters."""
    return normalize("NFKC", "".join(element.itertext()))


# Values: numbers, and matrices as rows of them


@dataclass(frozen=True)
class Grid:
    """A matrix; None stands for cells that are left out."""

    rows: tuple[tuple[Any, ...], ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.rows), len(self.rows[0])

    @property
    def transposed(self) -> Grid:
        """Rows as columns."""
        return Grid(tuple(zip(*self.rows, strict=True)))

    @property
    def elided(self) -> bool:
        """Whether cells are left out."""
        return any(cell is None for row in self.rows for cell in row)

    def each(self, function: Callable[[Any], Any]) -> Grid:
        """A function of each cell."""
        return Grid(tuple(tuple(map(function, row)) for row in self.rows))


def whole(value: Any) -> Any:
    """`value`, which arithmetic can be done with.

    Raises:
        UnreadableError: cells of it are left out.
    """
    if isinstance(value, Grid) and value.elided:
        raise UnreadableError(LEFT_OUT)
    return value


def cellwise(left: Any, right: Any, function: Callable[[Any, Any], Any]) -> Any:
    """A function of two numbers, or of two matrices of one shape cell by cell."""
    if not isinstance(left, Grid) and not isinstance(right, Grid):
        return function(left, right)
    left, right = whole(left), whole(right)
    assert isinstance(left, Grid), "a number beside a matrix"
    assert isinstance(right, Grid), "a number beside a matrix"
    assert left.shape == right.shape, f"{left.shape} beside {right.shape}"
    rows = zip(left.rows, right.rows, strict=True)
    return Grid(tuple(tuple(map(function, a, b)) for a, b in rows))


def times(left: Any, right: Any) -> Any:
    """A product of numbers, of a number and a matrix, or of matrices."""
    left, right = whole(left), whole(right)
    if isinstance(left, Grid) and isinstance(right, Grid):
        assert left.shape[1] == right.shape[0], f"{left.shape} times {right.shape}"
        columns = right.transposed.rows
        return Grid(
            tuple(
                tuple(sum(a * b for a, b in zip(row, column, strict=True)) for column in columns)
                for row in left.rows
            )
        )
    if isinstance(left, Grid):
        return left.each(lambda cell: cell * right)
    if isinstance(right, Grid):
        return right.each(lambda cell: left * cell)
    return left * right


def agree(left: Any, right: Any, near: Any = None) -> bool:
    """Whether two values are the same: to 12 figures, or as near as is said.

    Of a matrix of which cells are left out those that are shown count, from both ends.
    """
    if isinstance(left, Grid) != isinstance(right, Grid):
        return False
    if isinstance(left, Grid):
        if left.elided:
            left, right = right, left
        if not right.elided and left.shape != right.shape:
            return False
        return all(
            agree(a, b, near)
            for row, shown in _ends(left.rows, right.rows, _left_out)
            for a, b in _ends(row, shown, lambda cell: cell is None)
        )
    if mp.isnan(left) or mp.isnan(right) or mp.isinf(left) or mp.isinf(right):
        return bool(left == right) or bool(mp.isnan(left) or mp.isnan(right))
    if near is None:
        near = mp.mpf("1e-12") * max(abs(left), abs(right)) + mp.mpf("1e-60")
    return bool(abs(left - right) <= near)


def _left_out(row: Any) -> bool:
    return all(cell is None for cell in row)


def _ends(
    full: Sequence[Any], shown: Sequence[Any], gap: Callable[[Any], bool]
) -> Iterator[tuple[Any, Any]]:
    """What is shown beside what it should be: counted from the start, after a gap from the end."""
    gaps = [n for n, part in enumerate(shown) if gap(part)]
    assert len(gaps) <= 1, "two gaps"
    for n, part in enumerate(shown):
        if n not in gaps:
            yield full[n - len(shown) if gaps and n > gaps[0] else n], part


# What letters are worth


class World:
    """The values behind a document: the trace by plain loops, in the conventions of a book."""

    def __init__(self, problem: Problem, notation: str, updates: int) -> None:
        self.problem = problem
        self.book = notation
        self.passes = dict(Oracle(problem).passes(range(updates + 1)))
        self.together = len(problem.inputs) > 1 and problem.samples == "together"
        several = notation in ROWS_OF_SEVERAL and self.together
        self.columns = notation in COLUMNS or (notation in ROWS_OF_SEVERAL and not several)
        self.from_first = notation in FROM_FIRST or several
        self.threshold = notation in THRESHOLD and problem.bias != "none"
        mean = problem.over_samples == "mean" and self.together
        self.own_losses = len(problem.inputs) if mean and notation not in MEAN_IN_ERROR_TERMS else 1
        self.moved: dict[str, Any] = {}
        self.bound: dict[str, Any] = {}
        self.indices: dict[str, int] = {}
        self.sample: int | None = None
        self.names: dict[str, str] = {}
        self.at = self.layer = 0

    @property
    def last(self) -> int:
        """The output layer's number."""
        return len(self.problem.layers) - 1

    def constant(self, name: str) -> Any:
        """A number of the problem, by its name there."""
        if name == "learning_rate":
            return true(self.problem.optimizer.learning_rate)
        return true(self.problem.l2 if name == "l2" else self.problem.optimizer.numbers[name])

    def letter(self, spelt: str) -> Any:
        """A letter that names no scalar of the trace.

        Raises:
            UnreadableError: it stands for any one of several.
        """
        own = LETTERS.get(self.book, {})
        usual = {letter: name for letter, name in USUAL.items() if name not in own.values()}
        known = {"learning_rate", "l2", *self.problem.optimizer.numbers}
        for name in (own.get(spelt), usual.get(spelt)):
            if name in known:
                return self.constant(str(name))
        raise UnreadableError("a letter that stands for any one of several")

    def named(self, element: Element, ref: str) -> Any:
        """What an element of letters names, in the book's sign and the book's way round."""
        if ref in self.moved:
            return self.moved[ref]
        quantity, layer, index, at = parsed(ref)
        assert not quantity.startswith("-"), "a sign belongs to the letters"
        found = self.trace(quantity, layer, index, at)
        sign = self.factor(quantity, derivative=element.tag == "mfrac")
        if quantity == "net" and self.threshold and not text(element).startswith(ARGUMENT):
            found = self.trace("product", layer, index, at)
        found = self.arranged(quantity, found, index)
        found = found.each(lambda cell: sign * cell) if isinstance(found, Grid) else sign * found
        turned = element.tag in ("msubsup", "msup") and text(element[-1]) == "⊤"
        return found.transposed if turned and isinstance(found, Grid) else found

    def arranged(self, quantity: str, found: Any, index: tuple[int, ...]) -> Any:
        """A whole layer's quantity as the book sets it; a scalar as it is."""
        if not isinstance(found, list):
            return found
        if not isinstance(found[0], list):
            found = [found]
        elif quantity == "dout/dnet" and index:
            return Grid(tuple(map(tuple, found)))
        grid = Grid(tuple(map(tuple, found)))
        if quantity in OF_SAMPLES:
            return grid.transposed if self.columns else grid
        if quantity in ("W", "dE/dW"):
            return grid.transposed if self.from_first else grid
        assert quantity in ("b", "dE/db"), quantity
        return grid if self.from_first and not self.columns else grid.transposed

    def factor(self, quantity: str, *, derivative: bool) -> Any:
        """What the book's value is of the trace's: a sign, and how many samples it does not share.

        `derivative` says that δ is written as a derivative.
        """
        factor = mp.mpf(self.own_losses if quantity in ("delta", "dE/dout") else 1)
        if quantity == "delta" and self.book in MINUS_GRADIENT and not derivative:
            factor = -factor
        odd = ("b", "dE/db", *(f"{s}b" for s in ODD_STATES.get(self.problem.optimizer.name, ())))
        return -factor if self.threshold and quantity in odd else factor

    def shown(self, ref: str) -> list[Any]:
        """What a printed number may be, without its sign: of a net input with threshold or not."""
        quantity, layer, index, at = parsed(ref)
        quantity = quantity.removeprefix("-")
        if layer is None and quantity in (*USUAL.values(),):
            return [abs(self.constant(quantity))]
        names = ["net", "product"] if quantity == "net" and self.threshold else [quantity]
        factor = self.factor(quantity, derivative=False)
        return [abs(factor * self.trace(name, layer, index, at)) for name in names]

    # The trace, as it is exported

    def trace(self, quantity: str, layer: int | None, index: tuple[int, ...], at: int) -> Any:
        """A scalar, or lists of them where the indices leave out what is in a whole."""
        problem = self.problem
        found = self.passes[at]
        if quantity == "out" and layer == 0 and len(index) == 2:
            return true(problem.inputs[index])
        if quantity == "target" and len(index) == 2:
            return true(problem.targets[index])
        if quantity == "squares":
            layers = [found[f"W{n}"] for n in index]
            return sum(w * w for rows in layers for row in rows for w in row)
        share = len(found["target"]) if problem.over_samples == "mean" else 1
        match quantity:
            case "sample_loss":
                return sum(self._of_sample(found["loss_terms"], index[:1], at))
            case "data_loss":
                return sum(map(sum, found["loss_terms"])) / share
            case "product":
                return self._products(found, layer or 0, index, at)
        state = quantity[:-1]
        if state in ("m_hat", "v_hat", "d"):
            return self._derived(state, quantity[-1], layer, index, at)
        name = quantity if layer is None else f"{quantity}{layer}"
        if quantity == "dout/dnet":
            name = f"dout{layer}/dnet{layer}"
        value = found[name]
        if quantity in OF_SAMPLES:
            value, index = self._of_sample(value, index, at), index[1:]
        for n in index:
            value = value[n]
        return value

    def _of_sample(self, rows: list[Any], index: tuple[int, ...], at: int) -> Any:
        if not index:
            return rows
        if len(rows) == 1:
            assert index[0] == at % len(self.problem.inputs), "another sample's turn"
            return rows[0]
        return rows[index[0]]

    def _products(self, found: Any, layer: int, index: tuple[int, ...], at: int) -> Any:
        bias = found.get(f"b{layer}", mp.mpf(0))
        rows = [
            [net - (bias[n] if isinstance(bias, list) else bias) for n, net in enumerate(row)]
            for row in found[f"net{layer}"]
        ]
        kept = self._of_sample(rows, index, at)
        return kept[index[1]] if len(index) > 1 else kept

    def _derived(self, state: str, of: str, layer: Any, index: tuple[int, ...], at: int) -> Any:
        if state == "d":
            epsilon = self.constant("epsilon")
            past = self.trace(f"u{of}", layer, index, at - 1)
            now = self.trace(f"s{of}", layer, index, at)
            gradient = self.trace(f"dE/d{of}", layer, index, at - 1)
            return mp.sqrt((past + epsilon) / (now + epsilon)) * gradient
        decay = self.constant("beta1" if state[0] == "m" else "beta2")
        return self.trace(f"{state[0]}{of}", layer, index, at) / (1 - decay**at)

    def any_weight(self) -> dict[str, Any]:
        """What an optimizer's rule speaks of for any weight: of the first of the output layer."""
        at, first, letter = self.at, (0, 0), self.weight_letter(self.last)
        found = {
            letter: self.trace("W", self.last, first, at),
            f"{letter}+": self.trace("W", self.last, first, at + 1),
            "gradient": self.trace("dE/dW", self.last, first, at),
        }
        states = {**STATES, **OTHER_STATES.get(self.book, {})}
        kept = {name for name in self.passes[at] if name.endswith(f"W{self.last}")}
        for written, state in states.items():
            if f"{state}W{self.last}" in kept:
                found[written] = self.trace(f"{state}W", self.last, first, at)
            elif state not in DERIVED.get(self.problem.optimizer.name, ()):
                continue
            found[f"{written}+"] = self.trace(f"{state}W", self.last, first, at + 1)
        return found

    # What is computed from letters

    def weight_letter(self, layer: int) -> str:
        """The letter of a layer's weights."""
        return "v" if self.book == "watermelon" and layer < self.last else "w"

    def squares(self, letter: str) -> Any:
        """The sum of the squares of all weights of a letter, in the pass of the equation."""
        layers = [n for n in range(1, self.last + 1) if self.weight_letter(n) == letter]
        assert layers, letter
        return self.trace("squares", None, tuple(layers), self.at)

    def activated(self, argument: Any) -> Any:
        """The activation of the head's layer, of each cell; softmax of each sample."""
        name = str(self.problem.activations[self.layer - 1].name)
        if not isinstance(argument, Grid):
            return ACTIVATIONS[name][0](argument)
        if name != "softmax":
            return argument.each(ACTIVATIONS[name][0])
        grid = argument.transposed if self.columns else argument
        powers = grid.each(mp.exp)
        shares = Grid(tuple(tuple(p / sum(row) for p in row) for row in powers.rows))
        return shares.transposed if self.columns else shares

    # Letters that stand for any one of several

    def learn(self, math: Element) -> None:
        """Keep what the letters of a page name, for those that say the same of any sample."""
        for element in _named([math]):
            if element.tag != "mn":
                self.names.setdefault(spelt(element), element.attrib["data-ref"])

    def ref_of(self, element: Element) -> str | None:
        """What an element names; of any sample, while a sum runs over them, what that one's would.

        Raises:
            UnreadableError: the page names it nowhere.
        """
        if "data-ref" in element.attrib or self.sample is None:
            return element.attrib.get("data-ref")
        any_sample = ANY_SAMPLE.get(self.book, "n")
        of_one = spelt(element, {any_sample: str(self.sample + 1)})
        if of_one in self.names:
            return re.sub(r"@\d+$", f"@{self.at}", self.names[of_one])
        if of_one == spelt(element) or element.tag == "mfrac":
            # A derivative may be one of two letters that have names.
            return None
        raise UnreadableError(OTHER_SAMPLES)

    def any_one(self, element: Element) -> Any:
        """The value of letters that stand for any one, as far as it is chosen; else None."""
        written = text(element)
        if written in self.bound:
            return self.bound[written]
        if self.indices and written == "S":
            return sum(map(mp.exp, NETS))
        if self.indices and element.tag in ("msub", "msubsup"):
            quantity = OUTPUTS[self.book].get(text(element[0]))
            index = text(element[1])[-1]
            if quantity and index in self.indices:
                return self.of_output(quantity, self.indices[index])
        return None

    def of_output(self, quantity: str, index: int) -> Any:
        """A quantity of one of the three outputs."""
        threshold = mp.mpf(0)
        if self.threshold:
            shared = self.problem.bias == "layer"
            threshold = -self.trace("b", self.last, (), self.at) if shared else ANY_THRESHOLD
        match quantity:
            case "net":
                return NETS[index] + threshold
            case "out":
                return mp.exp(NETS[index]) / sum(map(mp.exp, NETS))
            case "target":
                return TARGETS[index]
        return threshold

    def any_slope(self, above: Element, below: Element) -> Any:
        """∂out/∂net or ∂E/∂net of outputs chosen; the derivative of the loss by any weight.

        Raises:
            UnreadableError: it is none of these.
        """
        if "gradient" in self.bound and text(below) in self.bound:
            return self.bound["gradient"]
        if "slope" in self.bound:
            return self.bound["slope"]
        if not self.indices:
            raise UnreadableError("a derivative of letters that stand for any one of several")
        net = self.indices[text(below[1])[-1]]
        out = self.of_output("out", net)
        # Anything but an output is the loss.
        index = text(above[1])[-1] if len(above) > 1 else ""
        if OUTPUTS[self.book].get(text(above[0]) if len(above) else "") != "out" or (
            index not in self.indices
        ):
            return out - TARGETS[net]
        of = self.indices[index]
        return self.of_output("out", of) * ((1 if of == net else 0) - out)

    def slope_of(self, above: Element, below: Element) -> Any:
        """∂a/∂b of two scalars, one of which is computed from the other at once.

        Raises:
            UnreadableError: they are none such.
        """
        refs = self.ref_of(above), self.ref_of(below)
        if refs[0] is None or refs[1] is None:
            return self.any_slope(above, below)
        of, layer, index, at = parsed(refs[0])
        by, from_layer, from_index, _ = parsed(refs[1])
        if of == "net" and by == "W" and layer == from_layer and index[1] == from_index[0]:
            return self.trace("out", (layer or 0) - 1, (index[0], from_index[1]), at)
        if of == "net" and by == "out" and layer == (from_layer or 0) + 1:
            assert index[0] == from_index[0], "two samples"
            later = self.problem.hidden_deltas == "after-update"
            return self.trace("W", layer, (index[1], from_index[1]), at + later)
        raise UnreadableError(f"the derivative of {of} by {by}")


def parsed(ref: str) -> tuple[str, int | None, tuple[int, ...], int]:
    """`W2[0][1]@3` as quantity, layer, indices and number of updates."""
    match = NAME.fullmatch(ref)
    assert match, ref
    index = tuple(map(int, re.findall(r"\d+", match["index"])))
    name, layer = match["name"], None
    pair = re.fullmatch(r"dout(\d+)/dnet\1", name)
    if pair:
        name, layer = "dout/dnet", int(pair[1])
    elif name not in USUAL.values() and name[-1].isdigit():
        name, number = re.fullmatch(r"(.*?)(\d+)", name).groups()  # type: ignore[union-attr]
        layer = int(number)
    return match["minus"] + name, layer, index, int(match["at"] or 0)


# Reading


def spelt(element: Element, instead: dict[str, str] | None = None) -> str:
    """What tells letters with their marks from any others; `instead` of a mark another."""
    letters = (element.text or "").strip()
    inner = "".join(spelt(part, instead) for part in element)
    if element.tag == "mrow" and len(element) == 1:
        return inner
    letters = (instead or {}).get(letters, letters)
    tag = "m" if element.tag in ("mi", "mn", "mo") else element.tag
    return f"<{tag}>{normalize('NFKC', letters)}{inner}</>"


def is_matrix(element: Element) -> bool:
    """Whether an element is a matrix in brackets, or the cases after a brace."""
    return len(element) > 1 and element[0].text in ("[", "{") and element[1].tag == "mtable"


def flat(elements: Sequence[Element]) -> list[Element]:
    """Elements with rows opened up and spaces left out."""
    found: list[Element] = []
    for element in elements:
        if "data-ref" not in element.attrib and element.tag in ("mrow", "mstyle", "mtd", "mtr"):
            found += [element] if is_matrix(element) else flat(list(element))
        elif element.tag != "mtext" or text(element).strip():
            found.append(element)
    return found


@dataclass
class Reader:
    """A sum of products, read from its elements.

    Attributes:
        world: what letters are worth.
        printed: whether a number that says what it shows counts as printed, or as what it shows.
        rest: what is still to be read.
        precision: how far the last number that was read may be from what it shows.
    """

    world: World
    printed: bool = False
    rest: list[Element] = field(default_factory=list)
    precision: Any = field(default_factory=lambda: mp.mpf(0))

    def value(self, elements: Sequence[Element]) -> Any:
        """What elements are worth.

        Raises:
            UnreadableError: they have no one value.
        """
        before, self.rest = self.rest, flat(elements)
        result = self.sum()
        if self.rest:
            raise UnreadableError(f"{self.rest[0].tag} {text(self.rest[0])!r} left over")
        self.rest = before
        return result

    def sign(self) -> str:
        """The operator that comes next, or nothing."""
        return text(self.rest[0]) if self.rest and self.rest[0].tag == "mo" else ""

    def expect(self, sign: str) -> None:
        """Read one operator."""
        if self.sign() != sign:
            raise UnreadableError(f"{sign} is missing")
        self.rest.pop(0)

    def sum(self) -> Any:
        """Terms up to what is none."""
        total = None
        while total is None or self.sign() in ("+", "−"):
            factor = 1
            if self.sign() in ("+", "−"):
                factor = 1 if text(self.rest.pop(0)) == "+" else -1
            term = times(mp.mpf(factor), self.product()) if factor < 0 else self.product()
            total = term if total is None else cellwise(total, term, lambda a, b: a + b)
        return total

    def product(self) -> Any:
        """Factors up to a sign, of which a product of matrices is one."""
        result = self.atom()
        while self.rest and self.sign() not in ("+", "−", ")", ",", "|", *RELATIONS):
            if self.sign() == "⊙":
                self.rest.pop(0)
                result = cellwise(result, self.atom(), lambda a, b: a * b)
                continue
            if self.sign() in ("×", "·"):
                self.rest.pop(0)
            result = times(result, self.atom())
        return result

    def atom(self) -> Any:
        """One factor."""
        if not self.rest:
            raise UnreadableError("nothing where a value should be")
        if self.sign():
            return self.after_sign(text(self.rest.pop(0)))
        head = self.rest.pop(0)
        if head.tag == "mn" or (head.tag == "mi" and text(head) == "∞"):
            return self.number(head)
        ref = self.world.ref_of(head) if head.tag not in ("mo", "mtext", "munder") else None
        if ref is not None:
            return self.world.named(head, ref)
        found = self.world.any_one(head) if head.tag in LETTERED else None
        if found is not None:
            return found
        match head.tag:
            case "mi" | "msub" | "mover":
                return self.lettered(text(head))
            case "mfrac":
                return self.fraction(head)
            case "msqrt":
                return mp.sqrt(self.value(list(head)))
            case "msup":
                return self.power(head)
            case "munder":
                return self.braced(head)
            case "mrow":
                return self.cases(head[1]) if head[0].text == "{" else self.matrix(head[1])
            case "mtext" if text(head) in ("⋯", "..."):
                raise UnreadableError(TERMS_LEFT_OUT)
        raise UnreadableError(f"{head.tag} {text(head)!r}")

    def after_sign(self, sign: str) -> Any:
        """What a sign opens or changes."""
        match sign:
            case "−":
                return times(mp.mpf(-1), self.atom())
            case "(" | "|":
                inner = self.sum()
                self.expect(")" if sign == "(" else "|")
                return abs(inner) if sign == "|" else inner
            case "∑" if self.rest and self.rest[0].tag == "msup":
                return self.world.squares(text(self.rest.pop(0)[0]))
        raise UnreadableError(f"the sign {sign}")

    def number(self, head: Element) -> Any:
        """A printed number with its power of ten, which must be what it says that it shows."""
        if text(head) == "∞":
            return mp.inf
        digits = text(head)
        power = 0
        ten = self.rest[1] if self.sign() == "×" and len(self.rest) > 1 else None
        if ten is not None and ten.tag == "msup" and ten[0].tag == "mn" and text(ten[0]) == "10":
            power = int(text(ten[1]).replace("−", "-"))
            del self.rest[:2]
        places = len(digits.partition(".")[2])
        number = mp.mpf(f"{digits}e{power}") if digits != "NaN" else mp.nan
        half = mp.mpf(10) ** (power - places) / 2
        self.precision = half if number else mp.mpf("1e-50")
        ref = head.attrib.get("data-ref")
        if ref is None or mp.isnan(number):
            return number
        nearest = min(self.world.shown(ref), key=lambda exactly: abs(exactly - number))
        if not mp.isinf(nearest) and not mp.isnan(nearest):
            near = self.precision * (1 + mp.mpf("1e-9"))
            assert abs(nearest - number) <= near, f"{digits} is not {ref}: {mp.nstr(nearest, 12)}"
        return number if self.printed else nearest

    def lettered(self, spelt: str) -> Any:
        """A letter that names nothing of the trace, or a function before its argument."""
        if spelt == "π":
            return +mp.pi
        if spelt == ACTIVATION.get(self.world.book, "f") and self.sign() == "(":
            return self.world.activated(self.atom())
        if spelt not in FUNCTIONS:
            return self.world.letter(spelt)
        function = FUNCTIONS[spelt]
        if self.sign() != "(":
            return function(self.atom())
        self.expect("(")
        arguments = [self.sum()]
        while self.sign() == ",":
            self.rest.pop(0)
            arguments.append(self.sum())
        self.expect(")")
        return function(*arguments)

    def fraction(self, head: Element) -> Any:
        """A quotient, a derivative of two scalars, or one that is still to be taken."""
        above, below = flat([head[0]]), flat([head[1]])
        if text(above[0]) not in ("∂", "d"):
            return times(self.value(above), 1 / self.value(below))
        if len(above) == 1:
            return self.derivative(below[1])
        return self.world.slope_of(above[1], below[1])

    def derivative(self, by: Element) -> Any:
        """The derivative of what comes next by a scalar, by a symmetric difference."""
        ref = by.attrib.get("data-ref")
        values, name = (self.world.moved, ref) if ref else (self.world.bound, text(by))
        here = self.world.named(by, ref) if ref else self.world.bound[name]
        step, start, found = mp.mpf("1e-100"), self.rest, []
        for side in (1, -1):
            self.rest = list(start)
            values[name] = here + side * step
            found.append(self.atom())
        if ref:
            del values[name]
        else:
            values[name] = here
        return (found[0] - found[1]) / (2 * step)

    def over(self, label: Element) -> Any:
        """A sum of what comes next over all samples, or over outputs of which some are left out."""
        letter, *more = text(label)
        world, start = self.world, self.rest
        found = []
        if letter == ANY_SAMPLE.get(world.book, "n"):
            for sample in range(len(world.problem.inputs)):
                world.sample, self.rest = sample, list(start)
                try:
                    found.append(self.product())
                finally:
                    world.sample = None
            return sum(found)
        if not world.indices:
            raise UnreadableError("a sum over a letter that stands for any one of several")
        before = dict(world.indices)
        for n in range(len(NETS)):
            if more and n == before[more[-1]]:
                continue
            world.indices, self.rest = {**before, letter: n}, list(start)
            found.append(self.product())
        world.indices = before
        return sum(found)

    def power(self, head: Element) -> Any:
        """A power, or the transpose of a matrix."""
        base, above = head
        if text(above) == "⊤":
            found = self.value([base])
            return found.transposed if isinstance(found, Grid) else found
        exponent = self.value([above])
        return mp.exp(exponent) if text(base) == "e" else self.value([base]) ** exponent

    def braced(self, head: Element) -> Any:
        """What a brace holds: its shape or its value stands below."""
        inner, label = head
        if text(inner) == "∑":
            return self.over(label)
        if inner.tag != "munder" or text(inner[1]) != "⏟":
            raise UnreadableError(f"{text(inner)} over {text(label)}")
        shape = re.fullmatch(r"(\d+)×(\d+)", text(label))
        if not shape:
            found = self.value([inner[0]])
            below = Reader(self.world, printed=True)
            said = below.value([label])
            assert agree(found, said, below.precision * (1 + mp.mpf("1e-9"))), text(head)
            return found
        rows, columns = map(int, shape.groups())
        if text(inner[0]).removesuffix("⊤") == "1":
            return Grid(((mp.mpf(1),) * columns,) * rows)
        found = self.value([inner[0]])
        if not isinstance(found, Grid):
            # One bias for a whole layer stands for all of its neurons.
            found = Grid(((found,) * columns,) * rows)
        assert found.shape == (rows, columns), f"{text(head)} is {found.shape}"
        return found

    def matrix(self, table: Element) -> Grid:
        """Numbers in brackets."""
        return Grid(tuple(tuple(self.cell(cell) for cell in line) for line in table))

    def cell(self, cell: Element) -> Any:
        """One of its cells; None where it is left out."""
        return None if text(cell) in ("⋯", "...", "⋮") else self.value([cell])

    def cases(self, table: Element) -> Any:
        """The one of several values whose condition holds."""
        held = [line[0] for line in table if self.holds(flat([line[1]]))]
        assert len(held) == 1, text(table)
        return self.value([held[0]])

    def holds(self, condition: list[Element]) -> bool:
        """Whether a relation of two values holds."""
        at = next(n for n, part in enumerate(condition) if text(part) in {*RELATIONS, "=", "≠"})
        if text(condition[at]) not in RELATIONS:
            left, right = (self.world.indices[text(one)] for one in (condition[0], condition[-1]))
            return (left == right) == (text(condition[at]) == "=")
        left, right = self.value(condition[:at]), self.value(condition[at + 1 :])
        return bool(RELATIONS[text(condition[at])](left, right))


# Equations


@dataclass(frozen=True)
class Side:
    """What stands between two signs of an equation.

    Attributes:
        relation: the sign before it, "" of the first.
        elements: it.
        role: `value`, `substituted`, or "" of letters.
    """

    relation: str
    elements: list[Element]
    role: str


def page_maths(tree: Tree) -> Element:
    """The MathML of the page."""
    shown = mathml(breakable(tree), paint=paint, tag=data_ref, display=True)
    return ElementTree.fromstring(shown)  # noqa: S314


def chains(math: Element) -> list[list[Side]]:
    """The sides of an equation, the lines of an aligned table one after the other.

    After a comma a further equation begins.
    """
    roles: dict[Element, str] = {}
    for role in ("substituted", "value"):
        for part in math.iter("mrow"):
            if role in part.attrib.get("class", "").split():
                roles.update(dict.fromkeys(part.iter(), role))
    inside = list(math)
    if len(inside) == 1 and inside[0].tag == "mtable":
        inside = list(inside[0])
    found = [[Side("", [], "")]]
    depth = 0
    for element in flat(inside):
        sign = text(element) if element.tag == "mo" else ""
        depth += (sign == "(") - (sign == ")")
        if sign in ("=", "≈"):
            found[-1].append(Side(sign, [], ""))
        elif sign == "," and not depth:
            found.append([Side("", [], "")])
        else:
            last = found[-1][-1]
            role = roles.get(element, "")
            found[-1][-1] = Side(last.relation, [*last.elements, element], role)
    return found


@dataclass
class Read:
    """What came of reading: how many sides agreed, and what could not be read, by kind."""

    equations: int = 0
    sides: int = 0
    numbers: int = 0
    cells: int = 0
    unread: dict[str, list[str]] = field(default_factory=dict)

    def leave(self, kind: str, math: Element) -> None:
        """Note what could not be read."""
        self.unread.setdefault(kind, []).append(text(math))


def read_document(document: Document, world: World, read: Read) -> None:
    """Read back every equation of a document, and its tables of letters beside numbers."""
    found: list[tuple[Element, str]] = []
    anchor = ""
    for block in blocks(document):
        match block:
            case Section():
                anchor = block.anchor
            case Equation():
                found.append((page_maths(block.tree), anchor))
                world.learn(found[-1][0])
            case Table():
                read_table(block, world, read)
    for math, where in found:
        read_equation(math, where, world, read)


def read_equation(math: Element, anchor: str, world: World, read: Read) -> None:
    """Hold every side of an equation against the trace and against the others."""
    read.equations += 1
    for parts in chains(math):
        for _ in _chosen(parts, anchor, world):
            _read_sides(math, parts, world, read)
        _read_numbers(math, parts, world, read)


def _chosen(parts: list[Side], anchor: str, world: World) -> Iterator[None]:
    """Choose what letters stand for that stand for any one of several, one way after another."""
    head = parts[0].elements
    names = [e.attrib["data-ref"] for e in _named(head)]
    worked = re.search(r"(?:iteration-(\d+)-)?(?:\D*)(?:-(\d+))?$", anchor)
    assert worked, anchor
    world.at = int(worked[1] or 1) - 1
    world.layer = int(worked[2] or 0)
    if names:
        # The head tells of which layer and pass an equation is.
        _, layer, _, world.at = parsed(names[0])
        world.layer = layer or 0
        yield
        return
    if text(head[0]) == "(":
        # All slopes of a sample, ∂out j by ∂net k in row j, column k; its numbers tell of which.
        quantity, layer, index, at = parsed(next(_named(parts[1].elements)).attrib["data-ref"])
        rows = world.trace(quantity, layer, index[:1], at)
        world.bound = {"slope": Grid(tuple(map(tuple, rows)))}
        yield
        world.bound = {}
        return
    if head[0].tag == "mfrac" and text(head[0]).startswith("d"):
        yield from _at_points(flat([head[0][0]]), flat([head[0][1]]), world)
        return
    cases = any(is_matrix(e) and e[0].text == "{" for side in parts for e in side.elements)
    weight = world.any_weight()
    if len(head) == 1 and text(head[0]) in weight:
        world.bound = weight
        yield
        world.bound = {}
        return
    for indices in ({"j": 0, "k": 1}, {"j": 1, "k": 1})[: 2 if cases else 1]:
        world.indices = indices
        yield
    world.indices = {}


def _at_points(above: list[Element], below: list[Element], world: World) -> Iterator[None]:
    """The slope of an activation at some net inputs."""
    output, slope = ACTIVATIONS[str(world.problem.activations[world.layer - 1].name)]
    for point in POINTS:
        world.bound = {text(below[1]): point, "slope": slope(point)}
        if len(above) == 2:
            world.bound[text(above[1])] = output(point)
        yield
    world.bound = {}


def _read_sides(math: Element, parts: list[Side], world: World, read: Read) -> None:
    values: list[tuple[Side, Any]] = []
    for side in parts:
        try:
            values.append((side, Reader(world).value(side.elements)))
        except UnreadableError as error:
            read.leave(str(error), math)
            if str(error) == LEFT_OUT:
                _read_factors(parts[parts.index(side) - 1], side, world)
    assert len(values) > 1 or len(values) < len(parts), f"{text(math)} says nothing"
    if not values:
        return
    full = [value for _, value in values if not (isinstance(value, Grid) and value.elided)]
    expected = full[0] if full else values[0][1]
    for side, found in values:
        assert agree(expected, found), f"{text(math)}: {_spelt(side)}"
    read.sides += len(values)


def _read_factors(letters: Side, numbers: Side, world: World) -> None:
    """Of matrices with cells left out those that are shown, against the letters for each."""
    named = [Reader(world).braced(e) for e in letters.elements if e.tag == "munder"]
    shown = [Reader(world).matrix(e[1]) for e in numbers.elements if is_matrix(e)]
    assert len(named) == len(shown) > 0, _spelt(numbers)
    for full, part in zip(named, shown, strict=True):
        assert agree(full, part), f"{_spelt(letters)}: {_spelt(numbers)}"


def _read_numbers(math: Element, parts: list[Side], world: World, read: Read) -> None:
    """Where = stands before the value, the numbers before it give it as it is printed."""
    for before, after in pairwise(parts):
        if (before.role, after.relation, after.role) != ("substituted", "=", "value"):
            continue
        try:
            computed = Reader(world, printed=True).value(before.elements)
        except UnreadableError:
            # Said already where letters and numbers are read.
            continue
        reader = Reader(world, printed=True)
        shown = reader.value(after.elements)
        pairs = [(computed, shown, reader.precision)]
        if isinstance(shown, Grid):
            (table,) = (e[1] for e in after.elements if is_matrix(e))
            pairs = list(_cells(computed, table, world))
        for left, right, half in pairs:
            assert agree(left, right, half * (1 + mp.mpf("1e-9"))), f"{text(math)}: {left}"
        read.numbers += 1


def _cells(computed: Grid, table: Element, world: World) -> Iterator[tuple[Any, Any, Any]]:
    rows = [list(line) for line in table]
    for full, shown in _ends(computed.rows, rows, lambda line: all(text(c) == "⋮" for c in line)):
        for left, cell in _ends(full, shown, lambda c: text(c) in ("⋯", "...")):
            reader = Reader(world, printed=True)
            yield left, reader.value([cell]), reader.precision


# Tables


def read_table(table: Table, world: World, read: Read) -> None:
    """What is given, and parameters with their gradients and new values, beside their letters."""
    caption = table.caption.key if table.caption else ""
    match caption:
        case "table.givens":
            for cell in (c for line in table.rows for c in line[1:] if not isinstance(c, str)):
                letter, number = (side.elements for side in chains(page_maths(cell))[0])
                ref = _only(letter).attrib["data-ref"]
                _read_cell(world, ref, letter, number, read)
        case "table.update" | "table.gradients":
            for letter, *numbers in table.rows:
                element = _only(flat([page_maths(letter)[0]]))
                for kind, number in zip(table.header[1:], numbers, strict=True):
                    ref = _beside(element.attrib["data-ref"], kind.key)
                    _read_cell(world, ref, [element], flat(list(page_maths(number))), read)


def _beside(ref: str, column: str) -> str:
    """What stands in a column of the row of a parameter."""
    name, at = ref.split("@")
    match column:
        case "table.old":
            return ref
        case "table.new":
            return f"{name}@{int(at) + 1}"
    assert column == "table.gradient", column
    return f"dE/d{ref}"


def _only(elements: list[Element]) -> Element:
    (element,) = elements
    return element


def _read_cell(
    world: World, ref: str, letter: list[Element], number: list[Element], read: Read
) -> None:
    exactly = world.named(letter[0], ref)
    reader = Reader(world, printed=True)
    shown = reader.value(number)
    near = reader.precision * (1 + mp.mpf("1e-9"))
    assert agree(exactly, shown, near), f"{ref} is {mp.nstr(exactly, 12)}, not {shown}"
    read.cells += 1


def _named(elements: Sequence[Element]) -> Iterator[Element]:
    for element in elements:
        yield from (e for e in element.iter() if "data-ref" in e.attrib)


def is_named(side: Side) -> bool:
    """Whether letters of a side name a scalar, a vector or a matrix of the trace."""
    return any(True for _ in _named(side.elements))


def _spelt(side: Side) -> str:
    return "".join(map(text, side.elements))
