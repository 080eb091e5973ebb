"""Masks for the figure of regions: which part of the cat gets which style.

They are drawn by hand as ellipses, in parts of the picture's height and width.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIZE = (300, 451)
"""Height and width of the cat."""
EYES = ((0.26, 0.28, 0.52, 0.48), (0.34, 0.63, 0.57, 0.78))
"""Top, left, bottom, right of each."""
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
