"""Checks of your VGG, from pixels to a layer: mistakes that still paint pretty pictures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..check.operations.tolerances import ENGINE_GRADIENT
from ..problem.problem import require_layers
from ..problem.recipe import NetworkOptions
from ..vgg import Layer
from ..views.pixel_network import TRAINED, pixel_network
from ..weights import OXFORD, TORCHVISION, VGGWeights, load_weights
from .judging.examine import Case, Part, examine
from .judging.layouts import Array, FeatureLayout, Layout
from .judging.mistakes import Mistake, Values
from .judging.report import Report

SHAPES = ((33, 41), (48, 32))
"""Odd at several depths, and even at all."""


def check_features(
    forward: Callable[..., Any],
    layer: str,
    *,
    weights: str | Path | VGGWeights = "vgg19",
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float32,
    raises: bool = True,
) -> Report:
    """Check the features that a whole VGG gives at a layer.

    Parameters
    ----------
    forward : callable
        ``forward(x)`` takes R, G, B from 0 to 255 and gives the layer's output.
    layer : str
        ``conv4_2`` before its ReLU, ``relu4_2`` after it, ``pool4``.
    weights : {"vgg16", "vgg19"}, path, or VGGWeights
        The file that `forward` uses.
    layout, to_array, raises
        As for `check_conv`; of `x` and of the features.
    dtype : dtype
        Of the pixels that `forward` gets.

    Raises
    ------
    WrongGradient
        If the features are other ones; the message names the mistake.
    UsageError
        If the weights have no such layer.

    Notes
    -----
    The right features are those of max pooling that drops an odd last row or column, as VGG was
    trained.  Who wants another pooling on purpose gets its name told, and may ignore it.
    """
    network = weights if isinstance(weights, VGGWeights) else load_weights(weights)
    require_layers((layer,), network)
    vgg = _VGG(network, _block_of(layer, network.layers), layer)
    part = Part("forward", forward, "x", "y", lambda v: vgg.trained(v["x"], layer),
                tuple(_mistakes(vgg)))  # fmt: skip
    report = examine(
        f"features of {layer}",
        [part],
        _cases(),
        Layout(layout, to_array=to_array, dtype=dtype),
        tolerance=ENGINE_GRADIENT["float32"],
    )
    return report.required() if raises else report


def _block_of(layer: str, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """List the layers up to the pool after one; those of its block are taken for each other."""
    names = [row.name for row in layers]
    last = next(
        (i for i, row in enumerate(layers) if row.kind == "pool" and i >= names.index(layer)),
        len(layers) - 1,
    )
    return layers[: max(last, names.index(layer)) + 1]


def _cases() -> Iterator[Case]:
    for height, width in SHAPES:
        rng = np.random.default_rng([height, width])
        pixels = rng.integers(0, 256, (height, width, 3)) * 1.0
        yield f"{height}x{width}", {"x": pixels}


@dataclass(frozen=True, eq=False)
class _VGG:
    """A network up to the end of the block that holds a layer, and how to run it wrongly."""

    weights: VGGWeights
    layers: tuple[Layer, ...]
    layer: str
    outputs: dict[bytes, Values] = field(default_factory=dict)
    """What `trained` has computed, by the picture's bytes."""

    def trained(self, x: Array, layer: str) -> Array:
        """Run it as it was trained, once for each picture, and give one layer's output."""
        picture = x.tobytes()
        if picture not in self.outputs:
            network = pixel_network(self.weights, self.layers, np.float64)
            self.outputs[picture] = network.forward(x, [row.name for row in self.layers])
        return np.asarray(self.outputs[picture][layer])

    def changed(self, x: Array, options: NetworkOptions = TRAINED, **normalization: Any) -> Array:
        """Run it with other options or another normalization."""
        changed = replace(self.weights.normalization, **normalization)
        weights = replace(self.weights, normalization=changed)
        end = [row.name for row in self.layers].index(self.layer) + 1
        network = pixel_network(weights, self.layers[:end], np.float64, options)
        return network.forward(x, [self.layer])[self.layer]


def _mistakes(vgg: _VGG) -> Iterator[Mistake]:
    """List what people get wrong, the likeliest first."""
    trained = vgg.weights.normalization

    def wrongly(name: str, **wrong: Any) -> Mistake:
        return Mistake(name, lambda v: vgg.changed(v["x"], **wrong))

    yield from _neighbors(vgg)
    other = "rgb" if trained.order == "bgr" else "bgr"
    fed = "B, G, R" if trained.order == "bgr" else "R, G, B"
    yield wrongly(f"red and blue are exchanged: these weights want {fed}", order=other)
    yield wrongly("the means of red and blue are exchanged", mean=trained.mean[::-1])
    yield wrongly(f"red and blue are exchanged, and their means as well: these weights want {fed}",
                  order=other, mean=trained.mean[::-1])  # fmt: skip
    yield wrongly("the mean is not subtracted", mean=(0.0, 0.0, 0.0))
    another = TORCHVISION if trained.family == "oxford" else OXFORD
    yield wrongly(f"the standard deviations are those of {another.family}", std=another.std)
    yield wrongly("the network sees pixels from 0 to 1, and was trained on 0 to 255",
                  scale=trained.scale / 255)  # fmt: skip
    yield wrongly("the network sees pixels from 0 to 255, and was trained on 0 to 1",
                  scale=trained.scale * 255)  # fmt: skip
    yield wrongly("pixels from 0 to 1 are multiplied by 256 instead of 255",
                  scale=trained.scale * 256 / 255)  # fmt: skip
    for name, options in (
        ("every filter's height and width are exchanged: the network sees the picture mirrored at "
         "its diagonal", NetworkOptions(filters="transposed")),
        ("every filter is turned by 180 degrees: a true convolution instead of cross-correlation",
         NetworkOptions(filters="turned")),
        ("average pooling instead of max pooling", NetworkOptions(pool="average")),
        ("average pooling instead of max pooling, and odd sizes rounded up",
         NetworkOptions(pool="average", edge="ceil")),
        ("pooling rounds odd sizes up instead of down", NetworkOptions(edge="ceil")),
    ):  # fmt: skip
        yield wrongly(name, options=options)


def _neighbors(vgg: _VGG) -> Iterator[Mistake]:
    """List the layers that might be taken for the one asked for."""
    behind = {"conv": "after its ReLU: a ReLU that works in place changes what was kept",
              "relu": "before its ReLU"}  # fmt: skip
    twin = vgg.layer.replace("conv", "relu") if "conv" in vgg.layer else (
        vgg.layer.replace("relu", "conv"))  # fmt: skip
    for row in vgg.weights.layers:
        if row.name == vgg.layer or row.kind == "linear":
            continue
        name = f"it is {row.name}"
        if row.name == twin:
            name = f"it is {twin}, {behind['conv' if 'conv' in vgg.layer else 'relu']}"
        if row in vgg.layers:
            yield Mistake(name, partial(_of_layer, vgg, row.name))


def _of_layer(vgg: _VGG, layer: str, v: Values) -> Array:
    return vgg.trained(v["x"], layer)
