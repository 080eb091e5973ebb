"""Pictures as people hand them over: files, arrays, Pillow's images, several at once."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import UsageError
from ..images import Photograph, photograph_of, read_image

Picture = str | bytes | Path | Photograph | Image.Image | NDArray[np.generic]
"""A file, a photograph that was read, Pillow's image, or an array (H, W, 3) of R, G, B 0..255."""

NEARLY_BLACK = 2
"""Of 255; a whole picture below is one from 0 to 1, and black to the eye."""
ROUNDING = 1e-3
"""Of 255; so little beyond the range is rounding, of float32 after some sums, and is clipped."""
OVERSHOOT = (-100, 355)
"""How far a filter such as bicubic carries a picture out of 0..255 at most, about."""
LONGEST_PATH = 4096
"""Characters, on Linux; elsewhere paths are shorter."""


def photograph(picture: Picture) -> Photograph:
    """Read a picture unless it is in memory already.

    Parameters
    ----------
    picture : path, Photograph, PIL.Image.Image or (H, W, 3) ndarray
        Arrays hold R, G, B from 0 to 255.

    Raises
    ------
    UsageError
        If a file cannot be read, or an array has another shape or values out of range.
    """
    if isinstance(picture, Photograph):
        return picture
    if isinstance(picture, str | bytes | os.PathLike):
        return read_image(_path(picture))
    if isinstance(picture, Image.Image):
        return photograph_of(picture)
    return Photograph(_pixels(picture), None, "array")


def as_pictures(styles: Picture | Iterable[Picture] | None) -> list[Picture]:
    """Make a list of one picture, several, or none.

    Parameters
    ----------
    styles : picture, iterable of pictures, or None
        Also an array (N, H, W, 3).  None: none.

    Raises
    ------
    UsageError
        If an iterable holds nothing: a pattern that matched no file is no wish to have no style.

    Examples
    --------
    >>> as_pictures("a.png"), as_pictures(name for name in ("a.png", "b.png"))
    (['a.png'], ['a.png', 'b.png'])
    >>> len(as_pictures(np.zeros((5, 4, 4, 3))))
    5
    """
    if styles is None:
        return []
    if _is_one(styles) or not isinstance(styles, Iterable):
        return [styles]  # type: ignore[list-item]
    several: list[Picture] = list(styles)  # type: ignore[arg-type]  # bytes are one
    if not several:
        raise UsageError(
            "a list of pictures is empty; give at least one picture, or None for no style"
        )
    return several


def _is_one(value: Any) -> bool:
    """Whether this is one picture, or nothing of the kind, rather than several."""
    if isinstance(value, str | bytes | os.PathLike | Photograph | Image.Image):
        return True
    if isinstance(value, Mapping | set | frozenset):  # in no order that was meant
        return True
    if hasattr(value, "read"):  # an open file would give lines
        return True
    names = isinstance(value, np.ndarray) and value.dtype.kind in "OSU"
    return _axes(value) in (1, 2, 3) and not names


def _axes(value: Any) -> int:
    """Count the axes of an array, or of lists in lists of numbers."""
    axes = getattr(value, "ndim", None)
    if isinstance(axes, int):
        return axes
    inner, axes = value, 0
    while isinstance(inner, list | tuple) and inner:
        inner, axes = inner[0], axes + 1
    return axes if np.isscalar(inner) and not isinstance(inner, str | bytes) else 0


def _pixels(picture: Any) -> NDArray[np.float64]:
    """Check an array."""
    try:
        array = np.asarray(picture)
        if array.dtype.kind not in "buifO" or array.ndim == 0:
            raise TypeError
        pixels = np.asarray(array, np.float64)
    except Exception:  # other libraries refuse in their own ways
        raise UsageError(
            f"a picture is of type {type(picture).__name__}; expected a path or an array "
            f"(height, width, 3) of R, G, B from 0 to 255{_advice_on_tensor(picture)}"
        ) from None
    if pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise UsageError(
            f"a picture has the shape {pixels.shape}; expected (height, width, 3)"
            f"{_advice_on_shape(pixels.shape, hasattr(picture, 'permute'))}"
        )
    return _within_range(pixels, array.dtype)


def _path(name: str | bytes | os.PathLike[Any]) -> str:
    """Refuse what is no path, but stands in a file."""
    path = os.fsdecode(name)
    if "\0" in path or len(path) > LONGEST_PATH:
        kind = "bytes" if isinstance(name, bytes) else "characters"
        raise UsageError(
            f"a picture is given as {len(path)} {kind} that are no path, such as a file's "
            "contents; give its path, or PIL.Image.open(io.BytesIO(contents))"
        )
    return path


def _advice_on_tensor(picture: Any) -> str:
    """Explain how PyTorch's tensors become arrays."""
    calls = ".detach()" if getattr(picture, "requires_grad", False) is True else ""
    calls += ".cpu()" if getattr(picture, "is_cuda", False) is True else ""
    return f"; hand over picture{calls}" if calls else ""


def _advice_on_shape(shape: Sequence[int], is_torch: bool) -> str:
    if len(shape) == 4:
        return "; hand over one picture of several: picture[0]"
    if len(shape) not in (2, 3):
        return ""
    if len(shape) == 2 or shape[2] == 1:
        return "; repeat gray: numpy.dstack([picture] * 3)"
    if shape[2] in (2, 4):
        return "; hand over PIL.Image.fromarray(picture), whose opacity is kept"
    move = "permute" if is_torch else "transpose"
    return f"; move the colors last: picture.{move}(1, 2, 0)" if shape[0] == 3 else ""


def _within_range(pixels: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[np.float64]:
    """Refuse values that are no R, G, B from 0 to 255; clip those that rounding carried beyond."""
    if dtype.kind == "b":
        raise UsageError(
            "a picture holds True and False; expected R, G, B from 0 to 255; multiply it by 255"
        )
    low, high = float(pixels.min()), float(pixels.max())
    if np.isnan(low):
        raise UsageError("a picture holds NaN; expected R, G, B from 0 to 255")
    is_positive = low >= -ROUNDING
    if is_positive and (high == 0 or NEARLY_BLACK < high <= 255 + ROUNDING):
        return pixels if low >= 0 and high <= 255 else np.clip(pixels, 0, 255)
    advice = ""
    if is_positive and high <= NEARLY_BLACK:
        advice = "; multiply it by 255"
    elif is_positive and dtype.kind in "ui" and high <= 65535:
        advice = "; divide it by 257"
    elif OVERSHOOT[0] < low and 255 < high < OVERSHOOT[1]:
        advice = "; clip it: numpy.clip(picture, 0, 255)"
    raise UsageError(
        f"a picture has values from {low:g} to {high:g}; expected R, G, B from 0 to 255{advice}"
    )
