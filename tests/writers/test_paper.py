"""Paper holds all that is printed: nothing in the margins, nothing too small, nothing left out."""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import product

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from derive.derivation import VIEWS
from derive.document import Document
from derive.writers import WRITERS, Options
from tests.derivation.comparisons import compared
from tests.documents import drawn, solution

pytestmark = pytest.mark.no_cover
"""A sweep: coverage learns nothing of it, and would double its time."""

SIDE = 22 / 25.4 * 72
"""The margins at the left and the right, in points."""
LEAST = 8.0
"""The least size of a sign of equality, in points; it has the size of its formula."""
OWN = (
    "x * (1 + tanh(sqrt(2/pi) * (x + 0.044715 * x^3))) / 2 + exp(-x^2) * sin(x) / (1 + exp(-x))"
    " + ln(1 + exp(x)) * cosh(x) / 3"
)
SOFT = {"network": {"activation": ["tanh", "softmax"]}, "loss": {"name": "cross-entropy"}}


def samples(layers: list[int], count: int) -> dict[str, list[list[float]]]:
    """So many samples, each number another: 0.1001, 0.1002, and so on."""
    taken = (n / 10_000 for n in range(1_001, 10_000))
    return {
        side: [[next(taken) for _ in range(size)] for _ in range(count)]
        for side, size in (("inputs", layers[0]), ("targets", layers[-1]))
    }


def network(
    layers: list[int], count: int, *, views: tuple[str, ...] = VIEWS, **more: object
) -> Document:
    """The solution of a network on some samples."""
    notation = more.pop("notation", "net-out")
    languages = more.pop("languages", ["en"])
    data = samples(layers, count)
    if more.get("loss"):
        data["targets"] = [[float(n == 0) for n in range(layers[-1])] for _ in range(count)]
    problem = drawn(layers, data=data, **more)
    return solution(problem, views=views, notation=notation, languages=languages)


DOCUMENTS = {
    "16-2-4, two samples": lambda: network([16, 2, 4], 2, languages=["zh-Hans", "en"]),
    "64-32-10": lambda: network([64, 32, 10], 1, views=("scalars",)),
    "64-32-10, 32 samples": lambda: network([64, 32, 10], 32),
    "4-8-3": lambda: network([4, 8, 3], 3),
    "4-8-3, Bishop": lambda: network([4, 8, 3], 3, notation="bishop"),
    "12-9-8": lambda: network([12, 9, 8], 4, notation="nielsen", languages=["zh-Hans"]),
    "2-2-2-2-1": lambda: network([2, 2, 2, 2, 1], 5, notation="watermelon"),
    "softmax of 10": lambda: network([4, 6, 10], 2, notation="nndl", **SOFT),
    "1-1": lambda: network([1, 1], 32),
    "1-20-1": lambda: network([1, 20, 1], 7, notation="pdp"),
    "32-4": lambda: network([32, 4], 12, notation="d2l"),
    "a formula of one's own": lambda: network(
        [2, 2, 2], 1, network={"activation": {"formula": OWN}}
    ),
    "a comparison": lambda: compared(
        drawn([9, 7, 6], data=samples([9, 7, 6], 3)),
        drawn([9, 7, 6], data=samples([9, 7, 6], 3), optimizer={"name": "adam"}),
    ),
}


@cache
def pdf(name: str, paper: str) -> bytes:
    """A document, made once."""
    return WRITERS["pdf"].render(DOCUMENTS[name](), Options(paper=paper))[".pdf"]


CASES = [*((name, "a4") for name in DOCUMENTS), ("16-2-4, two samples", "letter")]


@pytest.mark.parametrize(("name", "paper"), CASES)
def test_no_ink_is_in_the_margins(name: str, paper: str) -> None:
    """Whatever a table, a formula or a figure holds, it ends where the text ends."""
    document = pypdfium2.PdfDocument(pdf(name, paper))
    scale = 1.5
    edge = round(SIDE * scale) - 1
    for n in range(len(document)):
        page = np.asarray(document[n].render(scale=scale).to_pil().convert("L"))
        for margin in (page[:, :edge], page[:, -edge:]):
            assert (margin > 200).all(), f"page {n + 1}"


@pytest.mark.parametrize(("name", "paper"), CASES)
def test_no_formula_is_set_small(name: str, paper: str) -> None:
    """What is too wide is broken, opened or elided, and keeps a size that can be read."""
    document = pypdfium2.PdfDocument(pdf(name, paper))
    count = 0
    for n in range(len(document)):
        text = document[n].get_textpage()
        for at in range(text.count_chars()):
            if chr(pdfium.FPDFText_GetUnicode(text.raw, at)) in "=≈":
                matrix = pdfium.FS_MATRIX()
                pdfium.FPDFText_GetMatrix(text.raw, at, matrix)
                size = pdfium.FPDFText_GetFontSize(text.raw, at) * abs(matrix.d)
                assert size > LEAST - 0.1, f"page {n + 1}"
                count += 1
    assert count > 10


@pytest.mark.parametrize(
    ("layers", "count"), [([16, 2, 4], 2), ([64, 32, 10], 32), ([30, 2, 1], 3)]
)
def test_every_number_of_the_samples_is_printed(layers: list[int], count: int) -> None:
    """A table that is cut into blocks loses none of its columns, and each block is headed."""
    data = samples(layers, count)
    document = network(layers, count, views=("scalars",))
    pages = pypdfium2.PdfDocument(WRITERS["pdf"].render(document, Options())[".pdf"])
    text = "".join(pages[n].get_textpage().get_text_range() for n in range(len(pages)))
    text = unicodedata.normalize("NFKC", text)
    for side, row in product(("inputs", "targets"), range(count)):
        for number in data[side][row]:
            assert f"{number:.4f}".rstrip("0") in text
    parts = text.count("The samples (part ")
    assert parts >= 2
    assert text.count(f" of {parts})") >= parts
