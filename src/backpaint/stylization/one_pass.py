"""The way from pictures to a painting in one pass: read the styles, mix them, paint."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..engine.free_memory import available_bytes, require_memory
from ..errors import UsageError
from ..fast.architecture import MULTIPLE, STYLE_SIZE
from ..fast.networks import Networks
from ..images import resize

Float64 = NDArray[np.float64]

SMALLEST = 8
"""Pixels a side: the borders mirror four of them."""


@dataclass(frozen=True, eq=False)
class OnePass:
    """A painting, and the style that it was painted with.

    Attributes
    ----------
    pixels : (H, W, 3) ndarray of float64
        R, G, B, 0..255.
    numbers : (100,) ndarray of float64
        What the transformer was given.
    """

    pixels: Float64
    numbers: Float64


def paint_in_one_pass(
    networks: Networks,
    content: Float64,
    styles: Sequence[Float64],
    shares: Sequence[float],
    strength: float = 1.0,
) -> OnePass:
    """Paint a content in a mixture of styles.

    Parameters
    ----------
    networks : Networks
        What computes.
    content : (H, W, 3) ndarray of float64
        R, G, B, 0..255, in the size to be painted.
    styles : sequence of (h, w, 3) ndarray of float64
        R, G, B, 0..255, of any size.
    shares : sequence of float
        How much each style counts; their sum is 1.
    strength : float
        1: the styles alone; 0: the content's own style.

    Raises
    ------
    UsageError
        If the content is too small, or too large for the memory that is free.

    Notes
    -----
    Numbers of several styles are mixed as they are: whatever lies between two styles is one.  At
    strength 0 the content is painted in its own style, which keeps its colors, but is not the
    content: the network smooths it.
    """
    require_paintable(networks, content)
    numbers = mixed_style(networks, content, styles, shares, strength)
    return OnePass(paint_numbers(networks, content, numbers), numbers)


def mixed_style(
    networks: Networks,
    content: Float64,
    styles: Sequence[Float64],
    shares: Sequence[float],
    strength: float,
) -> Float64:
    """Read styles, and mix them; parameters are those of `paint_in_one_pass`."""
    numbers = sum(
        share * read_style(networks, style) for share, style in zip(shares, styles, strict=True)
    )
    if strength < 1:
        numbers = strength * numbers + (1 - strength) * read_style(networks, content)
    return np.asarray(numbers, np.float64)


def paint_numbers(networks: Networks, content: Float64, numbers: Float64) -> Float64:
    """Paint a content in a style that was read.

    Parameters
    ----------
    networks : Networks
    content : (H, W, 3) ndarray of float64
        R, G, B, 0..255; see `require_paintable`.
    numbers : (100,) ndarray of float64

    Returns
    -------
    (H, W, 3) ndarray of float64
        R, G, B, 0..255.
    """
    height, width, _ = content.shape
    painted = networks.paint(padded(content) / 255, numbers)
    return np.asarray(painted[:height, :width].astype(np.float64) * 255)


def require_paintable(networks: Networks, content: Float64) -> None:
    """Raise UsageError if a content is too small, or too large for what memory is free."""
    height, width, _ = content.shape
    if min(height, width) < SMALLEST:
        raise UsageError(
            f"the picture would have {width} x {height} pixels; expected at least {SMALLEST} a "
            "side for one pass; choose a larger size"
        )
    require_memory((height, width), networks.bytes_at, available_bytes())


def read_style(networks: Networks, style: Float64) -> Float64:
    """Read a picture's style, whatever its size; a square is what the predictor knows."""
    square = resize(style, STYLE_SIZE, STYLE_SIZE).clip(0, 255) / 255
    return np.asarray(networks.read_style(square), np.float64)


def padded(content: Float64) -> Float64:
    """Mirror a picture below and to the right until its sides are multiples of four."""
    missing = [(0, -length % MULTIPLE) for length in content.shape[:2]]
    return np.pad(content, [*missing, (0, 0)], mode="reflect")
