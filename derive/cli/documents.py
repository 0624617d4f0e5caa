"""What the commands that make a document share: their options, and how it becomes files."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import click

from derive.cli import end_if_stopped
from derive.cli.output import (
    STANDARD_OUTPUT,
    not_the_problem,
    printable,
    say,
    short_enough,
    write_whole,
)
from derive.cli.unfinished import temporary_folder
from derive.errors import DeriveError, ProblemError, SystemFaultError
from derive.language.languages import LANGUAGES, bcp47_of
from derive.notation import DEFAULT, TEXTBOOKS
from derive.writers import DEFAULT_FORMATS, PAPERS, WRITERS, Options

if TYPE_CHECKING:
    from derive.document import Document
    from derive.maths.numbers import Rounding
    from derive.problem import Example
    from derive.writers import Files

MOST_DIGITS = 30
LEAST_DIGITS = 3
"""With --decimals alone: a small gradient keeps so many figures, and does not become 0.0000."""
COMMAND_WIDTH = 88
"""Latin letters of a line of the printed command; the narrower paper holds more."""
_NOT_REPEATED = {"out", "open_it", "quiet"}
"""Options that change nothing in the document; the command printed in it leaves them out."""

_LANGUAGES = "zh+en"
_SUFFIXES = " or ".join(writer.suffix for writer in WRITERS.values())

_OPTIONS = (
    click.option(
        "--lang",
        default=_LANGUAGES,
        metavar="|".join([*LANGUAGES, _LANGUAGES]),
        show_default=True,
        help="Languages, in their order.",
    ),
    click.option(
        "--to",
        "formats",
        metavar=",".join(WRITERS),
        help=f"Formats; {' and '.join(DEFAULT_FORMATS)} unless -o names one.",
    ),
    click.option(
        "-o",
        "--out",
        type=click.Path(path_type=Path),
        default=Path("output"),
        metavar="PLACE",
        show_default=True,
        help=f"A folder, or a file that ends in {_SUFFIXES}; - is the standard output.",
    ),
    click.option(
        "--digits", type=int, metavar="N", help="Significant figures at the least.  [default: 6]"
    ),
    click.option("--decimals", type=int, metavar="N", help="Decimal places."),
    click.option(
        "--paper",
        type=click.Choice(PAPERS, case_sensitive=False),
        default="a4",
        show_default=True,
        help="Of the PDF.",
    ),
    click.option("--open", "open_it", is_flag=True, help="Open the result."),
    click.option("--quiet", is_flag=True, help="Print nothing but errors."),
)


@dataclass(frozen=True)
class DocumentOptions:
    """What a command line says of the document it wants; each option by click's name."""

    lang: str
    formats: str | None
    out: Path
    digits: int | None
    decimals: int | None
    paper: str
    open_it: bool
    quiet: bool

    def languages(self) -> list[str]:
        """The BCP 47 tags of --lang, in its order.

        Raises:
            ProblemError: an unknown language, or one twice.
        """
        known = ", ".join(LANGUAGES)
        fault = f"--lang: languages of {known} expected, joined by +, not {self.lang!r}"
        try:
            found = [bcp47_of(part) for part in self.lang.replace(",", "+").split("+")]
        except DeriveError:
            raise ProblemError([fault]) from None
        if len(set(found)) != len(found):
            raise ProblemError([f"{fault}; each once"])
        return found

    def places(self, name: str, *problem_files: Path | None) -> list[tuple[str, Path]]:
        """Each format with the file it goes to; `name` is the file's in a folder.

        Raises:
            ProblemError: formats and place do not fit, or the place is one of `problem_files`.
        """
        found = self._places(short_enough(name))
        for _, place in found:
            for file in problem_files:
                not_the_problem("-o", place, file)
        return found

    def _places(self, name: str) -> list[tuple[str, Path]]:
        out, formats = self.out, self.formats
        by_suffix = {writer.suffix: known for known, writer in WRITERS.items()}
        named = by_suffix.get(out.suffix.lower())
        chosen = [] if formats is None else [part.strip().lower() for part in formats.split(",")]
        for part in chosen:
            if part not in WRITERS:
                raise ProblemError([f"--to: one of {', '.join(WRITERS)} expected, not {part!r}"])
        if not chosen:
            chosen = [named] if named else list(DEFAULT_FORMATS)
        chosen = list(dict.fromkeys(chosen))
        if out == STANDARD_OUTPUT:
            if len(chosen) > 1:
                raise ProblemError(["-o: the standard output takes one format; add --to html"])
            return [(chosen[0], out)]
        if named and named not in chosen:
            raise ProblemError([f"-o: {out} is not a file of --to {','.join(chosen)}"])
        if not named and re.fullmatch(r"\.[A-Za-z]{2,}", out.suffix) and not out.exists():
            known = " or ".join(by_suffix)
            fault = f"-o: a file that ends in {known} expected, or a folder"
            raise ProblemError([f"{fault}, not {out}; a folder of that name has to be there first"])
        base = out.with_suffix("") if named else out / name
        return [(known, base.parent / (base.name + WRITERS[known].suffix)) for known in chosen]

    def rounding(self, example: Example | None = None) -> Rounding:
        """How results are rounded; as an example's figures are where no option says it.

        Raises:
            ProblemError: more figures than are known, or fewer than one.
        """
        from derive.maths.numbers import Rounding

        digits, decimals = self.digits, self.decimals
        for option, value, least in (("--digits", digits, 1), ("--decimals", decimals, 0)):
            if value is not None and not least <= value <= MOST_DIGITS:
                raise ProblemError([f"{option}: {least} to {MOST_DIGITS} expected, not {value}"])
        if digits is None and decimals is None and example:
            return Rounding(example.digits, example.decimals)
        if digits is None:
            digits = 6 if decimals is None else LEAST_DIGITS
        return Rounding(digits, decimals)

    def write(
        self,
        document: Document,
        places: Sequence[tuple[str, Path]],
        *problem_files: Path | None,
    ) -> None:
        """Write the document to each of `places`, and say which files there are now.

        A format's further files stand beside the one that is named, and appear with it.

        Raises:
            ProblemError: a file would be one of `problem_files`, or several the standard output.
            SystemFaultError: a format that was asked for cannot be made, or a file not written.
        """
        written: list[Path] = []
        for name, place in places:
            try:
                with temporary_folder():
                    made = WRITERS[name].render(document, Options(paper=self.paper))
            except SystemFaultError as error:
                if self.formats is not None or len(places) == 1:
                    raise
                say([f"{place}: not written: {error}"])
                continue
            except OSError as error:
                raise SystemFaultError(f"{place}: cannot be made: {error.strerror}") from error
            end_if_stopped()
            files = _placed(made, place, WRITERS[name].suffix)
            for path in files:
                for file in problem_files:
                    not_the_problem("-o", path, file)
            write_whole(files)
            written += files
            if not self.quiet and place != STANDARD_OUTPUT:
                for path in files:
                    click.echo(printable(path))
        if self.open_it and written and written[0] != STANDARD_OUTPUT:
            click.launch(written[0].resolve().as_uri())


def _placed(made: Files, place: Path, suffix: str) -> dict[Path, bytes]:
    """The files of a format by where they go: the one with `suffix` to `place`.

    Raises:
        ProblemError: the standard output would take several.
    """
    if place == STANDARD_OUTPUT:
        if len(made) > 1:
            endings = ", ".join(made)
            fault = f"-o: the standard output takes one file, not {endings}; name a folder"
            raise ProblemError([fault])
        return {place: made[suffix]}
    name = place.name.removesuffix(suffix)
    return {place.with_name(name + ending): data for ending, data in made.items()}


notation_option = click.option(
    "--notation",
    type=click.Choice(tuple(TEXTBOOKS), case_sensitive=False),
    default=DEFAULT,
    show_default=True,
    help="Whose letters, indices and signs.",
)


def document_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of its document, as one argument, `wanted`."""
    names = tuple(DocumentOptions.__dataclass_fields__)

    @wraps(command)
    def with_wanted(*arguments: Any, **options: Any) -> Any:
        wanted = DocumentOptions(**{name: options.pop(name) for name in names})
        return command(*arguments, wanted=wanted, **options)

    found: Callable[..., Any] = with_wanted
    for option in reversed(_OPTIONS):
        found = option(found)
    return found


def command_line(context: click.Context) -> str:
    """The command that makes this document again, as a POSIX shell takes it.

    Its lines are too short to be broken on paper, where a break would be part of what is copied.
    """
    arguments: list[list[str]] = []
    options: list[list[str]] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if name in _NOT_REPEATED or source != click.core.ParameterSource.COMMANDLINE:
            continue
        value = context.params[name]
        if isinstance(parameter, click.Argument):
            # No option may follow --, and one that chooses another place is likely to.
            arguments.append([f"./{value}" if str(value).startswith("-") else str(value)])
        elif isinstance(value, bool):
            options.append([(parameter.opts if value else parameter.secondary_opts)[0]])
        else:
            for one in value if isinstance(value, tuple) else (value,):
                options.append([parameter.opts[0], str(one)])
    return _in_lines([["derive", context.info_name or ""], *arguments, *options])


def _in_lines(parts: Sequence[Sequence[str]]) -> str:
    """Words on lines, an option beside its value where both fit."""
    found = ""
    for part in parts:
        text = " ".join(map(_quoted, part))
        needed = _width(found.rpartition("\n")[2]) + 1 + _width(text.partition("\n")[0])
        between = " \\\n  " if needed > COMMAND_WIDTH else " "
        found += f"{between if found else ''}{text}"
    return found


def _width(text: str) -> int:
    """What a text takes on paper, in Latin letters."""
    return sum(1 if c.isascii() else 2 for c in text)


def _quoted(word: str) -> str:
    """A word as a POSIX shell takes it, in pieces that it joins where it is long."""
    if not word.isprintable():
        # Bytes, for a name may be no text, and a sign that is not seen would not be copied.
        word = "".join(
            c
            if c.isprintable() and c not in "\\'"
            else "".join(f"\\x{byte:02x}" for byte in os.fsencode(c))
            for c in word
        )
        return f"$'{word}'"
    room = COMMAND_WIDTH - len("  --train-biases ''\\")
    if _width(word) <= room:
        return shlex.quote(word)
    pieces = wrap(
        word,
        room if word.isascii() else room // 2,
        drop_whitespace=False,
        break_on_hyphens=False,
    )
    return "\\\n".join(map(shlex.quote, pieces))
