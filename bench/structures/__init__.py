"""Pictures and clips changed in their structure, with lengths and checksums made right."""

from . import avi, boxes, ebml, gif, jpeg, mpegts, plain, png, tiff, webp

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
    "MP4": boxes.mutated,
    "Matroska": ebml.mutated,
    "AVI": avi.mutated,
    "MPEG-TS": mpegts.mutated,
}
"""By format: of a true file's bytes and chance."""
