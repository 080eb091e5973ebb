"""VGG-16 and VGG-19 as a table of layers: the one place that knows their shape.

The names are used everywhere: ``conv4_2`` is a convolution before its ReLU, ``relu4_2`` after it,
``pool4`` the pooling after block 4.  With the classifier head, ``fc6 relu6 fc7 relu7 fc8`` follow
``pool5``; they need an input of exactly 224 x 224 pixels.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["conv", "relu", "pool", "linear"]

CONVOLUTIONS_PER_BLOCK = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
CHANNELS_PER_BLOCK = (64, 128, 256, 512, 512)
HEAD_IMAGE_SIZE = 224
HEAD_CHANNELS = (7 * 7 * 512, 4096, 4096, 1000)


@dataclass(frozen=True)
class Layer:
    """One row of the table.

    Attributes
    ----------
    name : str
        ``"conv4_2"``, ``"relu4_2"``, ``"pool4"``, ``"fc6"``.
    kind : {"conv", "relu", "pool", "linear"}
        The operation.
    channels_in, channels_out : int
        Channels before and after it.
    stride : int
        How many image pixels lie between two neighbors of the layer's output.
    """

    name: str
    kind: Kind
    channels_in: int
    channels_out: int
    stride: int


def layer_table(depth: int, *, head: bool = False) -> tuple[Layer, ...]:
    """List the layers of a VGG network in the order in which they run.

    Parameters
    ----------
    depth : {16, 19}
        The number of layers with weights.
    head : bool
        Whether the three fully connected layers follow ``pool5``.

    Returns
    -------
    tuple of Layer
        37 layers for VGG-19 without its head, 31 for VGG-16.

    Raises
    ------
    ValueError
        If `depth` is neither 16 nor 19.

    References
    ----------
    .. [1] K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
       Recognition", arXiv:1409.1556, table 1, columns D and E.

    Examples
    --------
    >>> [layer.name for layer in layer_table(16)][:5]
    ['conv1_1', 'relu1_1', 'conv1_2', 'relu1_2', 'pool1']
    """
    if depth not in CONVOLUTIONS_PER_BLOCK:
        raise ValueError(f"expected a VGG of depth 16 or 19, got {depth}")
    table: list[Layer] = []
    channels = 3
    for block, count in enumerate(CONVOLUTIONS_PER_BLOCK[depth], start=1):
        stride, width = 2 ** (block - 1), CHANNELS_PER_BLOCK[block - 1]
        for index in range(1, count + 1):
            table.append(Layer(f"conv{block}_{index}", "conv", channels, width, stride))
            table.append(Layer(f"relu{block}_{index}", "relu", width, width, stride))
            channels = width
        table.append(Layer(f"pool{block}", "pool", width, width, 2 * stride))
    if head:
        for number, inputs, outputs in zip(
            (6, 7, 8), HEAD_CHANNELS[:-1], HEAD_CHANNELS[1:], strict=True
        ):
            table.append(Layer(f"fc{number}", "linear", inputs, outputs, HEAD_IMAGE_SIZE))
            if number < 8:
                table.append(Layer(f"relu{number}", "relu", outputs, outputs, HEAD_IMAGE_SIZE))
    return tuple(table)
