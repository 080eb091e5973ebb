"""The origin of a network, recognized by the numbers of its first layers.

Files seldom say whether their first layer wants R, G, B or B, G, R, or whether height and width
were exchanged on the way; a network with the wrong answer still paints.  So the first layers are
compared with those of the embedded networks, in every arrangement that mistakes produce: the first
tells whose network it is, the next ones whether they were treated alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Literal

import numpy as np

from ...vgg_weights import OXFORD, TORCHVISION, Float32, Normalization
from ..assembly import embedded
from .arrangements import ARRANGEMENTS, MINIMUM_CORRELATION, unit

MINIMUM_MATCH = 0.999
"""Of every filter with its best partner, to call filters permuted; another training has 0.69."""

ROUNDING = 0.01
"""The embedded first layers, 8 bits a weight, are off by 0.4 % from Oxford's own."""

MINIMUM_SCALED = 0.9999
"""To call filters Oxford's but scaled: rounding to 8 bits leaves 0.99999."""

NEXT_LAYERS = ("conv1_2", "conv2_1", "conv2_2")

_ORDERS: tuple[Literal["bgr", "rgb"], ...] = ("bgr", "rgb")


@dataclass(frozen=True)
class Resemblance:
    """The Oxford network that a first layer resembles, and its arrangement.

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

    @property
    def is_scaled(self) -> bool:
        """Whether each filter is Oxford's own but for a factor."""
        return not self.is_same and self.correlation > MINIMUM_SCALED


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
        for depth, order, arrangement in product((16, 19), _ORDERS, ARRANGEMENTS)
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
        name: _difference(filters[name], embedded.layer(found.depth, name)[0])
        for name in NEXT_LAYERS
        if name in filters
    }
    return {"conv1_1": found.difference, **others}


def _compare(
    filters: Float32, depth: int, order: Literal["bgr", "rgb"], arrangement: str
) -> Resemblance:
    oxford = _first_filters(depth)
    channels = oxford if order == "bgr" else oxford[:, :, ::-1]
    expected = ARRANGEMENTS[arrangement](channels)
    cosines = unit(filters).T @ unit(expected)  # (64, 64): each filter with each of Oxford's
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
def _first_filters(depth: int) -> Float32:
    return embedded.layer(depth, "conv1_1")[0]
