"""The network that paints, step by step, each step shared out by bands."""

from collections.abc import Callable
from functools import partial

import numpy as np

from ...fast.architecture import CONTRACTIONS, EXPANSIONS, RESIDUALS
from ...fast.style_norm import EPSILON, StyleNorm
from ...fast.weights import StylizationWeights
from ...reference.arrays import Floats
from ..threads.team import Team
from ..threads.workspace import Float32
from .blocks import Blocks, doubled_blocks, strided_blocks
from .convolution import BlockConvolution
from .frames import Frame
from .statistics import Moments, merged, moments

WIDTHS = {"contract1": 8, "contract2": 2, "contract3": 1, "residual": 1, "expand1": 2,
          "expand2": 4, "expand3": 8}  # fmt: skip
"""Pixels in a block: the more, the better a matrix's shape, and the more zeros it holds."""

Finish = Callable[[Float32, slice], None]
"""Takes a band of a result and its rows, and stores what becomes of it."""


class Transformer:
    """The network for pictures of any size.

    Parameters
    ----------
    weights : StylizationWeights
        In float32.
    team : Team
        Who computes.
    """

    def __init__(self, weights: StylizationWeights, team: Team) -> None:
        self._team = team
        self._contractions = [
            (strided_blocks(weights[name][0], stride, _width(name)), weights[name][1], border)
            for name, border, stride in CONTRACTIONS
        ]
        self._residuals = [
            [(_plain(f"{name}/{conv}", weights), _norm(f"{name}/{conv}", weights))
             for conv in ("conv1", "conv2")]
            for name in RESIDUALS
        ]  # fmt: skip
        self._expansions = [
            (
                doubled_blocks(weights[name][0], _width(name))
                if doubles
                else _plain(name, weights),
                _norm(name, weights),
                border,
            )
            for name, border, doubles in EXPANSIONS
        ]

    def run(self, content: Floats, style: Floats) -> Float32:
        """Paint.

        Parameters
        ----------
        content : (H, W, 3) ndarray of float
            R, G, B in 0..1; H and W are multiples of 4.
        style : (100,) ndarray of float

        Returns
        -------
        (H, W, 3) ndarray of float32
            R, G, B in 0..1.
        """
        with self._team.at_work():
            small = self._contract(content)
            for (first, norm_1), (second, norm_2) in self._residuals:
                inside = _frame_like(small)
                self._normalized(small, first, norm_1, style, partial(_store_relu, inside.inside))
                inside.close()
                self._normalized(inside, second, norm_2, style, partial(_add, small.inside))
                small.close()
            return self._expand(small, style)

    def _contract(self, content: Floats) -> Frame:
        """Halve the picture twice; the border of the last map is that of the residuals."""
        height, width, channels = content.shape
        blocks, _, border = self._contractions[0]
        frame = Frame(height, width, channels, border=border, reach=blocks.reach(width))
        frame.inside[:] = content
        frame.close()
        behind = [*self._contractions[1:], (self._residuals[0][0][0], None, 1)]
        for (blocks, bias, _), (reader, _, border) in zip(self._contractions, behind, strict=True):
            step = blocks.down
            height, width = height // step, width // step
            reach = reader.reach(width // reader.down)
            out = Frame(height, width, blocks.channels_out, border=border, reach=reach)
            self._convolve(frame, blocks, (height, width), partial(_store_biased, out.inside, bias))
            out.close()
            frame = out
        return frame

    def _expand(self, frame: Frame, style: Floats) -> Float32:
        """Double the map twice, and make it a picture."""
        frame = _repeating(frame, self._expansions[0][0])
        for (blocks, norm, _), (reader, _, border) in zip(
            self._expansions, self._expansions[1:], strict=False
        ):
            height, width = (2 * length for length in frame.inside.shape[:2])
            doubles = len(reader.phases) > 1
            seen = 2 * width if doubles else width
            out = Frame(height, width, blocks.channels_out, border=border,
                        reach=reader.reach(seen), repeats=doubles)  # fmt: skip
            self._normalized(frame, blocks, norm, style, partial(_store_relu, out.inside))
            out.close()
            frame = out
        blocks, norm, _ = self._expansions[-1]
        picture = np.empty((*frame.inside.shape[:2], blocks.channels_out), np.float32)
        self._normalized(frame, blocks, norm, style, partial(_store_sigmoid, picture))
        return picture

    def _normalized(
        self, frame: Frame, blocks: Blocks, norm: StyleNorm, style: Floats, finish: Finish
    ) -> None:
        """Convolve, normalize as the style tells, and hand every band on."""
        factor = len(blocks.phases)
        height, width = (factor * length for length in frame.inside.shape[:2])
        raw = np.empty((height, width, blocks.channels_out), np.float32)
        parts: dict[int, Moments] = {}

        def keep(band: Float32, rows: slice) -> None:
            raw[rows] = band
            parts[rows.start] = moments(raw[rows])

        bands = self._convolve(frame, blocks, (height, width), keep)
        mean, variance = merged([parts[row] for row in sorted(parts)])
        gamma, beta = norm.parameters(style.astype(np.float32))
        scale = gamma / np.sqrt(variance + EPSILON)
        # y = scale (x - mean) + beta, as one product and one sum over a whole row
        row_scale, row_shift = (
            np.tile(value.astype(np.float32), width) for value in (scale, beta - mean * scale)
        )

        def normalize(slot: int, band: int) -> None:
            rows = bands.rows_of(band)
            flat = raw[rows].reshape(-1, row_scale.size)
            flat *= row_scale
            flat += row_shift
            finish(raw[rows], rows)

        self._team.run(normalize, bands.bands)

    def _convolve(
        self, frame: Frame, blocks: Blocks, size: tuple[int, int], finish: Finish
    ) -> BlockConvolution:
        """Convolve, and hand every band on."""
        convolution = BlockConvolution(blocks, *size)

        def compute(slot: int, band: int) -> None:
            finish(convolution.compute(frame.whole, band), convolution.rows_of(band))

        self._team.run(compute, convolution.bands)
        return convolution


def _width(name: str) -> int:
    part = name.split("/")[1]
    return WIDTHS["residual" if part.startswith("residual") else part]


def _plain(name: str, weights: StylizationWeights) -> Blocks:
    return strided_blocks(weights[name][0], 1, _width(name))


def _norm(name: str, weights: StylizationWeights) -> StyleNorm:
    """Make a norm; the bias of the convolution before it would be taken out with the mean."""
    return StyleNorm(*weights[f"{name}/gamma"], *weights[f"{name}/beta"])


def _frame_like(frame: Frame) -> Frame:
    height, width, channels = frame.inside.shape
    return Frame(height, width, channels, border=1, reach=frame.whole.shape[1])


def _repeating(frame: Frame, reader: Blocks) -> Frame:
    """Copy a map into a frame that repeats the edge: what upsampling makes of a mirrored one."""
    height, width, channels = frame.inside.shape
    out = Frame(height, width, channels, border=1, reach=reader.reach(2 * width), repeats=True)
    out.inside[:] = frame.inside
    out.close()
    return out


def _store_biased(out: Float32, bias: Float32, band: Float32, rows: slice) -> None:
    band += bias
    np.maximum(band, 0, out=out[rows])


def _store_relu(out: Float32, band: Float32, rows: slice) -> None:
    np.maximum(band, 0, out=out[rows])


def _add(out: Float32, band: Float32, rows: slice) -> None:
    out[rows] += band


def _store_sigmoid(out: Float32, band: Float32, rows: slice) -> None:
    """Store 1 / (1 + exp(-y)), as (1 + tanh(y / 2)) / 2."""
    band *= np.float32(0.5)
    np.tanh(band, out=band)
    band *= np.float32(0.5)
    np.add(band, np.float32(0.5), out=out[rows])
