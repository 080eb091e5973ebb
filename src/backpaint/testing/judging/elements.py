"""The elements of a gradient that are wrong, where the whole of it is."""

from collections.abc import Iterator
from itertools import chain, product

import numpy as np

from .asked import Asked
from .slopes import Differences

COUNT = 60
"""Elements that are tried."""
EACH_SIDE = 4
"""Elements that are tried on each side of a picture, besides its corners."""
CLOSE = 1e-4
"""Of the largest element."""
CHANNELS = 4
"""At most, in a picture: red, green, blue, opacity."""
Index = tuple[int, ...]


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
    wrong: dict[Index, tuple[float, float]] = {}
    largest = float(np.abs(ask.gradient).max())
    tried = elements_to_try(ask.x.shape)
    for index in tried:
        v = np.zeros_like(ask.x)
        v[index] = 1
        slope = differences.slope(v, ask.told(v), near)
        error = abs(slope.told - slope.measured)
        if slope.contradicts and error > CLOSE * max(largest, abs(slope.measured)):
            wrong[index] = error, slope.measured
    if not wrong:
        yield _explain_none(len(tried), ask.x.size)
        return
    yield f"{len(wrong)} of {len(tried)} elements that were tried are wrong"
    yield from _pattern(list(wrong), [index for index in tried if index not in wrong], ask.x.shape)
    worst = max(wrong, key=lambda index: wrong[index])
    yield (
        f"gradient{list(worst)} is {ask.gradient[worst]:.6g}; "
        f"the loss's slope is {wrong[worst][1]:.6g}"
    )


def elements_to_try(shape: Index) -> list[Index]:
    """Draw elements: of a picture its corners and some of each side, and some of anywhere."""
    rng = np.random.default_rng(1)
    size = int(np.prod(shape))
    anywhere = rng.choice(size, min(size, COUNT), replace=False)
    drawn = [tuple(int(i) for i in np.unravel_index(flat, shape)) for flat in anywhere]
    return list(dict.fromkeys([*_frame(shape, rng), *drawn]))[:COUNT]


def _frame(shape: Index, rng: np.random.Generator) -> Iterator[Index]:
    """Draw elements of a picture's border: each channel of each corner, and some of each side."""
    axes = _picture_axes(shape)
    if axes is None:
        return
    *sides, channel = axes
    ends = [[{side: 0}, {side: shape[side] - 1}] for side in sides]
    corners = [first | second for first, second in product(*ends)]
    if channel is not None:
        corners = [corner | {channel: k} for corner in corners for k in range(shape[channel])]
    for fixed in [*corners, *chain.from_iterable(ends * EACH_SIDE)]:
        yield tuple(fixed.get(axis, int(rng.integers(n))) for axis, n in enumerate(shape))


def _picture_axes(shape: Index) -> tuple[int, int, int | None] | None:
    """Return the axes of height, width and channels, if it is the shape of a picture."""
    if len(shape) == 2:
        return 0, 1, None
    first = len(shape) - 3
    if first not in (0, 1):  # no batch, or one
        return None
    if shape[-1] <= CHANNELS:
        return first, first + 1, first + 2
    return (first + 1, first + 2, first) if shape[first] <= CHANNELS else None


def _explain_none(tried: int, size: int) -> str:
    if tried == size:
        return "the gradient is not the loss's slope, but no element is wrong by more than a little"
    return (
        "the gradient is not the loss's slope; "
        f"no wrong element among the {tried} tried: few are wrong, or all by a little"
    )


def _pattern(wrong: list[Index], right: list[Index], shape: Index) -> Iterator[str]:
    """Return what the wrong elements have in common that not all others have."""
    axes = _picture_axes(shape)
    if axes is None:
        return
    *sides, channel = axes

    def ends(index: Index) -> int:
        return sum(index[side] in (0, shape[side] - 1) for side in sides)

    if all(ends(index) == len(sides) for index in wrong):
        yield "all of them are in the corners"
    elif all(map(ends, wrong)) and not all(map(ends, right)):
        yield "all of them are in the outermost rows or columns"
    if channel is not None:
        channels = {index[channel] for index in wrong}
        if len(channels) == 1 and {index[channel] for index in right} - channels:
            yield f"all of them are in channel {channels.pop()}"
