"""The samples of a loaded picture: upright, 8 bits a color in sRGB or 16 bits of gray."""

from collections.abc import Mapping
from typing import Any, Literal

from PIL import ExifTags, Image, ImageFile

from .color_key import keyed_opacity
from .color_profile import convert_to_srgb
from .open_picture import Unsuitable
from .whole.jpeg import ends_early

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
TIFF_PLANAR = 284
TIFF_IN_PLANES = 2

Samples = tuple[dict[str, Any], list[memoryview]]
"""Plain values, and bytes of a shape."""


def samples_of(image: Image.Image, notes: list[str]) -> Samples:
    """Load a picture's first frame.

    Parameters
    ----------
    image : PIL.Image.Image
        A file's, or one in memory.
    notes : list of str
        Gets a phrase for each conversion.

    Returns
    -------
    values, samples
        As from `decode_picture.decode`.

    Raises
    ------
    Unsuitable
        If its numbers have no defined black and white.
    Exception
        Whatever Pillow's decoders stumble over.
    """
    if _sixteen_bits_a_color(image):
        notes.append("16-bit color read with 8 bits")
    is_gray16 = image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM")
    image = _turn_upright(_loaded(image, notes), notes)
    if is_gray16:
        return _gray16_samples(image, notes)
    if image.mode in ("I", "F"):
        raise Unsuitable(
            f"expected 8 or 16 bits a color, found {_kind_of_numbers(image)} whose black and white "
            "are not defined; export it with 8 or 16 bits"
        )
    return _byte_samples(image, notes)


def _kind_of_numbers(image: Image.Image) -> str:
    """Name the numbers of a picture of mode I or F; Pillow widens signed ones of 16 bits."""
    if image.mode == "F":
        return "floating-point numbers"
    bits = getattr(image, "tag_v2", {}).get(TIFF_BITS_PER_SAMPLE, (32,))[0]
    return f"{'signed ' if bits < 32 else ''}{bits}-bit integers"


def _sixteen_bits_a_color(image: Image.Image) -> bool:
    """Whether Pillow is about to drop the lower 8 bits; only its tiles tell, before loading."""
    return not image.mode.startswith("I") and any(
        ";16" in str(tile.args) for tile in getattr(image, "tile", ())
    )


def _loaded(image: Image.Image, notes: list[str]) -> Image.Image:
    """Decode a file's pixels; Pillow itself turns TIFF upright then, and makes no word of it."""
    if not isinstance(image, ImageFile.ImageFile):
        return image
    if image.format == "TIFF":
        _refuse_planes_of_16_bits(image)
        if _orientation(image) in UPRIGHT:
            notes.append("turned upright")
    opacity = keyed_opacity(image)
    path, image.filename = image.filename, ""
    file = image.fp
    image.load()  # a file whose path it knows, Pillow maps: TIFF with height and width exchanged
    image.filename = path
    if image.format in ("JPEG", "MPO") and file is not None and ends_early(image, file):
        raise Unsuitable(
            "expected a whole JPEG file, found data that end before the picture does; "
            "copy or export it again"
        )
    if opacity is None:
        return image
    keyed = image.convert("L" if image.mode == "1" else image.mode)
    keyed.info = {key: kept for key, kept in image.info.items() if key != "transparency"}
    keyed.putalpha(opacity)
    return keyed


def _refuse_planes_of_16_bits(image: ImageFile.ImageFile) -> None:
    """Refuse what Pillow takes for planes of 8 bits: a plane of 16 bits for each color, as is."""
    tags: Mapping[int, Any] = getattr(image, "tag_v2", {})
    in_planes = tags.get(TIFF_PLANAR) == TIFF_IN_PLANES and len(image.getbands()) > 1
    as_is = any(tile.codec_name == "raw" for tile in image.tile)
    if in_planes and as_is and max(tags.get(TIFF_BITS_PER_SAMPLE, (1,))) > 8:
        raise Unsuitable(
            "expected the colors of a pixel side by side, found uncompressed 16-bit colors in "
            "planes of their own; export it interleaved or compressed"
        )


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged EXIF says nothing about orientation, and the pixels are whole
        return 1


def _turn_upright(image: Image.Image, notes: list[str]) -> Image.Image:
    """Undo the EXIF orientation."""
    orientation = _orientation(image)
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
    if image.mode == "La":  # associated: Pillow turns it into nothing else
        image = image.convert("LA")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        opacity = [_view(image.getchannel("A"), "B")]
    if image.mode not in ("CMYK", "LAB"):
        image = image.convert("L" if is_gray else "RGB")
    colors = convert_to_srgb(image, profile, notes)
    return {"notes": notes}, [_view(colors, "B", 3), *opacity]


def _view(image: Image.Image, kind: Literal["B", "i"], *channels: int) -> memoryview:
    """Return an image's bytes in their shape: (H, W) or (H, W, 3)."""
    return memoryview(image.tobytes()).cast(kind, [image.height, image.width, *channels])
