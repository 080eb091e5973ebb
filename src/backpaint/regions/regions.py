"""The masks of a problem: where styles, content and the painting itself count."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..words import counted

Mask = NDArray[np.float64]
"""How much each pixel counts, (H, W), from 0 to 1."""


@dataclass(frozen=True, eq=False)
class Regions:
    """Masks of one problem; None stands for everywhere, and so does a mask of ones.

    Parameters
    ----------
    painted : tuple of (H, W) ndarray of float64 or None
        Where in the painting each style counts; empty: all of them everywhere.
    shown : tuple of (h, w) ndarray of float64 or None
        Which part of each style's picture is looked at; empty: all of them whole.
    keep : (H, W) ndarray of float64, optional
        How much the content term counts, place by place.
    only : (H, W) ndarray of float64, optional
        How much of the painting is laid over the content; the descent moves no more than that.
    """

    painted: tuple[Mask | None, ...] = ()
    shown: tuple[Mask | None, ...] = ()
    keep: Mask | None = None
    only: Mask | None = None

    def __post_init__(self) -> None:
        for name in ("painted", "shown"):
            masks = tuple(_meant(mask) for mask in getattr(self, name))
            object.__setattr__(self, name, () if all(m is None for m in masks) else masks)
        for name in ("keep", "only"):
            object.__setattr__(self, name, _meant(getattr(self, name)))

    @property
    def are_everywhere(self) -> bool:
        """Whether there is no mask at all."""
        return not (self.painted or self.shown or self.look_at_features or self.only is not None)

    @property
    def look_at_features(self) -> bool:
        """Whether a term is weighted, in the painting or in a style."""
        return bool(self.painted or self.shown) or self.keep is not None

    def of_style(self, number: int) -> tuple[Mask | None, Mask | None]:
        """Return where one style counts in the painting, and where it is looked at."""
        return (
            self.painted[number] if self.painted else None,
            self.shown[number] if self.shown else None,
        )

    def is_same(self, other: "Regions") -> bool:
        """Whether others have masks of the same values in the same places."""
        pairs = [(self.keep, other.keep), (self.only, other.only)]
        for mine, its in ((self.painted, other.painted), (self.shown, other.shown)):
            if len(mine) != len(its):
                return False
            pairs += zip(mine, its, strict=True)
        return all(same_array(one, another) for one, another in pairs)

    def require_fitting(self, shape: tuple[int, int], styles: list[tuple[int, int]]) -> None:
        """Raise UsageError if masks have other sizes than their pictures, or count other styles.

        Parameters
        ----------
        shape : (int, int)
            Height and width of the painting.
        styles : list of (int, int)
            Likewise of each style.
        """
        for what, masks in (("masks", self.painted), ("style masks", self.shown)):
            if masks and len(masks) != len(styles):
                raise UsageError(
                    f"{counted(len(styles), 'style')} came with {len(masks)} {what}; give one for "
                    "each style, None for everywhere"
                )
        fitting = [("the mask of the content term", self.keep, shape)]
        fitting += [("the mask of the painting", self.only, shape)]
        fitting += [(f"mask {i}", mask, shape) for i, mask in enumerate(self.painted, start=1)]
        shown = zip(self.shown, styles, strict=True) if self.shown else ()
        fitting += [(f"style mask {i}", *pair) for i, pair in enumerate(shown, start=1)]
        for what, mask, size in fitting:
            if mask is not None:
                _require(what, mask, size)


def same_array(one: NDArray[Any] | None, other: NDArray[Any] | None) -> bool:
    """Whether both are absent, or have the same values."""
    if one is None or other is None:
        return one is other
    return one is other or np.array_equal(one, other)


def _meant(mask: Mask | None) -> Mask | None:
    """Return None for a mask of ones: what it says is said by leaving it out."""
    return None if mask is None or np.all(mask == 1) else mask


def _require(what: str, mask: Mask, size: tuple[int, int]) -> None:
    if mask.shape != size:
        raise UsageError(f"{what} has the shape {mask.shape}; expected {size}, as its picture")
    if not (mask.min() >= 0 and mask.max() <= 1):  # NaN is refused, too
        raise UsageError(
            f"{what} has values from {mask.min():g} to {mask.max():g}; expected 0 to 1"
        )
