"""What onnxruntime computed from Magenta's files; `bench/fast_recorded.py` wrote it."""

import runpy
from functools import cache
from pathlib import Path

import numpy as np

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "bench" / "fast_recorded.py"))
SIZES, STEP = SCRIPT["SIZES"], SCRIPT["STEP"]
TOLERANCE = 5e-5
"""Of a picture in 0..1: a hundredth of a level."""
FOR_NUMBERS = 2e-5
"""Of the 100 numbers, the largest of which is 2.9."""


@cache
def arrays():
    with np.load(Path(__file__).with_name("recorded.npz")) as file:
        return dict(file)


def numbers():
    return arrays()["numbers"]


def style():
    return SCRIPT["picture"](arrays()["style"], (256, 256))


def content(size):
    return SCRIPT["picture"](arrays()["content"], size)


def error(painting, size):
    """Measure the largest difference, of the pixels that are stored and of the means."""
    height, width = size
    name = f"{height}x{width}"
    of_pixels = np.abs(painting[::STEP, ::STEP] - arrays()[name]).max()
    mean = painting.mean(axis=(0, 1), dtype=np.float64)
    return max(of_pixels, np.abs(mean - arrays()[f"{name} mean"]).max())
