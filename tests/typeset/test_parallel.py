"""Documents laid out by several processes are the documents that one would make."""

from __future__ import annotations

import gc
import multiprocessing
import re
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest

from derive.typeset import write_pdf
from derive.typeset.parallel import PART, Numbering, in_parts, joined, rendered_in_parallel
from derive.writers.fonts import MATH

FORMULA = "<math alttext='a over b'><mfrac><mi>a</mi><mi>b</mi></mfrac></math>"
STYLE = """
@page { size: A5; @bottom-right { content: counter(page) " of " counter(pages) }
        @top-left { content: element(running) } }
@page :first { @top-left { content: none } }
.running { position: running(running) }
section { break-before: page }
h2 { bookmark-level: 1 }
"""


def document(sections: int = 4, formulas: int = 160) -> str:
    """Sections that start new pages, and link to one another."""
    parts = [
        f"{PART}<section id='s{n}'><h2>Section {n}</h2>"
        f"<p><a href='#s{(n + 1) % sections}'>next</a> <a href='#s{n}'>this</a></p>"
        + "".join(f"<p>Line {k} of {n}: {FORMULA}</p>" for k in range(formulas))
        + "</section>"
        for n in range(sections)
    ]
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>Parts</title><style>{STYLE}</style></head>"
        f"<body><div class='running'>Parts, running</div>{''.join(parts)}{PART}</body></html>"
    )


def made(html: str, processes: int) -> pikepdf.Pdf:
    """The PDF of a document."""
    data = write_pdf(
        html, math_font=MATH.file(), family="Test Math", measure=30, processes=processes
    )
    return pikepdf.open(BytesIO(data))


@pytest.fixture(scope="module")
def alone() -> pikepdf.Pdf:
    """By one process."""
    return made(document(), 1)


@pytest.fixture(scope="module")
def together() -> pikepdf.Pdf:
    """By two."""
    return made(document(), 2)


def texts(pdf: pikepdf.Pdf) -> list[str]:
    """The text of each page, by another library."""
    pypdf = pytest.importorskip("pypdf")
    out = BytesIO()
    pdf.save(out)
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(out.getvalue())).pages]


def elements(node: Any) -> Counter[str]:
    """Structure elements of a tag tree, by kind."""
    found: Counter[str] = Counter()
    if isinstance(node, pikepdf.Array):
        for child in node:
            found += elements(child)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            found[str(node.S)] += 1
        if "/K" in node:
            found += elements(node.K)
    return found


def links(pdf: pikepdf.Pdf) -> list[tuple[int, int]]:
    """(page of a link, page that it leads to), by named destinations."""
    names = pdf.Root.Names.Dests.Names
    numbers = {page.obj.objgen: n for n, page in enumerate(pdf.pages)}
    places = {str(names[n]): numbers[names[n + 1][0].objgen] for n in range(0, len(names), 2)}
    return sorted(
        (n, places[str(note.Dest)])
        for n, page in enumerate(pdf.pages)
        for note in page.obj.get("/Annots", [])
    )


def test_a_document_with_many_formulas_is_parted() -> None:
    """Two processes get two documents of about the same weight; few formulas stay together."""
    first, second = in_parts(document(), 2)
    assert first.count(FORMULA) == second.count(FORMULA) == 320
    assert len(in_parts(document(), 1)) == 1
    assert len(in_parts(document(formulas=10), 2)) == 1
    assert len(in_parts(document().replace(PART, ""), 2)) == 1


def test_pages_have_the_same_text_and_numbers(alone: pikepdf.Pdf, together: pikepdf.Pdf) -> None:
    """Page x of y, the running header, and every line."""
    assert texts(together) == texts(alone)
    last = texts(together)[-1]
    count = len(together.pages)
    assert f"{count} of {count}" in last
    assert "Parts, running" in last


def test_bookmarks_are_those_of_one_document(alone: pikepdf.Pdf, together: pikepdf.Pdf) -> None:
    """All of them, in order."""

    def titles(pdf: pikepdf.Pdf) -> list[str]:
        with pdf.open_outline() as outline:
            return [item.title for item in outline.root]

    assert titles(together) == titles(alone) == [f"Section {n}" for n in range(4)]


def test_links_lead_to_the_same_pages(alone: pikepdf.Pdf, together: pikepdf.Pdf) -> None:
    """Within a part and from one to another."""
    assert links(together) == links(alone)
    assert len(links(together)) == 8


def test_tags_are_those_of_one_document(alone: pikepdf.Pdf, together: pikepdf.Pdf) -> None:
    """One tree under one root; each page's marks are found by a key of its own."""
    trees = [elements(pdf.Root.StructTreeRoot.K) for pdf in (alone, together)]
    for tree in trees:
        # The page that is dropped had an element of its own, without content.
        del tree["/Div"]
    assert trees[0] == trees[1]
    assert trees[1]["/Formula"] == 640
    keys = [int(page.obj.StructParents) for page in together.pages]
    keys += [
        int(note.StructParent) for page in together.pages for note in page.obj.get("/Annots", [])
    ]
    assert len(set(keys)) == len(keys)
    known = {int(key) for key in list(together.Root.StructTreeRoot.ParentTree.Nums)[::2]}
    assert set(keys) <= known


def test_the_same_document_gives_the_same_bytes() -> None:
    """Whichever process is ready first."""

    def data() -> bytes:
        return write_pdf(
            document(2, 310), math_font=MATH.file(), family="Test Math", measure=30, processes=2
        )

    assert data() == data()


def test_what_one_process_refuses_is_raised() -> None:
    """An error is that of the document, not of its processes."""
    broken = document().replace("Line 3 of 3", "<math><mi>x</math>")
    with pytest.raises(ValueError, match="not well-formed"):
        made(broken, 2)


def test_a_process_that_is_ended_at_its_work_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No files, no process, and the collector of garbage as it was."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def render(html: str, numbering: Numbering) -> bytes:
        if html == "second":
            tempfile.mkdtemp()
        # Answered when the second has told its pages, and has its folder.
        numbering(1)
        raise RuntimeError(html)

    with pytest.raises(RuntimeError, match="first"):
        rendered_in_parallel(["first", "second"], render)
    assert not list(tmp_path.iterdir())
    assert not multiprocessing.active_children()
    assert not gc.get_freeze_count()


def test_what_a_caller_has_frozen_stays_so() -> None:
    """A server that forks has its own reasons to keep objects from the collector."""
    gc.freeze()
    try:
        made(document(2, 310), 2)
        assert gc.get_freeze_count()
    finally:
        gc.unfreeze()


def _pages() -> int:
    return len(made(document(2, 310), 2).pages)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_worker_of_a_pool_makes_long_documents(method: str) -> None:
    """It may start no process of its own, so it lays out all by itself."""
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.apply(_pages) > 10


def test_one_pdf_joined_alone_is_itself(alone: pikepdf.Pdf) -> None:
    """Nothing is dropped from the first."""
    out = BytesIO()
    alone.save(out)
    assert len(pikepdf.open(BytesIO(joined([out.getvalue()]))).pages) == len(alone.pages)


def test_threads_make_their_own_documents() -> None:
    """Documents that are asked for at the same time have each its own formulas."""

    def text(n: int) -> str:
        lines = "".join(f"<p>Line <math><mn>{n}{k:03}</mn></math></p>" for k in range(50))
        html = f"<html lang='en'><title>T</title><body>{lines}</body></html>"
        data = write_pdf(html, math_font=MATH.file(), family="M", measure=30)
        return "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(data)).pages)

    with ThreadPoolExecutor(3) as pool:
        for n, found in enumerate(pool.map(text, range(1, 4)), 1):
            assert re.findall(r"\d{4}", found) == [f"{n}{k:03}" for k in range(50)]
