"""The two networks as rows of stages: which layer follows which.

G. Ghiasi, H. Lee, M. Kudlur, V. Dumoulin, J. Shlens, "Exploring the structure of a real-time,
arbitrary neural artistic stylization network", arXiv:1705.06830, table 4, as Magenta made it small
for phones: 8, 16 and 32 channels for 32, 64 and 128, and a MobileNetV2 (arXiv:1801.04381, table 2)
for the Inception-v3 that reads the style.
"""

from typing import NamedTuple

from .stages import (
    Conv,
    DepthwiseConv,
    GlobalMean,
    Relu,
    Relu6,
    Residual,
    SameBorder,
    Sequence,
    Sigmoid,
    Stage,
    Upsample,
)
from .style_norm import StyleNorm
from .weights import StylizationWeights

STYLE_NUMBERS = 100
"""What a style is to the transformer."""
STYLE_SIZE = 256
"""Height and width of the style that the predictor was trained on."""
MULTIPLE = 4
"""The transformer halves a picture twice, and doubles it twice."""


class Contraction(NamedTuple):
    """A convolution with a bias and a ReLU: its name, border and stride."""

    name: str
    border: int
    stride: int


class Expansion(NamedTuple):
    """A convolution with a style norm, on a map that is doubled beforehand or not."""

    name: str
    border: int
    doubles: bool


class Block(NamedTuple):
    """An inverted residual of MobileNetV2: widen, filter each channel, narrow."""

    name: str
    stride: int
    widens: bool
    adds: bool


CONTRACTIONS = (
    Contraction("transformer/contract1", 4, 1),
    Contraction("transformer/contract2", 1, 2),
    Contraction("transformer/contract3", 1, 2),
)
RESIDUALS = tuple(f"transformer/residual{number}" for number in range(1, 6))
EXPANSIONS = (
    Expansion("transformer/expand1", 1, True),
    Expansion("transformer/expand2", 1, True),
    Expansion("transformer/expand3", 4, False),
)
_REPEATS = ((1, 1), (2, 2), (3, 2), (4, 2), (3, 1), (3, 2), (1, 1))
"""Blocks with the same number of channels, and the stride of the first."""
BLOCKS = tuple(
    Block(
        f"predictor/block{sum(n for n, _ in _REPEATS[:row]) + index + 1:02d}",
        stride if index == 0 else 1,
        widens=row > 0,
        adds=index > 0,
    )
    for row, (count, stride) in enumerate(_REPEATS)
    for index in range(count)
)
"""The 17 blocks; one adds its input to its output where both have the same shape."""


def predictor(weights: StylizationWeights) -> Sequence:
    """Put the network together that reads a style.

    Parameters
    ----------
    weights : StylizationWeights
        In the precision to compute in.

    Returns
    -------
    Sequence
        From a picture (256, 256, 3), R, G, B in 0..1, to the 100 numbers as (1, 1, 100).
    """
    stages: list[Stage] = [SameBorder(2), Conv(*weights["predictor/stem"], stride=2), Relu6()]
    for block in BLOCKS:
        inside = Sequence(_block(block, weights))
        stages.append(Residual(inside) if block.adds else inside)
    stages += [Conv(*weights["predictor/last"]), Relu6(), GlobalMean()]
    return Sequence([*stages, Conv(*weights["predictor/style"])])


def transformer(weights: StylizationWeights) -> Sequence:
    """Put the network together that paints.

    Parameters
    ----------
    weights : StylizationWeights
        In the precision to compute in.

    Returns
    -------
    Sequence
        From a content (H, W, 3), R, G, B in 0..1, H and W multiples of 4, to a painting likewise.
    """
    stages: list[Stage] = []
    for name, border, stride in CONTRACTIONS:
        stages += [Conv(*weights[name], border=border, stride=stride), Relu()]
    for name in RESIDUALS:
        first = _normalized(f"{name}/conv1", 1, weights)
        second = _normalized(f"{name}/conv2", 1, weights)
        stages.append(Residual(Sequence([*first, Relu(), *second])))
    for name, border, doubles in EXPANSIONS:
        stages += [Upsample()] if doubles else []
        stages += [*_normalized(name, border, weights), Relu()]
    return Sequence([*stages[:-1], Sigmoid()])


def _block(block: Block, weights: StylizationWeights) -> list[Stage]:
    name = block.name
    wide: list[Stage] = [Conv(*weights[f"{name}/expand"]), Relu6()] if block.widens else []
    depthwise = DepthwiseConv(*weights[f"{name}/depthwise"], stride=block.stride)
    return [*wide, SameBorder(block.stride), depthwise, Relu6(), Conv(*weights[f"{name}/project"])]


def _normalized(name: str, border: int, weights: StylizationWeights) -> list[Stage]:
    """Make a convolution and the norm behind it, whose scale and shift the style tells."""
    norm = StyleNorm(*weights[f"{name}/gamma"], *weights[f"{name}/beta"])
    return [Conv(*weights[name], border=border), norm]
