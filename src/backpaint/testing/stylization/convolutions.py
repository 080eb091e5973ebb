"""Mistakes with strides, for the checks of both convolutions."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..judging.layouts import Array
from ..judging.mistakes import Mistake, Values

LARGEST_FILTER = 3
Operation = Callable[..., Array]


def filter_size(height: int, width: int) -> tuple[int, int]:
    """Choose a filter that fits, and is oblong where it can be."""
    return min(height, LARGEST_FILTER - 1), min(width, LARGEST_FILTER)


def forward_mistakes(forward: Operation, stride: int) -> tuple[Mistake, ...]:
    """List the known mistakes of a forward pass.

    Parameters
    ----------
    forward : callable
        The right one, of x, w, b and the stride.
    stride : int
    """

    def with_(v: Values, **other: Any) -> Array:
        given = {**v, **other}
        return forward(given["x"], given["w"], given["b"], stride)

    strided = (
        Mistake("windows begin one pixel too late: at the stride's end instead of its beginning",
                lambda v: forward(v["x"], v["w"], v["b"], 1)[stride - 1 :: stride,
                                                            stride - 1 :: stride]),
    ) * (stride > 1)  # fmt: skip
    return (
        *strided,
        Mistake("convolution instead of cross-correlation: your filters are turned by 180 degrees",
                lambda v: with_(v, w=v["w"][::-1, ::-1])),
        Mistake("the bias is missing", lambda v: with_(v, b=0 * v["b"])),
        Mistake("the bias is subtracted", lambda v: with_(v, b=-v["b"])),
        Mistake("a ReLU is applied to the result", lambda v: np.maximum(with_(v), 0)),
    )  # fmt: skip


def input_mistakes(backward: Operation, stride: int) -> tuple[Mistake, ...]:
    """List the known mistakes of the input's gradient; `backward` takes grad_y, x, w, stride."""

    def with_(v: Values, **other: Any) -> Array:
        given = {**v, **other}
        return backward(given["grad_y"], given["x"], given["w"], stride)

    return (
        Mistake("your gradient is the one for filters turned by 180 degrees",
                lambda v: with_(v, w=v["w"][::-1, ::-1])),
        Mistake("windows do not add up: each pixel has the gradient of its last window alone",
                lambda v: _last_window(backward, v, stride)),
        Mistake("the incoming gradient is ignored, as if it were 1 everywhere",
                lambda v: with_(v, grad_y=np.ones_like(v["grad_y"]))),
    )  # fmt: skip


def weights_mistakes(backward: Operation, stride: int) -> tuple[Mistake, ...]:
    """List the known mistakes of the filters' gradient; `backward` takes grad_y, x, w, stride."""

    def with_(v: Values, **other: Any) -> Array:
        given = {**v, **other}
        return backward(given["grad_y"], given["x"], given["w"], stride)

    strided = (
        Mistake("the stride is ignored: windows next to each other are summed",
                lambda v: backward(v["grad_y"], _close(v, stride), v["w"], 1)),
    ) * (stride > 1)  # fmt: skip
    return (
        *strided,
        Mistake("your gradient is turned by 180 degrees: the filters' offsets have the wrong sign",
                lambda v: with_(v)[::-1, ::-1]),
        Mistake("the incoming gradient is ignored, as if it were 1 everywhere",
                lambda v: with_(v, grad_y=np.ones_like(v["grad_y"]))),
    )  # fmt: skip


def _last_window(backward: Operation, v: Values, stride: int) -> Array:
    """Overwrite instead of adding, as an assignment to slices does."""
    grad_x = np.zeros_like(v["x"])
    rows, columns = v["grad_y"].shape[:2]
    for i, j in np.ndindex(v["w"].shape[:2]):
        one = np.zeros_like(v["w"])
        one[i, j] = v["w"][i, j]
        down = slice(i, i + stride * (rows - 1) + 1, stride)
        across = slice(j, j + stride * (columns - 1) + 1, stride)
        grad_x[down, across] = backward(v["grad_y"], v["x"], one, stride)[down, across]
    return np.asarray(grad_x)


def _close(v: Values, stride: int) -> Array:
    """Cut the input to what windows without a stride would cover."""
    lengths = [n + a - 1 for n, a in zip(v["grad_y"].shape[:2], v["w"].shape[:2], strict=True)]
    return np.asarray(v["x"][: lengths[0], : lengths[1]])


AVERAGED = Mistake(
    "your gradient averages over positions: the bias is added at each, so they must sum",
    lambda v: v["grad_y"].mean(axis=(0, 1)),
)
"""Of the bias's gradient."""
