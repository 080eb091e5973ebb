"""What a picture's file holds: everything that needs Pillow's decoders, run in a child process.

`images.read` calls `decode` and `read_text` through `shared_child.SharedChild`.  They return plain
values and bytes, and a refusal as a value too.  This module lies outside of `images` because
importing that takes NumPy and SciPy, which the child would only wait for.
"""

import json
import warnings
from collections.abc import Callable
from typing import Any, Literal

from PIL import ExifTags, Image, UnidentifiedImageError, features

from .color_profile import convert_to_srgb
from .png_data import unpacked_share

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM") + (
    ("AVIF",) if features.check("avif") else ()
)
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation; 1 is upright already."""

TIFF_BITS_PER_SAMPLE = 258
TIFF_PHOTOMETRIC = 262
TIFF_WHITE_IS_ZERO = 0

Samples = tuple[dict[str, Any], list[memoryview]]
"""Plain values, and bytes of a shape."""


class Unsuitable(Exception):
    """A sound file that is no picture to paint: what was expected and found, and what to do."""


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
    return _answered(lambda: _decode_opened(_opened(path), most_pixels))


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
    return _answered(lambda: ({"text": _text(_opened(path), key)}, []))


def _answered(function: Callable[[], Samples]) -> Samples:
    """Return a refusal as a value: only what nobody foresaw is raised."""
    Image.MAX_IMAGE_PIXELS = None  # `_check_size` names the size found, Pillow does not
    warnings.simplefilter("ignore")
    try:
        return function()
    except Unsuitable as error:
        return {"refused": str(error)}, []


def _opened(path: str) -> Image.Image:
    known = ", ".join(FORMATS)
    try:
        return Image.open(path, formats=FORMATS)
    except UnidentifiedImageError:
        raise Unsuitable(
            f"expected a picture ({known}), found something else or a damaged header; "
            "convert it to JPEG or PNG first"
        ) from None
    except PermissionError:
        raise Unsuitable(
            "expected a file that may be read, found one that may not; change its permissions"
        ) from None
    except Exception as error:  # see `_decode_opened`
        raise Unsuitable(
            f"expected a picture ({known}), found a damaged header ({error}); "
            "copy or export it again"
        ) from error


def _decode_opened(image: Image.Image, most_pixels: int) -> Samples:
    _check_size(image.size, most_pixels)
    _check_rows(image)
    try:
        frames = getattr(image, "n_frames", 1)
        notes = [f"the first of {frames} frames"] if frames > 1 else []
        return _decode_first_frame(image, notes)
    except Unsuitable:
        raise
    # Pillow's decoders meet damage with whatever they stumble over: OSError, SyntaxError, EOFError,
    # ValueError, IndexError, struct.error, zlib.error and more.
    except Exception as error:
        raise Unsuitable(
            f"expected a whole {image.format} file, found it damaged or incomplete ({error}); "
            "copy or export it again"
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
    if image.format == "PNG" and (share := unpacked_share(getattr(image, "fp"))) < 1:  # noqa: B009
        raise Unsuitable(
            f"expected a whole PNG file, found data for {int(100 * share)} % of its rows; "
            "copy or export it again"
        )


def _decode_first_frame(image: Image.Image, notes: list[str]) -> Samples:
    if _sixteen_bits_a_color(image):
        notes.append("16-bit color read with 8 bits")
    is_gray16 = image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM")
    image.load()
    image = _turn_upright(image, notes)
    if is_gray16:
        return _gray16_samples(image, notes)
    if image.mode in ("I", "F"):
        kind = "32-bit integers" if image.mode == "I" else "floating-point numbers"
        raise Unsuitable(
            f"expected 8 or 16 bits a color, found {kind} whose black and white are not defined; "
            "export it with 8 or 16 bits"
        )
    return _byte_samples(image, notes)


def _sixteen_bits_a_color(image: Image.Image) -> bool:
    """Whether Pillow is about to drop the lower 8 bits; only its tiles tell, before loading."""
    return not image.mode.startswith("I") and any(
        ";16" in str(tile.args) for tile in getattr(image, "tile", ())
    )


def _turn_upright(image: Image.Image, notes: list[str]) -> Image.Image:
    """Undo the EXIF orientation; TIFF files were turned by Pillow when they were loaded."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # damaged EXIF says nothing about orientation, and the pixels are whole
        return image
    if orientation not in UPRIGHT:
        return image
    notes.append("turned upright")
    return image.transpose(UPRIGHT[orientation])


def _gray16_samples(image: Image.Image, notes: list[str]) -> Samples:
    """Keep 16-bit gray as it is: Pillow's own conversion cuts everything above 255."""
    if "icc_profile" in image.info:
        notes.append("color profile of 16-bit gray ignored")
    tags, transparent = getattr(image, "tag_v2", {}), image.info.get("transparency")
    values = {
        "notes": notes,
        "scale": 255 / (2 ** tags.get(TIFF_BITS_PER_SAMPLE, (16,))[0] - 1),
        "is_inverted": tags.get(TIFF_PHOTOMETRIC) == TIFF_WHITE_IS_ZERO,
        "transparent": transparent if isinstance(transparent, int) else None,
    }
    return values, [_view(image.convert("I"), "i")]


def _byte_samples(image: Image.Image, notes: list[str]) -> Samples:
    """Separate the opacity, then convert the colors to sRGB."""
    opacity = []
    profile = image.info.get("icc_profile")
    is_gray = image.mode in ("1", "L", "LA", "La")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        opacity = [_view(image.getchannel("A"), "B")]
    if image.mode not in ("CMYK", "LAB"):
        image = image.convert("L" if is_gray else "RGB")
    colors = convert_to_srgb(image, profile, notes)
    return {"notes": notes}, [_view(colors, "B", 3), *opacity]


def _view(image: Image.Image, kind: Literal["B", "i"], *channels: int) -> memoryview:
    """Give an image's bytes their shape: (H, W) or (H, W, 3)."""
    return memoryview(image.tobytes()).cast(kind, [image.height, image.width, *channels])


def _text(image: Image.Image, key: str) -> str | None:
    if key in image.info:
        return str(image.info[key])
    try:
        description = image.getexif().get(ExifTags.Base.ImageDescription)
        return str(json.loads(str(description))[key])
    except Exception:  # no description, someone else's, or damaged
        return None
