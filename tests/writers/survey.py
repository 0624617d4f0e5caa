"""Twenty documents of all kinds, each made once, and what ink is on their pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pypdfium2

from derive.derivation import VIEWS
from derive.document import Document
from derive.problem import example
from derive.writers import WRITERS, Options
from tests.derivation.comparisons import MAZUR, compared, optimized
from tests.documents import drawn, solution
from tests.writers.pages import document_of

ZH, EN = ["zh-Hans"], ["en"]
SOFT = {"network": {"activation": ["tanh", "softmax"]}, "loss": {"name": "cross-entropy"}}
TWO = {"inputs": [[0.1, 0.9], [0.4, 0.2]], "targets": [[1.0, 0.0], [0.0, 1.0]]}
MANY = {
    "inputs": [[n / 10, 1 - n / 10] for n in range(5)],
    "targets": [[float(n > 2)] for n in range(5)],
}
TOP, SIDE, FOOT = 23 / 25.4 * 72, 22 / 25.4 * 72, 22 / 25.4 * 72
"""The margins, in points: in the upper one stands the running head, in the lower the number."""


def _one(layers: list[int], **more: object) -> Document:
    named = {key: more.pop(key) for key in ("languages", "views", "notation") if key in more}
    return solution(drawn(layers, **more), **named)


DOCUMENTS: dict[str, tuple[Callable[[], Document], str]] = {
    "classic": (lambda: document_of("mazur-2015"), "a4"),
    "classic, Chinese": (lambda: document_of("mazur-2015", ("zh-Hans",)), "a4"),
    "classic, English, Letter": (lambda: document_of("mazur-2015", ("en",)), "letter"),
    "classic in three views": (lambda: document_of("mazur-2015 in three views"), "a4"),
    "4-8-3": (lambda: _one([4, 8, 3]), "a4"),
    "4-8-3, Letter": (lambda: _one([4, 8, 3], languages=EN), "letter"),
    "3-4-2 in three views": (lambda: _one([3, 4, 2], views=VIEWS, languages=EN), "a4"),
    "three layers": (lambda: document_of("2-2-2-1"), "a4"),
    "four layers": (lambda: _one([2, 2, 2, 2, 1], languages=ZH, notation="watermelon"), "a4"),
    "softmax": (lambda: _one([2, 3, 2], data=TWO, **SOFT), "a4"),
    "softmax in three views": (lambda: document_of("three views"), "a4"),
    "softmax, Letter": (lambda: _one([2, 3, 2], data=TWO, languages=EN, **SOFT), "letter"),
    "five samples": (lambda: _one([2, 2, 1], data=MANY), "a4"),
    "five samples, in matrices": (
        lambda: _one([2, 2, 1], data=MANY, views=VIEWS[1:], languages=ZH, notation="nndl"), "a4",
    ),
    "Adam": (lambda: _one([2, 2, 2], optimizer={"name": "adam", "learning_rate": 0.01}), "a4"),
    "Adam, gates": (
        lambda: _one([2, 3, 1], optimizer={"name": "adam"}, views=VIEWS[2:], languages=EN),
        "letter",
    ),
    "several iterations": (
        lambda: solution(
            replace(example("mazur-2015").problem, iterations=3), show=(1, 2, 3), languages=ZH
        ),
        "a4",
    ),
    "12-9-8": (lambda: _one([12, 9, 8], views=VIEWS[1:], notation="nielsen", languages=EN), "a4"),
    "one neuron": (lambda: _one([1, 1]), "a4"),
    "a comparison": (
        lambda: compared(
            MAZUR, replace(MAZUR, optimizer=optimized("adam", learning_rate=0.01).optimizer)
        ),
        "a4",
    ),
}  # fmt: skip


@cache
def pdf(name: str) -> bytes:
    """A document of the survey, made once."""
    make, paper = DOCUMENTS[name]
    return WRITERS["pdf"].render(make(), Options(paper=paper))[".pdf"]


@dataclass(frozen=True)
class Ink:
    """The rows of a page's text that have ink.

    Attributes:
        lines: (top, bottom) of each run of rows with ink, from the text's upper end, which is 0, to
            its lower end, which is 1.
    """

    lines: list[tuple[float, float]]

    @property
    def hole(self) -> float:
        """The share of the page that is empty at its foot."""
        return 1 - max((bottom for _, bottom in self.lines), default=0.0)


@cache
def ink(name: str) -> list[Ink]:
    """The ink of each page, as PDFium draws it."""
    document, scale = pypdfium2.PdfDocument(pdf(name)), 1.0
    found = []
    for n in range(len(document)):
        page = np.asarray(document[n].render(scale=scale, grayscale=True).to_numpy()).squeeze()
        text = page[round(TOP * scale) : -round(FOOT * scale)]
        rows = np.flatnonzero((text < 200).any(axis=1))
        runs = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1) if len(rows) else []
        found.append(Ink([(run[0] / len(text), (run[-1] + 1) / len(text)) for run in runs]))
    return found
