"""The operations of the engine `cpu`, taken out of their stages: one map in, one map out."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ...cpu.convolution.convolution import Convolution, DirectConvolution, turned
from ...cpu.convolution.large_filters import LargeFilters, are_large
from ...cpu.convolution.tiles import Piece, clear_frame, extent, framed_shape, interior
from ...cpu.convolution.winograd import transform_filters
from ...cpu.convolution.winograd_convolution import SmallFilters
from ...cpu.network.features import difference_sums, gram_of
from ...cpu.network.overlapping_pooling import (
    overlapping_pool,
    overlapping_unpool,
    overlapping_weights,
)
from ...cpu.network.pooling import average_pool, average_weights, max_pool, unpool
from ...cpu.network.scratch import direct, gram, winograd
from ...cpu.network.weighted import weighted_gram_of
from ...cpu.threads.team import Team
from ...cpu.threads.workspace import Float32, Scratch, Workspace
from ..operations.sizes import Size
from .implementation import Implementation

WINOGRAD = 1e-5
"""Its transforms cost a digit; 3e-6 were measured with 64 to 256 channels."""


def _framed(x: Float32) -> Float32:
    """Put a map into its frame; what is not written stays NaN, so that nobody reads it."""
    framed = np.full(framed_shape(*x.shape), np.nan, np.float32)
    clear_frame(framed, *x.shape[:2])
    interior(framed, *x.shape[:2])[:] = x
    return framed


def _workspace(scratch: Scratch, team: Team) -> Workspace:
    work = Workspace(scratch, team.threads)
    work.shared = np.empty(scratch.shared, np.float32)
    return work


def _convolve(convolution: Convolution, need: Callable[..., Scratch], x: Float32) -> Float32:
    """Run a convolution on a whole map."""
    team, size = Team(), (x.shape[0], x.shape[1])
    y = np.full((*size, convolution.channels_out), np.nan, np.float32)

    def finish(slot: int, piece: Piece, part: Float32) -> None:
        rows, columns = extent(piece)
        y[piece.rows, piece.columns] = part[:rows, :columns]

    work = _workspace(need(size, convolution.channels_in, convolution.channels_out), team)
    with team.at_work():
        convolution.run(team, work, _framed(x), size, finish)
    return y


def _winograd(w: Float32, b: Float32 | None = None) -> LargeFilters | SmallFilters:
    """Choose as the engine does."""
    if are_large(*w.shape[2:]):
        return LargeFilters(w, b)
    return SmallFilters(transform_filters(w), b)


def _winograd_forward(x: Float32, w: Float32, b: Float32) -> Float32:
    return _convolve(_winograd(w, b), winograd, x)


def _winograd_backward_input(grad_y: Float32, w: Float32) -> Float32:
    return _convolve(_winograd(w).backward(), winograd, grad_y)


def _direct_forward(x: Float32, w: Float32, b: Float32) -> Float32:
    return _convolve(DirectConvolution(w, b), direct, x)


def _direct_backward_input(grad_y: Float32, w: Float32) -> Float32:
    return _convolve(DirectConvolution(turned(w)), direct, grad_y)


def _pooled(x: Float32, edge: str) -> tuple[Float32, Float32]:
    """Make whole windows, filled up with zeros, and a place for the result."""
    more = 1 if edge == "ceil" else 0
    rows, columns = ((length + more) // 2 for length in x.shape[:2])
    windows = np.zeros((2 * rows, 2 * columns, x.shape[2]), np.float32)
    inside = windows[: x.shape[0], : x.shape[1]]
    inside[:] = x[: 2 * rows, : 2 * columns]
    return windows, np.empty((rows, columns, x.shape[2]), np.float32)


def _max_pool_forward(x: Float32, edge: str) -> Float32:
    windows, out = _pooled(x, edge)
    max_pool(windows, out, np.zeros(windows.shape, np.bool_))
    return out


def _max_pool_backward(grad_y: Float32, x: Float32, edge: str) -> Float32:
    windows, out = _pooled(x, edge)
    wins = np.zeros(windows.shape, np.bool_)
    max_pool(windows, out, wins)
    grad_x = np.full(x.shape, np.nan, np.float32)
    unpool(grad_y, wins[: x.shape[0], : x.shape[1]], grad_x)
    return grad_x


def _average_pool_forward(x: Float32, edge: str) -> Float32:
    windows, out = _pooled(x, edge)
    average_pool(windows, out, average_weights(x.shape[:2], out.shape[:2]))
    return out


def _average_pool_backward(grad_y: Float32, x: Float32, edge: str) -> Float32:
    rows, columns = average_weights(x.shape[:2], grad_y.shape[:2])
    grad_x = np.full(x.shape, np.nan, np.float32)
    unpool(grad_y * rows * columns, np.ones(x.shape, np.bool_), grad_x)
    return grad_x


def _overlapping_forward(x: Float32, count_padding: bool) -> Float32:
    pooled = (-(-x.shape[0] // 2), -(-x.shape[1] // 2))
    weights = overlapping_weights((x.shape[0], x.shape[1]), pooled, count_padding)
    out = _framed(np.empty((*pooled, x.shape[2]), np.float32))
    overlapping_pool(Team(), _framed(x), out, pooled, weights)
    return interior(out, *pooled).copy()


def _overlapping_backward(grad_y: Float32, x: Float32, count_padding: bool) -> Float32:
    size = (x.shape[0], x.shape[1])
    rows, columns = overlapping_weights(size, (grad_y.shape[0], grad_y.shape[1]), count_padding)
    grad_x = np.full(x.shape, np.nan, np.float32)

    def finish(grad: Float32, at_rows: slice, at_columns: slice) -> None:
        grad_x[at_rows, at_columns] = grad

    overlapping_unpool(Team(), _framed(grad_y * rows * columns), size, finish)
    return grad_x


def _gram_forward(x: Float32, divisor: float, weights: Float32 | None = None) -> Any:
    team, size = Team(), (x.shape[0], x.shape[1])
    work = _workspace(gram(size, x.shape[2]), team)
    if weights is not None:
        return weighted_gram_of(team, work, _framed(x), size, weights) / divisor
    return gram_of(team, work, _framed(x), size) / divisor


def _squared_error_forward(
    x: Float32, target: Float32, divisor: float, weights: Float32 | None = None
) -> float:
    squares, _ = difference_sums(Team(), _framed(x), target, absolute=False, weights=weights)
    return squares / divisor


IMPLEMENTATIONS = (
    Implementation(
        "cpu Winograd",
        {"conv_forward": _winograd_forward, "conv_backward_input": _winograd_backward_input},
        {"conv_forward": WINOGRAD},
        sizes=(Size(13, 22, 64, 128), Size(22, 13, 128, 256)),
    ),
    Implementation(
        "cpu",
        {
            "conv_forward": _direct_forward,
            "conv_backward_input": _direct_backward_input,
            "max_pool_forward": _max_pool_forward,
            "max_pool_backward": _max_pool_backward,
            "average_pool_forward": _average_pool_forward,
            "average_pool_backward": _average_pool_backward,
            "overlapping_average_pool_forward": _overlapping_forward,
            "overlapping_average_pool_backward": _overlapping_backward,
            "gram_forward": _gram_forward,
            "squared_error_forward": _squared_error_forward,
        },
        after_relu=frozenset({"max_pool_forward"}),
    ),
)
"""The gradients of Gram matrix and squared error are one product together, with all terms of a
layer (`FeatureGradient`): whole presets check them."""
