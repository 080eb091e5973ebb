"""The network that reads a style: MobileNetV2, two steps a block."""

import math
from typing import NamedTuple

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
from .pointwise import Pointwise

CEILING = np.float32(6)
STEM_WIDTH = 1
"""Results in a block of the first convolution."""
WIDENED_FLOATS = 120_000
"""Results in a band of a product."""


class InvertedResidual(NamedTuple):
    """A block, ready to run on maps of one size."""

    block: Block
    expand: Pointwise | None
    depthwise: DepthwiseConvolution
    project: Pointwise
    height: int
    """Of the result."""


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
        self._team = team
        self._memory: Float32 = np.empty(0, np.float32)
        filters, self._stem_bias = weights["predictor/stem"]
        self._stem = strided_blocks(filters, 2, STEM_WIDTH)
        side, self._blocks = STYLE_SIZE // 2, []
        for block in BLOCKS:
            self._blocks.append(_prepared(block, weights, side))
            side //= block.stride
        self._last = Pointwise(*weights["predictor/last"], side)
        self._style = weights["predictor/style"]

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
            for prepared in self._blocks:
                y = self._run_block(prepared, x)
                x = np.add(x, y, out=y) if prepared.block.adds else y
            last = np.empty((*x.shape[:2], self._last.channels), np.float32)
            self._widen(x, self._last, last)
            filters, bias = self._style
            return np.asarray(last.mean(axis=(0, 1)) @ filters[0, 0] + bias, np.float32)

    def _begin(self, style: Floats) -> Float32:
        """Run the first convolution, which halves the picture."""
        half = STYLE_SIZE // 2
        framed = np.zeros((STYLE_SIZE + 1, self._stem.reach(half), 3), np.float32)
        framed[:STYLE_SIZE, :STYLE_SIZE] = style
        convolution = BlockConvolution(self._stem, half, half)
        out = np.empty((half, half, self._stem.channels_out), np.float32)

        def compute(slot: int, band: int) -> None:
            result = convolution.compute(framed, band)
            result += self._stem_bias
            _store_relu6(result, out[convolution.rows_of(band)])

        self._team.run(compute, convolution.bands)
        return out

    def _run_block(self, prepared: InvertedResidual, x: Float32) -> Float32:
        """Widen, filter each channel, narrow."""
        (top, bottom), (left, right) = SameBorder(prepared.block.stride).added(x)
        height, width, channels = x.shape
        widened = channels if prepared.expand is None else prepared.expand.channels
        framed = self._empty(top + height + bottom, left + width + right, widened)
        framed[:top], framed[top + height :] = 0, 0
        framed[:, :left], framed[:, left + width :] = 0, 0
        inside = framed[top : top + height, left : left + width]
        if prepared.expand is None:
            inside[:] = x
        else:
            self._widen(x, prepared.expand, inside)
        return self._narrowed(prepared, framed)

    def _empty(self, *shape: int) -> Float32:
        """Return memory for a widened map: the same for every block, since fresh memory is slow."""
        size = math.prod(shape)
        if self._memory.size < size:
            self._memory = np.empty(size, np.float32)
        return self._memory[:size].reshape(shape)

    def _narrowed(self, prepared: InvertedResidual, framed: Float32) -> Float32:
        """Filter each channel, ReLU6, and multiply every pixel by a matrix."""
        depthwise, project, height = prepared.depthwise, prepared.project, prepared.height
        step = depthwise.rows_a_band

        def compute(slot: int, number: int) -> None:
            rows = slice(number * step, min((number + 1) * step, height))
            filtered = depthwise.compute(framed, rows)
            _store_relu6(filtered, filtered)
            out[rows] = project.compute(filtered)

        out = np.empty((height, project.columns, project.channels), np.float32)
        self._team.run(compute, -(-height // step))
        return out

    def _widen(self, x: Float32, expand: Pointwise, out: Float32) -> None:
        """Multiply every pixel by a matrix; ReLU6."""
        height = x.shape[0]
        step = max(1, WIDENED_FLOATS // (expand.columns * expand.channels))

        def compute(slot: int, number: int) -> None:
            rows = slice(number * step, min((number + 1) * step, height))
            _store_relu6(expand.compute(x[rows]), out[rows])

        self._team.run(compute, -(-height // step))


def _prepared(block: Block, weights: StylizationWeights, side: int) -> InvertedResidual:
    """Make a block ready for maps of a number of rows and columns."""
    after = side // block.stride
    expand = Pointwise(*weights[f"{block.name}/expand"], side) if block.widens else None
    depthwise = DepthwiseConvolution(*weights[f"{block.name}/depthwise"], block.stride, after)
    project = Pointwise(*weights[f"{block.name}/project"], after)
    return InvertedResidual(block, expand, depthwise, project, after)


def _store_relu6(band: Float32, out: Float32) -> None:
    np.clip(band, np.float32(0), CEILING, out=out)
