"""The masks that a run is given."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import UsageError, shown
from ..images import read_image


@dataclass(frozen=True, eq=False)
class Masks:
    """The places where styles, content and painting count: ``backpaint.paint(masks=...)``.

    A mask is a file, a picture, or an array (H, W) of True and False, of bytes, or of floats from 0
    to 1: white counts.  None stands for everywhere.

    Parameters
    ----------
    painted : sequence of mask or None
        Where in the painting each style counts, in their order; a missing last one is what the
        others leave.
    styles : sequence of mask or None, optional
        Which part of each style's own picture is looked at.
    color_map : picture, optional
        In place of both: each color of this picture is a region of the painting,
    style_maps : sequence of picture
        and these, one for each style, show the same regions in the styles by the same colors.
    keep : mask, optional
        Where, and how much, the content term counts.
    only : mask, optional
        What is painted; everything else stays the content.

    Raises
    ------
    UsageError
        If they contradict each other.
    """

    painted: Sequence[Any] = ()
    styles: Sequence[Any] = ()
    color_map: Any = None
    style_maps: Sequence[Any] = ()
    keep: Any = None
    only: Any = None

    def __post_init__(self) -> None:
        for name in ("painted", "styles", "style_maps"):
            value = getattr(self, name)
            if isinstance(value, str | bytes) or not isinstance(value, Sequence):
                raise UsageError(
                    f"masks are {shown(value)}; expected a list, with a mask for each style"
                )
        if (self.color_map is None) != (not self.style_maps):
            raise UsageError(
                "a map of colors needs a map for each style, and they need it; give both "
                "(--map and --style-map), or neither"
            )
        if any(style_map is None for style_map in self.style_maps):
            raise UsageError(
                "with a map of colors every style needs a map of its own, and one has none (- or "
                "None); give it a picture of the color where it counts"
            )
        if self.color_map is not None and (self.painted or self.styles):
            raise UsageError(
                "a map of colors says where styles count, and so do masks; give one of the two"
            )


def as_masks(masks: Any) -> Masks:
    """Take what somebody gave as masks: `Masks`, a list of them for the styles, or nothing.

    Raises
    ------
    UsageError
        If it is nothing of the kind.
    """
    if masks is None:
        return Masks()
    return masks if isinstance(masks, Masks) else Masks(painted=masks)


def read_masks(masks: Masks | None) -> Masks | None:
    """Read the files among masks, each once, for several runs.

    Raises
    ------
    UsageError
        If one cannot be read.
    """
    if masks is None:
        return None
    files: dict[str, Any] = {}

    def read(mask: Any) -> Any:
        if not isinstance(mask, str | bytes | os.PathLike):
            return mask
        path = os.fsdecode(mask)
        if path not in files:
            files[path] = read_image(path)
        return files[path]

    lists, single = ("painted", "styles", "style_maps"), ("color_map", "keep", "only")
    pictures: dict[str, Any] = {name: [*map(read, getattr(masks, name))] for name in lists}
    return replace(masks, **pictures, **{name: read(getattr(masks, name)) for name in single})
