"""The command line: arguments to a problem, results to files. It alone prints and exits.

Exit status: 0 done; 1 the machine's fault (a full disk, a missing library); 2 something asked that
cannot be; 130 interrupted.

Here stands what the program is entered by; it imports next to nothing, so that Ctrl-C is answered
in order from the first moment on. The program itself is `program`, each command a module of
`commands`.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Any

INTERRUPTED = 128 + signal.SIGINT

stopped: list[int] = []
"""Signals that came: what an import or a library makes of the exception is still their doing."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; a fault is told in one line each, without a traceback."""
    _catch_signals()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # η on a terminal that does not know it
            stream.reconfigure(errors="backslashreplace")
    try:
        from derive.cli.program import run

        status = run(arguments)
    except BaseException:
        if not stopped:
            raise
    if stopped:
        status = 128 + stopped[0]
    if status == INTERRUPTED and sys.stderr is not None:
        sys.stderr.write("derive: interrupted\n")
    sys.exit(status)


def end_if_stopped() -> None:
    """End, after a library that lets no exception through, if a signal came meanwhile."""
    if stopped:
        raise SystemExit(128 + stopped[0])


def _stop(number: int, _frame: Any) -> None:
    """End as if killed, but only after what is half written has been removed."""
    stopped.append(number)
    raise SystemExit(128 + number)


def _catch_signals() -> None:
    """Stop in order where a signal would end the program; one that is ignored (nohup) stays so."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        usual = (signal.SIG_DFL, signal.default_int_handler)
        if number is not None and signal.getsignal(number) in usual:
            signal.signal(number, _stop)


def __getattr__(name: str) -> Any:
    """The program as click knows it, `cli`, imported when it is first used."""
    if name != "cli":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from derive.cli.program import cli

    return cli
