"""The receptive field of a number in a layer."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..reference.network import Network
from ..vgg import Layer


def pixel_gradient(
    network: Network, values: dict[str, NDArray[np.floating]], entry: tuple[int, int, int]
) -> NDArray[np.floating]:
    """Differentiate one number of the deepest layer with respect to all pixels.

    Parameters
    ----------
    network : Network
    values : dict of str to ndarray
        The result of its forward pass.
    entry : (int, int, int)
        Row, column and channel of the number.

    Returns
    -------
    (H, W, 3) ndarray of float
    """
    layer = network.layers[-1].name
    grad = np.zeros_like(values[layer])
    grad[entry] = 1
    return network.backward(values, {layer: grad})


def strongest_place(
    values: NDArray[np.floating], layers: Sequence[Layer], shape: tuple[int, ...]
) -> tuple[tuple[int, int], tuple[slice, slice]]:
    """Find the largest of a channel's numbers, and the pixels that it depends on.

    Parameters
    ----------
    values : (h, w) ndarray of float
    layers : sequence of Layer
        From the picture to this one.
    shape : (int, int, int)
        The picture's.
    """
    row, column = np.unravel_index(values.argmax(), values.shape)
    window = tuple(
        slice(*receptive_field(int(index), layers, length))
        for index, length in zip((row, column), shape[:2], strict=True)
    )
    return (int(row), int(column)), (window[0], window[1])


def receptive_field(index: int, layers: Sequence[Layer], length: int) -> tuple[int, int]:
    """Return which pixels along one axis an entry of the last layer depends on.

    Parameters
    ----------
    index : int
        Row or column of the entry.
    layers : sequence of Layer
        From the picture to this one.
    length : int
        The picture's height or width.

    Returns
    -------
    (int, int)
        The first pixel, and the one after the last.

    Examples
    --------
    >>> from backpaint.vgg import layer_table
    >>> receptive_field(10, layer_table(19)[:6], 100)  # conv2_1: 10 pixels
    (16, 26)
    """
    first, last = index, index
    for layer in reversed(layers):
        if layer.kind == "conv":
            first, last = first - 1, last + 1
        elif layer.kind == "pool":
            first, last = 2 * first, 2 * last + 1
    return max(first, 0), min(last + 1, length)
