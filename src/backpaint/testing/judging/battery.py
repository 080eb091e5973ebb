"""The inputs that break implementations: nasty sizes, random and full of ties."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...check.operations.sizes import SIZES, Size
from .examine import Case
from .mistakes import Values

Draw = Callable[[np.random.Generator, Size, Callable[..., Any]], Values]
"""Makes the values of a case: a generator, the size, and the function that draws an array."""


def battery(draw: Draw, smallest: int = 1) -> Iterator[Case]:
    """Make the cases of an operation.

    Parameters
    ----------
    draw : callable
        Gives the values of one case; its last argument draws numbers for a shape: normally
        distributed ones, or small whole ones, where windows have equal values and ReLUs zeros.
    smallest : int
        The smallest height and width.

    Yields
    ------
    where : str
        ``"5x4x3 with ties"``: height, width, channels.
    values : dict of str to ndarray
        In our own layout, float64; exact in float32, so that both precisions see the same.
    """
    for index, size in enumerate(SIZES):
        if min(size.height, size.width) < smallest:
            continue
        for kind in ("random", "with ties"):
            rng = np.random.default_rng([index, kind == "random"])

            def numbers(*shape: int, rng: np.random.Generator = rng, kind: str = kind) -> Any:
                if kind == "with ties":
                    return rng.integers(-2, 3, shape) * 1.0
                return rng.normal(size=shape).astype(np.float32).astype(np.float64)

            yield f"{size} {kind}", draw(rng, size, numbers)


def features(rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    """Draw one feature map."""
    del rng
    return {"x": numbers(*size[:3])}


def incoming(rng: np.random.Generator, *shape: int) -> Any:
    """Draw an incoming gradient: never with ties, so that nothing in it cancels."""
    return rng.normal(size=shape).astype(np.float32).astype(np.float64)
