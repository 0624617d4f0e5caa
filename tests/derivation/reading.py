"""The equations of a page read back: letters by the trace's values, numbers as they are printed.

What an equation says is taken from its MathML alone: the attribute `data-ref` tells which scalar,
vector or matrix an element names, the rest is arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from derive.document import Document, Equation, Message, Section, Table, blocks
from derive.maths.breaking import breakable
from derive.maths.mathml import mathml
from derive.maths.tree import Tree
from derive.writers.html import paint
from derive.writers.mathematics import data_ref
from tests.derivation.matrices import (
    LEFT_OUT,
    TERMS_LEFT_OUT,
    Grid,
    UnreadableError,
    agree,
    cellwise,
    each_by_itself,
    ends,
    named_in,
    text,
    times,
    whole,
)
from tests.derivation.world import ACTIVATION, ANY_SAMPLE, NETS, POINTS, World, memories, parsed
from tests.engine.oracle import ACTIVATIONS, mp

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ln": mp.log, "tanh": mp.tanh, "exp": mp.exp, "erf": mp.erf, "max": max, "min": min,
}  # fmt: skip
LETTERED = {"mi", "msub", "msup", "msubsup", "mover"}
"""Elements that can be a letter with its marks."""
RELATIONS = {
    "<": lambda a, b: a < b, "≤": lambda a, b: a <= b,
    ">": lambda a, b: a > b, "≥": lambda a, b: a >= b,
}  # fmt: skip


def is_matrix(element: Element) -> bool:
    """Whether an element is a matrix in brackets, or the cases after a brace."""
    return len(element) > 1 and element[0].text in ("[", "{") and element[1].tag == "mtable"


def flat(elements: Sequence[Element]) -> list[Element]:
    """Elements with rows opened up and spaces left out."""
    found: list[Element] = []
    for element in elements:
        if "data-ref" not in element.attrib and element.tag in ("mrow", "mstyle", "mtd", "mtr"):
            found += [element] if is_matrix(element) else flat(list(element))
        elif element.tag not in ("mtext", "mspace") or text(element).strip():
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
        elementwise: whether what is read stands under a root or in a quotient of matrices.
    """

    world: World
    printed: bool = False
    rest: list[Element] = field(default_factory=list)
    precision: Any = field(default_factory=lambda: mp.mpf(0))
    elementwise: bool = False

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

    def by_elements(self, elements: Sequence[Element]) -> Any:
        """The same of what a quotient or a root is of, element by element."""
        before, self.elementwise = self.elementwise, True
        try:
            return whole(self.value(elements))
        finally:
            self.elementwise = before

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
            add = each_by_itself if self.elementwise else cellwise
            total = term if total is None else add(total, term, lambda a, b: a + b)
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
                found = self.by_elements(list(head))
                return found.each(mp.sqrt) if isinstance(found, Grid) else mp.sqrt(found)
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
        letter, number = re.fullmatch(r"(.+?)(\d?)", spelt, re.DOTALL).groups()  # type: ignore[union-attr]
        if letter == ACTIVATION.get(self.world.book, "f") and self.sign() == "(":
            assert number == self.world.function_number(), spelt
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
            return each_by_itself(
                self.by_elements(above), self.by_elements(below), lambda a, b: a / b
            )
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
    names = [e.attrib["data-ref"] for e in named_in(head)]
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
        quantity, layer, index, at = parsed(next(named_in(parts[1].elements)).attrib["data-ref"])
        rows = world.trace(quantity, layer, index[:1], at)
        world.bound = {"slope": Grid(tuple(map(tuple, rows)))}
        yield
        world.bound = {}
        return
    if head[0].tag == "mfrac" and text(head[0]).startswith("d"):
        above, below = flat([head[0][0]]), flat([head[0][1]])
        yield from _at_points(text(below[1]), above[1:], world)
        return
    if "-function-" in anchor and world.activation != "softmax":
        # Its formula: out = f(net) = …
        applied = next(side.elements for side in parts if len(side.elements) > 1)
        argument = applied[[text(e) for e in applied].index("(") + 1]
        yield from _at_points(text(argument), head, world)
        return
    cases = any(is_matrix(e) and e[0].text == "{" for side in parts for e in side.elements)
    for indices in ({"j": 0, "k": 1}, {"j": 1, "k": 1})[: 2 if cases else 1]:
        world.indices = indices
        yield
    world.indices = {}


def _at_points(net: str, out: list[Element], world: World) -> Iterator[None]:
    """An activation and its slope at some net inputs, whose letter is given as the output's is."""
    output, slope = ACTIVATIONS[world.activation]
    for point in POINTS:
        world.bound = {net: point, "slope": slope(point)}
        if len(out) == 1:
            world.bound[text(out[0])] = output(point)
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
    named = list(_grids(letters.elements, world))
    matrices = (e for side in numbers.elements for e in side.iter() if is_matrix(e))
    shown = [Reader(world).matrix(e[1]) for e in matrices]
    assert len(named) == len(shown) > 0, _spelt(numbers)
    for full, part in zip(named, shown, strict=True):
        assert agree(full, part), f"{_spelt(letters)}: {_spelt(numbers)}"


def _grids(elements: Sequence[Element], world: World) -> Iterator[Grid]:
    """The matrices that letters name, in their order."""
    for element in elements:
        if element.tag == "munder":
            yield Reader(world).braced(element)
        elif "data-ref" not in element.attrib:
            yield from _grids(list(element), world)
        elif isinstance(found := world.named(element, element.attrib["data-ref"]), Grid):
            yield found


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
    for full, shown in ends(computed.rows, rows, lambda line: all(text(c) == "⋮" for c in line)):
        for left, cell in ends(full, shown, lambda c: text(c) in ("⋯", "...")):
            reader = Reader(world, printed=True)
            yield left, reader.value([cell]), reader.precision


# Tables


def read_table(table: Table, world: World, read: Read) -> None:
    """What is given, and parameters with their gradients and new values, beside their letters."""
    words = table.caption
    if words and words.key == "table.part":
        words = words.gaps["caption"]  # type: ignore[assignment]
    match words.key if words else "":
        case "table.givens":
            for cell in (c for line in table.rows for c in line[1:] if not isinstance(c, str)):
                letter, number = (side.elements for side in chains(page_maths(cell))[0])
                ref = _only(letter).attrib["data-ref"]
                _read_cell(world, ref, letter, number, read)
        case "table.gradients":
            for letter, *factors, gradient in table.rows:
                for factor in (cell for cell in factors if cell):
                    Reader(world, printed=True).value(flat(list(page_maths(factor))))
                    read.cells += 1
                exactly = Reader(world).value(flat(list(page_maths(letter))))
                _agree(world, text(page_maths(letter)), exactly, page_maths(gradient), read)
        case "table.update":
            for letter, *numbers in table.rows:
                element = _only(flat([page_maths(letter)[0]]))
                for kind, number in zip(table.header[1:], numbers, strict=True):
                    if number == "—":
                        # Nothing is computed of a bias that is not trained.
                        continue
                    of = element.attrib["data-ref"]
                    ref = (
                        _beside(of, kind.key)
                        if isinstance(kind, Message)
                        else _memory(of, page_maths(kind), world)
                    )
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


def _memory(ref: str, letter: Element, world: World) -> str:
    """What stands under a letter of the optimizer in the row of a parameter."""
    name, at = ref.split("@")
    known = memories(world.book, world.problem.optimizer.name)
    return f"{known[text(letter)]}{name}@{int(at) + 1}"


def _only(elements: list[Element]) -> Element:
    (element,) = elements
    return element


def _read_cell(
    world: World, ref: str, letter: list[Element], number: list[Element], read: Read
) -> None:
    _agree(world, ref, world.named(letter[0], ref), number, read)


def _agree(world: World, what: str, exactly: Any, number: Iterable[Element], read: Read) -> None:
    reader = Reader(world, printed=True)
    shown = reader.value(flat(list(number)))
    near = reader.precision * (1 + mp.mpf("1e-9"))
    assert agree(exactly, shown, near), f"{what} is {mp.nstr(exactly, 12)}, not {shown}"
    read.cells += 1


def is_named(side: Side) -> bool:
    """Whether letters of a side name a scalar, a vector or a matrix of the trace."""
    return any(True for _ in named_in(side.elements))


def _spelt(side: Side) -> str:
    return "".join(map(text, side.elements))
