"""What the three style pictures share: their size, soft noise, colors by name, the file."""

import sys

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import fourier_gaussian

Array = NDArray[np.float64]

HEIGHT, WIDTH = 512, 640


def smooth_noise(
    rng: np.random.Generator, shape: tuple[int, int], scale: float | tuple[float, float]
) -> Array:
    """Noise of unit variance whose features are `scale` pixels wide (height, width); it tiles."""
    spectrum = np.fft.rfft2(rng.standard_normal(shape))
    noise = np.fft.irfft2(fourier_gaussian(spectrum, scale, n=shape[1]), s=shape)
    return noise / noise.std()


def rgb(names: list[str]) -> Array:
    """Turn "#rrggbb" into an (n, 3) array of 0..255."""
    return np.array([[int(name[i : i + 2], 16) for i in (1, 3, 5)] for name in names], float)


def save(pixels: Array) -> None:
    """Shrink pixels 0..255 to the final size, into the file that the command line names."""
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    image = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    image.save(sys.argv[1], quality=90, subsampling="4:4:4", optimize=True)
