"""A picture's colors as sRGB, by the ICC profile that it carries."""

import io

from PIL import Image, ImageCms


def convert_to_srgb(image: Image.Image, profile: bytes | None, notes: list[str]) -> Image.Image:
    """Convert a picture to RGB, by the embedded profile where it can be used.

    Parameters
    ----------
    image : PIL.Image.Image
        In mode L, RGB, CMYK or LAB.
    profile : bytes or None
        ICC profile.
    notes : list of str
        Gets a phrase that tells what was done.

    Returns
    -------
    PIL.Image.Image
        In mode RGB.
    """
    if profile and image.mode != "LAB":
        try:
            source = ImageCms.getOpenProfile(io.BytesIO(profile))
            name = ImageCms.getProfileDescription(source).strip()
            converted = _apply_profile(image, source)
        except (ImageCms.PyCMSError, OSError):  # damaged, or for another kind of picture
            notes.append("unusable color profile ignored")
        else:
            notes.append(f"colors converted from {name!r} to sRGB")
            return converted
    if image.mode == "LAB":
        notes.append("colors converted from CIELAB to sRGB")
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        return _apply_profile(image, lab)
    if image.mode == "CMYK":
        notes.append("CMYK without a profile: colors approximate")
    return image.convert("RGB")


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
