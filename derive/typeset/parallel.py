"""A long document in several processes: each lays out some of its parts, and they are joined.

Page numbers, bookmarks, links and tags are those of one document. A part that starts a new
process starts a new page; CSS counters other than `page` and `pages` start anew there.
"""

from __future__ import annotations

import gc
import multiprocessing
import re
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from itertools import chain
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import unquote

import pikepdf

PART = "<!--part-->"
"""In a document: stands before each part and after the last one; what is outside of them, the head
of the document and what is open there, goes with every part."""
FORMULAS_FROM = 600
"""With fewer formulas than this, some 200 of them displayed, a second process does not pay."""

Numbering = Callable[[int], tuple[int, int]]
"""Told how many pages were laid out, gives how many come before them and how many there are."""
Render = Callable[[str, Numbering], bytes]

ELSEWHERE = "part:"
"""Before the name of a place in another part: a scheme until the parts are joined."""
_ID = re.compile(r"""\sid=(["'])(.*?)\1""")
_HREF = re.compile(r"""(\shref=)(["'])#(.*?)\2""")
_BLANK = '<div style="break-after:page"></div>'
"""Makes the first page of a later part, which is dropped: `@page :first` is not meant for it."""


def in_parts(html: str, processes: int) -> list[str]:
    """Whole documents for as many processes as pay, in order; one where it must stay whole."""
    head, *parts, tail = html.split(PART) if html.count(PART) >= 2 else (html, "")
    counts = [part.count("<math") for part in parts]
    if processes < 2 or len(parts) < 2 or sum(counts) < FORMULAS_FROM:
        return [html]
    weights = [100 * n + len(part) // 20 for n, part in zip(counts, parts, strict=True)]
    groups = list(_groups(parts, weights, processes))
    ids = [{match[2] for match in _ID.finditer(group)} for group in groups]
    found = []
    for n, group in enumerate(groups):
        own = ids[n]
        others = set().union(*ids) - own

        def elsewhere(match: re.Match[str], others: set[str] = others) -> str:
            place = ELSEWHERE if match[3] in others else ""
            return f"{match[1]}{match[2]}{place}#{match[3]}{match[2]}"

        found.append(head + (_BLANK if n else "") + _HREF.sub(elsewhere, group) + tail)
    return found


def _groups(parts: Sequence[str], weights: Sequence[int], count: int) -> Iterator[str]:
    """The parts in at most `count` runs of about the same weight."""
    whole, done, start, made = sum(weights), 0, 0, 0
    for n, weight in enumerate(weights):
        done += weight
        over = done - whole * (made + 1) / count
        last = n == len(parts) - 1
        # As near to an even share as it gets: one part more would be further off.
        if last or 2 * over + weights[n + 1] >= 0:
            yield "".join(parts[start : n + 1])
            start, made = n + 1, made + 1


def rendered_in_parallel(documents: Sequence[str], render: Render) -> bytes:
    """The first document here, each of the others in a process of its own, and the PDFs joined.

    Raises:
        EOFError: a process was ended from outside.
        Exception: whatever was raised here or in a process.
    """
    context = multiprocessing.get_context("fork")
    workers = []
    # What a process leaves behind that is ended at its work is removed with this folder.
    scratch = tempfile.TemporaryDirectory(prefix="derive-", ignore_cleanup_errors=True)
    frozen = gc.get_freeze_count()
    if not frozen:
        # What was there before is not looked at for garbage, nor copied for it.
        gc.freeze()
    try:
        for html in documents[1:]:
            ours, theirs = context.Pipe()
            work = (theirs, html, render, scratch.name)
            process = context.Process(target=_work, args=work, daemon=True)
            process.start()
            theirs.close()
            workers.append((process, ours))

        def numbering(count: int) -> tuple[int, int]:
            # The first page of all but the first document is blank, and dropped.
            counts = [count, *(_answer(ours) - 1 for _, ours in workers)]
            before = count
            for own, (_, ours) in zip(counts[1:], workers, strict=True):
                ours.send((before - 1, sum(counts)))
                before += own
            return 0, sum(counts)

        first = render(documents[0], numbering)
        # The first is opened while others are still at work.
        return joined(chain((first,), (_answer(ours) for _, ours in workers)))
    finally:
        if not frozen:
            gc.unfreeze()
        for process, ours in workers:
            ours.close()
            process.kill()
            process.join()
        scratch.cleanup()


def _answer(connection: Connection) -> Any:
    kind, answer = connection.recv()
    if kind == "error":
        raise answer
    return answer


def _work(connection: Connection, html: str, render: Render, scratch: str) -> None:
    tempfile.tempdir = scratch

    def numbering(count: int) -> tuple[int, int]:
        connection.send(("pages", count))
        offset, total = connection.recv()
        return offset, total

    try:
        connection.send(("pdf", render(html, numbering)))
    except Exception as error:
        connection.send(("error", error))


def joined(pdfs: Iterable[bytes]) -> bytes:
    """One PDF of several, the first page of all but the first dropped."""
    opened = (pikepdf.open(BytesIO(pdf)) for pdf in pdfs)
    first = next(opened)
    for other in opened:
        _append(first, other)
    _resolve_links(first)
    out = BytesIO()
    first.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return out.getvalue()


def _append(whole: pikepdf.Pdf, part: pikepdf.Pdf) -> None:
    start = len(whole.pages)
    with warnings.catch_warnings():
        # The destinations that it misses are brought over below.
        warnings.simplefilter("ignore", pikepdf.PageCopyWarning)
        whole.pages.extend(list(part.pages)[1:])
    new = [whole.pages[n] for n in range(start, len(whole.pages))]
    if "/StructTreeRoot" in whole.Root and "/StructTreeRoot" in part.Root:
        _append_tags(whole, whole.copy_foreign(part.Root.StructTreeRoot), new)
    if "/Outlines" in part.Root:
        _append_bookmarks(whole, whole.copy_foreign(part.Root.Outlines))
    if "/Names" in part.Root and "/Dests" in part.Root.Names:
        names = whole.copy_foreign(_indirect(part, part.Root.Names.Dests))
        _append_names(whole, names)


def _indirect(pdf: pikepdf.Pdf, thing: pikepdf.Object) -> pikepdf.Object:
    """`thing` as an indirect object, which is what can be copied to another PDF."""
    return thing if thing.is_indirect else pdf.make_indirect(thing)


def _append_tags(whole: pikepdf.Pdf, tree: pikepdf.Object, pages: list[pikepdf.Page]) -> None:
    """Hang the elements under the one document, and give their pages new keys."""
    root = whole.Root.StructTreeRoot
    document, added = root.K[0], tree.K[0]
    for element in added.K:
        element.P = document
        document.K.append(element)
    numbers = root.ParentTree.Nums
    shift = int(numbers[-2]) + 1 if len(numbers) else 0
    others = tree.ParentTree.Nums
    for n in range(0, len(others), 2):
        numbers.append(int(others[n]) + shift)
        numbers.append(others[n + 1])
    for page in pages:
        if "/StructParents" in page.obj:
            page.obj.StructParents = int(page.obj.StructParents) + shift
        for note in page.obj.get("/Annots", []):
            if "/StructParent" in note:
                note.StructParent = int(note.StructParent) + shift


def _append_bookmarks(whole: pikepdf.Pdf, added: pikepdf.Object) -> None:
    if "/First" not in added:
        return
    if "/Outlines" not in whole.Root:
        whole.Root.Outlines = added
        return
    outlines = whole.Root.Outlines
    item: pikepdf.Object | None = added.First
    while item is not None:
        item.Parent = outlines
        item = item.get("/Next")
    outlines.Last.Next = added.First
    added.First.Prev = outlines.Last
    outlines.Last = added.Last
    outlines.Count = int(outlines.Count) + int(added.Count)


def _append_names(whole: pikepdf.Pdf, added: pikepdf.Object) -> None:
    """Named destinations in one sorted list; of the same name, the first counts."""
    if "/Names" not in whole.Root:
        whole.Root.Names = pikepdf.Dictionary()
    if "/Dests" not in whole.Root.Names:
        whole.Root.Names.Dests = pikepdf.Dictionary(Names=pikepdf.Array())
    places: dict[bytes, tuple[pikepdf.Object, pikepdf.Object]] = {}
    for names in (whole.Root.Names.Dests.Names, added.Names):
        for n in range(0, len(names), 2):
            places.setdefault(bytes(names[n]), (names[n], names[n + 1]))
    whole.Root.Names.Dests.Names = pikepdf.Array(
        [part for _, pair in sorted(places.items()) for part in pair]
    )


def _resolve_links(whole: pikepdf.Pdf) -> None:
    """Turn links to another part into links within the document."""
    for page in whole.pages:
        for note in page.obj.get("/Annots", []):
            if "/A" not in note or "/URI" not in note.A:
                continue
            address = str(note.A.URI)
            scheme, _, anchor = address.partition("#")
            if scheme == ELSEWHERE:
                del note.A
                note.Dest = pikepdf.String(unquote(anchor))
                if note.get("/Contents") == address:
                    note.Contents = note.Dest
