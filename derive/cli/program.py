"""The program: the group of all commands, and what becomes of a fault."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from derive import __version__
from derive.cli import ReaderGoneError
from derive.cli.commands import COMMANDS
from derive.cli.output import say
from derive.errors import DeriveError, ProblemError, SystemFaultError

READER_GONE = 128 + 13
"""What a shell makes of SIGPIPE; Windows has no such signal."""
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
      derive compare homework.toml answer.toml
      derive trace homework.toml --json trace.json
    """  # noqa: D301


for _command in COMMANDS:
    cli.add_command(_command)


def run(arguments: Sequence[str] | None) -> int:
    """Run a command; the exit status, after the faults have been told."""
    try:
        status = cli.main(arguments, prog_name="derive", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        status = 2
    except click.UsageError as error:
        where = f"derive {error.ctx.info_name}" if error.ctx and error.ctx.parent else "derive"
        begun = (sys.argv[1:] if arguments is None else arguments)[:1]
        if error.ctx is None and begun and begun[0] in cli.commands:
            # An option without its value: click's parser does not say whose.
            where = f"derive {begun[0]}"
        say([f"{error.format_message()}  (`{where} --help` tells more)"])
        status = 2
    except SystemFaultError as error:
        say([str(error)])
        status = 1
    except ReaderGoneError:
        # Nothing more to say, and nowhere to say it.
        status = READER_GONE
    except ProblemError as error:
        say(error.faults)
        status = 2
    except (click.ClickException, DeriveError) as error:
        say([str(error)])
        status = 2
    except RecursionError:
        say(["a formula is nested too deep to be worked out; write it shorter"])
        status = 2
    except ArithmeticError as error:
        say([f"the numbers leave every range: {error}"])
        status = 2
    except MemoryError:
        say(["not enough memory; a smaller network, fewer iterations or --every K take less"])
        status = 1
    except OSError as error:
        say([f"{error.filename or 'the system'}: {error.strerror or error}"])
        status = 1
    _drop_what_cannot_be_written()
    return status if isinstance(status, int) else 0


def _drop_what_cannot_be_written() -> None:
    """Let go of what a full disk or a closed pipe refused: Python writes it again as it ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ReaderGoneError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
