#!/usr/bin/env python3
"""Change what a page says, one place at a time, and see the tests fail each time.

A change that no test notices is a survivor: something on the page that could be wrong unseen.
Each is tried in a copy of the working tree. Exits with 1 where one survives, or where the text
that it changes is not found any more.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parent.parent
READ = (
    "tests/derivation/test_reading.py::test_every_line_of_every_kind_of_problem_is_true[net-out]",
)
CHAINED = ("tests/derivation/test_softmax.py",)
WORDS = ("tests/derivation/test_words_of_steps.py",)
DRAWN = ("tests/figures/test_refs.py",)


@dataclass(frozen=True)
class Change:
    """One thing said wrongly: which text of a file becomes which, and the tests that guard it."""

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


BACKWARD = "derive/derivation/scalars/backward.py"
CHAIN = "derive/derivation/scalars/chain.py"
GRADIENTS = "derive/derivation/scalars/gradients.py"
ERROR_TERMS = "derive/derivation/scalars/error_terms.py"
LAYERWISE = "derive/derivation/layers/layerwise.py"
MATRIX_UPDATE = "derive/derivation/layers/matrix_update.py"
ELEMENTWISE = "derive/derivation/layers/elementwise.py"
GATES = "derive/derivation/layers/gates.py"
FORMULAS = "derive/derivation/formulas.py"
SOFTMAX = "derive/derivation/softmax.py"
OPENING = "derive/derivation/opening/drawing.py"
UPDATE = "derive/derivation/scalars/update.py"
OPTIMIZER = "derive/derivation/optimizer.py"
SCALAR_DRAWING = "derive/derivation/layers/scalar_drawing.py"
TABLES = "derive/derivation/setting/tables.py"
NOTATION = "derive/notation/__init__.py"

CHANGES = (
    Change(
        "the equation of a net input reads its weights turned",
        "derive/engine/operations/affine.py",
        "sum(j, W[i, j] * out[s, j])", "sum(j, W[j, i] * out[s, j])",
        ("tests/engine/test_operations.py",),
    ),
    Change(
        "every path has the error term of the first neuron", FORMULAS,
        "(net, times(Symbol(net.error_term),",
        "(net, times(Symbol(net.error_term.cell(0, sample=net.sample)),", READ,
    ),
    Change(
        "a path is left out", FORMULAS,
        "for net, local in book.walk.paths(of)", "for net, local in book.walk.paths(of)[:1]", READ,
    ),
    Change(
        "a scalar of the graph is taken for another sample's",
        "derive/derivation/setting/scalar_walk.py",
        "return Ref(quantity, layer, tuple(index), self.samples[row], iteration)",
        "return Ref(quantity, layer, tuple(index), self.samples[0], iteration)", READ,
    ),
    Change(
        "the chain along a path ends at another neuron", ERROR_TERMS,
        'return Product((error, Symbol(Local(net, out))))',
        'out = out.cell(1 - out.index[0], sample=out.sample)\n'
        '    return Product((error, Symbol(Local(net, out))))', READ,
    ),
    Change(
        "the chain along a path goes through another net input", ERROR_TERMS,
        'return Product((error, Symbol(Local(net, out))))',
        'return Product((error, Symbol(Local(net.cell(0, sample=net.sample), out))))', READ,
    ),
    Change(
        "the third factor is by another weight", CHAIN,
        'Symbol(Local(net, layer.weight(neuron))),',
        'Symbol(Local(net, layer.weight(1 - neuron))),', READ,
    ),
    Change(
        "the third factor's own line is of another output", CHAIN,
        'below = book.ref("out", layer.number - 1, 0, sample=sample)\n    net,',
        'below = book.ref("out", layer.number - 1, 1, sample=sample)\n    net,', READ,
    ),
    Change(
        "the chain's middle factor is of another layer's neuron", CHAIN,
        "Symbol(out.slope),\n            Symbol(Local",
        "Symbol(out.slope.cell(1 - neuron, sample=sample)),\n            Symbol(Local", READ,
    ),
    Change(
        "the words name another neuron than the equation", BACKWARD,
        'gaps: dict[str, Inline] = {"neuron": layer.book.notation.neuron(layer.number, neuron)}',
        'gaps: dict[str, Inline] = {"neuron": layer.book.notation.neuron(layer.number, 0)}', WORDS,
    ),
    Change(
        "the words name another sample than the equation", BACKWARD,
        'gaps["sample"] = str(sample + 1)', 'gaps["sample"] = str(sample + 2)', WORDS,
    ),
    Change(
        "the words on the third factor name another weight", CHAIN,
        '"net": book.symbol(net), "weight": book.symbol(weight)}',
        '"net": book.symbol(net), "weight": book.symbol(layer.weight(1 - neuron))}', WORDS,
    ),
    Change(
        "a slope is of another neuron's output", FORMULAS,
        '"out": book.term("out", layer, neuron, sample=sample),\n    }\n    return',
        '"out": book.term("out", layer, 0, sample=sample),\n    }\n    return', READ,
    ),
    Change(
        "the derivative of the loss has the wrong sign", FORMULAS,
        "return times(*book.error_factor(), book.signed(slope))",
        "return times(*book.error_factor(), Negative(book.signed(slope)))", READ,
    ),
    Change(
        "softmax's error term sums the slopes of one output alone", SOFTMAX,
        "Symbol(out.slope.cell(of, neuron, sample=sample)),",
        "Symbol(out.slope.cell(neuron, of, sample=sample)),",
        CHAINED,
    ),
    Change(
        "output minus target has another target", SOFTMAX,
        'target = book.term("target", last, neuron, sample=sample)',
        'target = book.term("target", last, 0, sample=sample)', READ,
    ),
    Change(
        "a matrix of slopes is headed by another letter", SOFTMAX,
        'notation.any_neuron("net", layer, "k", sample),\n    )\n    steps',
        'notation.any_neuron("out", layer, "k", sample),\n    )\n    steps',
        CHAINED,
    ),
    Change(
        "the weights' gradient is of another layer's outputs in letters", LAYERWISE,
        'terms = self.contributions(layer, "W")',
        '(term,), out = self.contributions(layer, "W"), self.letters(book.ref("out", layer))\n'
        '        terms = [replace(term, grids=(term.grids[0], replace(term.grids[1], name=out)))]',
        READ,
    ),
    Change(
        "a matrix of the biases' gradient has the letters of the biases", LAYERWISE,
        'yield self.equation(self.biases(result), self.contributions(layer, "b"))',
        "wrong = replace(self.biases(result), name=self.letters(biases))\n"
        '            yield self.equation(wrong, self.contributions(layer, "b"))',
        READ,
    ),
    Change(
        "the letters of the update's new weights are the old ones", MATRIX_UPDATE,
        "return self.equation(self.grid(new), [Term((self.grid(array),)), step])",
        "right = self.grid(new)\n"
        "        wrong = type(right)(self.grid(array).name, right.cells, turned=right.turned)\n"
        "        return self.equation(wrong, [Term((self.grid(array),)), step])",
        READ,
    ),
    Change(
        "an optimizer's memory before the update is shown for that after it", MATRIX_UPDATE,
        "{ref: self.grid(ref.cell()).upright for ref",
        "{ref: self.grid(ref.cell().at(self.book.iteration)).upright for ref", READ,
    ),
    Change(
        "a square of a matrix is the matrix", ELEMENTWISE,
        "return [factor, row(TIMES, factor)]", "return [factor]", READ,
    ),
    Change(
        "a scalar gate sends back another gradient", SCALAR_DRAWING,
        "weights.append(self._named(weight, back=self._back(weight)))",
        "weights.append(self._named(weight, back=delta))", ("tests/figures/test_scalar_gates.py",),
    ),
    Change(
        "one letter stands for two activations", "derive/derivation/slopes.py",
        "number = different.index(book.problem.activations[layer - 1]) + 1", "number = 1", READ,
    ),
    Change(
        "a gate sends back another gradient", GATES,
        "weights=_edge(self.weights(weights), self.weights(book.gradient_by(weights))),",
        "weights=_edge(self.weights(weights), delta),", DRAWN,
    ),
    Change(
        "a gate's equation sends back another layer's gradient", GATES,
        "yield self.equation(self.towards(layer - 1), self.back(layer - 1, later=after))",
        "came = self.towards(layer - 1)\n"
        "                came = Grid(delta.name, came.cells, came.turned)\n"
        "                yield self.equation(came, self.back(layer - 1, later=after))",
        READ,
    ),
    Change(
        "an edge of the drawing has another weight's letters", OPENING,
        "NetworkEdge(layer, start, end, book.symbol(ref), book.number(ref), path)",
        "NetworkEdge(layer, start, end, book.symbol(Ref('W', layer, (0, 0), iteration=0)), "
        "book.number(ref), path)",
        DRAWN,
    ),
    Change(
        "an edge of the drawing has another weight's number", OPENING,
        "NetworkEdge(layer, start, end, book.symbol(ref), book.number(ref), path)",
        "NetworkEdge(layer, start, end, book.symbol(ref), "
        "book.number(Ref('W', layer, (0, 0), iteration=0)), path)",
        DRAWN,
    ),
    Change(
        "a path has another colour in the drawing than in the sum", OPENING,
        "path = end % 6 if coloured else None", "path = (end + 1) % 6 if coloured else None", DRAWN,
    ),
    Change(
        "the drawing's edge runs to another neuron", OPENING,
        "NetworkEdge(layer, start, end, book.symbol(ref)",
        "NetworkEdge(layer, end % sizes[layer - 1], start % sizes[layer], book.symbol(ref)", DRAWN,
    ),
    Change(
        "the update table shows the new value as the old", UPDATE,
        "book.symbol(ref), book.number(ref), book.number(ref.gradient), *computed,",
        "book.symbol(ref), book.number(new), book.number(ref.gradient), *computed,",
        READ,
    ),
    Change(
        "a gradient in a table has not the sign of its letters", GRADIENTS,
        "strong(book.number(by))", "strong(book.number(ref.gradient))",
        ("tests/derivation/test_reading.py", "-k", "every_row"),
    ),
    Change(
        "the update goes uphill", OPTIMIZER,
        "downhill = step if by.aspect is Aspect.DESCENT else Negative(step)",
        "downhill = step", READ,
    ),
    Change(
        "a layer has another layer's name", TABLES,
        "if layer == book.notation.last:", "if layer == book.notation.last - 1:", WORDS,
    ),
    Change(
        "a weighted sum is called a net input", "derive/derivation/setting/wording.py",
        'return {"net": Message("sign.sum" if book.thresholds else "sign.net")}',
        'return {"net": Message("sign.net" if book.thresholds else "sign.sum")}', WORDS,
    ),
    Change(
        "letters name the derivative and set another", NOTATION,
        "return partial(self._error(ref.sample), self.symbol(ref.itself))",
        "return partial(self._error(ref.sample), self.symbol(replace(ref.itself, "
        'quantity="net" if ref.quantity == "out" else ref.quantity)))',
        ("tests/derivation/test_notations.py", *READ),
    ),
    Change(
        "a weight's two indices change places", NOTATION,
        'if quantity == "W" and self.from_first:', 'if quantity == "W" and not self.from_first:',
        ("tests/derivation/test_notations.py",),
    ),
    Change(
        "a number has no more figures for being near another",
        "derive/derivation/setting/numerals.py",
        "for other, least in self._beside(ref)]", "for other, least in ()]",
        ("tests/derivation/test_numbers.py",),
    ),
    Change(
        "a minus stands before a 0", "derive/maths/expression.py",
        "return tree if _starts_with_zero(tree) else row(MINUS, tree)", "return row(MINUS, tree)",
        ("tests/maths/test_printers.py",),
    ),
    Change(
        "a book's two averages change their letters", "derive/notation/textbooks.py",
        '_moments("s", "r")', '_moments("r", "s")', ("tests/derivation/test_notations.py",),
    ),
)  # fmt: skip


def survives(change: Change, tree: Path) -> str | None:
    """What is to be said of a change that no test notices; None where one does."""
    file = tree / change.file
    text = file.read_text("utf-8")
    if text.count(change.old) != 1:
        return f"not tried, {change.file} has its text {text.count(change.old)} times"
    file.write_text(text.replace(change.old, change.new), "utf-8")
    try:
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        environment = {**os.environ, "PYTHONPATH": str(tree), "PYTEST_ADDOPTS": ""}
        done = subprocess.run(  # noqa: S603 (our own tests)
            [*command, *change.tests], cwd=tree, env=environment, capture_output=True, text=True
        )
    finally:
        file.write_text(text, "utf-8")
    crash = re.search(r"^E +((?:Name|Import|Syntax|Attribute|Type)Error.*)", done.stdout, re.M)
    if crash:
        return f"not tried, the change itself does not run: {crash[1]}"
    if done.returncode == 1:
        return None
    return "survived" if done.returncode == 0 else f"the tests did not run: {done.stdout[-400:]}"


def main() -> int:
    """Try every change, or those whose words hold the arguments."""
    chosen = [change for change in CHANGES if all(word in change.what for word in sys.argv[1:])]
    files = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    workers = os.cpu_count() or 1
    trees: SimpleQueue[Path] = SimpleQueue()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as pool:
        for n in range(workers):
            tree = Path(folder) / str(n)
            for name in filter(None, files):
                if (ROOT / name).is_file():
                    (tree / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(ROOT / name, tree / name)
            trees.put(tree)

        def attempt(change: Change) -> str | None:
            tree = trees.get()
            try:
                return survives(change, tree)
            finally:
                trees.put(tree)

        left = 0
        for change, fate in zip(chosen, pool.map(attempt, chosen), strict=True):
            print(f"{'noticed' if fate is None else fate}: {change.what}", flush=True)
            left += fate is not None
    print(f"{len(chosen)} changes, {left} survivors or not tried")
    return 1 if left or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
