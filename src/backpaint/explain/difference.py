"""Moving one number a little, and looking what happens."""

from collections.abc import Callable

from ..errors import UsageError
from .blocks import Array

STEP = 1e-4
Index = tuple[int, ...]


def central(loss: Callable[[Array], float], x: Array, index: Index, step: float = STEP) -> float:
    """Measure the slope of a loss along one entry: move it by a step and by minus a step.

    Parameters
    ----------
    loss : callable
        Gives a number for an array.
    x : ndarray of float64
    index : tuple of int
        Which entry moves.
    step : float
        How far.

    Examples
    --------
    >>> import numpy as np
    >>> round(central(lambda x: float(x[0] ** 2), np.array([3.0]), (0,)), 6)
    6.0
    """
    return (moved(loss, x, index, step) - moved(loss, x, index, -step)) / (2 * step)


def moved(loss: Callable[[Array], float], x: Array, index: Index, by: float) -> float:
    """Compute a loss with one entry moved."""
    near = x.copy()
    near[index] += by
    return loss(near)


def require_entry(entry: Index | None, shape: tuple[int, ...], default: Index) -> Index:
    """Take the wanted entry of the input, or the default.

    Raises
    ------
    UsageError
        If the input has no such entry.
    """
    if entry is None:
        return default
    fits = len(entry) == len(shape) and all(0 <= i < n for i, n in zip(entry, shape, strict=False))
    if not fits:
        sizes = " x ".join(map(str, shape))
        last = ",".join(str(n - 1) for n in shape)
        raise UsageError(
            f"the entry {','.join(map(str, entry))} is not in the input of {sizes}; "
            f"choose one from {','.join('0' * len(shape))} to {last}"
        )
    return entry


def at(name: str, index: Index) -> str:
    """Write an entry as in the code: ``x[0, 1, 0]``."""
    return f"{name}[{', '.join(map(str, index))}]"
