"""Photographs as people have them: any common file becomes sRGB pixels, or one sentence why not."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError, features

from ..errors import UsageError
from .decode import decode

MAX_MEGAPIXELS = 100
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM") + (
    ("AVIF",) if features.check("avif") else ()
)


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
        The file's name without its folder.
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
        A file of one of `FORMATS`; of several frames or pages the first is read.

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
    16-bit gray keeps its precision; 16-bit color is read with the upper 8 bits, all that Pillow
    offers.  Color spaces told otherwise than by an ICC profile (PNG's gAMA, EXIF's "AdobeRGB"
    flag) are taken for sRGB.
    """
    with open_picture(path) as image:
        _check_pixels(image, path)
        notes = []
        try:
            if getattr(image, "n_frames", 1) > 1:
                notes.append(f"the first of {image.n_frames} frames")  # type: ignore[attr-defined]
            pixels, alpha, conversions = decode(image)
        except UsageError as error:
            raise UsageError(f"{path}: {error}") from None
        # Pillow's decoders meet damage with whatever they stumble over: OSError, SyntaxError,
        # EOFError, ValueError, IndexError, struct.error, zlib.error and more.
        except Exception as error:
            raise UsageError(
                f"{path}: expected a whole {image.format} file, found it damaged or incomplete "
                f"({error}); copy or export it again"
            ) from error
    return Photograph(pixels, alpha, Path(path).name, (*notes, *conversions))


@contextmanager
def open_picture(path: str | Path) -> Iterator[Image.Image]:
    """Open a file with Pillow, without its warnings and with our limits instead of its own.

    Raises
    ------
    UsageError
        If there is no file to read at `path`, or it is not a picture in one of `FORMATS`.
    """
    path = _regular_file(path)
    limit = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.MAX_IMAGE_PIXELS = None  # `_check_pixels` names the size found, Pillow does not
        try:
            with _identify(path) as image:
                yield image
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _identify(path: Path) -> Image.Image:
    known = ", ".join(FORMATS)
    try:
        return Image.open(path, formats=FORMATS)
    except UnidentifiedImageError:
        raise UsageError(
            f"{path}: expected a picture ({known}), found something else or a damaged header; "
            "convert it to JPEG or PNG first"
        ) from None
    except PermissionError:
        raise UsageError(
            f"{path}: expected a file that may be read, found one that may not; "
            "change its permissions"
        ) from None
    except Exception as error:  # see `read_image`
        raise UsageError(
            f"{path}: expected a picture ({known}), found a damaged header ({error}); "
            "copy or export it again"
        ) from error


def _regular_file(path: str | Path) -> Path:
    if re.match(r"[A-Za-z]{2,}:/", str(path)):
        raise UsageError(f"{path}: expected a file, found a web address; download it first")
    path = Path(path)
    try:
        if path.is_dir():
            raise UsageError(f"{path}: expected a picture, found a folder; name a file in it")
        if not path.exists():
            raise UsageError(f"{path}: expected a picture, found no such file; check the name")
        if not path.is_file():
            raise UsageError(f"{path}: expected a regular file, found a device or pipe")
        if path.stat().st_size == 0:
            raise UsageError(f"{path}: expected a picture, found an empty file; copy it again")
    except OSError as error:
        raise UsageError(f"{path}: expected a file that can be read, found: {error}") from None
    return path


def _check_pixels(image: Image.Image, path: str | Path) -> None:
    width, height = image.size
    if width * height == 0:
        raise UsageError(f"{path}: expected a picture, found one of {width} x {height} pixels")
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise UsageError(
            f"{path}: expected at most {MAX_MEGAPIXELS} megapixels, found {width} x {height} = "
            f"{width * height / 1e6:.0f} megapixels; shrink it first"
        )
