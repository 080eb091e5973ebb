"""Whose network it is, told from the numbers of its first layers.

Files seldom say whether their first layer wants R, G, B or B, G, R, or whether height and width
were exchanged on the way; a network with the wrong answer still paints.  So the first layers are
compared with those of the embedded networks, in every arrangement that mistakes produce: the first
tells whose network it is, the next ones whether they were treated alike.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...vgg_weights import OXFORD, TORCHVISION, Float32, Normalization
from . import embedded
from .assemble import known_depth

MINIMUM_CORRELATION = 0.9
"""Rounding to 8 bits leaves 0.99999; exchanging R and B 0.69, any other mistake less."""

MINIMUM_MATCH = 0.999
"""Of every filter with its best partner, to call filters permuted; another training has 0.69."""

ROUNDING = 0.01
"""The embedded first layers, 8 bits a weight, are off by 0.4 % from Oxford's own."""

NEXT_LAYERS = ("conv1_2", "conv2_1", "conv2_2")

UPRIGHT = "upright"
_ARRANGEMENTS: dict[str, Callable[[Float32], Float32]] = {
    UPRIGHT: lambda filters: filters,
    "transposed (height and width exchanged)": lambda filters: filters.transpose(1, 0, 2, 3),
    "turned by 180 degrees (for true convolution)": lambda filters: filters[::-1, ::-1],
    "mirrored left to right": lambda filters: filters[:, ::-1],
    "mirrored top to bottom": lambda filters: filters[::-1],
}
_ORDERS: tuple[Literal["bgr", "rgb"], ...] = ("bgr", "rgb")


@dataclass(frozen=True)
class Resemblance:
    """Which arrangement of which Oxford network a first layer is.

    Attributes
    ----------
    depth : {16, 19}
        VGG-16 or VGG-19 (their first layers correlate by 0.987).
    order : {"bgr", "rgb"}
        The channel order that the filters expect.
    arrangement : str
        `UPRIGHT`, or what was done to height and width of the filters.
    correlation : float
        Mean over the 64 filters of the cosine between each and Oxford's, whatever its scale: Gatys'
        "normalized" network scaled every filter.
    permuted : bool
        Whether the filters are Oxford's, but in another order.
    difference : float
        Root mean square of the difference over that of the embedded layer's filters, which are
        rounded to 8 bits: 0 for themselves, 0.004 for Oxford's full precision.
    """

    depth: int
    order: Literal["bgr", "rgb"]
    arrangement: str
    correlation: float
    permuted: bool
    difference: float

    @property
    def is_same(self) -> bool:
        """Whether the numbers are Oxford's own."""
        return self.difference < ROUNDING


def resemblance(conv1_1: Float32) -> Resemblance | None:
    """Find the Oxford network whose first layer is closest.

    Parameters
    ----------
    conv1_1 : (3, 3, 3, 64) ndarray of float32
        Filters of the first layer.

    Returns
    -------
    Resemblance or None
        None where nothing correlates by `MINIMUM_CORRELATION`: another training.
    """
    candidates = [
        _compare(conv1_1, depth, order, arrangement)
        for depth, order, arrangement in product((16, 19), _ORDERS, _ARRANGEMENTS)
    ]
    best = max(candidates, key=lambda candidate: (candidate.permuted, candidate.correlation))
    return best if best.permuted or best.correlation >= MINIMUM_CORRELATION else None


def infer_normalization(conv1_1: Float32) -> Normalization:
    """Guess what a network was trained to see, for a file that does not say.

    Parameters
    ----------
    conv1_1 : (3, 3, 3, 64) ndarray of float32
        Filters of the first layer.

    Returns
    -------
    Normalization
        Oxford's, in the channel order that fits, where the layer resembles Oxford's; torchvision's
        otherwise: networks trained anew use its mean and scale.
    """
    found = resemblance(conv1_1)
    return TORCHVISION if found is None else replace(OXFORD, order=found.order)


def contradiction(filters: Mapping[str, Float32], normalization: Normalization) -> str | None:
    """Tell how the numbers contradict what their format promises.

    Parameters
    ----------
    filters : mapping of str to (3, 3, in, out) ndarray of float32
        Of all layers; the first four are looked at.
    normalization : Normalization
        What the network is said to expect.

    Returns
    -------
    str or None
        ``"its filters are transposed (...)"``; None where they are in order, or another training's,
        of which nothing can be told.
    """
    found = resemblance(filters["conv1_1"])
    if found is None:
        return None
    if found.arrangement != UPRIGHT:
        return f"its filters are {found.arrangement}"
    if found.permuted:
        return "the filters of conv1_1 are in another order than the layers behind it expect"
    if normalization.family != "oxford":
        return "its numbers are Oxford's, not torchvision's"
    if found.order != normalization.order:
        return f"its channels are {found.order.upper()} instead of {normalization.order.upper()}"
    depth = known_depth(filters)
    if found.is_same and depth not in (found.depth, None):
        return f"its first layer is that of VGG-{found.depth}, and its others are VGG-{depth}'s"
    for name in NEXT_LAYERS:
        if name in filters and (arrangement := _arrangement(filters[name], found.depth, name)):
            return f"its filters of {name} are {arrangement}"
    return None


def differences(filters: Mapping[str, Float32], found: Resemblance) -> dict[str, float]:
    """Compare the first layers with the embedded network that they resemble.

    Parameters
    ----------
    filters : mapping of str to (3, 3, in, out) ndarray of float32
        Of all layers.
    found : Resemblance
        Of the first.

    Returns
    -------
    dict of str to float
        Root mean square of the difference over that of the embedded filters, by layer.
    """
    others = {
        name: _difference(filters[name], _embedded_filters(found.depth, name))
        for name in NEXT_LAYERS
        if name in filters
    }
    return {"conv1_1": found.difference, **others}


def _arrangement(filters: Float32, depth: int, name: str) -> str | None:
    """Return what was done to height and width of a layer's filters; None if nothing is known."""
    oxford = _embedded_filters(depth, name)
    units = _unit(filters)
    fits = {
        arrangement: float((units * _unit(arrange(oxford))).sum(axis=0).mean())
        for arrangement, arrange in _ARRANGEMENTS.items()
    }
    best = max(fits, key=lambda arrangement: fits[arrangement])
    return best if best != UPRIGHT and fits[best] >= MINIMUM_CORRELATION else None


def _compare(
    filters: Float32, depth: int, order: Literal["bgr", "rgb"], arrangement: str
) -> Resemblance:
    oxford = _embedded_filters(depth, "conv1_1")
    channels = oxford if order == "bgr" else oxford[:, :, ::-1]
    expected = _ARRANGEMENTS[arrangement](channels)
    cosines = _unit(filters).T @ _unit(expected)  # (64, 64): each filter with each of Oxford's
    correlation = float(np.diag(cosines).mean())
    partners = cosines.argmax(axis=1)
    is_permuted = (
        correlation < MINIMUM_CORRELATION
        and np.unique(partners).size == partners.size
        and float(cosines.max(axis=1).min()) >= MINIMUM_MATCH
    )
    difference = _difference(filters, expected)
    return Resemblance(depth, order, arrangement, correlation, is_permuted, difference)


def _difference(filters: Float32, expected: Float32) -> float:
    scale = np.linalg.norm(expected.astype(np.float64))
    return float(np.linalg.norm(filters.astype(np.float64) - expected) / scale)


@lru_cache
def _embedded_filters(depth: int, name: str) -> Float32:
    return embedded.layer_filters(depth, name)


def _unit(filters: Float32) -> NDArray[np.float64]:
    """Scale each filter to length 1, as a column; a damaged file may hold zeros, or 1e38."""
    rows: NDArray[np.float64] = filters.reshape(-1, filters.shape[-1]).astype(np.float64)
    rows /= np.maximum(np.linalg.norm(rows, axis=0), np.finfo(np.float64).tiny)
    return rows
