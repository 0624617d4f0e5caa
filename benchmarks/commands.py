"""Seconds and peak memory of whole commands, each in a new process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROUNDS = 5
COMMANDS = {
    "derive --help": ["--help"],
    "derive report --net 2-2-2 --to html": ["report", "--net", "2-2-2", "--to", "html"],
    "derive report --net 2-2-2": ["report", "--net", "2-2-2"],
    "derive report --net 64-32-10 --to html": ["report", "--net", "64-32-10", "--to", "html"],
    "derive trace --net 2-2-2 --json trace.json": [
        "trace", "--net", "2-2-2", "--json", "trace.json",
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds by the clock, and bytes of memory at its peak."""

    seconds: float
    memory: int


def cost(arguments: list[str], folder: Path) -> Cost:
    """Run `python arguments` in `folder`.

    Raises:
        RuntimeError: it failed.
    """
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{arguments} failed with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(took, usage.ru_maxrss * unit)


def main() -> None:
    """Print a line a command: medians."""
    print(f"{'command':<44}{'seconds':>9}{'peak MB':>9}")
    with tempfile.TemporaryDirectory() as name:
        for title, arguments in COMMANDS.items():
            costs = [cost(["-m", "derive", *arguments], Path(name)) for _ in range(ROUNDS)]
            took = median(one.seconds for one in costs)
            peak = median(one.memory for one in costs) / 1e6
            print(f"{title:<44}{took:>9.2f}{peak:>9.0f}")


if __name__ == "__main__":
    main()
