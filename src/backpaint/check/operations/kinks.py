"""The smooth pieces of functions with ReLUs, max pools and absolute values.

Between its kinks such a function is smooth; a finite difference means something there and nowhere
else.  A *piece* is any value that changes with every kink that is crossed.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...reference import max_pool
from ...reference.network import INPUT, Network
from ...reference.windows import Edge

Array = NDArray[Any]
Piece = Callable[[Array], bytes]


def smooth_step(piece: Piece, x: Array, v: Array, step: float, shortest: float) -> float:
    """Halve a step until it crosses no kink either way.

    Parameters
    ----------
    piece : callable
        Tells the piece on which a point lies.
    x, v : ndarray of float
        The point and the direction.
    step, shortest : float
        The step to begin with, and the last one to try.

    Returns
    -------
    float
        0 if even the shortest step crosses one.
    """
    here = piece(x)
    while step >= shortest:
        if piece(x + step * v) == here == piece(x - step * v):
            return step
        step /= 2
    return 0.0


def signs(x: Array) -> bytes:
    """Return the piece of a ReLU or an absolute value."""
    return np.sign(x).tobytes()


def clipped(ceiling: float) -> Piece:
    """Make the function that tells the piece of a ReLU that is cut off above as well."""
    return lambda x: signs(x) + signs(x - ceiling)


def difference_signs(x: Array) -> bytes:
    """Return the piece of a sum of absolute differences between neighbors."""
    return signs(np.diff(x, axis=0)) + signs(np.diff(x, axis=1))


def winners(edge: Edge, pools: ModuleType = max_pool) -> Piece:
    """Make the function that tells the piece of a max pool: which pixel of each window wins.

    Parameters
    ----------
    edge : {"floor", "ceil"}
    pools : module
        Whose max pool finds them: that of the reference, or its loops.
    """

    def piece(x: Array) -> bytes:
        ones = np.ones_like(pools.max_pool_forward(x, edge))
        found: bytes = pools.max_pool_backward(ones, x, edge).tobytes()
        return found

    return piece


def network_piece(network: Network, x: Array) -> bytes:
    """Return which ReLUs let pass, and which pixel of each window a max pool takes."""
    names = [layer.name for layer in network.layers]
    values = network.forward(x, names)
    pieces = []
    for before, layer in zip([INPUT, *names], network.layers, strict=False):
        if layer.kind == "relu":
            pieces.append(signs(values[layer.name]))
        elif layer.kind == "pool" and network.options.pool == "max":
            pieces.append(winners(network.options.edge)(values[before]))
    return b"".join(pieces)
