"""The real program in a process of its own, for the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = str(Path(__file__).parents[2])
"""Where the program is that is tested: not one that the environment has besides."""
PROGRAM = (sys.executable, "-m", "derive")
CLASSIC = """\
[network]
layers = [2, 2, 2]
bias = "layer"

[training]
iterations = 2
train_biases = false

[data]
inputs = [[0.05, 0.10]]
targets = [[0.01, 0.99]]

[start]
W1 = [[0.15, 0.20], [0.25, 0.30]]
b1 = 0.35
W2 = [[0.40, 0.45], [0.50, 0.55]]
b2 = 0.60
"""
"""A problem file that fits."""

Done = subprocess.CompletedProcess[bytes]


def run(
    *arguments: str | bytes | Path, at: Path, env: Mapping[str, str] | None = None, **more: Any
) -> Done:
    """`derive` with `arguments` in the folder `at`; `env` is added to the environment."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=at,
        env={**os.environ, "PYTHONPATH": ROOT, **(env or {})},
        timeout=300,
        check=False,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more},
    )


def good(*arguments: str | bytes | Path, at: Path, **more: Any) -> Done:
    """A run that must end well and say nothing on the standard error."""
    done = run(*arguments, at=at, **more)
    assert (done.returncode, done.stderr) == (0, b"")
    return done


def faults(done: Done, status: int = 2) -> list[str]:
    """The faults that a run told: one a line, each with the program's name, and nothing else."""
    text = (done.stderr or b"").decode()
    assert done.returncode == status, text
    assert "Traceback" not in text
    lines = text.splitlines()
    assert lines
    assert text.endswith("\n")
    assert all(line.startswith("derive: ") for line in lines), text
    assert all(line.isprintable() for line in lines), text
    return [line.removeprefix("derive: ") for line in lines]


def files(folder: Path) -> list[str]:
    """Every file below `folder`, hidden ones too, as paths within it."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(found)
