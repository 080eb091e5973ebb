"""The start of the descent: the content, or noise."""

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..images.resize import resize
from ..problem.gray import gray_line
from ..problem.pixels import Pixels, to_pixels, to_variable
from ..problem.recipe import Initial, Recipe


def initial_variable(
    recipe: Recipe,
    shape: tuple[int, int],
    content: Pixels | None,
    style: Pixels | None,
    seed: int,
) -> NDArray[np.float64]:
    """Make the first picture, in units of the recipe's variable.

    Parameters
    ----------
    recipe : Recipe
        Its `initial` and `variable` tables.
    shape : (int, int)
        Height and width.
    content : (H, W, 3) ndarray of float64 or None
        Pixels 0..255; needed where the recipe starts from the content or mixes it in.
    style : (h, w, 3) ndarray of float64 or None
        Pixels 0..255 of the first style; needed where the recipe mixes it in.
    seed : int
        For the noise.

    Returns
    -------
    (H, W, 3) ndarray of float64
        R, G, B; all three alike in pixels where the recipe paints light and dark alone.

    Raises
    ------
    UsageError
        If a picture is needed that is not there.
    """
    initial = recipe.initial
    if initial.start == "content":
        return to_variable(_required(content, "initial.start is 'content'"), recipe.variable)
    x = _mixture(recipe, shape, content, style, seed)
    return gray_line(recipe.variable).nearest(x) if recipe.color.luma else x


def _mixture(
    recipe: Recipe,
    shape: tuple[int, int],
    content: Pixels | None,
    style: Pixels | None,
    seed: int,
) -> NDArray[np.float64]:
    """Mix noise and pictures."""
    initial = recipe.initial
    rng = np.random.default_rng(seed)
    noise = _noise(recipe, shape, rng)
    if recipe.color.luma:  # the first channel's, three times: their mean would have less contrast
        levels = np.repeat(to_pixels(noise, recipe.variable)[..., :1], 3, axis=-1)
        noise = to_variable(levels, recipe.variable)
    x = initial.noise_share * noise
    if initial.content_share:
        picture = _required(content, "initial.content_share is not 0")
        x += initial.content_share * to_variable(picture, recipe.variable)
    if initial.style_share:
        picture = resize(_required(style, "initial.style_share is not 0"), *shape)
        x += initial.style_share * to_variable(picture, recipe.variable)
    return x


def _required(picture: Pixels | None, reason: str) -> Pixels:
    if picture is None:
        raise UsageError(f"{reason}, but there is no such picture; start from noise")
    return picture


def _noise(recipe: Recipe, shape: tuple[int, int], rng: np.random.Generator) -> Pixels:
    """Draw (H, W, 3) noise of the recipe's kind."""
    initial = recipe.initial
    if initial.noise == "normal":
        return rng.normal(0.0, initial.std, (*shape, 3))
    if initial.noise == "pink":
        return _pink_noise(initial, shape, rng)
    low, high = (to_variable(np.full(3, value), recipe.variable) for value in (0.0, 255.0))
    low = low if initial.low is None else np.full(3, initial.low)
    high = high if initial.high is None else np.full(3, initial.high)
    if not (low <= high).all():
        raise UsageError(
            f"initial.low is {low[0]:g} and initial.high {high[0]:g}; expected low <= high"
        )
    return rng.uniform(low, high, (*shape, 3))


def _pink_noise(initial: Initial, shape: tuple[int, int], rng: np.random.Generator) -> Pixels:
    """Draw noise whose amplitude falls with frequency as 1/f, with the recipe's deviation."""
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None])
    frequency[0, 0] = np.inf  # no constant part
    spectrum = np.fft.rfft2(rng.normal(size=(*shape, 3)), axes=(0, 1)) / frequency[..., None]
    noise = np.fft.irfft2(spectrum, s=shape, axes=(0, 1))
    return np.asarray(noise * (initial.std / max(noise.std(), np.finfo(float).tiny)))
