"""Networks as a row of named arrays, as PyTorch, Caffe, ONNX and NumPy files have them.

Filters are (out, in, 3, 3), and those of the head (out, in) with ``pool5`` flattened as (channel,
height, width); or, in TensorFlow's order, which is ours, (3, 3, in, out) and (in, out) with
(height, width, channel).  The shape of the first layer tells.
"""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from ...vgg_weights import PALETTE, Normalization
from ..assembly.assemble import assemble
from ..assembly.find_network import find_network, outputs_first_shape
from ..assembly.stored import Contents, StoredArray
from ..identity.resemblance import infer_normalization

_POOL5 = (512, 7, 7)
"""Channels, height and width of ``pool5``, in the order in which PyTorch and Caffe flatten it."""


def read_state_dict(
    arrays: Mapping[str, StoredArray],
    normalization: Normalization | None = None,
    *,
    is_house: bool | None = None,
) -> Contents:
    """Read a VGG from arrays called ``features.0.weight`` or ``conv1_1_W``.

    Parameters
    ----------
    arrays : mapping of str to StoredArray
        Everything that a file holds.
    normalization : Normalization, optional
        What the format promises; without it, the first layer tells.
    is_house : bool, optional
        Whether the format promises TensorFlow's order of axes; without it, the first layer tells.

    Returns
    -------
    Contents
        With the head if the file has VGG's.

    Raises
    ------
    UnsuitableFileError
        If the arrays are another network's, or two networks'.
    """
    network = find_network(arrays, is_house=is_house)
    if network.is_house:
        filters, biases = assemble(network.layers)
    else:
        filters, biases = assemble(network.layers, outputs_first_shape, _to_house)
    if normalization is None:
        normalization = infer_normalization(filters["conv1_1"])
    precision = PALETTE if network.is_palette else network.layers["conv1_1"].filters.precision
    return Contents(filters, biases, normalization, precision, left_out=network.left_out)


def _to_house(filters: NDArray[Any]) -> NDArray[Any]:
    if filters.ndim == 4:
        return filters.transpose(2, 3, 1, 0)  # (3, 3, in, out)
    channels, height, width = _POOL5
    if filters.shape[1] == channels * height * width:
        # (out, channel, height, width) becomes (height, width, channel, out)
        return filters.reshape(-1, *_POOL5).transpose(2, 3, 1, 0)
    return filters.T
