"""The network as stages: a convolution with the ReLU and the pool that follow it.

A stage is what an engine computes at once, while its numbers are near.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..vgg import Layer
from .feature_sizes import feature_sizes
from .recipe import NetworkOptions

Size = tuple[int, int]


@dataclass(frozen=True)
class Stage:
    """One convolution and what follows it.

    Attributes
    ----------
    number : int
        0, 1, 2, ... along the network.
    conv : str
        The convolution's name.
    relu, pool : str or None
        Those of the layers after it; None where the network ends before, or without a pool.
    channels_in, channels_out : int
        Of the convolution.
    size : (int, int)
        Height and width of the convolution's input and output.
    pooled : (int, int)
        Height and width of the stage's output; `size` without a pool.
    taps : frozenset of str
        Those of its layers that a term looks at.
    """

    number: int
    conv: str
    relu: str | None
    pool: str | None
    channels_in: int
    channels_out: int
    size: Size
    pooled: Size
    taps: frozenset[str]

    @property
    def layers(self) -> tuple[str, ...]:
        """Its layers, first to last."""
        return tuple(name for name in (self.conv, self.relu, self.pool) if name is not None)

    @property
    def output(self) -> str:
        """The layer whose features the next stage reads: its last."""
        return self.layers[-1]

    @property
    def reads_picture(self) -> bool:
        """Whether it is the network's first: the only one that sees three colors."""
        return self.channels_in == 3

    def size_of(self, layer: str) -> Size:
        """Return height and width of one of its layers' output."""
        return self.pooled if layer == self.pool else self.size

    @property
    def flops(self) -> float:
        """Multiplications and additions of the convolution, computed directly."""
        height, width = self.size
        return 2.0 * 9 * self.channels_in * self.channels_out * height * width


def stages_of(
    layers: Sequence[Layer], options: NetworkOptions, shape: Size, taps: Collection[str]
) -> tuple[Stage, ...]:
    """Group layers into stages for a picture of a given size.

    Parameters
    ----------
    layers : sequence of Layer
        From the first one on.
    options : NetworkOptions
        How pooling treats odd sizes.
    shape : (int, int)
        Height and width of the picture.
    taps : collection of str
        The layers that terms look at.
    """
    sizes = feature_sizes(layers, options, shape)
    groups: list[list[Layer]] = []
    for layer in layers:
        if layer.kind == "conv":
            groups.append([])
        groups[-1].append(layer)
    return tuple(_stage(number, group, sizes, taps) for number, group in enumerate(groups))


def layers_up_to(layers: Sequence[Layer], taps: Collection[str]) -> Sequence[Layer]:
    """Drop the layers after the deepest tap."""
    deepest = max((i for i, layer in enumerate(layers) if layer.name in taps), default=-1)
    return layers[: deepest + 1]


def _stage(
    number: int, group: Sequence[Layer], sizes: dict[str, Size], taps: Collection[str]
) -> Stage:
    names = {layer.kind: layer.name for layer in group}
    conv = group[0]
    return Stage(
        number=number,
        conv=conv.name,
        relu=names.get("relu"),
        pool=names.get("pool"),
        channels_in=conv.channels_in,
        channels_out=conv.channels_out,
        size=sizes[conv.name],
        pooled=sizes[group[-1].name],
        taps=frozenset(names.values()) & frozenset(taps),
    )
