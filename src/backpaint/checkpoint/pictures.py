"""The pictures of a run, as arrays of a file and back."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..masks import MaskNames
from ..problem.recipe import Recipe
from ..regions import Regions
from .array_file import Arrays
from .facts import Facts

STYLE, MASK = "style.", "mask."


@dataclass(frozen=True, eq=False)
class Pictures:
    """The pictures of a run, as they were resized for it.

    Attributes
    ----------
    content : (H, W, 3) ndarray of float64 or None
    colors : (H, W, 3) ndarray of float64 or None
        The content in color, where light and dark alone are painted and `content` is gray.
    alpha : (h, w) ndarray of float64 or None
        The content's opacity 0..1, in its own size.
    styles : tuple of (h, w, 3) ndarray of float64
    regions : Regions or None
    """

    content: NDArray[np.float64] | None
    colors: NDArray[np.float64] | None
    alpha: NDArray[np.float64] | None
    styles: tuple[NDArray[np.float64], ...]
    regions: Regions | None = None


def arrays_of(pictures: Pictures) -> Arrays:
    """Name the arrays of pictures, those that there are."""
    named = {
        "content": pictures.content,
        "colors": pictures.colors,
        "alpha": pictures.alpha,
    }
    arrays = {name: array for name, array in named.items() if array is not None}
    arrays |= {f"{STYLE}{number}": style for number, style in enumerate(pictures.styles)}
    return arrays | _masks(pictures.regions)


def pictures_of(
    arrays: Arrays, facts: Facts, recipe: Recipe, size: tuple[int, int], prefix: str = ""
) -> Pictures:
    """Read the pictures of one size."""
    alpha = arrays.get(f"{prefix}alpha")
    pictures = Pictures(
        content=_picture(arrays[f"{prefix}content"]) if facts.content is not None else None,
        colors=_picture(arrays[f"{prefix}colors"]) if recipe.color.luma else None,
        alpha=None if alpha is None else _alpha(alpha),
        styles=tuple(
            _picture(arrays[f"{prefix}{STYLE}{number}"]) for number in range(len(facts.styles))
        ),
        regions=None if facts.masks is None else _regions(arrays, facts.masks, prefix),
    )
    if pictures.colors is not None and pictures.colors.shape[:2] != size:
        raise ValueError(f"colors of shape {pictures.colors.shape}")
    return pictures


def _picture(array: NDArray[Any]) -> NDArray[np.float64]:
    """Check pixels."""
    if array.dtype != np.float64 or array.ndim != 3 or array.shape[2] != 3 or 0 in array.shape:
        raise ValueError(f"a picture of shape {array.shape}")
    if not (array.min() >= 0 and array.max() <= 255):
        raise ValueError("a picture whose values are not from 0 to 255")
    return array


def _alpha(array: NDArray[Any], what: str = "an opacity") -> NDArray[np.float64]:
    """Check an opacity, or a mask."""
    if array.dtype != np.float64 or array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"{what} of shape {array.shape}")
    if not (array.min() >= 0 and array.max() <= 1):
        raise ValueError(f"{what} that is not from 0 to 1")
    return array


def _masks(regions: Regions | None) -> Arrays:
    """Name the masks that there are."""
    if regions is None:
        return {}
    found = {f"{MASK}{name}": getattr(regions, name) for name in ("keep", "only")}
    for name in ("painted", "shown"):
        found |= {f"{MASK}{name}.{i}": mask for i, mask in enumerate(getattr(regions, name))}
    return {name: mask for name, mask in found.items() if mask is not None}


def _regions(arrays: Arrays, names: MaskNames, prefix: str) -> Regions:
    """Collect the masks of one size; their own are looked at with those of the pictures."""
    here = f"{prefix}{MASK}"
    found = {
        name.removeprefix(prefix): _alpha(arrays[name], "a mask")
        for name in arrays
        if name.startswith(here)
    }
    painted, shown = (
        tuple(found.get(f"{MASK}{name}.{i}") for i in range(len(getattr(names, name))))
        for name in ("painted", "shown")
    )
    return Regions(painted, shown, found.get(f"{MASK}keep"), found.get(f"{MASK}only"))
