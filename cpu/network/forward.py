"""What happens to a piece of a convolution's output, while it is in the cache.

Few calls of NumPy on large arrays: each takes Python's lock again, and may have to wait for it.
"""

import numpy as np

from ...problem.stages import Stage
from ..convolution.tiles import Piece, extent, interior
from ..threads.workspace import Float32
from .maps import Maps, mask_name
from .masks import Bools, write_mask
from .pooling import Shares, average_pool, max_pool, pooled_part

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
    shares : pair of ndarray, or None
        Of an average pool.
    keeps_mask : bool
        Whether a gradient will come back that needs it.
    """

    def __init__(
        self,
        stage: Stage,
        maps: Maps,
        pool: str,
        shares: Shares | None,
        *,
        keeps_mask: bool,
    ) -> None:
        self.stage, self.maps = stage, maps
        self.pool, self.shares = pool, shares
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
        if self.shares is not None:
            average_pool(y[windows], out, (self.shares[0][rows], self.shares[1][columns]))
            return
        wins = np.zeros(y.shape, np.bool_) if passes is None else passes
        wins[:] = False
        max_pool(y[windows], out, wins[windows])
