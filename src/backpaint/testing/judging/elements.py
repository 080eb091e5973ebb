"""Which elements of a gradient are wrong, where the whole of it is."""

from collections.abc import Iterator

import numpy as np

from .asked import Asked
from .slopes import Differences

COUNT = 60
"""Elements that are tried."""
CLOSE = 1e-4
"""Of the largest element."""


def probe_elements(ask: Asked, differences: Differences, near: int) -> Iterator[str]:
    """Probe single elements, and tell which are wrong.

    Parameters
    ----------
    ask : Asked
        The objective.
    differences : Differences
        Of its loss.
    near : int
        The rung that was good for all of x.

    Yields
    ------
    str
        How many, where they are, and the one that is off by most.
    """
    rng = np.random.default_rng(1)
    wrong: list[tuple[float, tuple[int, ...], float]] = []
    largest = float(np.abs(ask.gradient).max())
    count = min(ask.x.size, COUNT)
    for flat in rng.choice(ask.x.size, count, replace=False):
        index = tuple(int(i) for i in np.unravel_index(flat, ask.x.shape))
        v = np.zeros_like(ask.x)
        v[index] = 1
        slope = differences.slope(v, ask.told(v), near)
        error = abs(slope.told - slope.measured)
        if slope.contradicts and error > CLOSE * max(largest, abs(slope.measured)):
            wrong.append((error, index, slope.measured))
    if not wrong:
        yield "the gradient is not the loss's slope, by a little, spread over all elements"
        return
    yield f"{len(wrong)} of {count} elements that were tried are wrong"
    yield from _pattern([index for _, index, _ in wrong], ask.x.shape, count)
    _, index, measured = max(wrong)
    yield f"gradient{list(index)} is {ask.gradient[index]:.6g}; the loss's slope is {measured:.6g}"


def _pattern(indices: list[tuple[int, ...]], shape: tuple[int, ...], tried: int) -> Iterator[str]:
    if len(shape) < 2 or len(indices) == tried:
        return
    edges = all(
        any(i in (0, length - 1) for i, length in zip(index[:2], shape[:2], strict=True))
        for index in indices
    )
    if edges:
        yield "all of them are in the outermost rows or columns"
    if len(shape) == 3 and len({index[2] for index in indices}) == 1 < shape[2]:
        yield f"all of them are in channel {indices[0][2]}"
