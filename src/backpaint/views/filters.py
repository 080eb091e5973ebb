"""Pictures of a channel's filter: the first layer's as colors, deeper ones by gradients."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..painting.pictures import Picture
from ..weights import VGGWeights, load_weights
from .features import layers_up_to, require_channels, require_pixels, strongest
from .pixel_network import pixel_network
from .receptive_field import pixel_gradient, strongest_place
from .sheet import Tile, draw_sheet
from .view import Bytes, View, as_bytes, short, shrunken

FIRST = "conv1_1"
PATCH, PAIR = 90, 300
"""Widths on the sheet in pixels: a filter of 3 x 3, and a part of the picture with its gradient."""
SEAM = 4
"""Pixels between the two halves of a pair."""


@dataclass(frozen=True, eq=False)
class Filters(View):
    """Pictures that some channels of a layer answer to.

    Attributes
    ----------
    layer : str
    channels : tuple of int
    patches : tuple of (h, w, 3) ndarray of float
        R, G, B.  For conv1_1 the filters themselves, (3, 3, 3); deeper, the gradient of the
        channel's largest value with respect to the pixels that it sees.
    parts : tuple of (h, w, 3) ndarray of float64
        The pixels where that value is, 0 to 255; empty for conv1_1.
    remarks : tuple of str
        About each channel.
    name : str
        The picture's; empty for conv1_1.
    """

    layer: str
    channels: tuple[int, ...]
    patches: tuple[NDArray[np.floating], ...]
    parts: tuple[NDArray[np.float64], ...]
    remarks: tuple[str, ...]
    name: str = ""

    def sheet(self) -> Bytes:
        """Draw a patch for each channel, beside the part of the picture if there is one."""
        patches = [around_gray(patch) for patch in self.patches]
        if not self.parts:
            tiles = [
                Tile(patch, str(channel), remark)
                for channel, patch, remark in zip(self.channels, patches, self.remarks, strict=True)
            ]
            subtitle = (
                "Every filter of 3 x 3 pixels in the colors that it answers to: gray is 0, and "
                "each filter's largest number (max) is as bright as can be."
            )
            return draw_sheet(f"The filters of {self.layer}", subtitle, tiles, width=PATCH)
        tiles = [
            Tile(_pair(as_bytes(part), patch), f"channel {channel}", remark)
            for channel, part, patch, remark in zip(
                self.channels, self.parts, patches, self.remarks, strict=True
            )
        ]
        subtitle = (
            "Left: the part of the picture that a channel answers to most. Right: how to change "
            "each pixel of it so that the answer grows (the gradient; gray is no change)."
        )
        return draw_sheet(
            f"What {self.layer} answers to in {self.name}", subtitle, tiles, width=PAIR
        )


def look_at_filters(
    layer: str = FIRST,
    image: Picture | None = None,
    *,
    channels: Sequence[int] | None = None,
    top: int = 12,
    size: int = 512,
    weights: str | Path | VGGWeights = "vgg19",
) -> Filters:
    """Look at what makes the channels of a layer answer.

    Parameters
    ----------
    layer : str
        ``conv1_1``, whose filters are patches of color; or a deeper one, whose filters weigh
        channels and not colors: there, gradients show what a channel wants of the pixels.
    image : picture, optional
        For deeper layers: where to look for answers.
    channels : sequence of int, optional
        Which; absent: all of conv1_1, the strongest of others.
    top, size, weights
        As for `look`.

    Returns
    -------
    Filters

    Raises
    ------
    UsageError
        If a layer, channel or picture is not there.
    """
    network_weights = weights if isinstance(weights, VGGWeights) else load_weights(weights)
    layers = layers_up_to(layer, network_weights)
    if layer == FIRST:
        wanted = range(layers[0].channels_out) if channels is None else channels
        return _first_filters(network_weights, require_channels(wanted, layers[0]))
    if image is None:
        raise UsageError(
            f"the filters of {layer} weigh channels, not colors; give a picture to find out what "
            f"they answer to, or choose {FIRST}"
        )
    photo = shrunken(image, size)
    require_pixels(photo.pixels.shape[:2], layers[-1])
    network = pixel_network(network_weights, layers)
    values = network.forward(photo.pixels, (layer,))
    chosen = (
        strongest(values[layer], top)
        if channels is None
        else require_channels(channels, layers[-1])
    )
    patches, parts, remarks = [], [], []
    for channel in chosen:
        place, window = strongest_place(values[layer][:, :, channel], layers, photo.pixels.shape)
        patches.append(pixel_gradient(network, values, (*place, channel))[window])
        parts.append(photo.pixels[window])
        remarks.append(f"{short(float(values[layer][*place, channel]))} at row {place[0]}, "
                       f"column {place[1]}")  # fmt: skip
    return Filters(layer, chosen, tuple(patches), tuple(parts), tuple(remarks), photo.name)


def around_gray(values: NDArray[np.floating]) -> Bytes:
    """Color numbers with a sign: 0 becomes gray, the largest as bright or dark as can be."""
    limit = float(np.abs(values).max()) or 1.0
    return as_bytes(127.5 + 127.5 * values / limit)


def mosaic(w: NDArray[np.floating]) -> NDArray[np.floating]:
    """Lay out the numbers of one filter: a tile of 3 x 3 for each channel of its input.

    Parameters
    ----------
    w : (3, 3, C) ndarray of float
        R, G, B or deeper channels; tile 0 is at the top left, tile 1 to its right.

    Returns
    -------
    (4 rows - 1, 4 columns - 1) ndarray of float
        With seams of zeros.

    Examples
    --------
    >>> mosaic(np.ones((3, 3, 256))).shape, mosaic(np.ones((3, 3, 3))).shape
    ((63, 63), (7, 7))
    """
    count = w.shape[2]
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    tiles = np.zeros((rows * columns, 4, 4), w.dtype)
    tiles[:count, :3, :3] = w.transpose(2, 0, 1)
    grid = tiles.reshape(rows, columns, 4, 4).transpose(0, 2, 1, 3)
    return grid.reshape(4 * rows, 4 * columns)[:-1, :-1]


def _first_filters(weights: VGGWeights, channels: tuple[int, ...]) -> Filters:
    w = weights.filters[FIRST]
    if weights.normalization.order == "bgr":
        w = w[:, :, ::-1]
    patches = tuple(w[:, :, :, channel] for channel in channels)
    remarks = tuple(f"max {short(float(np.abs(patch).max()))}" for patch in patches)
    return Filters(FIRST, channels, patches, (), remarks)


def _pair(left: Bytes, right: Bytes) -> Bytes:
    """Put two pictures of one size side by side, with a dark seam."""
    seam = np.full((left.shape[0], max(1, SEAM * left.shape[1] // 150), 3), 19, np.uint8)
    return np.concatenate([left, seam, right], axis=1)
