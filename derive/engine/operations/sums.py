"""Sums and transposes of the last two axes."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np


def transposed(matrix: Any) -> Any:
    """The last two axes exchanged."""
    return np.swapaxes(matrix, -1, -2)


FEW = 4
"""Up to as many numbers are added one after the other: NumPy's sum of thousands of such small
sets takes ten times as long."""


def over_samples(array: Any) -> Any:
    """The sum over the samples."""
    samples = array.shape[-2]
    if samples > FEW:
        return array.sum(axis=-2)
    return reduce(np.add, [array[..., sample, :] for sample in range(samples)])


def over_all(array: Any) -> Any:
    """The sum over samples and neurons."""
    samples, neurons = array.shape[-2:]
    if samples * neurons > FEW:
        return array.sum(axis=(-2, -1))
    return reduce(np.add, [array[..., s, n] for s in range(samples) for n in range(neurons)])
