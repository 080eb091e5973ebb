"""The pictures that the network is shown of content and styles, as a recipe's `color` says."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..problem.gray import gray_picture
from ..problem.recipe import Color
from ..regions import Mask, Regions
from .histogram import match_histogram
from .linear import color_map
from .luma import match_luma

Floats = NDArray[np.float64]

MANY = 0.05
"""Of a style's values: if more lie outside 0..255, the colors that are shown are others."""


@dataclass(frozen=True, eq=False)
class Shown:
    """One picture as the network is shown it.

    Attributes
    ----------
    pixels : (H, W, 3) ndarray of float64
        R, G, B, 0..255 unless the recipe does not clip.
    notes : tuple of str
        What a person should know of the change.
    """

    pixels: Floats
    notes: tuple[str, ...] = ()


def shown_pictures(
    content: Floats,
    styles: Sequence[Floats],
    options: Color,
    regions: Regions | None = None,
) -> tuple[Floats, tuple[Shown, ...]]:
    """Change the pictures' colors as a recipe says.

    Parameters
    ----------
    content : (H, W, 3) ndarray of float64
        R, G, B, 0..255.
    styles : sequence of (h, w, 3) ndarray of float64
        Each is matched by itself.
    options : Color
    regions : Regions, optional
        Masks.  A style that counts in a part of the content takes the colors of that part, and of
        a style of which a part is looked at, that part takes them.

    Returns
    -------
    content : (H, W, 3) ndarray of float64
        Gray under ``options.luma``, unchanged otherwise.
    styles : tuple of Shown
    """
    if options.luma:
        content = gray_picture(content)
    parts = map((regions or Regions()).of_style, range(len(styles)))
    return content, tuple(
        _shown(style, content, options, _counting(here), _counting(there))
        for style, (there, here) in zip(styles, parts, strict=True)
    )


def _counting(mask: Mask | None) -> Mask | None:
    """Return a mask unless nothing counts in it; who makes a problem of that refuses it."""
    return None if mask is None or not mask.any() else mask


def _shown(
    style: Floats, content: Floats, options: Color, here: Mask | None, there: Mask | None
) -> Shown:
    """Change one style.

    `content` is as it is shown; `here` and `there` are how much each pixel of both counts.
    """
    notes: list[str] = []
    floor, weights = options.floor, {"style_weights": here, "content_weights": there}
    if options.luma:
        gray = gray_picture(style)
        matched = match_luma(gray, content, options.luma_match, floor=floor, **weights)
    elif options.style == "as-is":
        return Shown(style)
    elif options.style == "histogram":
        matched = match_histogram(style, content, **weights)
    else:
        change = color_map(style, content, options.style, floor=floor, gain=options.gain, **weights)
        if change.is_capped:
            notes.append(
                "it has almost no color of its own in some direction, so the content's colors are "
                f"not reached: color.gain is {options.gain:g}"
            )
        matched = change(style)
    if options.clip:
        clipped = matched.clip(0, 255)
        part = float(np.average(np.mean(clipped != matched, axis=-1), weights=here))
        if part > MANY:
            notes.append(f"{100 * part:.0f} % of its values were cut off at 0 or 255 by the match")
        matched = clipped
    return Shown(matched, tuple(notes))
