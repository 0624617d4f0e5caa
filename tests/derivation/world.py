"""What the letters of a page are worth: the trace by plain loops, in the conventions of a book.

What each book means by its letters is stated here a second time.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

from derive.problem import Problem
from tests.derivation.matrices import (
    OTHER_SAMPLES,
    Grid,
    UnreadableError,
    named_in,
    spelt,
    text,
)
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
    "goodfellow": {"ε": "learning_rate", "α": "beta", "δ": "epsilon"},
    "nndl": {"α": "learning_rate"},
    "watermelon": {"ρ": "beta", "ρ1": "beta1", "ρ2": "beta2"},
}  # fmt: skip
"""The letters of the optimizers' numbers, where a book has others than the usual ones."""
OF_OPTIMIZERS: dict[tuple[str, str], dict[str, str]] = {
    ("z-a", "rmsprop"): {"β2": "rho"},
    ("z-a", "adadelta"): {"β2": "rho"},
    ("goodfellow", "adam"): {"ρ1": "beta1", "ρ2": "beta2"},
    ("goodfellow", "adamw"): {"ρ1": "beta1", "ρ2": "beta2"},
    ("nndl", "momentum"): {"ρ": "beta"},
    ("nndl", "nesterov"): {"ρ": "beta"},
    ("nndl", "rmsprop"): {"β": "rho"},
    ("nndl", "adadelta"): {"β": "rho"},
    ("d2l", "rmsprop"): {"γ": "rho"},
}
"""Those that a book has for one optimizer alone."""
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
STATES = {
    "momentum": "v", "nesterov": "v", "adagrad": "s", "rmsprop": "s", "adadelta": "sud",
    "adam": ("m", "v", "m_hat", "v_hat"), "adamw": ("m", "v", "m_hat", "v_hat"),
}  # fmt: skip
"""What an optimizer remembers of a parameter, and what it computes on the way."""
MOMENTS: dict[str, tuple[str, str]] = {
    "z-a": ("v", "s"), "goodfellow": ("s", "r"), "nndl": ("M", "G"), "watermelon": ("m", "r"),
    "d2l": ("v", "s"),
}  # fmt: skip
"""What a book calls Adam's averages of gradients and of their squares, where not m and v."""
SQUARES = {"goodfellow": "r", "nndl": "G"}
"""What it calls the sum or average of squares alone, where that is not s."""
VELOCITY = {"nndl": "M", "watermelon": "r"}
"""What it calls the velocity of momentum, where that is not v."""
STEPS = {"nndl": "U", "watermelon": "q", "d2l": "Δw"}
"""What it calls Adadelta's average of squared steps, where that is not u."""
SUBTRACTED = {"d2l": "g′"}
"""What it calls Adadelta's step, where that is not Δw, which is added to w."""


def memories(book: str, optimizer: str) -> dict[str, str]:
    """What is in the trace that a book's letters say an optimizer has after an update."""
    match optimizer:
        case "adam" | "adamw":
            first, second = MOMENTS.get(book, ("m", "v"))
            hats = {f"{first}^+": "m_hat", f"{second}^+": "v_hat"}
            return {f"{first}+": "m", f"{second}+": "v", **hats}
        case "momentum" | "nesterov":
            return {f"{VELOCITY.get(book, 'v')}+": "v"}
        case "adagrad" | "rmsprop":
            return {f"{SQUARES.get(book, 's')}+": "s"}
    squares, steps = SQUARES.get(book, "s"), STEPS.get(book, "u")
    return {f"{squares}+": "s", f"{steps}+": "u", SUBTRACTED.get(book, "Δw"): "d"}


NETS = (mp.mpf("0.3"), mp.mpf("-0.7"), mp.mpf("1.1"))
TARGETS = (mp.mpf("0.5"), mp.mpf("0.2"), mp.mpf("0.3"))
ANY_THRESHOLD = mp.mpf("0.25")
"""Three outputs, for which a derivation of softmax's slopes must hold as for any."""
POINTS = (mp.mpf("0.37"), mp.mpf("-0.83"))
"""Net inputs at which a derivation of a slope must hold, to both sides of every corner."""

OF_SAMPLES = {
    "net", "out", "delta", "dE/dout", "dout/dnet", "product", "target", "loss_terms", "sample_loss",
}  # fmt: skip
NAME = re.compile(r"(?P<minus>-?)(?P<name>.+?)(?P<index>(\[\d+\])*)(@(?P<at>\d+))?")


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
        special = OF_OPTIMIZERS.get((self.book, self.problem.optimizer.name), {})
        own = {**LETTERS.get(self.book, {}), **special}
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
        states = STATES.get(self.problem.optimizer.name, ())
        if quantity in ("W", "dE/dW", *(f"{state}W" for state in states)):
            return grid.transposed if self.from_first else grid
        assert quantity in ("b", "dE/db", *(f"{state}b" for state in states)), quantity
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
        assert not quantity.startswith("-"), "the export knows no such name"
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
        """What an optimizer computes on the way; of a whole array, cell by cell."""
        around = self.trace(of, layer, index, at)
        if isinstance(around, list):
            inner = ((*index, n) for n in range(len(around)))
            return [self._derived(state, of, layer, one, at) for one in inner]
        if state == "d":
            epsilon = self.constant("epsilon")
            past = self.trace(f"u{of}", layer, index, at - 1)
            now = self.trace(f"s{of}", layer, index, at)
            gradient = self.trace(f"dE/d{of}", layer, index, at - 1)
            step = mp.sqrt((past + epsilon) / (now + epsilon)) * gradient
            return step if self.book in SUBTRACTED else -step
        decay = self.constant("beta1" if state[0] == "m" else "beta2")
        return self.trace(f"{state[0]}{of}", layer, index, at) / (1 - decay**at)

    # What is computed from letters

    def weight_letter(self, layer: int) -> str:
        """The letter of a layer's weights."""
        return "v" if self.book == "watermelon" and layer < self.last else "w"

    def squares(self, letter: str) -> Any:
        """The sum of the squares of all weights of a letter, in the pass of the equation."""
        layers = [n for n in range(1, self.last + 1) if self.weight_letter(n) == letter]
        assert layers, letter
        return self.trace("squares", None, tuple(layers), self.at)

    @property
    def activation(self) -> str:
        """The name of the activation of the layer that is looked at."""
        return str(self.problem.activations[self.layer - 1].name)

    def function_number(self) -> str:
        """The number that the letter of that layer's activation has, where there are several."""
        different = list(dict.fromkeys(self.problem.activations))
        own = self.problem.activations[self.layer - 1]
        return str(different.index(own) + 1) if len(different) > 1 else ""

    def activated(self, argument: Any) -> Any:
        """The activation of the head's layer, of each cell; softmax of each sample."""
        name = self.activation
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
        """Keep what the letters of a page name: one thing each, of which passes differ alone."""
        for element in named_in([math]):
            if element.tag == "mn":
                continue
            ref = element.attrib["data-ref"]
            known = self.names.setdefault(spelt(element), ref)
            assert known.split("@")[0] == ref.split("@")[0], f"{text(element)}: {known}, {ref}"

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
