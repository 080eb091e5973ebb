"""Tiles: bands of rows of the whole network, each of which can be computed anywhere.

A band of a block needs what the block before has put out (`cut.py`).  A tile needs the picture
alone: its window reaches so far beyond its own rows that these see, in every layer, what they see
in the whole picture.  So tiles can be computed on several machines, and what they tell each other
is small: sums over positions, and what follows from these.

    convolution 3x3:      rows [a, b) read [a - 1, b + 1)
    pool 2x2:             rows [a, b) read [2 a, 2 b)
    overlapping average:  rows [a, b) read [2 a - 1, 2 b)

So the halo is the sum of the convolutions' input strides, 70 pixels of VGG-19's to relu5_1, and
that of the overlapping pools.  The way back needs no more: a gradient starts at rows that the tile
owns, and ends at pixels which these see.  There, windows overlap, and gradients are added in the
order of the tiles.  Windows begin at multiples of the deepest stride.  So do the tiles, which are
cut on the deepest layer: none is without a row of it, and the last takes what pooling leaves over.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...engine.bands import Band
from ...problem.feature_sizes import feature_sizes
from ...problem.pixels import RGB, NetworkInputMap
from ...problem.recipe import NetworkOptions
from ...problem.stages import Size, Stage
from ...vgg import Layer
from ..convolution.convolutions import Convolutions
from ..network.edges import Ends
from ..network.features import LayerGradient
from ..network.network import Network, OnFeatures
from ..threads.team import Team
from ..threads.workspace import Float32
from .gradient import BandGradient

AS_IT_COMES = NetworkInputMap((1.0, 1.0, 1.0), (0.0, 0.0, 0.0), RGB)
"""A tile gets the network's input, and gives the gradient there."""


@dataclass(frozen=True)
class Tile:
    """Rows of a picture that are computed together through the whole network.

    Attributes
    ----------
    band : Band
        Of the picture: its own rows, and its window.
    size : (int, int)
        Height and width of the window.
    layers : dict of str to Band
        The same at each layer that a term looks at.
    ends : (bool, bool)
        Whether the picture begins where the window does, and ends there, too.
    """

    band: Band
    size: Size
    layers: Mapping[str, Band]
    ends: Ends


def tiles_of(
    layers: Sequence[Layer],
    options: NetworkOptions,
    shape: Size,
    taps: Collection[str],
    rows: int,
) -> list[Tile]:
    """Cut a picture into tiles of its whole width.

    Parameters
    ----------
    layers : sequence of Layer
        From the first one to the deepest tap.
    options : NetworkOptions
        Kind of pooling.
    shape : (int, int)
        Height and width of the picture.
    taps : collection of str
    rows : int
        Of a tile, at most; but not less than the deepest stride.

    Returns
    -------
    list of Tile
        Of about the same height.  It depends on nothing but the arguments: the cut decides how sums
        are rounded.
    """
    sizes, stride = feature_sizes(layers, options, shape), layers[-1].stride
    deepest = max(1, sizes[layers[-1].name][0])
    count = -(-deepest // max(1, rows // stride))
    step = -(-deepest // count)
    halo = halo_of(layers, options)
    edges = [*range(0, stride * deepest, stride * step), shape[0]]
    bands = [
        Band(first, last, max(first - halo, 0), min(last + halo, shape[0]))
        for first, last in pairwise(edges)
    ]
    strides = {layer.name: layer.stride for layer in layers if layer.name in taps}
    return [
        Tile(
            band,
            (band.bottom - band.top, shape[1]),
            {name: _at(band, by, sizes[name][0], shape[0]) for name, by in strides.items()},
            band.ends(shape[0]),
        )
        for band in bands
    ]


def _at(band: Band, stride: int, height: int, whole: int) -> Band:
    """Return a tile's rows of a layer; the last tile has all that are left."""
    is_last, ends = band.last == whole, band.bottom == whole
    return Band(
        band.first // stride,
        height if is_last else band.last // stride,
        band.top // stride,
        height if ends else band.bottom // stride,
    )


def halo_of(layers: Sequence[Layer], options: NetworkOptions) -> int:
    """Count the pixels beyond its own rows that a tile sees; a multiple of the deepest stride."""
    overlaps = options.pool == "overlapping-average"
    halo = sum(layer.stride for layer in layers if layer.kind == "conv")
    halo += sum(layer.stride // 2 for layer in layers if layer.kind == "pool") * overlaps
    deepest = layers[-1].stride
    return -(-halo // deepest) * deepest


def more_work(tiles: Sequence[Tile], height: int) -> float:
    """Return how many rows are computed beyond those of the picture, as a part of these."""
    return sum(tile.size[0] for tile in tiles) / height - 1


class TileNetwork:
    """A VGG's layers, ready to run on one tile; see `Network`.

    Parameters
    ----------
    tile : Tile
    layers, convolutions, options, team
        As for `Network`.
    """

    def __init__(
        self,
        tile: Tile,
        layers: Sequence[Layer],
        convolutions: Convolutions,
        options: NetworkOptions,
        team: Team,
    ) -> None:
        self._tile = tile
        own = (AS_IT_COMES, tile.size, tile.layers, team)
        self._network = Network(layers, convolutions, options, *own, ends=tile.ends)
        self.nbytes, self.work = self._network.nbytes, self._network.work

    def forward(
        self, window: Float32, on_features: OnFeatures, taps: Collection[str] | None = None
    ) -> None:
        """Run the network on the window, and hand out the tile's own rows; see `Network.forward`.

        Parameters
        ----------
        window : (h, W, 3) ndarray of float32
            The network's input.
        on_features : callable
            Gets rows that are counted from the tile's first one.
        taps
            As for `Network.forward`.
        """

        def hand_out(stage: Stage, layer: str, framed: Float32, rows: slice) -> None:
            kept = self._tile.layers[layer].kept
            own = framed[kept.start : kept.stop + 2]  # the frame's rows are those of neighbors
            on_features(stage, layer, own, slice(0, kept.stop - kept.start))

        self._network.forward(_double(window), hand_out, taps)

    def backward(self, window: Float32, gradients: Mapping[str, LayerGradient]) -> Float32:
        """Carry the gradients at the tile's own rows back; see `Network.backward`.

        Parameters
        ----------
        window : (h, W, 3) ndarray of float32
            That of the last `forward`.
        gradients : mapping of str to LayerGradient
            One for each tap; rows are counted from the tile's first one.

        Returns
        -------
        (h, W, 3) ndarray of float32
            Gradient with respect to the network's input.
        """
        own = {
            name: BandGradient(gradients[name], _from_first(band))
            for name, band in self._tile.layers.items()
        }
        gradient: Float32 = self._network.backward(_double(window), own).astype(np.float32)
        return gradient

    def first_non_finite(self, window: Float32) -> str | None:
        """Return the first convolution whose output is not finite; None if all are."""
        return self._network.first_non_finite(_double(window))


def _from_first(band: Band) -> Band:
    """Count rows from the first one that is kept."""
    return Band(0, band.last - band.first, band.top - band.first, band.bottom - band.first)


def _double(window: Float32) -> NDArray[np.float64]:
    """Return numbers as the network takes them, which loses nothing, there or back."""
    return window.astype(np.float64)
