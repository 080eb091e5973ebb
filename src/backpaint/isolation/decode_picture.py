"""Decoding of a picture's file: everything that needs Pillow, run in a child process.

`images.read` calls `decode` and `read_text` through `shared_child.SharedChild`.  They return plain
values and bytes, and a refusal as a value too.  This module lies outside of `images` because
importing that takes NumPy and SciPy, which the child would only wait for.
"""

import json
import warnings
from collections.abc import Callable
from pathlib import Path

from PIL import ExifTags, Image

from .open_picture import FORMATS, Unsuitable, open_picture
from .picture_samples import Samples, samples_of
from .returned import reason_of
from .whole.png import unpacked_share

__all__ = ["FORMATS", "decode", "decode_opened", "read_text"]


def decode(path: str, most_pixels: int) -> Samples:
    """Decode a picture of one of `FORMATS`; of several frames or pages, the first.

    Parameters
    ----------
    path : str
        A file.
    most_pixels : int
        A larger picture is refused before it is decoded.

    Returns
    -------
    values : dict
        ``notes``: what was converted, a phrase each; for 16-bit gray also ``scale`` to 0..255,
        ``is_inverted`` and ``transparent``, a gray or None.  Instead of all this, ``refused``: a
        sentence without its subject.
    samples : list of memoryview
        Colors in sRGB, (H, W, 3) of 8 bits, and the opacity, (H, W) of 8 bits, where the file has
        one; or gray (H, W) of 32 bits.
    """
    Image.MAX_IMAGE_PIXELS = None  # `_check_size` names the size found, Pillow does not
    return _of_file(path, lambda image: decode_opened(image, most_pixels))


def read_text(path: str, key: str) -> Samples:
    """Read the text that a picture carries under a key: as PNG text, or as JSON in EXIF.

    Parameters
    ----------
    path : str
        A file.
    key : str
        Of a PNG chunk, or of a JSON object in the EXIF image description.

    Returns
    -------
    values : dict
        ``text``, which may be None; or ``refused``, as from `decode`.
    samples : list
        Empty.
    """
    Image.MAX_IMAGE_PIXELS = None
    return _of_file(path, lambda image: ({"text": _text(image, key)}, []))


def decode_opened(image: Image.Image, most_pixels: int) -> Samples:
    """Decode a picture that Pillow has opened already; otherwise as `decode`."""
    try:
        return _decoded(image, most_pixels)
    except Unsuitable as error:
        return {"refused": str(error)}, []


def _of_file(path: str, function: Callable[[Image.Image], Samples]) -> Samples:
    """Return a refusal as a value: only what nobody foresaw is raised."""
    warnings.simplefilter("ignore")
    try:
        with Path(path).open("rb") as file:
            return function(open_picture(file))
    except Unsuitable as error:
        return {"refused": str(error)}, []
    except PermissionError:
        return {
            "refused": "expected a file that may be read, found one that may not; "
            "change its permissions"
        }, []


def _decoded(image: Image.Image, most_pixels: int) -> Samples:
    _check_size(image.size, most_pixels)
    _check_rows(image)
    try:
        frames = getattr(image, "n_frames", 1)
        notes = [f"the first of {frames} frames"] if frames > 1 else []
        return samples_of(image, notes)
    except Unsuitable:
        raise
    # Pillow's decoders meet damage with whatever they stumble over: OSError, SyntaxError, EOFError,
    # ValueError, IndexError, struct.error, zlib.error and more.
    except Exception as error:
        raise Unsuitable(
            f"expected a whole {image.format} file, found it damaged or incomplete "
            f"({reason_of(error)}); copy or export it again"
        ) from error


def _check_size(size: tuple[int, int], most_pixels: int) -> None:
    width, height = size
    if width * height == 0:
        raise Unsuitable(f"expected a picture, found one of {width} x {height} pixels")
    if width * height > most_pixels:
        raise Unsuitable(
            f"expected at most {most_pixels / 1e6:g} megapixels, found {width} x {height} = "
            f"{width * height / 1e6:.0f} megapixels; shrink it first"
        )


def _check_rows(image: Image.Image) -> None:
    """Refuse a PNG whose data end early, before room is made for what they do not hold."""
    file = getattr(image, "fp", None)  # none where it was loaded already
    if image.format == "PNG" and file is not None and (share := unpacked_share(file)) < 1:
        raise Unsuitable(
            f"expected a whole PNG file, found data for {int(100 * share)} % of its rows; "
            "copy or export it again"
        )


def _text(image: Image.Image, key: str) -> str | None:
    if key in image.info:
        return str(image.info[key])
    try:
        description = image.getexif().get(ExifTags.Base.ImageDescription)
        return str(json.loads(str(description))[key])
    except Exception:  # no description, someone else's, or damaged
        return None
