"""Where results go: files, written whole or not at all, and lines for a person to read."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import click

from derive.cli.unfinished import unfinished_file
from derive.errors import ProblemError, SystemFaultError

STANDARD_OUTPUT = Path("-")
MOST_BYTES = 240
"""Of a file's name before its suffix: file systems take 255 in all."""
MOST_TOLD = 600
"""Characters of a line to a person."""


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write that appears under its name once all of it is written.

    `-` is the standard output. Folders on the way are made. A link is followed; a device or a
    pipe is written as it is, since nothing can take its place. A file that is written over keeps
    its mode. What runs left behind that were killed at this is removed.

    Raises:
        ProblemError: a folder of the path is a file, or the path is a folder or leads nowhere.
        SystemFaultError: the system refused: no space, no permission.
    """
    if path == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    _make_folder(path.parent)
    if path.is_dir():
        raise ProblemError([f"{path}: is a folder; name a file"])
    place = Path(os.path.realpath(path))
    if place.is_symlink():
        raise ProblemError([f"{path}: is a link that leads back to itself; name another place"])
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        with unfinished_file(place.parent) as draft:
            with draft.open("wb") as file:
                yield file
                _settle(file)
            draft.chmod(_mode(place))
            draft.replace(place)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SystemFaultError(f"{path}: cannot be written: {reason}") from error


def write_whole(files: Mapping[Path, bytes]) -> None:
    """Each file with its bytes as `whole_file`; none appears before all are written."""
    with ExitStack() as stack:
        for path, data in files.items():
            file = stack.enter_context(whole_file(path))
            file.write(data)
            if path != STANDARD_OUTPUT:
                _settle(file)


def short_enough(name: str) -> str:
    """A file's name, its middle elided where no file system would take it."""
    data = os.fsencode(name)
    if len(data) <= MOST_BYTES:
        return name
    half = (MOST_BYTES - len("…".encode())) // 2
    # A character that is cut in two is left out.
    first, last = (part.decode("utf-8", "ignore") for part in (data[:half], data[-half:]))
    return f"{first}…{last}"


def not_the_problem(option: str, place: Path, problem_file: Path | None) -> None:
    """Refuse to write over the problem that is being solved.

    Raises:
        ProblemError: `place` is the problem file.
    """
    with suppress(OSError):
        if problem_file is not None and place.samefile(problem_file):
            raise ProblemError([f"{option}: {place} is the problem file; name another"])


def say(lines: Sequence[str]) -> None:
    """Tell lines on the standard error, each under the program's name, and none too long."""
    # Where nothing can be told, the exit status still says it.
    with suppress(OSError):
        for line in lines:
            click.echo(f"derive: {_short(printable(line))}", err=True)


def _short(line: str) -> str:
    """A line without its middle if it is long: it starts with the place, ends with the remedy."""
    half = MOST_TOLD // 2
    return line if len(line) <= MOST_TOLD else f"{line[:half]} … {line[-half:]}"


def printable(text: str | Path) -> str:
    """One line of text that a terminal shows and UTF-8 can hold: file names hold any byte."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(text))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise ProblemError([f"{folder}: is a file, not a folder; name another place"]) from None
    except OSError as error:
        raise SystemFaultError(f"{folder}: cannot be made: {error.strerror}") from error


def _settle(file: BinaryIO) -> None:
    """Have the system take all that was written, or refuse it now."""
    file.flush()
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        os.fsync(file.fileno())


def _mode(place: Path) -> int:
    """The mode that a file has, or that a new one of this user has."""
    with suppress(FileNotFoundError):
        return stat.S_IMODE(place.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
