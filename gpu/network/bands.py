"""Cutting a large picture into bands of rows, each of which runs through the first stages alone.

The stages before the first pool have the largest arrays by far.  In bands they need only a band's
size: a band runs forward, leaves its pooled features, and is forgotten.  On the way back it runs
forward again, and then back to its part of the picture.

A convolution reads one row above and one below what it writes.  So a band computes some rows more
than it keeps, its halo: one for each convolution forward, and one for each on the way back.
"""

import math
from dataclasses import dataclass

from ...engine.bands import Band, whole
from ...problem.problem import Problem
from ...problem.stages import Size, stages_of
from .plan import normalized_layers

BAND_POSITIONS = 2048 * 2048
"""A picture with more pixels is cut.  Smaller ones fit as they are, without computing twice."""


@dataclass(frozen=True)
class Cut:
    """The cut of a picture into bands.

    Attributes
    ----------
    bands : tuple of Band
        With equally many rows to keep, but for the last.  All edges but the picture's own are even,
        so that no window of the pool is cut.
    block : int
        How many stages run in bands: those up to the first pool; 0 if the picture stays whole.
    layers : frozenset of str
        Those whose features exist in bands alone: all of the block's but its pool.
    """

    bands: tuple[Band, ...]
    block: int = 0
    layers: frozenset[str] = frozenset()

    def rows_at_once(self, layer: str, height: int) -> int:
        """Count the rows of a layer, of `height` in all, that a term sees at once, at most."""
        return self.bands[0].last if layer in self.layers else height


def cut_of(problem: Problem, shape: Size) -> Cut:
    """Cut a picture that is large, if nothing needs a band's surroundings.

    Parameters
    ----------
    problem : Problem
    shape : (int, int)
        Height and width of the painted picture.

    Notes
    -----
    Style terms add up Gram matrices, band by band.  Overlapping pools, content terms before the
    first pool and normalized gradients want the picture in one piece.
    """
    options = problem.recipe.network
    stages = stages_of(problem.layers, options, shape, problem.taps)
    block = next((stage.number + 1 for stage in stages if stage.pool is not None), 0)
    layers = {name for stage in stages[:block] for name in stage.layers if name != stage.pool}
    if (
        math.prod(shape) <= BAND_POSITIONS
        or not 0 < block < len(stages)
        or options.pool == "overlapping-average"
        or layers & set(problem.content_layers)
        or normalized_layers(problem)
    ):
        return Cut((whole(shape[0]),))
    return Cut(_bands(shape, 2 * block), block, frozenset(layers))


def _bands(shape: Size, halo: int) -> tuple[Band, ...]:
    """Cut rows; the halo is even."""
    height = shape[0]
    rows = -(-height // math.ceil(math.prod(shape) / BAND_POSITIONS))
    rows += rows % 2
    return tuple(
        Band(
            first=first,
            last=min(first + rows, height),
            top=max(first - halo, 0),
            bottom=min(first + rows + halo, height),
        )
        for first in range(0, height, rows)
    )
