"""The sizes of all layers' features for a picture of a given size."""

from collections.abc import Sequence

from ..reference.windows import pooled_length
from ..vgg import Layer
from .recipe import NetworkOptions


def feature_sizes(
    layers: Sequence[Layer], options: NetworkOptions, shape: tuple[int, int]
) -> dict[str, tuple[int, int]]:
    """Return height and width of every layer's output; fully connected ones count as 1 x 1.

    Parameters
    ----------
    layers : sequence of Layer
        From the first layer on.
    options : NetworkOptions
        How pooling treats odd sizes.
    shape : (int, int)
        Height and width of the picture.

    Returns
    -------
    dict of str to (int, int)
        By the layer's name.
    """
    edge = "ceil" if options.pool == "overlapping-average" else options.edge
    height, width = shape
    sizes: dict[str, tuple[int, int]] = {}
    for layer in layers:
        if layer.kind == "pool":
            height, width = pooled_length(height, edge), pooled_length(width, edge)
        elif layer.kind == "linear":
            height, width = 1, 1
        sizes[layer.name] = (height, width)
    return sizes
