"""Preparation of a problem from pictures and a recipe: read, resize, check."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from msgspec.structs import replace as replace_fields

from ..errors import UsageError, shown
from ..images import Photograph, content_size, fit, style_size
from ..plain import plain
from ..problem.pixels import Pixels
from ..problem.problem import Problem
from ..problem.recipe import Images, Recipe
from ..weights import VGGWeights
from ..words import counted
from .pictures import Picture, photograph

LARGEST_PICTURE = 10**8
"""Pixels; more memory than any engine has here."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A problem, and the photographs that it was made of.

    Attributes
    ----------
    problem : Problem
    content : Photograph or None
    styles : tuple of Photograph
        In native size; those that the recipe looks at.
    notes : tuple of str
        What a person should know: conversions, pictures that the recipe does not look at.
    """

    problem: Problem
    content: Photograph | None
    styles: tuple[Photograph, ...]
    notes: tuple[str, ...]


def prepare(
    recipe: Recipe,
    weights: VGGWeights,
    content: Picture | None,
    styles: Sequence[Picture],
    shares: Iterable[float] | None = None,
) -> Prepared:
    """Read and resize the pictures as the recipe wants them.

    Parameters
    ----------
    recipe : Recipe
        Its content term is dropped where there is no content, its style term where no style.
    weights : VGGWeights
        The network.
    content : picture or None
    styles : sequence of pictures
    shares : iterable of float, optional
        How much each style counts; scaled to the sum 1.  Absent: all alike.

    Raises
    ------
    UsageError
        If a picture cannot be read or is too small, or shares do not fit.
    """
    if content is None and not styles:
        raise UsageError("there is neither a content nor a style; give at least one picture")
    subject = None if content is None else photograph(content)
    given = tuple(photograph(style) for style in styles)
    native = (subject or given[0]).pixels.shape
    shape = content_size(recipe.images, (native[0], native[1]))
    recipe = replace_terms(recipe, subject is not None, bool(given))
    paintings = given if recipe.style is not None else ()
    require_sizes(recipe.images, shape, paintings)
    problem = Problem(
        recipe=recipe,
        weights=weights,
        content=None if subject is None else fit(subject.pixels, shape, recipe.images),
        styles=tuple(resized_style(painting, shape, recipe.images) for painting in paintings),
        style_shares=scaled_shares(shares if paintings else None, len(paintings)),
        shape=shape,
    )
    pictures = [*([subject] if subject else []), *paintings]
    notes = [f"{picture.name}: {note}" for picture in pictures for note in picture.notes]
    notes += [
        f"{picture.name} is not looked at: {recipe.name} has no style term"
        for picture in given
        if picture not in paintings
    ]
    if subject is not None and recipe.content is None:
        notes.append(f"{subject.name} gives only the size: {recipe.name} has no content term")
    return Prepared(problem, subject, paintings, tuple(notes))


def require_sizes(images: Images, shape: tuple[int, int], paintings: Sequence[Photograph]) -> None:
    """Raise UsageError before a picture is enlarged beyond all measure."""
    sizes = [shape]
    for painting in paintings:
        height, width, _ = painting.pixels.shape
        sizes.append(style_size(images, (height, width), shape))
    for height, width in sizes:
        if height * width > LARGEST_PICTURE:
            raise UsageError(
                f"a picture would have {shown(width)} x {shown(height)} pixels, more than "
                f"{LARGEST_PICTURE // 10**6} million; choose a smaller size"
            )


def resized_style(picture: Photograph, shape: tuple[int, int], images: Images) -> Pixels:
    """Resize a style by the recipe's rules, `shape` being the painted picture's."""
    height, width, _ = picture.pixels.shape
    return fit(picture.pixels, style_size(images, (height, width), shape), images)


def stretch_note(picture: Photograph, shape: tuple[int, int]) -> str:
    """Return a note if a picture is stretched to a size of another aspect ratio.

    Parameters
    ----------
    picture : Photograph
    shape : (int, int)
        Height and width that it is resized to.

    Returns
    -------
    str
        Empty if it is not, but for the rounding of a side to whole pixels.
    """
    height, width, _ = picture.pixels.shape
    off = abs(width * shape[0] - height * shape[1])
    if off <= max(height, width):  # a pixel of the new size
        return ""
    return (
        f"{picture.name} ({width} x {height}) is stretched to the painted size, "
        f"{shape[1]} x {shape[0]}"
    )


def replace_terms(recipe: Recipe, has_content: bool, has_style: bool) -> Recipe:
    """Drop the terms for which there is no picture."""
    content = recipe.content if has_content else None
    style = recipe.style if has_style else None
    if content is None and style is None:
        raise UsageError(
            f"the recipe {recipe.name} has no term for the pictures given; "
            "it needs a content for its content term, a style for its style term"
        )
    return replace_fields(recipe, content=content, style=style)


def scaled_shares(shares: Iterable[float] | None, count: int) -> tuple[float, ...]:
    """Scale the styles' shares to the sum 1; none given: all alike.

    Examples
    --------
    >>> scaled_shares(np.array([3, 1], np.float32), 2)
    (0.75, 0.25)
    """
    if shares is None:
        return (1.0 / count,) * count if count else ()
    numbers = _numbers(shares)
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


def _numbers(shares: Any) -> list[float]:
    """Take numbers of any type, from whatever holds them in the order of the styles."""
    try:
        if isinstance(shares, Mapping | set | frozenset):
            raise TypeError
        numbers = [plain(share) for share in plain(shares)]
        if any(isinstance(number, bool) or not isinstance(number, Real) for number in numbers):
            raise TypeError
        return [float(number) for number in numbers]
    except (TypeError, OverflowError):  # of whole numbers that no float can hold
        raise UsageError(
            f"shares are {shown(shares)}; expected a list of numbers, one for each style"
        ) from None
