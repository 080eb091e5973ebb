"""Pictures in and out: photographs become pixels 0..255, pixels become files.

Read in this order: `read` (files, by way of `decode_picture` in a child process), `samples`
(what comes from there), `resize` and `size` (presets'
sizes), `write`.
"""

from .read import Photograph, photograph_of, read_image
from .resize import resize
from .size import content_size, fit, style_size
from .write import check_writable, format_of, read_metadata, write_image

__all__ = [
    "Photograph",
    "check_writable",
    "content_size",
    "fit",
    "format_of",
    "photograph_of",
    "read_image",
    "read_metadata",
    "resize",
    "style_size",
    "write_image",
]
