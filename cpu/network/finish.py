"""ReLU, pool and taps after a stage's convolution, for a piece in the cache, and the way back.

The convolution hands each piece of its result to `ForwardFinish`.  On the way back the next stage's
convolution hands each piece of the gradient at this stage's output to `BackwardFinish`: pool and
ReLU let it pass where they let the features pass; layers that a term looks at add their own.

Uses few NumPy calls on large arrays, because each call takes the GIL again, and may wait for it.
"""

from collections.abc import Mapping

import numpy as np

from ...problem.stages import Stage
from ..convolution.tiles import Piece, extent, interior
from ..threads.workspace import Float32
from .features import LayerGradient
from .maps import Maps, conv_gradient_name, mask_name, pool_gradient_name
from .pooling import (
    Bools,
    WindowWeights,
    average_pool,
    max_pool,
    pooled_part,
    read_mask,
    unpool,
    unpooled_part,
    write_mask,
)

ZERO, INFINITY = np.float32(0), np.float32(np.inf)


class ForwardFinish:
    """ReLU, mask and 2x2 pool of one stage, written into the maps.

    Parameters
    ----------
    stage : Stage
        What follows the convolution.
    maps : Maps
        Where results go: what the next stage reads, the taps, the mask.
    pool : {"max", "average", "none"}
        ``none`` also for an overlapping pool, which is a step of its own.
    window_weights : pair of ndarray, or None
        Of an average pool.
    keeps_mask : bool
        Whether a gradient will come back that needs it.
    """

    def __init__(
        self,
        stage: Stage,
        maps: Maps,
        pool: str,
        window_weights: WindowWeights | None,
        *,
        keeps_mask: bool,
    ) -> None:
        self.stage, self.maps = stage, maps
        self.pool, self.window_weights = pool, window_weights
        self.keeps_mask = keeps_mask

    def __call__(self, slot: int, piece: Piece, y: Float32) -> None:
        """Finish a piece; `y` (4 * rows of tiles, 4 * columns of tiles, K) is overwritten."""
        stage = self.stage
        height, width = extent(piece)
        if stage.conv in self.maps:
            np.copyto(self._kept(stage.conv, piece), y[:height, :width])
        if stage.relu is None:
            return
        passes = y > 0 if self.keeps_mask else None
        # np.maximum would do, but NumPy's clip between two numbers is twice as fast.
        if stage.pool is None or self.pool == "none":
            kept = self._kept(stage.relu, piece)
            np.clip(y[:height, :width], ZERO, INFINITY, out=kept)
        else:
            np.clip(y, ZERO, INFINITY, out=y)
            if stage.relu in self.maps:
                np.copyto(self._kept(stage.relu, piece), y[:height, :width])
            y[height:] = 0
            y[:, width:] = 0
            self._pool(stage.pool, piece, y, passes)
        if passes is not None:
            bits = self.maps[mask_name(stage)]
            write_mask(bits, piece.rows, piece.columns, passes[:height, :width])

    def _kept(self, layer: str, piece: Piece) -> Float32:
        """View a piece of the map where a layer's output goes."""
        return interior(self.maps[layer], *self.stage.size)[piece.rows, piece.columns]

    def _pool(self, layer: str, piece: Piece, y: Float32, passes: Bools | None) -> None:
        """Pool a piece; the gradient of a maximum passes only where it was found."""
        rows, columns = pooled_part(piece, self.stage.pooled)
        out = interior(self.maps[layer], *self.stage.pooled)[rows, columns]
        windows = (slice(2 * out.shape[0]), slice(2 * out.shape[1]))
        if self.window_weights is not None:
            of_rows, of_columns = self.window_weights
            average_pool(y[windows], out, (of_rows[rows], of_columns[columns]))
            return
        wins = np.zeros(y.shape, np.bool_) if passes is None else passes
        wins[:] = False
        max_pool(y[windows], out, wins[windows])


class BackwardFinish:
    """Unpool, mask and taps of one stage, from the maps into the maps.

    Parameters
    ----------
    stage : Stage
        What lies between the gradient and the convolution.
    maps : Maps
        Masks and features, and where the gradient goes.  The gradient may go where features were:
        a piece's features are read before its gradient is written.
    gradients : mapping of str to LayerGradient
        Those of the taps.
    is_overlapping : bool
        Whether the pool is a step of its own: then the gradient is only stored for it.
    window_weights : pair of ndarray, or None
        Of an average pool.
    """

    def __init__(
        self,
        stage: Stage,
        maps: Maps,
        gradients: Mapping[str, LayerGradient],
        *,
        is_overlapping: bool,
        window_weights: WindowWeights | None,
    ) -> None:
        self.stage, self.maps, self.gradients = stage, maps, gradients
        self.is_overlapping, self.window_weights = is_overlapping, window_weights
        self._out = interior(maps[conv_gradient_name(stage)], *stage.size)

    def __call__(self, slot: int, piece: Piece, grad_y: Float32) -> None:
        """Take the gradient at a piece of the stage's output; `grad_y` is overwritten."""
        stage = self.stage
        height, width = extent(piece)
        grad_y, rows, columns = grad_y[:height, :width], piece.rows, piece.columns
        if stage.pool is None:
            self.pass_relu(grad_y, rows, columns)
            return
        if stage.pool in stage.taps:
            features = interior(self.maps[stage.pool], *stage.pooled)[rows, columns]
            grad_y += self.gradients[stage.pool].of(features, rows, columns)
        if self.window_weights is not None:
            grad_y *= self.window_weights[0][rows] * self.window_weights[1][columns]
        if self.is_overlapping:
            interior(self.maps[pool_gradient_name(stage)], *stage.pooled)[rows, columns] = grad_y
        else:
            self._pass_pool(grad_y, rows, columns)

    def pass_relu(self, grad_y: Float32, rows: slice, columns: slice) -> None:
        """Take the gradient at a part of the ReLU's output to the convolution's."""
        stage = self.stage
        own = self._own(stage.conv, rows, columns)
        out = self._out[rows, columns]
        if stage.relu is None:
            np.copyto(out, grad_y)
        else:
            of_relu = self._own(stage.relu, rows, columns)
            if of_relu is not None:
                grad_y += of_relu
            np.multiply(grad_y, self._passes(rows, columns), out=out)
        if own is not None:
            out += own

    def _pass_pool(self, grad_y: Float32, rows: slice, columns: slice) -> None:
        """Take the gradient at a part of a 2x2 pool's output to the convolution's."""
        stage = self.stage
        rows, columns = unpooled_part(rows, columns, stage.size, stage.pooled)
        own = self._own(stage.conv, rows, columns)
        of_relu = self._own(stage.relu, rows, columns)
        if of_relu is not None:
            # By the features' signs, not by `_passes`: after a max pool those bits are the winners,
            # and the gradient of a term at the ReLU passes at the others too.
            of_relu *= self._features(stage.relu, rows, columns) > 0
        out = self._out[rows, columns]
        unpool(grad_y, self._passes(rows, columns), out)
        for gradient in (gradient for gradient in (own, of_relu) if gradient is not None):
            out += gradient

    def _passes(self, rows: slice, columns: slice) -> Bools:
        """Return where the gradient passes the ReLU, and a max pool after it."""
        name = mask_name(self.stage)
        if name in self.maps:
            return read_mask(self.maps[name], rows, columns, self.stage.channels_out)
        passes: Bools = self._features(self.stage.relu, rows, columns) > 0
        return passes

    def _features(self, layer: str | None, rows: slice, columns: slice) -> Float32:
        assert layer is not None
        features: Float32 = interior(self.maps[layer], *self.stage.size)[rows, columns]
        return features

    def _own(self, layer: str | None, rows: slice, columns: slice) -> Float32 | None:
        """Compute the gradient of terms that look at the ReLU or at the convolution, if any do."""
        if layer is None or layer not in self.stage.taps:
            return None
        features = self._features(layer, rows, columns)
        return self.gradients[layer].of(features, rows, columns)
