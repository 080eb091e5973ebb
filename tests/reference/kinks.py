"""Where a function of ReLUs, max pools and absolute values is smooth.

Between its kinks such a function is smooth; a finite difference means something there and nowhere
else.  A function of this file's callers tells the piece that a point lies on, as any value that
changes with every kink that is crossed.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backpaint.reference.max_pool import max_pool_backward
from backpaint.reference.network import Network

Array = NDArray[Any]


def smooth_step(
    piece: Callable[[Array], bytes], x: Array, v: Array, step: float, shortest: float
) -> float:
    """Halve a step until it crosses no kink either way; 0 if that takes less than the shortest."""
    here = piece(x)
    while step >= shortest:
        if piece(x + step * v) == here == piece(x - step * v):
            return step
        step /= 2
    return 0.0


def signs(x: Array) -> bytes:
    return np.sign(x).tobytes()


def differences_signs(x: Array) -> bytes:
    """Tell the piece of an absolute variation."""
    return signs(np.diff(x, axis=0)) + signs(np.diff(x, axis=1))


def network_piece(network: Network, x: Array) -> bytes:
    """Tell which ReLUs let pass, and which pixel of each window a max pool takes."""
    every = [row.name for row in network.layers]
    values = network.forward(x, every)
    piece = b""
    for before, row in zip(["input", *every], network.layers, strict=False):
        if row.kind == "relu":
            piece += signs(values[row.name])
        elif row.kind == "pool" and network.options.pool == "max":
            ones = np.ones_like(values[row.name])
            piece += max_pool_backward(ones, values[before], network.options.edge).tobytes()
    return piece
