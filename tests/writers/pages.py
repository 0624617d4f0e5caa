"""Pages of a few documents, each made once, and ways to walk through them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from xml.etree.ElementTree import Element

import tinyhtml5

from derive.derivation import VIEWS, worked_solution
from derive.document import Document
from derive.engine import Trace, train
from derive.maths.numbers import Rounding
from derive.problem import ActivationSpec, Example, Problem, example
from derive.writers import WRITERS, Options
from tests.documents import drawn

BOTH, ZH, EN = ("zh-Hans", "en"), ("zh-Hans",), ("en",)
HOSTILE = "<script>alert('&amp;')</script> \"quoted\" & ]]> <img src=x onerror=alert(1)>"
"""Text that must come out as it went in, and do nothing."""


def hostile_example() -> Example:
    """The classic example with markup wherever a stranger's text may stand."""
    classic = example("mazur-2015")
    leaky = ActivationSpec(name=None, formula="where(x < 0, 0.1*x, x)")
    problem = replace(classic.problem, activations=(leaky, leaky), iterations=1)
    misprints = tuple(
        replace(m, printed=f"0.2<b>{n}&") for n, m in enumerate(classic.misprints[:1])
    )
    return replace(classic, problem=problem, title=HOSTILE, source=HOSTILE, misprints=misprints)


def many_layers() -> Problem:
    """Two hidden layers, three activations, two samples."""
    return drawn(
        [2, 2, 2, 1],
        network={"activation": ["tanh", "relu", "sigmoid"]},
        data={"inputs": [[0.1, 0.9], [0.4, 0.2]], "targets": [[0.3], [0.8]]},
    )


@dataclass(frozen=True)
class Case:
    """A problem, with its example where it is one, and what is asked of its solution."""

    problem: Problem
    example: Example | None = None
    views: tuple[str, ...] = ("scalars",)
    notation: str = "net-out"


@cache
def case(name: str) -> Case:
    """The problems of these tests by name."""
    if name == "hostile":
        found = hostile_example()
        return Case(found.problem, found)
    if name in ("3-4-2", "3-4-2 in three views"):
        return Case(drawn([3, 4, 2]), views=VIEWS if "views" in name else ("scalars",))
    if name == "mazur-2015 in three views":
        published = example("mazur-2015")
        return Case(published.problem, published, views=VIEWS)
    if name == "2-2-2-1":
        return Case(many_layers())
    if name == "three views":
        two = {"inputs": [[0.1, 0.9], [0.4, 0.2]], "targets": [[1.0, 0.0], [0.0, 1.0]]}
        problem = drawn([2, 3, 2], network={"activation": ["tanh", "softmax"]}, data=two)
        return Case(problem, views=VIEWS, notation="nndl")
    if name == "wide":
        return Case(drawn([12, 9, 8]))
    published = example(name)
    return Case(published.problem, published)


@cache
def trace_of(name: str) -> Trace:
    """The training of a case."""
    return train(case(name).problem)


@cache
def document_of(name: str, languages: tuple[str, ...] = BOTH) -> Document:
    """The worked solution of a case."""
    found = case(name)
    digits = found.example.digits if found.example else 6
    decimals = found.example.decimals if found.example else None
    return worked_solution(
        found.problem,
        trace_of(name),
        languages=languages,
        rounding=Rounding(digits, decimals),
        example=found.example,
        views=found.views,
        notation=found.notation,
        command=f"derive report {HOSTILE}" if name == "hostile" else "derive report --net 2-2-2",
        version="<i>1</i>" if name == "hostile" else "1.0",
    )


@cache
def html_of(name: str, languages: tuple[str, ...] = BOTH) -> str:
    """The page of a case."""
    return WRITERS["html"].render(document_of(name, languages), Options())[".html"].decode()


@cache
def pdf_of(name: str, languages: tuple[str, ...] = BOTH, paper: str = "a4") -> bytes:
    """The PDF of a case."""
    return WRITERS["pdf"].render(document_of(name, languages), Options(paper=paper))[".pdf"]


@cache
def tree_of(name: str, languages: tuple[str, ...] = BOTH) -> Element:
    """The page of a case as a browser reads it, its elements without namespaces."""
    root: Element = tinyhtml5.parse(html_of(name, languages), namespace_html_elements=False)
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
    return root


def elements(root: Element, *tags: str) -> list[Element]:
    """All elements with one of the tags, in document order."""
    return [element for element in root.iter() if element.tag in tags]


def words(element: Element) -> str:
    """The text of an element, white space made single."""
    return " ".join("".join(element.itertext()).split())


def spoken(root: Element) -> Iterator[tuple[str, Element, str]]:
    """Each piece of text, and each alternative text, with its element and its language."""

    def go(element: Element, language: str) -> Iterator[tuple[str, Element, str]]:
        if element.tag in ("style", "script"):
            return
        language = element.get("lang", language)
        yield language, element, element.text or ""
        for attribute in ("alttext", "aria-label", "alt", "title"):
            yield language, element, element.get(attribute, "")
        for child in element:
            yield from go(child, language)
            yield language, element, child.tail or ""

    yield from go(root, "")
