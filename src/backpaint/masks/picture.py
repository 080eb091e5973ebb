"""One mask: a gray picture, an opacity or an array becomes numbers from 0 to 1."""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import UsageError
from ..images import Photograph, photograph_of, read_image, resize
from ..problem.gray import LUMA
from ..regions import Mask

Size = tuple[int, int]
MaskPicture = str | bytes | os.PathLike[str] | Photograph | Image.Image | NDArray[np.generic]
"""A file, a picture that was read, Pillow's image, or an array (H, W)."""

COLORED = 32.0
"""Levels between a pixel's channels from which it has a color; scans of gray have less."""
DIGITS = 9
"""To which a resized mask is rounded, so that averages of ones are ones."""


@dataclass(frozen=True, eq=False)
class NamedMask:
    """A mask in its own size.

    Attributes
    ----------
    stored : (h, w) ndarray of float64 or uint8
        0 to 1; or the labels of a map, which all of its regions share: each as numbers of its own
        would be 13 GB at 100 megapixels and 16 regions.
    name : str
        Of its file, or what it was.
    label : int or None
        Of the region, in a map.
    """

    stored: NDArray[Any]
    name: str
    label: int | None = None

    @property
    def values(self) -> Mask:
        """Its (h, w) numbers, 0 to 1."""
        return np.asarray(self._counted, np.float64)

    @property
    def _counted(self) -> NDArray[Any]:
        """Its numbers; True and False of a map."""
        return self.stored if self.label is None else self.stored == self.label

    def resized(self, shape: Size, fitting: Size, of: str = "picture") -> Mask:
        """Resize it to a picture by averaging.

        Parameters
        ----------
        shape : (int, int)
            Height and width that it gets.
        fitting : (int, int)
            Height and width of the picture that it was made for, or `shape`.
        of : str
            What that picture is, for messages.

        Raises
        ------
        UsageError
            If it has another aspect ratio than both.
        """
        height, width = self.stored.shape
        if not any(_is_alike((height, width), size) for size in (fitting, shape)):
            raise UsageError(
                f"the mask {self.name} has {width} x {height} pixels and its {of} "
                f"{fitting[1]} x {fitting[0]}, another aspect ratio; make it of the {of}'s size"
            )
        made = np.asarray(resize(self._counted, *shape, "area"), np.float64)
        return made.round(DIGITS).clip(0, 1)


def mask_of(picture: MaskPicture) -> NamedMask:
    """Read a mask: white counts, black does not.

    Parameters
    ----------
    picture : path, Photograph, PIL.Image.Image or (H, W) ndarray
        Arrays hold True and False, bytes 0 to 255, or floats 0 to 1.

    Raises
    ------
    UsageError
        If it cannot be read, has colors, or an array holds anything else.

    Notes
    -----
    Gray stays gray; of slight tints the light counts.  A picture of one color with transparent
    parts has its opacity as the mask; otherwise opacity is a factor.
    """
    if isinstance(picture, str | bytes | os.PathLike):
        return _of_photograph(read_image(os.fsdecode(picture)))
    if isinstance(picture, Photograph):
        return _of_photograph(picture)
    if isinstance(picture, Image.Image):
        return _of_photograph(photograph_of(picture))
    return NamedMask(_of_array(picture), "array")


def photograph_of_map(picture: MaskPicture | NDArray[np.generic]) -> Photograph:
    """Read a picture whose colors are regions; arrays (H, W, 3) hold bytes."""
    if isinstance(picture, Photograph):
        return picture
    if isinstance(picture, str | bytes | os.PathLike):
        return read_image(os.fsdecode(picture))
    if isinstance(picture, Image.Image):
        return photograph_of(picture)
    array = np.asarray(picture)
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or 0 in array.shape:
        raise UsageError(
            f"a map is an array of {array.dtype} of shape {array.shape}; expected bytes, (H, W, 3)"
        )
    return Photograph(array.astype(np.float64), None, "array")


def _of_photograph(photograph: Photograph) -> NamedMask:
    pixels, alpha = photograph.pixels, photograph.alpha
    is_gray = np.array_equal(pixels[..., 0], pixels[..., 1]) and np.array_equal(
        pixels[..., 0], pixels[..., 2]
    )
    light = (pixels[..., 0] if is_gray else pixels @ LUMA) / 255
    if alpha is not None:
        # on white, as it was read: light = alpha own + 1 - alpha
        seen = alpha > 0
        own = np.where(seen, light - (1 - alpha), 0.0)  # alpha times the color of its own
        if not seen.any() or np.ptp(own[seen] / alpha[seen]) < 1 / 255:
            return NamedMask(alpha.clip(0, 1), photograph.name)
        light = own
    if not is_gray and np.ptp(pixels, axis=2).max() > COLORED:
        raise UsageError(
            f"the mask {photograph.name} has colors; expected gray, white where it counts: save it "
            "without colors, or give it as a map (--map) if each color is a region"
        )
    return NamedMask(light.clip(0, 1), photograph.name)


def _of_array(array: Any) -> Mask:
    """Check an array."""
    values = np.asarray(array)
    expected = "expected (H, W) of True and False, of bytes 0 to 255, or of floats 0 to 1"
    if values.ndim != 2 or 0 in values.shape or values.dtype.kind not in "buif":
        raise UsageError(f"a mask is an array of {values.dtype}, {values.shape}; {expected}")
    if values.dtype == np.uint8:
        if 0 < values.max() <= 1:
            raise UsageError(
                "a mask holds bytes of 0 and 1 alone; hand over mask.astype(bool), or multiply it "
                "by 255"
            )
        return values / 255
    mask = values.astype(np.float64)
    if not (mask.min() >= 0 and mask.max() <= 1):
        raise UsageError(f"a mask has values from {mask.min():g} to {mask.max():g}; {expected}")
    return mask


def _is_alike(size: tuple[int, ...], other: Size) -> bool:
    """Whether two sizes have one aspect ratio, but for the rounding of a side to whole pixels."""
    off = abs(size[1] * other[0] - size[0] * other[1])
    return off <= max(*size, *other)
