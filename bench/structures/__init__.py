"""Pictures changed where their formats have structure, with lengths and checksums made right."""

from . import boxes, gif, jpeg, plain, png, tiff, webp

MUTATED = {
    "JPEG": jpeg.mutated,
    "PNG": png.mutated,
    "WEBP": webp.mutated,
    "AVIF": boxes.mutated,
    "HEIC": boxes.mutated,
    "TIFF": tiff.mutated,
    "BMP": plain.mutated_bmp,
    "GIF": gif.mutated,
    "PPM": plain.mutated_ppm,
}
"""By format: of a true file's bytes and chance."""
