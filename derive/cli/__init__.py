"""The command line: arguments to a problem, results to files. It alone prints and exits.

Exit status: 0 done; 1 the machine's fault (a full disk, a missing library); 2 something asked that
cannot be; 130 interrupted; 141 whoever read the standard output went before its end.

Here stands what the program is entered by; it imports next to nothing, so that Ctrl-C is answered
in order from the first moment on. The program itself is `program`, each command a module of
`commands`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import Any

INTERRUPTED = 128 + signal.SIGINT

stopped: list[int] = []
"""Signals that came: what an import or a library makes of the exception is still their doing."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; a fault is told in one line each, without a traceback."""
    _catch_signals()
    _open_streams()
    # Matrices of a few dozen numbers a side: threads would wait for one another more than multiply.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from derive.cli.program import run

        status = run(arguments)
    except BaseException:
        if not stopped:
            raise
    if stopped:
        status = 128 + stopped[0]
    if status == INTERRUPTED:
        sys.stderr.write("derive: interrupted\n")
    sys.exit(status)


def end_if_stopped() -> None:
    """End, after a library that lets no exception through, if a signal came meanwhile."""
    if stopped:
        raise SystemExit(128 + stopped[0])


class ReaderGoneError(Exception):
    """Whoever read the standard output has gone; no OSError, of which click makes a status of 1."""


class _StandardOutput(FileIO):
    """The standard output as a file whose faults name it."""

    def write(self, data: Any, /) -> int:
        """Hand bytes to the system, which may take fewer; `BufferedWriter` then goes on."""
        try:
            return super().write(data)
        except BrokenPipeError:
            raise ReaderGoneError from None
        except OSError as error:
            raise OSError(error.errno, error.strerror, "the standard output") from None


def _open_streams() -> None:
    """Have the standard streams be there, and the output take all that it is given, or refuse.

    With PYTHONUNBUFFERED Python would hand text and pages to the system once, and never look how
    much of them it took. A closed stream (`>&-`) leaves its number to the first file that is
    opened: nothing is read there or told, and what is printed there is refused.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    out = sys.stdout
    if isinstance(out, TextIOWrapper) and type(getattr(out.buffer, "raw", out.buffer)) is FileIO:
        sys.stdout = TextIOWrapper(
            BufferedWriter(_StandardOutput(out.fileno(), "w", closefd=False)),
            encoding=out.encoding,
            line_buffering=out.isatty(),
        )
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # η on a terminal that does not know it
            stream.reconfigure(errors="backslashreplace")


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
