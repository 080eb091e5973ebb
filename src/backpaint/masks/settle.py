"""The way from given masks to regions: which style counts where, in sizes of pictures."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec import to_builtins

from ..errors import UsageError
from ..regions import Mask, Regions
from ..words import counted
from .color_map import ColorMap, written
from .given import Masks
from .picture import NamedMask, Size, mask_of, photograph_of_map

REST = "rest"
"""The name of a mask that is what others leave."""


@dataclass(frozen=True, kw_only=True)
class MaskNames:
    """Names of the masks of `Regions`, in their places, and of the maps that they came from.

    Attributes
    ----------
    painted, shown : tuple of str or None
    keep, only, color_map : str or None
    style_maps : tuple of str
    of_style : tuple of int
        See `Settled`.
    shares : tuple of float
        Of the styles that were given.
    """

    painted: tuple[str | None, ...] = ()
    shown: tuple[str | None, ...] = ()
    keep: str | None = None
    only: str | None = None
    color_map: str | None = None
    style_maps: tuple[str, ...] = ()
    of_style: tuple[int, ...] = ()
    shares: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Settled:
    """Masks that were read, and which styles they are for.

    Attributes
    ----------
    of_style : tuple of int
        For each entry of `painted` and `shown`, the number of a style that was given: one that is
        in several regions of a map counts several times.
    shares : tuple of float
        How much each entry counts; those of one region together as much as those of another.
    painted, shown : tuple of NamedMask, None, or "rest"
    keep, only : NamedMask or None
    names : MaskNames or None
        None if there is no mask.
    """

    of_style: tuple[int, ...]
    shares: tuple[float, ...]
    painted: tuple[NamedMask | str | None, ...]
    shown: tuple[NamedMask | None, ...]
    keep: NamedMask | None
    only: NamedMask | None
    names: MaskNames | None

    def regions(
        self, shape: Size, fitting: Size, styles: Sequence[tuple[Size, Size]]
    ) -> Regions | None:
        """Resize the masks to their pictures.

        Parameters
        ----------
        shape, fitting : (int, int)
            Of the painting, and of the photograph that it is painted from.
        styles : sequence of pairs of (int, int)
            The same of each entry's style: resized, and in its own size.
        """
        if self.names is None:
            return None

        made: dict[tuple[int, Size], Mask] = {}  # styles may share one mask

        def resized(
            mask: NamedMask | str | None, size: Size, own: Size, of: str = "picture"
        ) -> Mask | None:
            if not isinstance(mask, NamedMask):
                return None
            if (id(mask), size) not in made:
                made[id(mask), size] = mask.resized(size, own, of)
            return made[id(mask), size]

        painted = [resized(mask, shape, fitting) for mask in self.painted]
        if REST in self.painted:
            others = [mask for mask in painted if mask is not None]
            painted[self.painted.index(REST)] = (1 - np.sum(others, axis=0)).clip(0, 1)
        shown = zip(self.shown, styles, strict=True) if self.shown else ()
        return Regions(
            tuple(painted),
            tuple(resized(mask, *sizes, "style") for mask, sizes in shown),
            resized(self.keep, shape, fitting),
            resized(self.only, shape, fitting),
        )


def settle(masks: Masks, shares: Sequence[float]) -> Settled:
    """Read masks, and find out which style counts where.

    Parameters
    ----------
    masks : Masks
    shares : sequence of float
        How much each style counts.

    Raises
    ------
    UsageError
        If one cannot be read, or they do not fit the styles.
    """
    keep, only = (None if m is None else mask_of(m) for m in (masks.keep, masks.only))
    if masks.color_map is not None:
        return _by_color(masks, tuple(shares), keep, only)
    count = len(shares)
    painted: list[NamedMask | str | None] = [*map(_read, masks.painted)]
    if painted and len(painted) == count - 1:
        painted.append(REST)
    shown = [_read(mask) for mask in masks.styles]
    for what, found in (("masks", painted), ("style masks", shown)):
        if found and len(found) != count:
            raise UsageError(
                f"{counted(count, 'style')} came with {len(found)} {what}; give one for each "
                "style, - (None in Python) for everywhere"
            )
    numbers = tuple(range(count))
    names = None
    if painted or shown or keep or only:
        names = MaskNames(
            painted=tuple(map(_name, painted)),
            shown=tuple(map(_name, shown)),
            keep=_name(keep),
            only=_name(only),
            of_style=numbers,
            shares=tuple(shares),
        )
    return Settled(numbers, tuple(shares), tuple(painted), tuple(shown), keep, only, names)


def described(regions: Regions | None, names: MaskNames | None) -> dict[str, Any] | None:
    """Collect names and hashes of masks: SHA-256 of their float64 values, in rows, as resized."""
    if regions is None or names is None:
        return None

    def digest(mask: Mask | None) -> str | None:
        if mask is None:
            return None
        return hashlib.sha256(np.ascontiguousarray(mask, "<f8").tobytes()).hexdigest()

    hashes = {
        "painted": [*map(digest, regions.painted)],
        "shown": [*map(digest, regions.shown)],
        "keep": digest(regions.keep),
        "only": digest(regions.only),
    }
    told: dict[str, Any] = to_builtins(names)
    return told | {"sha256": hashes}


def _by_color(
    masks: Masks, shares: tuple[float, ...], keep: NamedMask | None, only: NamedMask | None
) -> Settled:
    """Let each region of a map take the styles whose maps have its color."""
    if len(masks.style_maps) != len(shares):
        raise UsageError(
            f"{counted(len(shares), 'style')} came with "
            f"{counted(len(masks.style_maps), 'style map')}; give one for each style"
        )
    whole = ColorMap.of(photograph_of_map(masks.color_map))
    maps = [whole.of_style(photograph_of_map(picture)) for picture in masks.style_maps]
    numbers: list[int] = []
    parts: list[float] = []
    painted: list[NamedMask] = []
    shown: list[NamedMask] = []
    for region in range(len(whole.colors)):
        here = [style for style, its in enumerate(maps) if its.has(region) and shares[style]]
        if not here:
            raise UsageError(
                f"no style's map has the color {written(whole.colors[region])} of {whole.name}; "
                "paint it in one of them, or another color there"
            )
        total = sum(shares[style] for style in here)
        numbers += here
        parts += [shares[style] / total for style in here]
        mask = whole.region(region)  # one for all of them: they are summed up together
        painted += [mask] * len(here)
        shown += [maps[style].region(region) for style in here]
    unseen = [its.name for style, its in enumerate(maps) if style not in numbers]
    if unseen:
        raise UsageError(
            f"{unseen[0]} shows no region of {whole.name}; paint one of its colors "
            f"({', '.join(map(written, whole.colors))}) there, or leave its style out"
        )
    names = MaskNames(
        painted=tuple(mask.name for mask in painted),
        shown=tuple(mask.name for mask in shown),
        keep=_name(keep),
        only=_name(only),
        color_map=whole.name,
        style_maps=tuple(its.name for its in maps),
        of_style=tuple(numbers),
        shares=shares,
    )
    return Settled(tuple(numbers), tuple(parts), tuple(painted), tuple(shown), keep, only, names)


def _read(mask: Any) -> NamedMask | None:
    return None if mask is None else mask_of(mask)


def _name(mask: NamedMask | str | None) -> str | None:
    return mask.name if isinstance(mask, NamedMask) else mask
