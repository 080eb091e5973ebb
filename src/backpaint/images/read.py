"""Photographs as people have them: any common file becomes sRGB pixels, or one sentence why not."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import UsageError
from ..isolation import decode_picture
from ..isolation.answer import ChildError
from ..isolation.limits import Limits
from ..isolation.shared_child import SharedChild
from ..words import printable
from .samples import to_pixels
from .source import is_standard_input, name_of, regular_file

MAX_MEGAPIXELS = 100

_DECODER = SharedChild(decode_picture.__name__, Limits(memory=4 << 30, seconds=120))
"""100 megapixels with an opacity and a color profile take 2 GiB and a tenth of that time."""


@dataclass(frozen=True, eq=False)
class Photograph:
    """A picture in memory, upright, in sRGB, on white where it was transparent.

    Attributes
    ----------
    pixels : (H, W, 3) ndarray of float64
        Red, green, blue, 0..255.
    alpha : (H, W) ndarray of float64 or None
        Opacity 0..1, kept for the output; None where the picture is opaque everywhere.
    name : str
        The file's name without its folder, fit to print.
    notes : tuple of str
        What was converted on the way, one phrase each.
    """

    pixels: NDArray[np.float64]
    alpha: NDArray[np.float64] | None
    name: str
    notes: tuple[str, ...] = ()


def read_image(path: str | Path) -> Photograph:
    """Read a photograph or painting.

    Parameters
    ----------
    path : str or Path
        A file of one of `decode_picture.FORMATS`, or a pipe; ``-`` is standard input.  Of several
        frames or pages the first is read.

    Returns
    -------
    Photograph
        Turned upright by its EXIF orientation, converted to sRGB by its embedded ICC profile.

    Raises
    ------
    UsageError
        If `path` is no file, no picture in a known format, damaged, incomplete, larger than
        `MAX_MEGAPIXELS`, or holds numbers without a defined black and white.

    Notes
    -----
    A child process decodes the file: a decoder that crashes, or needs memory or time without end,
    ends there.

    16-bit gray keeps its precision; 16-bit color is read with the upper 8 bits, all that Pillow
    offers.  Color spaces told otherwise than by an ICC profile (PNG's gAMA, EXIF's "AdobeRGB"
    flag) are taken for sRGB.
    """
    most_pixels = int(MAX_MEGAPIXELS * 1_000_000)
    try:
        values, samples = in_child(decode_picture.decode, path, most_pixels)
        pixels, alpha, notes = to_pixels(values, samples)
    except MemoryError as error:
        raise UsageError(
            f"{path}: expected a picture that fits in memory, found a larger one; shrink it first"
        ) from error
    return Photograph(pixels, alpha, printable(name_of(path)), notes)


def photograph_of(image: Image.Image) -> Photograph:
    """Convert a picture that Pillow holds; as `read_image`, but in this process.

    Parameters
    ----------
    image : PIL.Image.Image
        Stays as it is, but for being loaded.

    Raises
    ------
    UsageError
        If it cannot be loaded, or is none that `read_image` would read.
    """
    name = printable(Path(os.fsdecode(getattr(image, "filename", "") or "image")).name)
    values, samples = decode_picture.decode_opened(image, int(MAX_MEGAPIXELS * 1_000_000))
    if "refused" in values:
        raise UsageError(f"{name}: {printable(values['refused'])}")
    pixels, alpha, notes = to_pixels(values, [np.asarray(view) for view in samples])
    return Photograph(pixels, alpha, name, notes)


def in_child(
    function: Callable[..., Any], path: str | Path, *arguments: Any
) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """Call a function of `decode_picture` on a file, in a child process.

    Parameters
    ----------
    function : callable
        Of a path and `arguments`.
    path : str or Path
        The file, or a pipe; ``-`` is standard input.

    Returns
    -------
    values, samples
        What it returned.

    Raises
    ------
    UsageError
        If there is no file to read at `path`, or the function refuses it, or fails.
    """
    subject = name_of(path) if is_standard_input(path) else printable(path) or "''"
    try:
        with (
            regular_file(path) as file,
            _DECODER.call(function, file, *arguments) as answer,
        ):
            values, samples = answer.values, [array.read() for array in answer.arrays]
    except UsageError as error:
        raise UsageError(f"{subject}: {error}") from None
    except ChildError as error:
        raise UsageError(
            f"{subject}: expected a picture that can be read, found that {error}; "
            "copy or export it again"
        ) from error
    except OSError as error:
        raise UsageError(f"{subject}: expected a file that can be read, found: {error}") from None
    if "refused" in values:
        raise UsageError(f"{subject}: {printable(values['refused'])}")
    return values, samples
