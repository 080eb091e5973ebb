"""What happens to the gradient at a stage's output, piece by piece, on the way to its convolution.

The next stage's convolution has just carried it back to there.  Pool and ReLU let it pass where
they let the features pass; layers that a term looks at add their own gradient.
"""

from collections.abc import Mapping

import numpy as np

from ...problem.stages import Stage
from ..convolution.tiles import Piece, extent, interior
from ..threads.workspace import Float32
from .feature_gradient import FeatureGradient
from .maps import Maps, gradient_name, mask_name, pool_gradient_name
from .masks import Bools, read_mask
from .pooling import Shares, unpool, unpooled_part


class BackwardFinish:
    """Unpool, mask and taps of one stage, from the maps into the maps.

    Parameters
    ----------
    stage : Stage
        What lies between the gradient and the convolution.
    maps : Maps
        Masks and features, and where the gradient goes.  The gradient may go where features were:
        a piece's features are read before its gradient is written.
    gradients : mapping of str to FeatureGradient
        Those of the taps.
    is_overlapping : bool
        Whether the pool is a step of its own: then the gradient is only stored for it.
    shares : pair of ndarray, or None
        Of an average pool.
    """

    def __init__(
        self,
        stage: Stage,
        maps: Maps,
        gradients: Mapping[str, FeatureGradient],
        *,
        is_overlapping: bool,
        shares: Shares | None,
    ) -> None:
        self.stage, self.maps, self.gradients = stage, maps, gradients
        self.is_overlapping, self.shares = is_overlapping, shares
        self._out = interior(maps[gradient_name(stage)], *stage.size)

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
        if self.shares is not None:
            grad_y *= self.shares[0][rows] * self.shares[1][columns]
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
            of_relu *= self._features(stage.relu, rows, columns) > 0
        out = self._out[rows, columns]
        unpool(grad_y, self._passes(rows, columns), out)
        for gradient in (gradient for gradient in (own, of_relu) if gradient is not None):
            out += gradient

    def _passes(self, rows: slice, columns: slice) -> Bools:
        """Tell where the gradient passes the ReLU, and a max pool behind it."""
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
