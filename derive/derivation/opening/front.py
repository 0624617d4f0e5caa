"""The first page: title, figure, conventions, givens."""

from __future__ import annotations

from collections.abc import Iterator

from derive.derivation.opening.aside import conventions
from derive.derivation.opening.doubted import words_of
from derive.derivation.opening.drawing import has_paths, network_figure, shape
from derive.derivation.opening.givens import givens
from derive.derivation.opening.letters import letters_table
from derive.derivation.setting.workbook import Workbook
from derive.document import Aside, Block, Message
from derive.problem import Problem, doubts


def title(problem: Problem) -> Message:
    """The document's title: the network's shape."""
    return Message("title", {"net": shape(problem)})


def opening(book: Workbook) -> Iterator[Block]:
    """Figure, conventions and the table of what is given."""
    caption = "figure.network.paths" if has_paths(book) else "figure.network.plain"
    yield network_figure(book, Message(caption))
    yield Aside(Message("conventions.title"), tuple(conventions(book)))
    if doubted := doubts(book.problem):
        yield Aside(Message("doubt.title"), tuple(map(words_of, doubted)))
    yield from givens(book)
    yield from letters_table(book)
