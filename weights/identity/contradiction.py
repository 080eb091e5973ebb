"""Whether a network's numbers contradict what its format promises, or one another."""

from collections.abc import Mapping

import numpy as np

from ...vgg_weights import OXFORD, Float32, Normalization
from ..assembly import embedded
from ..assembly.assemble import known_depth
from .arrangements import UPRIGHT, arrangement_of
from .known_layers import wrong_layer
from .resemblance import NEXT_LAYERS, Resemblance, resemblance

MEAN_TOLERANCE = 5.0
"""Levels; files that round Oxford's three numbers, or carry a mean picture, are within one."""


def contradiction(
    filters: Mapping[str, Float32], biases: Mapping[str, Float32], normalization: Normalization
) -> str | None:
    """Return how the numbers contradict what their format promises.

    Parameters
    ----------
    filters, biases : mapping of str to ndarray of float32
        Of all layers: (3, 3, in, out) and (out,).
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
        is_negated = resemblance(-filters["conv1_1"]) is not None
        return "its filters of conv1_1 are negated" if is_negated else None
    if found.arrangement != UPRIGHT:
        return f"its filters are {found.arrangement}"
    if found.permuted:
        return "the filters of conv1_1 are in another order than the layers behind it expect"
    if normalization.family != "oxford":
        return "its numbers are Oxford's, not torchvision's"
    if found.order != normalization.order:
        return f"its channels are {found.order.upper()} instead of {normalization.order.upper()}"
    if np.abs(np.subtract(normalization.mean, OXFORD.mean)).max() > MEAN_TOLERANCE:
        mean = ", ".join(f"{value:.6g}" for value in normalization.mean)
        return f"its mean of red, green and blue is ({mean}) instead of {OXFORD.mean}"
    depth = known_depth(filters)
    if found.is_same and depth not in (found.depth, None):
        return f"its first layer is that of VGG-{found.depth}, and its others are VGG-{depth}'s"
    if found.is_same or found.is_scaled:
        return wrong_layer(filters, biases, found)
    return _turned_layer(filters, found)


def _turned_layer(filters: Mapping[str, Float32], found: Resemblance) -> str | None:
    """Look at the next layers of a network that was trained further from its first layer on."""
    for name in NEXT_LAYERS:
        if name in filters:
            arrangement = arrangement_of(filters[name], embedded.layer(found.depth, name)[0])
            if arrangement not in (None, UPRIGHT):
                return f"its filters of {name} are {arrangement}"
    return None
