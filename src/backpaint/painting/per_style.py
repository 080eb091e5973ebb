"""The settings of each style by itself: its share, its layers, its scale."""

from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from msgspec.structs import replace as replace_fields

from ..errors import UsageError, shown
from ..plain import plain
from ..problem.recipe import Images
from ..words import counted

ROUNDING = 1e-9
"""Of a sum of shares that were scaled to 1."""


def scaled_shares(shares: Iterable[float] | None, count: int) -> tuple[float, ...]:
    """Scale the styles' shares to the sum 1; none given: all alike.

    Examples
    --------
    >>> scaled_shares(np.array([3, 1], np.float32), 2)
    (0.75, 0.25)
    """
    if shares is None:
        return (1.0 / count,) * count if count else ()
    numbers = _numbers("shares", shares)
    if len(numbers) != count:
        raise UsageError(
            f"{counted(count, 'style')} came with {counted(len(numbers), 'share')}; "
            "give one share for each style"
        )
    if not all(0 <= share < np.inf for share in numbers):
        raise UsageError(f"shares are {shown(numbers)}; expected finite numbers >= 0")
    total = sum(numbers)
    if total == 0:
        raise UsageError(f"shares are {shown(numbers)}; expected at least one above 0")
    if total == np.inf:
        raise UsageError(
            f"shares are {shown(numbers)}, too large to be added; only their ratio counts, so "
            "give smaller ones such as 0.7, 0.3"
        )
    return tuple(share / total for share in numbers)


def style_images(images: Images, scales: Iterable[float] | None, count: int) -> tuple[Images, ...]:
    """Return the rules for each style's size: the recipe's, or with a factor of its own.

    Raises
    ------
    UsageError
        If there is not one factor for each style, or the recipe's rule has none.
    """
    if scales is None:
        return (images,) * count
    require_scalable(images)
    factors = _numbers("style scales", scales)
    if len(factors) != count:
        raise UsageError(
            f"{counted(count, 'style')} came with {counted(len(factors), 'scale')}; "
            "give one scale for each style"
        )
    if not all(0 < factor < np.inf for factor in factors):
        raise UsageError(f"style scales are {shown(factors)}; expected finite numbers above 0")
    return tuple(replace_fields(images, style_scale=factor) for factor in factors)


def require_scalable(images: Images) -> None:
    """Raise UsageError where no factor changes the size of a style."""
    if images.style in ("content", "native"):
        raise UsageError(
            f"images.style is {images.style!r}, which gives the styles a size that no scale "
            "changes; set images.style to own or content-width"
        )


def style_tables(
    layers: Sequence[Mapping[str, float]] | None,
) -> tuple[dict[str, float], ...] | None:
    """Check tables of layers, one for each style.

    Raises
    ------
    UsageError
        If they are no such tables; whether the network has the layers is seen later.
    """
    if layers is None:
        return None
    is_list = isinstance(layers, Sequence) and not isinstance(layers, str)
    if not is_list or not all(isinstance(table, Mapping) for table in layers):
        raise UsageError(
            f"style layers are {shown(layers)}; expected a list with a table for each style, such "
            "as [{'relu1_1': 1.0}, {'relu4_1': 1.0}]"
        )
    tables = tuple(
        dict(zip(map(str, table), _numbers("weights of layers", [*table.values()]), strict=True))
        for table in layers
    )
    if not all(np.isfinite(weight) for table in tables for weight in table.values()):
        raise UsageError(f"style layers are {shown(layers)}; expected finite weights")
    return tables


def require_told(
    count: int,
    shares: Sequence[float],
    layers: Sequence[Mapping[str, float]] | None,
    scales: Sequence[float] | None,
    images: Images,
) -> None:
    """Check what a file says of its styles against what a run would have kept there.

    Raises
    ------
    ValueError
        If it is not as the functions above return it.
    """
    try:
        style_images(images, scales, count)
        tables = style_tables(layers)
        if count:
            scaled_shares(shares, count)
    except UsageError as error:
        raise ValueError(str(error)) from None
    if len(shares) != count or (tables is not None and len(tables) != count):
        raise ValueError(f"other shares or layers than for {counted(count, 'style')}")
    if count and abs(sum(shares) - 1) > ROUNDING:
        raise ValueError(f"shares of the sum {sum(shares):g}")


def _numbers(what: str, given: Any) -> list[float]:
    """Take numbers of any type, from whatever holds them in the order of the styles."""
    try:
        if isinstance(given, Mapping | set | frozenset):
            raise TypeError
        numbers = [plain(number) for number in plain(given)]
        if any(isinstance(number, bool) or not isinstance(number, Real) for number in numbers):
            raise TypeError
        return [float(number) for number in numbers]
    except (TypeError, OverflowError):  # of whole numbers that no float can hold
        raise UsageError(
            f"{what} are {shown(given)}; expected a list of numbers, one for each style"
        ) from None
