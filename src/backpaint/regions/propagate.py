"""A mask brought from the pixels to every layer, along the windows of the network itself."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..reference.average_pool import average_pool_forward
from ..reference.overlapping_average_pool import overlapping_average_pool_forward
from ..reference.windows import corners, whole_windows
from ..vgg import Layer
from .regions import Mask

if TYPE_CHECKING:
    from ..problem.recipe import NetworkOptions

How = Literal["average", "inside", "touching"]


def at_layers(
    mask: Mask, layers: Sequence[Layer], options: "NetworkOptions", how: How
) -> dict[str, Mask]:
    """Bring a mask to the layers of a network.

    Parameters
    ----------
    mask : (H, W) ndarray of float64
        How much each pixel counts, 0 to 1.
    layers : sequence of Layer
        From the first one on.
    options : NetworkOptions
        How the network pools: windows, odd edges.
    how : {"average", "inside", "touching"}
        The share of a position's own cell that lies in the region; or the least, or the most, of
        the mask in all that the position sees of the picture.

    Returns
    -------
    dict of str to (h, w) ndarray of float64
        By the layer's name, each of the size of its features.

    Notes
    -----
    Cells come from pools alone, so under ``average`` a convolution leaves the mask as it is.
    Under the others it is widened by the 3x3 window of every convolution, too; what lies outside
    the picture does not count: positions at its border are inside if all that they see is.
    """
    steps: dict[How, Callable[[Mask], Mask]] = {
        "inside": lambda m: np.minimum.reduce([*_neighbors(m, 1.0)]),
        "touching": lambda m: np.maximum.reduce([*_neighbors(m, 0.0)]),
        "average": lambda m: m,
    }
    found: dict[str, Mask] = {}
    for layer in layers:
        if layer.kind == "conv":
            mask = steps[how](mask)
        elif layer.kind == "pool":
            mask = _pooled(mask, options, how)
        found[layer.name] = mask
    return found


def _pooled(mask: Mask, options: "NetworkOptions", how: How) -> Mask:
    """Take the average, the least or the most of each window of a pool."""
    overlaps = options.pool == "overlapping-average"
    if how == "average":
        framed = mask[..., np.newaxis]
        pooled = (  # by what is there alone: outside of the picture nothing is in or out
            overlapping_average_pool_forward(framed, count_padding=False)
            if overlaps
            else average_pool_forward(framed, options.edge)
        )
        return np.asarray(pooled[..., 0], np.float64)
    extreme, outside = (np.minimum, 1.0) if how == "inside" else (np.maximum, 0.0)
    if overlaps:
        around = np.asarray(extreme.reduce([*_neighbors(mask, outside)]))
        return around[::2, ::2]
    windows = whole_windows(mask[..., np.newaxis], options.edge, outside)
    return np.asarray(extreme.reduce([*corners(windows)])[..., 0])


def _neighbors(mask: Mask, outside: float) -> Iterator[Mask]:
    """Yield the mask moved to all places of a 3x3 window, (H, W) each."""
    height, width = mask.shape
    padded = np.pad(mask, 1, constant_values=outside)
    for i in range(3):
        for j in range(3):
            yield padded[i : i + height, j : j + width]
