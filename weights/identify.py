"""Whose network it is, told from the numbers of its first layer.

Files seldom say whether their first layer wants R, G, B or B, G, R, or whether height and width
were exchanged on the way; a network with the wrong answer still paints.  So the first layer is
compared with that of the embedded networks, in all four arrangements.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from . import embedded
from .vgg_weights import OXFORD, TORCHVISION, Float32, Normalization

MINIMUM_CORRELATION = 0.9
"""Rounding to 8 bits leaves 0.99999; exchanging R and B 0.84; another training about 0.1."""


@dataclass(frozen=True)
class Resemblance:
    """Which arrangement of which Oxford network a first layer is.

    Attributes
    ----------
    depth : {16, 19}
        VGG-16 or VGG-19 (their first layers correlate by 0.989).
    order : {"bgr", "rgb"}
        The channel order that the filters expect.
    transposed : bool
        Whether height and width of the filters are exchanged.
    correlation : float
        Cosine of the angle between the two layers; 1 for equal ones.
    """

    depth: int
    order: Literal["bgr", "rgb"]
    transposed: bool
    correlation: float


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
    orders: tuple[Literal["bgr", "rgb"], ...] = ("bgr", "rgb")
    candidates = [
        Resemblance(depth, order, transposed, _correlation(conv1_1, arranged))
        for depth in (16, 19)
        for order in orders
        for transposed in (False, True)
        for arranged in [_arranged(embedded.first_filters(depth), order, transposed)]
    ]
    best = max(candidates, key=lambda candidate: candidate.correlation)
    return best if best.correlation >= MINIMUM_CORRELATION else None


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


def _arranged(filters: Float32, order: Literal["bgr", "rgb"], transposed: bool) -> Float32:
    """Bring Oxford's filters, which are B, G, R and upright, into another arrangement."""
    if order == "rgb":
        filters = filters[:, :, ::-1]
    return filters.transpose(1, 0, 2, 3) if transposed else filters


def _correlation(a: Float32, b: Float32) -> float:
    x, y = a.astype(np.float64), b.astype(np.float64)  # a damaged file may hold 1e38
    return float(np.vdot(x, y) / (np.linalg.norm(x) * np.linalg.norm(y)))
