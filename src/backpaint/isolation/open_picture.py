"""The kind of a picture's file: opened by Pillow, or named in the sentence that refuses it."""

from typing import IO

from PIL import Image, ImageFile, UnidentifiedImageError, features

from .returned import reason_of

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM") + (
    ("AVIF",) if "avif" in features.modules and features.check("avif") else ()
)
"""What Pillow reads here.  Pillow before 11.3 does not know the word AVIF."""

HEIC = ("heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1")
"""Brands of HEIF files, ISO/IEC 23008-12; iPhones write heic."""
OTHERS = {
    b"%PDF": "PDF",
    b"8BPS": "Photoshop's PSD",
    b"<svg": "SVG",
    b"<!do": "a web page",
    b"<!DO": "a web page",
    b"<htm": "a web page",
    b"PK\3\4": "a ZIP archive",
    b"\x1f\x8b": "a gzip file",
    b"\0\0\1\0": "a Windows icon",
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
}
"""What else people call a picture, by its first bytes."""


class Unsuitable(Exception):
    """A sound file that is no picture to paint: what was expected and found, and what to do."""


def open_picture(file: IO[bytes]) -> ImageFile.ImageFile:
    """Open a picture of one of `FORMATS`, or HEIC where pillow-heif is installed.

    Parameters
    ----------
    file : binary file
        Open as long as the picture is in use.

    Returns
    -------
    ImageFile
        Not yet loaded.

    Raises
    ------
    Unsuitable
        If it is something else, or its header is damaged.
    """
    kind, known = _kind(file), ", ".join(FORMATS)
    try:
        return Image.open(file, formats=("HEIF",) if kind == "HEIC" and _has_heif() else FORMATS)
    except UnidentifiedImageError:
        found = f"found {kind}" if kind else "found something else or a damaged header"
        raise Unsuitable(
            f"expected a picture ({known}), {found}; {_advice(kind)}convert it to JPEG or PNG first"
        ) from None
    except Exception as error:  # Pillow meets damage with whatever it stumbles over
        raise Unsuitable(
            f"expected a picture ({known}), found a damaged header ({reason_of(error)}); "
            "copy or export it again"
        ) from error


def _kind(file: IO[bytes]) -> str:
    """Name what Pillow is not asked to open; empty for all others."""
    head = file.read(64)
    file.seek(0)
    if head[4:8] == b"ftyp":
        brand, others = head[8:12].decode("latin-1"), head[16:]
        if brand in ("avif", "avis") or (brand in ("mif1", "msf1") and b"avif" in others):
            return "AVIF"
        return "HEIC" if brand in HEIC else "a film or another kind of media file"
    return next((name for start, name in OTHERS.items() if head.startswith(start)), "")


def _advice(kind: str) -> str:
    if kind == "AVIF" and "AVIF" not in FORMATS:
        return "pip install --upgrade pillow, or "
    return "pip install pillow-heif, or " if kind == "HEIC" and not _has_heif() else ""


def _has_heif() -> bool:
    """Whether Pillow can be taught to read HEIC."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener()
    return True
