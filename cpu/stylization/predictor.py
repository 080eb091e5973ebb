"""The network that reads a style: MobileNetV2, two steps a block."""

import math

import numpy as np

from ...fast.architecture import BLOCKS, STYLE_SIZE, Block
from ...fast.stages import SameBorder
from ...fast.weights import StylizationWeights
from ...reference.arrays import Floats
from ..threads.team import Team
from ..threads.workspace import Float32
from .blocks import strided_blocks
from .convolution import BlockConvolution
from .depthwise import DepthwiseConvolution

CEILING = np.float32(6)
STEM_WIDTH = 1
"""Results in a block of the first convolution."""
WIDENED_FLOATS = 250_000
"""Results in a band of a product."""


class Predictor:
    """The network for pictures of 256 x 256.

    Parameters
    ----------
    weights : StylizationWeights
        In float32.
    team : Team
        Who computes.
    """

    def __init__(self, weights: StylizationWeights, team: Team) -> None:
        self._weights, self._team = weights, team
        self._memory: Float32 = np.empty(0, np.float32)
        self._stem = strided_blocks(weights["predictor/stem"][0], 2, STEM_WIDTH)

    def run(self, style: Floats) -> Float32:
        """Read a style.

        Parameters
        ----------
        style : (256, 256, 3) ndarray of float
            R, G, B in 0..1.

        Returns
        -------
        (100,) ndarray of float32
        """
        with self._team.at_work():
            x = self._begin(style)
            for block in BLOCKS:
                y = self._block(block, x)
                x = np.add(x, y, out=y) if block.adds else y
            filters, bias = self._weights["predictor/style"]
            last = np.empty((*x.shape[:2], filters.shape[2]), np.float32)
            self._widen(x, "predictor/last", last)
            return np.asarray(last.mean(axis=(0, 1)) @ filters[0, 0] + bias, np.float32)

    def _begin(self, style: Floats) -> Float32:
        """Run the first convolution, which halves the picture."""
        half = STYLE_SIZE // 2
        framed = np.zeros((STYLE_SIZE + 1, self._stem.reach(half), 3), np.float32)
        framed[:STYLE_SIZE, :STYLE_SIZE] = style
        convolution = BlockConvolution(self._stem, half, half)
        out = np.empty((half, half, self._stem.channels_out), np.float32)
        bias = self._weights["predictor/stem"][1]

        def compute(slot: int, band: int) -> None:
            result = convolution.compute(framed, band)
            result += bias
            _store_relu6(result, out[convolution.rows_of(band)])

        self._team.run(compute, convolution.bands)
        return out

    def _block(self, block: Block, x: Float32) -> Float32:
        """Widen, filter each channel, narrow."""
        (top, bottom), (left, right) = SameBorder(block.stride).added(x)
        height, width, _ = x.shape
        filters, bias = self._weights[f"{block.name}/depthwise"]
        framed = self._empty(top + height + bottom, left + width + right, bias.size)
        framed[:top], framed[top + height :] = 0, 0
        framed[:, :left], framed[:, left + width :] = 0, 0
        inside = framed[top : top + height, left : left + width]
        if block.widens:
            self._widen(x, f"{block.name}/expand", inside)
        else:
            inside[:] = x
        depthwise = DepthwiseConvolution(filters, bias, block.stride, width // block.stride)
        return self._narrowed(depthwise, framed, height // block.stride, f"{block.name}/project")

    def _empty(self, *shape: int) -> Float32:
        """Return memory for a widened map: the same for every block, since fresh memory is slow."""
        size = math.prod(shape)
        if self._memory.size < size:
            self._memory = np.empty(size, np.float32)
        return self._memory[:size].reshape(shape)

    def _narrowed(
        self, depthwise: DepthwiseConvolution, framed: Float32, height: int, name: str
    ) -> Float32:
        """Filter each channel, ReLU6, and multiply every pixel by a matrix."""
        filters, bias = self._weights[name]
        step = depthwise.rows_a_band

        def compute(slot: int, number: int) -> None:
            rows = slice(number * step, min((number + 1) * step, height))
            filtered = depthwise.compute(framed, rows)
            _store_relu6(filtered, filtered)
            np.add(_product(filtered, filters[0, 0]), bias, out=out[rows])

        out = np.empty((height, depthwise.columns, bias.size), np.float32)
        self._team.run(compute, -(-height // step))
        return out

    def _widen(self, x: Float32, name: str, out: Float32) -> None:
        """Multiply every pixel by a matrix; ReLU6."""
        filters, bias = self._weights[name]
        height, width, _ = x.shape
        step = max(1, WIDENED_FLOATS // (width * bias.size))

        def compute(slot: int, number: int) -> None:
            rows = slice(number * step, min((number + 1) * step, height))
            band = _product(x[rows], filters[0, 0])
            band += bias
            _store_relu6(band, out[rows])

        self._team.run(compute, -(-height // step))


def _store_relu6(band: Float32, out: Float32) -> None:
    np.clip(band, np.float32(0), CEILING, out=out)


def _product(x: Float32, matrix: Float32) -> Float32:
    """Multiply every pixel of some rows by a matrix, in one product."""
    rows, columns, channels = x.shape
    return (x.reshape(-1, channels) @ matrix).reshape(rows, columns, -1)
