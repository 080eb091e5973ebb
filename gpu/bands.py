"""Cutting a large picture into bands of rows, each of which runs through the first stages alone.

The stages before the first pool have the largest arrays by far.  In bands they need only a band's
size: a band runs forward, leaves its pooled features, and is forgotten.  On the way back it runs
forward again, and then back to its part of the picture.

A convolution reads one row above and one below what it writes.  So a band computes some rows more
than it keeps, its halo: one for each convolution forward, and one for each on the way back.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..problem import Problem
from ..stages import Size, Stage, stages_of
from .plan import normalized_layers

BAND_POSITIONS = 2048 * 2048
"""A picture with more pixels is cut.  Smaller ones fit as they are, without computing twice."""


@dataclass(frozen=True)
class Band:
    """Rows of a picture that are computed together.

    Attributes
    ----------
    first, last : int
        The rows that it keeps, without `last`.
    top, bottom : int
        The rows that it computes, without `bottom`: those, and a halo inside the picture.
    """

    first: int
    last: int
    top: int
    bottom: int

    @property
    def rows(self) -> slice:
        """The rows that it keeps, of the picture."""
        return slice(self.first, self.last)

    @property
    def window(self) -> slice:
        """The rows that it computes, of the picture."""
        return slice(self.top, self.bottom)

    @property
    def kept(self) -> slice:
        """The rows that it keeps, of those that it computes."""
        return slice(self.first - self.top, self.last - self.top)


def whole(shape: Size) -> Band:
    """Give the one band of a picture that is not cut."""
    return Band(0, shape[0], 0, shape[0])


def bands_of(stages: Sequence[Stage]) -> tuple[Band, ...]:
    """Cut a picture into bands with equally many rows, but for the last.

    Parameters
    ----------
    stages : sequence of Stage
        Of the whole picture; they run in bands up to the first pool.

    Returns
    -------
    tuple of Band
        All edges but the picture's own are even, so that no window of the pool is cut.
    """
    height, width = stages[0].size
    halo = 2 * block_length(stages)
    rows = -(-height // math.ceil(height * width / BAND_POSITIONS))
    rows += rows % 2
    return tuple(
        Band(
            first,
            min(first + rows, height),
            max(first - halo, 0),
            min(first + rows + halo, height),
        )
        for first in range(0, height, rows)
    )


def block_length(stages: Sequence[Stage]) -> int:
    """Count the stages up to the first pool, that one included; 0 without a pool."""
    return next((stage.number + 1 for stage in stages if stage.pool is not None), 0)


def runs_in_bands(problem: Problem, shape: Size) -> bool:
    """Tell whether a picture is cut: if it is large, and nothing needs a band's surroundings.

    Style terms add up Gram matrices, band by band.  Overlapping pools, content terms before the
    first pool and normalized gradients want the picture in one piece.
    """
    options = problem.recipe.network
    if math.prod(shape) <= BAND_POSITIONS or options.pool == "overlapping-average":
        return False
    stages = stages_of(problem.layers, options, shape, problem.taps)
    block = block_length(stages)
    inner = {layer for stage in stages[:block] for layer in stage.layers if layer != stage.pool}
    wanted_whole = normalized_layers(problem) or inner & set(problem.content_layers)
    return 0 < block < len(stages) and not wanted_whole
