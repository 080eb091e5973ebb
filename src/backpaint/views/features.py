"""The features of a layer as pictures: its channels, the strongest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError, require_choice, shown, whole_number
from ..painting.pictures import Picture
from ..plain import plain
from ..problem.problem import require_layers
from ..vgg import Layer
from ..weights import VGGWeights, load_weights
from .colors import HEAT, SIGNED, colored, saturation
from .pixel_network import pixel_network
from .sheet import Legend, Tile, draw_sheet
from .view import Bytes, View, as_bytes, short, shrunken

Scale = Literal["own", "common"]
WIDTH = 190
"""Of a channel on the sheet, in pixels."""


@dataclass(frozen=True, eq=False)
class FeatureMaps(View):
    """The output of one layer.

    Attributes
    ----------
    name : str
        The picture's.
    layer : str
    picture : (H, W, 3) ndarray of float64
        What the network saw, R, G, B from 0 to 255.
    values : (h, w, C) ndarray of float32
        Every channel of the layer.
    channels : tuple of int
        Those to draw, in their order.
    scale : {"own", "common"}
        Whether each channel's largest value is the brightest, or the largest of all.
    """

    name: str
    layer: str
    picture: NDArray[np.float64]
    values: NDArray[np.float32]
    channels: tuple[int, ...]
    scale: Scale

    @property
    def strengths(self) -> NDArray[np.float64]:
        """The root of the mean square of every channel, (C,): that of the Gram matrix's diagonal.

        What a channel counts in the style of a picture.
        """
        return strengths(self.values)

    def sheet(self) -> Bytes:
        """Draw the channels: (H, W, 3) bytes."""
        shown = self.values[:, :, self.channels]
        signed = bool(shown.min() < 0)
        colors, common = SIGNED if signed else HEAT, saturation(shown)
        strengths, strongest = self.strengths, float(self.strengths.max())
        tiles = [Tile(as_bytes(self.picture), self.name, self._size(self.picture))]
        for channel in self.channels:
            values, strength = self.values[:, :, channel], float(strengths[channel])
            limit = common if self.scale == "common" else saturation(values)
            tiles.append(
                Tile(
                    colored(values, limit, colors),
                    f"channel {channel}",
                    f"rms {short(strength)}, max {short(float(values.max()))}",
                    strength / strongest if strongest else 0.0,
                )
            )
        return draw_sheet(
            f"{self.layer} of {self.name}",
            self._explain(signed),
            tiles,
            width=WIDTH,
            legend=self._legend(signed, common),
        )

    def _explain(self, signed: bool) -> str:
        many = self.values.shape[2]
        sign = " Blue is negative: the ReLU after this layer makes it 0." if signed else ""
        return (
            f"{len(self.channels)} of {many} channels, {self._size(self.values)} numbers each. "
            "Bars: how strong a channel is beside the strongest (rms, the root of its mean "
            f"square).{sign}"
        )

    def _legend(self, signed: bool, common: float) -> Legend:
        least, most = f"-{short(common)}", short(common)
        if self.scale == "own":
            least, most = "negative", "99.5 % are less"
        if not signed:
            return Legend(HEAT, ("0", most))
        return Legend(SIGNED, (least, "0", most))

    def _size(self, array: NDArray[np.floating]) -> str:
        return f"{array.shape[1]} x {array.shape[0]}"


def look(
    image: Picture,
    layer: str = "conv3_1",
    *,
    channels: Sequence[int] | None = None,
    top: int = 23,
    scale: Scale = "own",
    size: int = 512,
    weights: str | Path | VGGWeights = "vgg19",
) -> FeatureMaps:
    """Look at what a layer makes of a picture.

    Parameters
    ----------
    image : path, Photograph or (H, W, 3) ndarray
        Arrays hold R, G, B from 0 to 255.
    layer : str
        ``conv3_1`` before its ReLU, ``relu3_1`` after it, ``pool3``.
    channels : sequence of int, optional
        Which channels to draw; absent: the strongest.
    top : int
        How many of the strongest.
    scale : {"own", "common"}
        Whether each channel's largest value is the brightest, or the largest of all.
    size : int
        The longer side is shrunk to this many pixels.
    weights : {"vgg16", "vgg19"}, path, or VGGWeights
        The network.

    Returns
    -------
    FeatureMaps
        ``.values`` holds all channels; ``.save("out.png")`` draws those asked for.

    Raises
    ------
    UsageError
        If the picture, the layer or a channel is not there.

    Examples
    --------
    >>> import backpaint
    >>> from backpaint.examples import example_path
    >>> maps = backpaint.look(example_path("cat"), "relu1_1", size=64)
    >>> maps.values.shape
    (43, 64, 64)
    """
    require_scale(scale)
    network_weights = weights if isinstance(weights, VGGWeights) else load_weights(weights)
    layers = layers_up_to(layer, network_weights)
    photo = shrunken(image, size)
    require_pixels(photo.pixels.shape[:2], layers[-1])
    values = pixel_network(network_weights, layers).forward(photo.pixels, (layer,))[layer]
    chosen = strongest(values, top) if channels is None else require_channels(channels, layers[-1])
    return FeatureMaps(photo.name, layer, photo.pixels, values, chosen, scale)


def strengths(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Compute the root mean square of every channel: (h, w, C) to (C,)."""
    squares: NDArray[np.float64] = np.mean(np.square(values, dtype=np.float64), axis=(0, 1))
    return np.sqrt(squares)


def strongest(values: NDArray[np.floating], count: int) -> tuple[int, ...]:
    """List the strongest channels of (h, w, C) features, the strongest first."""
    count = whole_number("top", count, least=1)
    order = np.argsort(-strengths(values), kind="stable")
    return tuple(int(channel) for channel in order[:count])


def layers_up_to(name: str, weights: VGGWeights) -> tuple[Layer, ...]:
    """List the layers from the first to one, which must be no fully connected one."""
    if not isinstance(name, str):
        raise UsageError(f"the layer is {shown(name)}; expected a name such as conv3_1")
    require_layers((name,), weights)
    names = [layer.name for layer in weights.layers]
    layers = weights.layers[: names.index(name) + 1]
    if any(layer.kind == "linear" for layer in layers):
        raise UsageError(f"{name} has no height and width; choose a layer up to pool5")
    return layers


def require_pixels(shape: tuple[int, ...], layer: Layer) -> None:
    """Raise UsageError if pooling leaves nothing of a picture at a layer."""
    if min(shape) < layer.stride:
        raise UsageError(
            f"a picture of {shape[1]} x {shape[0]} pixels leaves nothing for {layer.name}; "
            f"it needs at least {layer.stride} x {layer.stride}"
        )


def require_channels(channels: Sequence[int], layer: Layer) -> tuple[int, ...]:
    """Take the channels asked for, if the layer has them."""
    if not isinstance(channels, Iterable):
        raise UsageError(f"channels are {shown(channels)}; expected a list of whole numbers")
    channels = [whole_number("a channel", channel, least=0) for channel in plain(channels)]
    wrong = [channel for channel in channels if channel >= layer.channels_out]
    if wrong or not channels:
        raise UsageError(
            f"{layer.name} has no channel {', '.join(map(str, wrong))}; "
            f"choose from 0 to {layer.channels_out - 1}"
        )
    return tuple(channels)


def require_scale(scale: str) -> None:
    """Raise UsageError if a scale is neither of the two."""
    require_choice("scale", scale, ("own", "common"))
