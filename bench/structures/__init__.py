"""Pictures and clips changed in their structure, with lengths and checksums made right."""

from functools import partial

from . import boxes, ebml, gif, jpeg, mpegts, plain, png, riff, tiff

MUTATED = {
    "JPEG": jpeg.mutated,
    "PNG": png.mutated,
    "WEBP": partial(riff.mutated, riff.WEBP),
    "AVIF": boxes.mutated,
    "HEIC": boxes.mutated,
    "TIFF": tiff.mutated,
    "BMP": plain.mutated_bmp,
    "GIF": gif.mutated,
    "PPM": plain.mutated_ppm,
    "MP4": boxes.mutated,
    "Matroska": ebml.mutated,
    "AVI": partial(riff.mutated, riff.AVI),
    "MPEG-TS": mpegts.mutated,
}
"""By format: of a true file's bytes and chance."""
