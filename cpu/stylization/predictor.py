"""The network that reads a style: MobileNetV2, two steps a block."""

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
STEM_WIDTH = 4
"""Results in a block of the first convolution."""
WIDENED_FLOATS = 60_000
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
                x = x + y if block.adds else y
            x = self._widened(x, "predictor/last")
            filters, bias = self._weights["predictor/style"]
            return np.asarray(x.mean(axis=(0, 1)) @ filters[0, 0] + bias, np.float32)

    def _begin(self, style: Floats) -> Float32:
        """Run the first convolution, which halves the picture."""
        half = STYLE_SIZE // 2
        framed = np.zeros((STYLE_SIZE + 1, self._stem.reach(half), 3), np.float32)
        framed[:STYLE_SIZE, :STYLE_SIZE] = style
        convolution = BlockConvolution(self._stem, half, half)
        out = np.empty((half, half, self._stem.channels_out), np.float32)
        bias = self._weights["predictor/stem"][1]

        def compute(slot: int, band: int) -> None:
            _store_relu6(convolution.compute(framed, band) + bias, out[convolution.rows_of(band)])

        self._team.run(compute, convolution.bands)
        return out

    def _block(self, block: Block, x: Float32) -> Float32:
        """Widen, filter each channel, narrow."""
        wide = self._widened(x, f"{block.name}/expand") if block.widens else x
        border = SameBorder(block.stride)
        framed = np.pad(wide, [*border.added(wide), (0, 0)])
        height, width = (length // block.stride for length in wide.shape[:2])
        depthwise = DepthwiseConvolution(
            *self._weights[f"{block.name}/depthwise"], block.stride, width
        )
        filters, bias = self._weights[f"{block.name}/project"]
        out = np.empty((height, width, bias.size), np.float32)
        step = depthwise.rows_a_band()

        def compute(slot: int, number: int) -> None:
            rows = slice(number * step, min((number + 1) * step, height))
            filtered = depthwise.compute(framed, rows)
            _store_relu6(filtered, filtered)
            np.matmul(filtered.reshape(-1, filtered.shape[2]), filters[0, 0],
                      out=out[rows].reshape(-1, bias.size))  # fmt: skip
            out[rows] += bias

        self._team.run(compute, -(-height // step))
        return out

    def _widened(self, x: Float32, name: str) -> Float32:
        """Multiply every pixel by a matrix; ReLU6."""
        filters, bias = self._weights[name]
        height, width, channels = x.shape
        out = np.empty((height, width, bias.size), np.float32)
        step = max(1, WIDENED_FLOATS // (width * bias.size))

        def compute(slot: int, number: int) -> None:
            band = out[number * step : (number + 1) * step].reshape(-1, bias.size)
            seen = x[number * step : (number + 1) * step].reshape(-1, channels)
            np.matmul(seen, filters[0, 0], out=band)
            band += bias
            _store_relu6(band, band)

        self._team.run(compute, -(-height // step))
        return out


def _store_relu6(band: Float32, out: Float32) -> None:
    np.clip(band, np.float32(0), CEILING, out=out)
