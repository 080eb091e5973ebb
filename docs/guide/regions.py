"""Masks for the figure of regions: which part of the cat gets which style.

They are drawn by hand as ellipses, in parts of the picture's height and width.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIZE = (300, 451)
"""Height and width of the cat."""
EYES = ((0.26, 0.28, 0.52, 0.48), (0.34, 0.63, 0.57, 0.78))
"""Top, left, bottom, right of each."""
BACKGROUND = (
    *((0, 0.89), (0.12, 0.86), (0.25, 0.79), (0.45, 0.765), (0.75, 0.70), (1, 0.86)),
    *((1, 1), (0, 1)),
)
"""Corners right of the cat, by height and width."""
SOFT = 6
"""Pixels."""


def half() -> np.ndarray:
    """Return the left half, (H, W)."""
    mask = np.zeros(SIZE)
    mask[:, : SIZE[1] // 2] = 1
    return mask


def slope() -> np.ndarray:
    """Return a mask that falls from left to right."""
    return np.linspace(1, 0, SIZE[1]) * np.ones(SIZE)


def eyes() -> np.ndarray:
    """Return both eyes, with a soft border."""
    height, width = SIZE
    mask = Image.new("L", (width, height))
    for top, left, bottom, right in EYES:
        box = (left * width, top * height, right * width, bottom * height)
        ImageDraw.Draw(mask).ellipse(box, fill=255)
    return np.asarray(mask.filter(ImageFilter.GaussianBlur(SOFT)), np.float64) / 255


def background() -> np.ndarray:
    """Return what is to the right of the cat, with a soft border."""
    height, width = SIZE
    mask = Image.new("L", (width, height))
    corners = [(left * width, top * height) for top, left in BACKGROUND]
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    return np.asarray(mask.filter(ImageFilter.GaussianBlur(SOFT)), np.float64) / 255
