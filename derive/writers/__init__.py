"""The writers: a document to a file's bytes, one entry a format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from derive.document import Document


@dataclass(frozen=True)
class Options:
    """What a person may choose of a page: `paper` is `a4` or `letter`."""

    paper: str = "a4"


@dataclass(frozen=True)
class Writer:
    """A format: its files' suffix and the function that writes one."""

    suffix: str
    render: Callable[[Document, Options], bytes]


def _html(document: Document, options: Options) -> bytes:
    from derive.writers.html import write_html

    return write_html(document, options)


def _pdf(document: Document, options: Options) -> bytes:
    from derive.writers.pdf import write_pdf

    return write_pdf(document, options)


WRITERS: Mapping[str, Writer] = {
    "html": Writer(".html", _html),
    "pdf": Writer(".pdf", _pdf),
}
"""Every format by its name; a writer is imported when it is used."""
