"""What happens to a piece of a convolution's output, while it is in the cache."""

import numpy as np

from .maps import Maps, mask_name
from .masks import Bools, write_mask
from .pooling import Shares, average_pool, max_pool, pooled_part
from .stages import Stage
from .tiles import Piece, extent, interior
from .winograd import Float32

ZERO, INFINITY = np.float32(0), np.float32(np.inf)


class ForwardFinish:
    """Bias, ReLU, mask and 2x2 pool of one stage, written into the maps.

    Parameters
    ----------
    stage : Stage
        What follows the convolution.
    maps : Maps
        Where results go: what the next stage reads, the taps, the mask.
    bias : (K,) ndarray of float32
    pool : {"max", "average", "none"}
        ``none`` also for an overlapping pool, which is a step of its own.
    shares : pair of ndarray, or None
        Of an average pool.
    keeps_mask : bool
        Whether a gradient will come back.
    """

    def __init__(
        self,
        stage: Stage,
        maps: Maps,
        bias: Float32,
        pool: str,
        shares: Shares | None,
        *,
        keeps_mask: bool,
    ) -> None:
        self.stage, self.maps, self.bias = stage, maps, bias
        self.pool, self.shares = pool, shares
        self.keeps_mask = keeps_mask and stage.relu is not None

    def __call__(self, slot: int, piece: Piece, y: Float32) -> None:
        """Finish a piece; `y` (4, 4 * tiles, K) is overwritten."""
        stage = self.stage
        y += self.bias
        self._store(stage.conv, piece, y)
        if stage.relu is None:
            return
        # np.maximum would do, but NumPy's clip between two numbers is twice as fast.
        np.clip(y, ZERO, INFINITY, out=y)
        self._store(stage.relu, piece, y)
        height, width = extent(piece)
        passes = y > 0 if self.keeps_mask else None
        if stage.pool is not None and self.pool != "none":
            y[height:] = 0
            y[:, width:] = 0
            self._pool(stage.pool, piece, y, passes)
        if passes is not None:
            bits = self.maps[mask_name(stage)]
            write_mask(bits, piece.rows, piece.columns, passes[:height, :width])

    def _store(self, layer: str, piece: Piece, y: Float32) -> None:
        """Keep a layer's output, if anybody asks for it."""
        if layer in self.maps:
            height, width = extent(piece)
            kept = interior(self.maps[layer], *self.stage.size)
            kept[piece.rows, piece.columns] = y[:height, :width]

    def _pool(self, layer: str, piece: Piece, y: Float32, passes: Bools | None) -> None:
        """Pool a piece; the gradient of a maximum passes only where it was found."""
        rows, columns = pooled_part(piece, self.stage.pooled)
        out = interior(self.maps[layer], *self.stage.pooled)[rows, columns]
        windows = (slice(2 * out.shape[0]), slice(2 * out.shape[1]))
        if self.shares is not None:
            average_pool(y[windows], out, (self.shares[0][rows], self.shares[1][columns]))
            return
        wins = np.zeros(y.shape, np.bool_) if passes is None else passes
        wins[:] = False
        max_pool(y[windows], out, wins[windows])
