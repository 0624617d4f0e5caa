"""The command line: arguments to a problem, results to files. It alone prints and exits.

Exit status: 0 done; 1 the machine's fault (a full disk, a missing library); 2 something asked that
cannot be; 130 interrupted.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derive import __version__
from derive.cli.fields import Asked, asked, field_options
from derive.cli.output import STANDARD_OUTPUT, whole_file, write_whole
from derive.errors import DeriveError, ProblemError, SystemFaultError
from derive.language import LANGUAGES
from derive.problem import Problem, example, example_names, to_toml
from derive.problem.examples import problem_text
from derive.writers import WRITERS

if TYPE_CHECKING:
    from derive.engine import Trace

MOST_DIGITS = 30
LEAST_DIGITS = 3
"""With --decimals alone: a small gradient keeps so many figures, and does not become 0.0000."""
INTERRUPTED = 128 + signal.SIGINT
PAPERS = ("a4", "letter")
_NOT_REPEATED = {"out", "open_it", "quiet"}
"""Options that change nothing in the document; the command printed in it leaves them out."""

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="derive", message="%(prog)s %(version)s")
def cli() -> None:
    """Write out backpropagation by hand, as a worked solution in Chinese and English.

    \b
    Examples:
      derive report --net 2-2-2              the classic example, as HTML and PDF in output/
      derive report --net 3-4-2 --seed 7     any network, its start drawn from a seed
      derive report --example han-kamber-9-1 --lang en
      derive new homework.toml               a problem file to fill in
      derive report homework.toml --show 1,2,last
      derive trace homework.toml --json trace.json
    """  # noqa: D301


@cli.command()
@field_options
@click.option(
    "--lang",
    default="zh+en",
    metavar="zh|en|zh+en",
    show_default=True,
    help="Languages, in their order.",
)
@click.option("--to", "formats", metavar="html,pdf", help="Formats; both unless -o names one.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    default=Path("output"),
    metavar="PLACE",
    show_default=True,
    help="A folder, or a file that ends in .html or .pdf; - is the standard output.",
)
@click.option("--show", metavar="1,2,last", help="Iterations to work out.  [default: 1]")
@click.option(
    "--digits", type=int, metavar="N", help="Significant figures at the least.  [default: 6]"
)
@click.option("--decimals", type=int, metavar="N", help="Decimal places.")
@click.option(
    "--detail",
    type=click.Choice(["full", "brief"]),
    help="Every neuron and parameter, or one of each kind.  [default: by size]",
)
@click.option(
    "--view",
    default="scalars",
    metavar="scalars,matrices,gates",
    show_default=True,
    help="How an iteration is worked out: number by number, in matrices, through gates.",
)
@click.option(
    "--paper", type=click.Choice(PAPERS), default="a4", show_default=True, help="Of the PDF."
)
@click.option(
    "--every",
    type=click.IntRange(min=1),
    default=1,
    metavar="K",
    help="Keep each K-th pass, to save memory.",
)
@click.option("--open", "open_it", is_flag=True, help="Open the result.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.pass_context
def report(
    context: click.Context,
    /,
    problem_file: Path | None,
    example_name: str | None,
    *,
    lang: str,
    formats: str | None,
    out: Path,
    show: str | None,
    digits: int | None,
    decimals: int | None,
    detail: str | None,
    view: str,
    paper: str,
    every: int,
    open_it: bool,
    quiet: bool,
    **fields: Any,
) -> None:
    """Write a worked solution as HTML and PDF.

    The problem is a file (`derive new` writes one), a published example, or --net alone. Every
    option up to --seed is the shorthand of a field of the file, and goes before it.

    \b
    Examples:
      derive report --net 2-2-2
      derive report --net 2-3-1 --activation tanh,sigmoid --learning-rate 0.1 --iterations 100
      derive report homework.toml --lang zh --to pdf --decimals 4 -o answers.pdf
      derive report --example mazur-2015 --show 1,2,last --open
    """  # noqa: D301
    question = asked(problem_file, example_name, fields)
    languages = _languages(lang)
    places = _places(out, formats, question.name)
    for _, place in places:
        _not_the_problem("-o", place, problem_file)
    rounding_of = _digits(digits, decimals, question)
    shown = _shown(show, question)

    from derive.derivation import VIEWS, passes_needed, worked_solution
    from derive.writers import Options

    views = _views(view, VIEWS)
    problem, published = question.problem, question.example
    updates = problem.iterations
    needed = passes_needed(updates, shown)
    if published:
        needed |= {misprint.iteration for misprint in published.misprints}
    trace = _train(question, every, needed, quiet=quiet)
    document = worked_solution(
        problem,
        trace,
        languages=languages,
        show=shown,
        rounding=rounding_of,
        full=None if detail is None else detail == "full",
        views=views,
        example=published,
        command=_command(context),
        version=__version__,
    )
    written = []
    for name, place in places:
        try:
            data = WRITERS[name].render(document, Options(paper=paper))
        except SystemFaultError as error:
            if formats is not None or len(places) == 1:
                raise
            _say([f"{place}: not written: {error}"])
            continue
        except (EOFError, OSError) as error:
            # Long documents are laid out in processes of their own, which the system may end.
            reason = (error.strerror if isinstance(error, OSError) else "") or "a process was ended"
            raise SystemFaultError(f"{place}: cannot be made: {reason}") from error
        if _stopped:  # within a library that lets no exception through
            raise SystemExit(128 + _stopped[0])
        write_whole(place, data)
        written.append(place)
        if not quiet and place != STANDARD_OUTPUT:
            click.echo(_printable(place))
    if open_it and written and written[0] != STANDARD_OUTPUT:
        click.launch(written[0].resolve().as_uri())


@cli.command()
@field_options
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write every value; - is the standard output.",
)
@click.option(
    "--every",
    type=click.IntRange(min=1),
    default=1,
    metavar="K",
    help="Keep each K-th pass and the last.",
)
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def trace(
    problem_file: Path | None,
    example_name: str | None,
    *,
    json_file: Path | None,
    every: int,
    quiet: bool,
    **fields: Any,
) -> None:
    """Trace a training: every net, out, δ, gradient and parameter of every pass.

    Without --json it prints the error as training goes on.

    \b
    Examples:
      derive trace --net 2-2-2 --json trace.json
      derive trace homework.toml --json - --every 100
    """  # noqa: D301
    question = asked(problem_file, example_name, fields)
    if json_file is not None:
        _not_the_problem("--json", json_file, problem_file)
    found = _train(question, every, (), quiet=quiet)

    from derive.engine import export_json

    if json_file is None:
        losses = found["loss"]
        click.echo("updates\terror")
        for row in _few(len(found)):
            click.echo(f"{int(found.iterations[row])}\t{float(losses[row])!r}")
        return
    with whole_file(json_file) as file:
        for piece in export_json(found):
            file.write(piece.encode("utf-8"))
    if not quiet and json_file != STANDARD_OUTPUT:
        click.echo(_printable(json_file))


@cli.command()
@click.argument("name", required=False)
def examples(name: str | None) -> None:
    """List the published worked examples, or print the problem file of one.

    \b
    Examples:
      derive examples
      derive examples mazur-2015 > mine.toml
    """  # noqa: D301
    if name is not None:
        example(name)
        click.echo(problem_text(name).encode("utf-8"), nl=False)
        return
    names = example_names()
    width = max(map(len, names))
    for known in names:
        found = example(known)
        net = "-".join(map(str, found.problem.layers))
        click.echo(f"{known:<{width}}  {net:<7}  {found.title}")


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@field_options
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def new(
    file: Path, problem_file: Path | None, example_name: str | None, *, force: bool, **fields: Any
) -> None:
    """Write a commented problem file to start from: the classic example, or what the options say.

    \b
    Examples:
      derive new homework.toml
      derive new homework.toml --net 3-4-2 --seed 7 --optimizer adam
    """  # noqa: D301
    if problem_file is None and example_name is None and fields.get("net") is None:
        example_name = "mazur-2015"
    question = asked(problem_file, example_name, fields)
    if file.exists() and not force:
        raise ProblemError([f"{file}: is there already; name another file, or add --force"])
    write_whole(file, to_toml(question.problem).encode("utf-8"))
    if file != STANDARD_OUTPUT:
        click.echo(_printable(file))


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes a shell complete derive's commands and options.

    \b
    Examples:
      derive completion bash >> ~/.bashrc
      derive completion zsh >> ~/.zshrc
      derive completion fish > ~/.config/fish/completions/derive.fish
    """  # noqa: D301
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(found(cli, {}, "derive", "_DERIVE_COMPLETE").source())


# What the commands share


def _languages(text: str) -> list[str]:
    parts = [part.strip() for part in text.split("+")]
    if not all(part in LANGUAGES for part in parts) or len(set(parts)) != len(parts):
        known = ", ".join(LANGUAGES)
        raise ProblemError([f"--lang: languages of {known} expected, joined by +, not {text!r}"])
    return [LANGUAGES[part] for part in parts]


def _views(text: str, known: Sequence[str]) -> list[str]:
    """The views asked for, in the order in which they are shown."""
    asked_for = {part.strip() for part in text.split(",")}
    for part in sorted(asked_for - set(known)):
        raise ProblemError([f"--view: {', '.join(known)} expected, not {part!r}"])
    return [view for view in known if view in asked_for]


def _places(out: Path, formats: str | None, name: str) -> list[tuple[str, Path]]:
    """Each format with the file it goes to."""
    by_suffix = {writer.suffix: known for known, writer in WRITERS.items()}
    named = by_suffix.get(out.suffix.lower())
    chosen = [] if formats is None else [part.strip() for part in formats.split(",")]
    for part in chosen:
        if part not in WRITERS:
            raise ProblemError([f"--to: one of {', '.join(WRITERS)} expected, not {part!r}"])
    if not chosen:
        chosen = [named] if named else list(WRITERS)
    chosen = list(dict.fromkeys(chosen))
    if out == STANDARD_OUTPUT:
        if len(chosen) > 1:
            raise ProblemError(["-o: the standard output takes one format; add --to html"])
        return [(chosen[0], out)]
    if named and named not in chosen:
        raise ProblemError([f"-o: {out} is not a file of --to {','.join(chosen)}"])
    base = out.with_suffix("") if named else out / name
    return [(known, base.parent / (base.name + WRITERS[known].suffix)) for known in chosen]


def _digits(digits: int | None, decimals: int | None, question: Asked) -> Any:
    from derive.maths.numbers import Rounding

    for option, value, least in (("--digits", digits, 1), ("--decimals", decimals, 0)):
        if value is not None and not least <= value <= MOST_DIGITS:
            raise ProblemError([f"{option}: {least} to {MOST_DIGITS} expected, not {value}"])
    if digits is None and decimals is None and question.example:
        return Rounding(question.example.digits, question.example.decimals)
    if digits is None:
        digits = 6 if decimals is None else LEAST_DIGITS
    return Rounding(digits, decimals)


def _shown(text: str | None, question: Asked) -> tuple[int, ...]:
    """The iterations to work out, ascending."""
    last = question.problem.iterations
    usual = question.example.show if question.example else "1"
    found = set()
    for part in (usual if text is None else text).split(","):
        word = part.strip()
        if not (word == "last" or word.isdecimal()):
            raise ProblemError([f"--show: numbers of iterations or last expected, not {word!r}"])
        if len(word) > MOST_DIGITS:
            raise ProblemError([f"--show: the training has {last} iterations, not {word[:9]}…"])
        number = last if word == "last" else int(word)
        if 1 <= number <= last:
            found.add(number)
        elif text is not None:
            raise ProblemError([f"--show: {word}: the training has {last} iterations"])
    return tuple(sorted(found))


def _train(question: Asked, every: int, also: Sequence[int] | set[int], *, quiet: bool) -> Any:
    from derive.engine import train

    with _progress(question.problem.iterations, quiet=quiet) as told:
        found = train(question.problem, every=every, also=also, progress=told)
    _refuse_what_has_no_error(question.problem, found)
    if found.diverged_at is not None:
        _say(
            [
                f"training left the range of numbers at update {found.diverged_at}; "
                "the trace ends before it; a smaller --learning-rate helps"
            ]
        )
    return found


def _refuse_what_has_no_error(problem: Problem, found: Trace) -> None:
    """An error that is infinite is shown, as with ln 0; one that is not a number cannot be."""
    import numpy as np

    own = problem.loss.name is None or any(spec.name is None for spec in problem.activations)
    losses = found["loss"]
    bad = np.isnan(losses)
    if own:
        bad[0] |= np.isinf(losses[0])
    if bad.any():
        row = int(np.argmax(bad))
        raise DeriveError(
            f"the error after {int(found.iterations[row])} updates is no finite number: "
            "a logarithm, a root or a formula has no value there; "
            "change the formula, the activation, the data or the start"
        )


@contextmanager
def _progress(updates: int, *, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """A bar on a terminal's standard error, for long trainings."""
    if quiet or updates < 20_000 or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=updates, label="training", file=sys.stderr) as bar:
        yield lambda made: bar.update(made - bar.pos)


def _few(count: int) -> list[int]:
    """Rows of a long table: the first ten, and then ever fewer, and the last."""
    found, step = set(range(min(count, 10))), 10
    while step < count:
        found.update(n for n in (step, 2 * step, 5 * step) if n < count)
        step *= 10
    return sorted({*found, count - 1})


def _not_the_problem(option: str, place: Path, problem_file: Path | None) -> None:
    """Refuse to write over the problem that is being solved."""
    with suppress(OSError):
        if problem_file is not None and place.samefile(problem_file):
            raise ProblemError([f"{option}: {place} is the problem file; name another"])


def _command(context: click.Context) -> str:
    """The command that makes this document again."""
    words = ["derive", context.info_name or "report"]
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if name in _NOT_REPEATED or source != click.core.ParameterSource.COMMANDLINE:
            continue
        value = context.params[name]
        if isinstance(parameter, click.Argument):
            words.insert(2, str(value))
        elif isinstance(value, bool):
            words.append((parameter.opts if value else parameter.secondary_opts)[0])
        else:
            for one in value if isinstance(value, tuple) else (value,):
                words += [parameter.opts[0], str(one)]
    return _printable(shlex.join(words))


_stopped: list[int] = []
"""Signals that came: what an import or a library makes of the exception is still their doing."""


def _stop(number: int, _frame: Any) -> None:
    """End as if killed, but only after what is half written has been removed."""
    _stopped.append(number)
    raise SystemExit(128 + number)


def _catch_signals() -> None:
    """Stop in order where a signal would end the program; one that is ignored (nohup) stays so."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        usual = (signal.SIG_DFL, signal.default_int_handler)
        if number is not None and signal.getsignal(number) in usual:
            signal.signal(number, _stop)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; a fault is told in one line each, without a traceback."""
    _catch_signals()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # η on a terminal that does not know it
            stream.reconfigure(errors="backslashreplace")
    try:
        status = _status(arguments)
    except BaseException:
        if not _stopped:
            raise
    if _stopped:
        status = 128 + _stopped[0]
    if status == INTERRUPTED:
        _say(["interrupted"])
    sys.exit(status)


def _status(arguments: Sequence[str] | None) -> int:
    """Run a command; the exit status, after the faults have been told."""
    try:
        status = cli.main(arguments, prog_name="derive", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        status = 2
    except click.UsageError as error:
        where = f"derive {error.ctx.info_name}" if error.ctx and error.ctx.parent else "derive"
        _say([f"{error.format_message()}  (`{where} --help` tells more)"])
        status = 2
    except SystemFaultError as error:
        _say([str(error)])
        status = 1
    except BrokenPipeError:
        # The reader of the standard output has gone: nothing more to say, and nowhere to say it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except ProblemError as error:
        _say(error.faults)
        status = 2
    except (click.ClickException, DeriveError) as error:
        _say([str(error)])
        status = 2
    except RecursionError:
        _say(["a formula is nested too deep to be worked out; write it shorter"])
        status = 2
    except ArithmeticError as error:
        _say([f"the numbers leave every range: {error}"])
        status = 2
    except MemoryError:
        _say(["not enough memory; a smaller network, fewer iterations or --every K take less"])
        status = 1
    except OSError as error:
        _say([f"{error.filename or 'the system'}: {error.strerror or error}"])
        status = 1
    return status if isinstance(status, int) else 0


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        click.echo(f"derive: {_printable(line)}", err=True)


def _printable(text: str | Path) -> str:
    """One line of text that a terminal shows and UTF-8 can hold: file names hold any byte."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(text))
