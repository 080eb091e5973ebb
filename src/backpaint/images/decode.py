"""What an opened file holds, in whatever mode, as sRGB pixels on white and an opacity."""

import io
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms

from ..errors import UsageError

Float64 = NDArray[np.float64]

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


class Decoded(NamedTuple):
    """Pixels (H, W, 3) 0..255, opacity (H, W) 0..1 or None, and what was converted."""

    pixels: Float64
    alpha: Float64 | None
    notes: tuple[str, ...]


def decode(image: Image.Image) -> Decoded:
    """Turn an opened picture into sRGB pixels, upright and on white.

    Parameters
    ----------
    image : PIL.Image.Image
        Just opened, in any mode.

    Returns
    -------
    Decoded
        Pixels, opacity (None if opaque everywhere) and notes.

    Raises
    ------
    UsageError
        If the numbers have no defined black and white (floating point, 32-bit integers).
    """
    notes = []
    if _sixteen_bits_a_color(image):
        notes.append("16-bit color read with 8 bits")
    gray16 = image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM")
    image.load()
    image, upright = _turn_upright(image)
    if gray16:
        rgb, alpha, converted = _decode_gray16(image)
    elif image.mode in ("I", "F"):
        kind = "32-bit integers" if image.mode == "I" else "floating-point numbers"
        raise UsageError(
            f"expected 8 or 16 bits a color, found {kind} whose black and white are not defined; "
            "export it with 8 or 16 bits"
        )
    else:
        rgb, alpha, converted = _decode_bytes(image)
    notes += [*upright, *converted]
    if alpha is not None and alpha.min() < 1:
        notes.append("transparency laid on white")
        return Decoded(_lay_on_white(rgb, alpha), alpha, tuple(notes))
    return Decoded(rgb, None, tuple(notes))


def _lay_on_white(rgb: Float64, alpha: Float64) -> Float64:
    return 255 + (rgb - 255) * alpha[:, :, np.newaxis]


def _turn_upright(image: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    """Undo the EXIF orientation; TIFF files were turned by Pillow when they were loaded."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # damaged EXIF says nothing about orientation, and the pixels are whole
        return image, ()
    if orientation not in UPRIGHT:
        return image, ()
    return image.transpose(UPRIGHT[orientation]), ("turned upright",)


def _sixteen_bits_a_color(image: Image.Image) -> bool:
    """Whether Pillow is about to drop the lower 8 bits; only its tiles tell, before loading."""
    return not image.mode.startswith("I") and any(
        ";16" in str(tile.args) for tile in getattr(image, "tile", ())
    )


def _decode_gray16(image: Image.Image) -> Decoded:
    """Scale 16-bit gray by hand: Pillow's own conversion cuts everything above 255."""
    values = np.asarray(image).astype(np.float64)  # (H, W)
    transparent = image.info.get("transparency")
    alpha = None if transparent is None else (values != transparent).astype(np.float64)
    tags = getattr(image, "tag_v2", {})
    gray = values * (255 / (2 ** tags.get(TIFF_BITS_PER_SAMPLE, (16,))[0] - 1))
    if tags.get(TIFF_PHOTOMETRIC) == TIFF_WHITE_IS_ZERO:
        gray = 255 - gray
    notes = ("color profile of 16-bit gray ignored",) if "icc_profile" in image.info else ()
    return Decoded(np.repeat(gray[:, :, np.newaxis], 3, axis=2), alpha, notes)


def _decode_bytes(image: Image.Image) -> Decoded:
    """Separate the opacity, then convert the colors to sRGB."""
    alpha = None
    profile = image.info.get("icc_profile")
    gray = image.mode in ("1", "L", "LA", "La")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = np.asarray(image.getchannel("A")) / 255  # (H, W)
    if image.mode not in ("CMYK", "LAB"):
        image = image.convert("L" if gray else "RGB")
    rgb, notes = _convert_to_srgb(image, profile)
    return Decoded(np.asarray(rgb).astype(np.float64), alpha, notes)


def _convert_to_srgb(
    image: Image.Image, profile: bytes | None
) -> tuple[Image.Image, tuple[str, ...]]:
    """Convert L, RGB, CMYK or LAB to RGB, by the embedded profile where it can be used."""
    ignored: tuple[str, ...] = ()
    if profile and image.mode != "LAB":
        try:
            source = ImageCms.getOpenProfile(io.BytesIO(profile))
            name = ImageCms.getProfileDescription(source).strip()
            return _apply_profile(image, source), (f"colors converted from {name!r} to sRGB",)
        except (ImageCms.PyCMSError, OSError):  # damaged, or for another kind of picture
            ignored = ("unusable color profile ignored",)
    if image.mode == "LAB":
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        return _apply_profile(image, lab), ("colors converted from CIELAB to sRGB",)
    if image.mode == "CMYK":
        return image.convert("RGB"), (*ignored, "CMYK without a profile: colors approximate")
    return image.convert("RGB"), ignored


def _apply_profile(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    """Convert as Photoshop does by default: relative colorimetric, black to black."""
    converted = ImageCms.profileToProfile(
        image,
        source,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert converted is not None  # only a conversion in place returns None
    return converted
