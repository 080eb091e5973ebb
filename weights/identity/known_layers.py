"""Every layer of a known network beside that network's own.

Where the first layer is Oxford's, so are the others, or somebody trained them further, or they went
wrong on the way: exchanged, permuted, turned, negated, zeroed, scaled, damaged.  A network with one
such layer still paints.  Filters trained further still resemble their origin; damaged ones do not.

Gatys' "normalized" network scaled every filter and bias, and divided the next layer's filters by
the same, so that the features change but for a factor.  Where the first layer is Oxford's but
scaled, this is taken for granted, and what does not follow it is wrong.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...vgg import layer_table
from ...vgg_weights import Float32
from ..assembly import embedded
from .arrangements import (
    MINIMUM_CORRELATION,
    UPRIGHT,
    arrangement_of,
    correlation,
    unit,
)
from .resemblance import Resemblance

Float64 = NDArray[np.float64]

ROUNDING = 0.05
"""What rounding may change of a layer: 8 bits change 0.9 %."""
ONE_FILTER = 0.1
"""What it may change of a filter, over the root mean square of their lengths: 8 bits, 2.2 %."""
KEPT, LOST = 0.99, 0.5
"""Cosines with Oxford's own: training turns all filters of a layer a little, damage some wholly."""
LARGEST_GROWTH = 2.0
"""Of one filter, or its inverse, where most have kept their length."""
ONE_BIAS = 0.5
"""What a bias may be off where most are right, over their root mean square."""


class _OwnLayer(NamedTuple):
    """A layer as Oxford trained it."""

    name: str
    filters: Float32
    biases: Float32


def wrong_layer(
    filters: Mapping[str, Float32], biases: Mapping[str, Float32], found: Resemblance
) -> str | None:
    """Find the first layer that is neither the known network's nor trained further from it.

    Parameters
    ----------
    filters, biases : mapping of str to ndarray of float32
        Of all layers: (3, 3, in, out) and (out,).
    found : Resemblance
        Of the first: `UPRIGHT`, and the same numbers up to rounding and scale.

    Returns
    -------
    str or None
        ``"its filters of conv4_2 are those of conv4_3"``; None where all are in order.
    """
    scale: Float64 | None = None  # of the features that a layer sees
    for own in _own_layers(found):
        if own.name not in filters:
            return None
        w, b = filters[own.name], biases[own.name]
        if found.is_scaled:
            w, b, scale = _without_scale(w, b, own, scale)
        if not _is_rounded(w, own.filters) and (wrong := _wrong_filters(w, own, found)):
            return f"its filters of {own.name} are {wrong}"
        if wrong := _wrong_biases(b, own, found):
            return f"its biases of {own.name} are {wrong}"
    return None


def _without_scale(
    filters: Float32, biases: Float32, own: _OwnLayer, scale: Float64 | None
) -> tuple[Float32, Float32, Float64]:
    """Undo the factors of the features before a layer and after it; return the latter as well."""
    seen = filters if scale is None else filters * scale[:, np.newaxis]
    grown = np.maximum(_lengths(seen) / _lengths(own.filters), np.finfo(np.float64).tiny)
    return (seen / grown).astype(np.float32), (biases / grown).astype(np.float32), grown


def _is_rounded(filters: Float32, own: Float32) -> bool:
    """Whether all is the network's own up to rounding: quick, as all files pass here."""
    off = filters - own
    with np.errstate(over="ignore"):
        by_filter = np.sqrt(np.einsum("hwio,hwio->o", off, off)).max() / _size(own)
        by_input = np.sqrt(np.einsum("hwio,hwio->i", off, off)).max() / _size(own.swapaxes(2, 3))
    return bool(max(by_filter, by_input) <= ONE_FILTER)


def _own_layers(found: Resemblance) -> Iterator[_OwnLayer]:
    for layer in layer_table(found.depth):
        if layer.kind == "conv":
            filters, biases = embedded.layer(found.depth, layer.name)
            if layer.name == "conv1_1" and found.order == "rgb":
                filters = filters[:, :, ::-1]
            yield _OwnLayer(layer.name, filters, biases)


def _wrong_filters(filters: Float32, own: _OwnLayer, found: Resemblance) -> str | None:
    """Describe what was done to the filters of a layer; None where they are in order."""
    if not filters.any():
        return "zero"
    for kind, axes in (("filter", (0, 1, 2, 3)), ("input", (0, 1, 3, 2))):
        damaged = _damaged(filters.transpose(axes), own.filters.transpose(axes))
        if damaged is not None:
            return f"damaged: {kind} {damaged} is not Oxford's"
    alike = correlation(filters, own.filters)
    if alike < MINIMUM_CORRELATION:
        return _rearranged(filters, own, found) or f"not Oxford's (correlation {alike:.2f})"
    return _scaled(float(np.median(_lengths(filters) / _lengths(own.filters))), alike)


def _damaged(filters: Float32, own: Float32) -> int | None:
    """Find a filter that has lost its direction or length where most have kept theirs."""
    cosines = (unit(filters) * unit(own)).sum(axis=0)
    growth = _lengths(filters) / _lengths(own)
    growth /= max(float(np.median(growth)), np.finfo(np.float64).tiny)
    apart = np.abs(np.log(np.maximum(growth, np.finfo(np.float64).tiny)))
    lost = (cosines < LOST) | (apart > np.log(LARGEST_GROWTH))
    is_kept = np.median(cosines) >= KEPT and np.median(apart) <= np.log1p(ROUNDING)
    return int(np.argmax(lost)) if is_kept and lost.any() else None


def _rearranged(filters: Float32, own: _OwnLayer, found: Resemblance) -> str | None:
    """Name the mistake that makes another layer's or the same numbers of these filters."""
    arrangement = arrangement_of(filters, own.filters)
    if arrangement not in (None, UPRIGHT):
        return arrangement
    if correlation(-filters, own.filters) >= MINIMUM_CORRELATION:
        return "negated"
    if own.filters.shape[2] == own.filters.shape[3]:
        exchanged = own.filters.transpose(0, 1, 3, 2)
        turned = exchanged[::-1, ::-1]
        if max(correlation(filters, w) for w in (exchanged, turned)) >= MINIMUM_CORRELATION:
            return "exchanged in their channels (in and out)"
    for other in _own_layers(found):
        is_alike = other.filters.shape == filters.shape and other.name != own.name
        if is_alike and correlation(filters, other.filters) >= MINIMUM_CORRELATION:
            return f"those of {other.name}"
    return "in another order" if _is_permuted(filters, own.filters) else None


def _is_permuted(filters: Float32, own: Float32) -> bool:
    """Whether the outputs, or the inputs, are the same ones in another order."""
    by_output = (filters, own)
    by_input = (filters.transpose(0, 1, 3, 2), own.transpose(0, 1, 3, 2))
    for one, other in (by_output, by_input):
        partners = (unit(one).T @ unit(other)).max(axis=1)
        if partners.mean() >= MINIMUM_CORRELATION:
            return True
    return False


def _wrong_biases(biases: Float32, own: _OwnLayer, found: Resemblance) -> str | None:
    """Describe what was done to the biases of a layer; None where they are in order."""
    off = np.abs(biases.astype(np.float64) - own.biases) / _size(own.biases[np.newaxis])
    damaged = off.argmax()
    if np.median(off) <= ROUNDING and off[damaged] > ONE_BIAS and biases.any():
        return f"damaged: that of channel {damaged} is not Oxford's"
    if _distance(biases, own.biases) <= ROUNDING:
        return None
    if not biases.any():
        return "zero"
    wide = biases.astype(np.float64)  # whose squares float32 may not hold
    scale = np.linalg.norm(wide) / np.linalg.norm(own.biases)
    cosine = float(wide @ own.biases / np.linalg.norm(own.biases) ** 2 / scale)
    if cosine >= MINIMUM_CORRELATION:
        return _scaled(float(scale), cosine)
    for other in _own_layers(found):
        if other.biases.shape == biases.shape and _distance(biases, other.biases) <= ROUNDING:
            return f"those of {other.name}"
    if _distance(-biases, own.biases) <= ROUNDING:
        return "negated"
    if _distance(np.sort(biases), np.sort(own.biases)) <= ROUNDING:
        return "in another order"
    return f"not Oxford's (correlation {cosine:.2f})"


def _scaled(growth: float, cosine: float) -> str | None:
    """Describe a factor, of numbers that resemble Oxford's; None if they were trained further."""
    is_growth_all = cosine > 1 - ROUNDING**2 / 2
    return f"scaled by {growth:.3g}" if is_growth_all and abs(growth - 1) > ROUNDING else None


def _distance(numbers: Float32, own: Float32) -> float:
    difference = numbers.astype(np.float64) - own  # whose squares float32 may not hold
    return float(np.linalg.norm(difference) / np.linalg.norm(own))


def _size(filters: Float32) -> float:
    """Root mean square of the filters' lengths."""
    return float(np.linalg.norm(filters)) / float(np.sqrt(filters.shape[-1]))


def _lengths(filters: Float32 | Float64) -> Float64:
    """Length of each filter; in float64, for a damaged file may hold 1e38."""
    rows = filters.reshape(-1, filters.shape[-1])
    lengths: Float64 = np.linalg.norm(rows.astype(np.float64), axis=0)
    return lengths
