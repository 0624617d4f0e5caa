"""The writers: a document to a format's files, one entry a format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.errors import DeriveError

if TYPE_CHECKING:
    from derive.document import Document


PAPERS = ("a4", "letter")


@dataclass(frozen=True)
class Options:
    """What a person may choose of a page: `paper` is one of `PAPERS`.

    Raises:
        DeriveError: there is no such paper.
    """

    paper: str = "a4"

    def __post_init__(self) -> None:
        if self.paper not in PAPERS:
            raise DeriveError(f"a paper of {', '.join(PAPERS)} expected, not {self.paper!r}")


Files = Mapping[str, bytes]
"""The files of a document by what follows its name in theirs: `.html`."""


@dataclass(frozen=True)
class Writer:
    """A format.

    Attributes:
        suffix: of the file by which the format is known; no other format's.
        render: makes all files of a document, the one with `suffix` first.
    """

    suffix: str
    render: Callable[[Document, Options], Files]


def _html(document: Document, options: Options) -> Files:
    from derive.writers.html import write_html

    return {".html": write_html(document, options)}


def _pdf(document: Document, options: Options) -> Files:
    from derive.writers.pdf import write_pdf

    return {".pdf": write_pdf(document, options)}


WRITERS: Mapping[str, Writer] = {
    "html": Writer(".html", _html),
    "pdf": Writer(".pdf", _pdf),
}
"""Every format by its name; a writer is imported when it is used."""

DEFAULT_FORMATS = ("html", "pdf")
"""The formats that are made where none is named."""
