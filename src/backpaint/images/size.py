"""The size at which a preset looks at its pictures: `recipe.Images` as arithmetic.

Exact fractions, because the reproduced systems round once and some of them round down: a size that
is whole must not become one less by a rounding error of ours.
"""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ..problem.recipe import Images
from .resize import resize

Size = tuple[int, int]
"""Height and width in pixels."""


def content_size(options: Images, native: Size) -> Size:
    """Return the size at which the content is painted.

    Parameters
    ----------
    options : Images
        The preset's rules.
    native : (int, int)
        Height and width of the photograph.

    Returns
    -------
    (int, int)
        Height and width, each at least 1.

    Notes
    -----
    ``upscale = false`` caps `size` at the photograph's longer side.  With ``side = "short"`` that
    is what the system behind pytorch-adam does: 300 x 200 becomes 450 x 300.

    Examples
    --------
    >>> content_size(Images(size=512), (1000, 667))
    (512, 342)
    >>> content_size(Images(size=512, rounding="truncate"), (1000, 667))
    (512, 341)
    """
    return _own_size(options, native, Fraction(1))


def style_size(options: Images, native: Size, content: Size) -> Size:
    """Return the size at which a style picture is looked at.

    Parameters
    ----------
    options : Images
        The preset's rules.
    native : (int, int)
        Height and width of the style picture's file.
    content : (int, int)
        What `content_size` told for the content.

    Returns
    -------
    (int, int)
        Height and width, each at least 1.
    """
    if options.style == "native":
        return native
    if options.style == "content":
        return content
    factor = Fraction(str(options.style_scale))  # 1.2 is to mean 6/5, not the nearest binary number
    if options.style == "content-area":
        size = _of_area(options, native, content[0] * content[1] * float(factor) ** 2)
    elif options.style == "content-width":
        size = _scaled(options, native, factor * Fraction(content[1], native[1]))
    else:
        size = _own_size(options, native, factor)
    return size if options.style_upscale else _no_larger(options, size, native)


def fit(pixels: NDArray[np.float64], size: Size, options: Images) -> NDArray[np.float64]:
    """Resize a photograph by the preset's interpolation.

    Parameters
    ----------
    pixels : (H, W, 3) ndarray of float64
        Red, green, blue, 0..255.
    size : (int, int)
        New height and width, from `content_size` or `style_size`.
    options : Images
        The preset's rules.

    Returns
    -------
    (height, width, 3) ndarray of float64
        Clipped to 0..255, beyond which cubic filters and ``lanczos`` overshoot; whole numbers where
        the preset says ``eight_bit``.
    """
    shrink = _exact_shrink(options, (pixels.shape[0], pixels.shape[1]), size)
    resized = resize(pixels, *size, options.filter, options.antialias, options.eight_bit, shrink)
    return resized.clip(0, 255)


def _exact_shrink(options: Images, native: Size, size: Size) -> float | None:
    """Return by how much an area shrinks its sides, if `size` is the preset's own."""
    if options.side != "area" or options.size is None or size != content_size(options, native):
        return None
    return math.sqrt(native[0] * native[1] / options.size**2)


def _own_size(options: Images, native: Size, factor: Fraction) -> Size:
    size = options.size
    if size is not None and not options.upscale and options.side != "area":
        size = min(size, max(native))
    if size is not None and options.side == "square":
        side = _whole(options, factor * size)
        return side, side
    if size is not None and options.side == "area":
        return _of_area(options, native, (size * float(factor)) ** 2)
    scale = Fraction(1)
    if size is not None:
        named = {"long": max(native), "short": min(native), "height": native[0]}
        scale = Fraction(size, named[options.side])
    if options.short_at_least is not None:
        scale = max(scale, Fraction(options.short_at_least, min(native)))
    return _scaled(options, native, factor * scale)


def _of_area(options: Images, native: Size, area: float) -> Size:
    """Return the size of about so many pixels, in floats as the systems compute it."""
    height, width = native
    if not options.upscale and area >= height * width:
        return native
    if options.rounding == "in-turn":
        rows = max(1, round(math.sqrt(area * height / width)))
        return rows, max(1, round(width / height * rows))
    shrink = math.sqrt(height * width / area)
    return _whole(options, height / shrink), _whole(options, width / shrink)


def _no_larger(options: Images, size: Size, native: Size) -> Size:
    """Return a style its own size where another would enlarge it; a square its shorter side."""
    if options.side == "square" and options.style == "own":
        side = min(*size, *native)
        return side, side
    return native if size[0] > native[0] or size[1] > native[1] else size


def _scaled(options: Images, native: Size, scale: Fraction) -> Size:
    return _whole(options, native[0] * scale), _whole(options, native[1] * scale)


def _whole(options: Images, length: Fraction | float) -> int:
    """Round as a preset does, to at least 1."""
    by = {"truncate": math.floor, "up": math.ceil}.get(options.rounding, round)
    return max(1, by(length))
