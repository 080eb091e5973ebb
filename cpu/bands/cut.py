"""Cutting a network into blocks, and the maps of a block into bands of rows.

A block ends with a pool.  Its maps are the largest of all where it is the first, and half as many
numbers in each block after.  In bands they need a band's size: a band runs forward, leaves its rows
of the pool's output, and is forgotten.  On the way back it runs forward again, then back to its
rows of the block's input.

Every position of every layer belongs to one band.  Convolution number i of c in a block sees one
row more on each side than it writes; so what a band keeps of the last one follows from c rows more
of the block's input, its halo.  The way back needs no more: gradients start at positions that the
band keeps, and end at inputs which these see.  Neighbors see the same rows of the input, and their
gradients are added there, in the order of the bands.

    c convolutions, 2x2 pool:     rows [a, b) kept,  [a - c, b + c) computed
    c convolutions, 3x3 pool:     one row more at the top: the pool's first window begins above a

Bands begin at even rows of the picture or map, as do windows of the pool: c is rounded up to even.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ...engine.bands import Band, whole
from ...problem.recipe import NetworkOptions
from ...problem.stages import Size, Stage, stages_of
from ...vgg import Layer

ROWS = 128
"""About so many rows of a block's input in a band: more would cost memory, fewer work, for the
halos."""


@dataclass(frozen=True)
class CutBlock:
    """Stages up to a pool, or the last ones, in bands or as a whole.

    Attributes
    ----------
    layers : tuple of Layer
        Of its stages.
    size : (int, int)
        Height and width of its input.
    pooled : (int, int)
        Of its output.
    bands : tuple of Band
        Rows of its input, and of the output of its convolutions; one, if it is whole.
    taps : frozenset of str
        Those of its layers that a term looks at.
    """

    layers: tuple[Layer, ...]
    size: Size
    pooled: Size
    bands: tuple[Band, ...]
    taps: frozenset[str]

    @property
    def output(self) -> str:
        """The name of its last layer."""
        return self.layers[-1].name

    @property
    def channels_out(self) -> int:
        """The channels of its output."""
        return self.layers[-1].channels_out

    def stages(self, options: NetworkOptions, band: Band) -> tuple[Stage, ...]:
        """Return its stages as those of a picture that is no higher than a band."""
        return stages_of(self.layers, options, (band.bottom - band.top, self.size[1]), self.taps)

    def pooled_band(self, band: Band) -> Band:
        """Return the rows of its output that belong to a band, and those that it computes."""
        if self.layers[-1].kind != "pool":
            return band
        half, height = band.halved(), self.pooled[0]
        return replace(half, last=min(half.last, height), bottom=min(half.bottom, height))

    def band_of(self, layer: str, band: Band) -> Band:
        """Return a band's rows of a layer."""
        return self.pooled_band(band) if layer == self.output else band


def blocks_of(layers: Sequence[Layer]) -> list[tuple[Layer, ...]]:
    """Cut layers behind each pool."""
    ends = [number for number, layer in enumerate(layers, start=1) if layer.kind == "pool"]
    edges = sorted({0, *ends, len(layers)})
    return [tuple(layers[first:last]) for first, last in pairwise(edges)]


def most_blocks(layers: Sequence[Layer]) -> int:
    """Count the blocks that may run in bands: all but the last, whose maps are small."""
    return len(blocks_of(layers)) - 1


def cut_of(
    layers: Sequence[Layer],
    options: NetworkOptions,
    shape: Size,
    taps: Collection[str],
    blocks: int,
) -> list[CutBlock]:
    """Cut a network: the first blocks in bands, what follows in one piece.

    Parameters
    ----------
    layers : sequence of Layer
        From the first one on.
    options : NetworkOptions
        Kind of pooling.
    shape : (int, int)
        Height and width of the picture.
    taps : collection of str
    blocks : int
        How many run in bands; all, if there are no more.

    Returns
    -------
    list of CutBlock
        It depends on nothing but the arguments: the cut decides how sums are rounded.
    """
    groups = blocks_of(layers)
    rest = [layer for group in groups[blocks:] for layer in group]
    parts = [*groups[:blocks], *([tuple(rest)] if rest else [])]
    cut, size = [], shape
    for number, group in enumerate(parts):
        stages = stages_of(group, options, size, taps)
        bands = _bands(stages, options) if number < blocks else (whole(size[0]),)
        seen = frozenset(layer.name for layer in group) & frozenset(taps)
        cut.append(CutBlock(group, size, stages[-1].pooled, bands, seen))
        size = stages[-1].pooled
    return cut


def _bands(stages: Sequence[Stage], options: NetworkOptions) -> tuple[Band, ...]:
    """Cut rows at even ones; the last band takes what pooling leaves over."""
    height, halo = stages[0].size[0], halo_of(stages, options)
    outputs = max(1, height // 2)
    count = max(1, -(-height // ROWS))
    step = -(-outputs // count)
    edges = [*range(0, 2 * outputs, 2 * step), height]
    return tuple(
        Band(first, last, max(first - halo, 0), min(last + halo, height))
        for first, last in pairwise(edges)
    )


def halo_of(stages: Sequence[Stage], options: NetworkOptions) -> int:
    """Count the rows beyond its own that a band sees of the input, on each side; an even number."""
    has_overlapping = stages[-1].pool is not None and options.pool == "overlapping-average"
    return 2 * math.ceil((len(stages) + has_overlapping) / 2)
