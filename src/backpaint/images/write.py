"""Pictures into files: whole or not at all, with a description of how they came about."""

import io
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from ..errors import RunError, UsageError
from ..isolation import decode_picture
from ..whole_file import require_writable, whole_file
from .read import in_child
from .resize import resize
from .samples import unmix

Float64 = NDArray[np.float64]

METADATA_KEY = "backpaint"
FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
OPTIONS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "JPEG": {"quality": 95, "subsampling": "4:4:4"},
    "WEBP": {"quality": 95},
    "TIFF": {"compression": "tiff_adobe_deflate"},
}
MAX_EXIF_BYTES = 60_000
"""A JPEG segment holds 65,533 bytes."""


def check_writable(path: str | Path) -> None:
    """Find out before a long run whether `write_image` will be able to write.

    Raises
    ------
    UsageError
        If the extension names no known format, or nothing can be written at `path`.
    """
    if is_standard_output(path):
        _require_reader()
        return
    format_of(Path(path))
    require_writable(path)


def write_image(
    path: str | bytes | Path,
    pixels: Float64,
    alpha: Float64 | None = None,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a picture; a file that was there before is replaced at once or stays as it was.

    Parameters
    ----------
    path : str, bytes or Path
        Its extension chooses the format: one of `FORMATS`.  ``-`` is standard output, as PNG.
    pixels : (H, W, 3) ndarray of float64
        Red, green, blue in sRGB as seen on white; clipped to 0..255 and rounded to the nearest
        whole number.
    alpha : (h, w) ndarray of float64, optional
        Opacity 0..1, resized to (H, W), whose share of white is taken out of the pixels; left out
        in JPEG, which has none.
    metadata : mapping of str to str, optional
        Text kept with the picture: a text chunk each in PNG, together as JSON in the EXIF image
        description elsewhere.  More than `MAX_EXIF_BYTES` there is left out: the picture matters
        more than its description.

    Raises
    ------
    UsageError
        If the extension names no known format.
    ValueError
        If `pixels` are not finite.
    RunError
        If writing fails.
    """
    path = os.fsdecode(path)
    format_name = format_of(Path(path))
    if not np.isfinite(pixels).all():
        raise ValueError("expected finite pixels, got NaN or infinity")
    image = _to_image(pixels, None if format_name == "JPEG" else alpha)
    options = OPTIONS[format_name] | _metadata_options(format_name, metadata or {})
    try:
        if is_standard_output(path):
            _write_to_standard_output(image, options)
            return
        with whole_file(path) as part, part.open("wb") as file:
            image.save(file, format_name, **options)
    except (OSError, ValueError) as error:  # ValueError: the format's own limits
        subject = "standard output" if is_standard_output(path) else path
        raise RunError(f"{subject} could not be written: {error}") from error


def read_metadata(path: str | Path) -> str | None:
    """Return the text that `write_image` kept under `METADATA_KEY`.

    Returns
    -------
    str or None
        None if the picture has none.

    Raises
    ------
    UsageError
        If there is no such file, or it is no picture.
    """
    values, _ = in_child(decode_picture.read_text, path, METADATA_KEY)
    return None if values["text"] is None else str(values["text"])


def is_standard_output(path: str | Path) -> bool:
    """Whether a path stands for standard output.

    Examples
    --------
    >>> is_standard_output("-"), is_standard_output("./-"), is_standard_output("/dev/fd/1")
    (True, False, True)
    """
    return os.fspath(path) in ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


def _to_image(pixels: Float64, alpha: Float64 | None) -> Image.Image:
    if alpha is None:
        return Image.fromarray(_to_bytes(pixels))
    height, width = pixels.shape[:2]
    opacity = _to_bytes(255 * resize(alpha, height, width, "bilinear"))
    colors = unmix(np.clip(pixels, 0, 255), opacity / 255)  # by the opacity that is written
    return Image.fromarray(np.dstack([_to_bytes(colors), opacity]))


def _write_to_standard_output(image: Image.Image, options: dict[str, Any]) -> None:
    """Write all at once: what cannot be encoded leaves nothing behind."""
    encoded = io.BytesIO()
    image.save(encoded, "PNG", **options)
    sys.stdout.buffer.write(encoded.getbuffer())
    sys.stdout.buffer.flush()


def _require_reader() -> None:
    """Raise UsageError if a picture would end on a screen as characters, or nowhere."""
    if getattr(sys.stdout, "buffer", None) is None:
        raise UsageError("expected standard output for bytes, found none; name a file to write")
    if sys.stdout.isatty():
        raise UsageError(
            "expected a pipe or a file as standard output, found a terminal; name a file to write"
        )


def _metadata_options(format_name: str, metadata: Mapping[str, str]) -> dict[str, Any]:
    if format_name == "PNG":
        chunks = PngInfo()
        for key, text in metadata.items():
            chunks.add_itxt(key, text)
        return {"pnginfo": chunks}
    description = json.dumps(dict(metadata))  # ASCII, as the tag demands
    if not metadata or len(description) > MAX_EXIF_BYTES:
        return {}
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = description
    return {"exif": exif}


def _to_bytes(values: Float64) -> NDArray[np.uint8]:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)


def format_of(path: Path) -> str:
    """Return the format that a file's extension names.

    Raises
    ------
    UsageError
        If it names none of `FORMATS`.
    """
    if is_standard_output(path):
        return "PNG"
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        known = " ".join(FORMATS)
        found = f"{path.suffix!r}" if path.suffix else "none"
        raise UsageError(
            f"{path}: expected an extension out of {known}, found {found}; rename the output"
        ) from None
