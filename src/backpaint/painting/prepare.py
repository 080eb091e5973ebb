"""Preparation of a problem from pictures and a recipe: read, resize, check."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from msgspec.structs import replace as replace_fields

from ..color import Shown, shown_pictures
from ..errors import UsageError, shown
from ..images import Photograph, content_size, fit, style_size
from ..masks import MaskNames, Masks, as_masks, settle
from ..problem.pixels import Pixels
from ..problem.problem import Problem
from ..problem.recipe import Color, Images, Recipe
from ..regions import Regions
from ..weights import VGGWeights
from .per_style import scaled_shares, style_images, style_tables
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
    style_scales : tuple of float or None
        Factors on the styles' sizes, one each, where they are not the recipe's.
    mask_names : MaskNames or None
        Of the problem's regions.
    """

    problem: Problem
    content: Photograph | None
    styles: tuple[Photograph, ...]
    notes: tuple[str, ...]
    style_scales: tuple[float, ...] | None = None
    mask_names: MaskNames | None = None

    @property
    def given_styles(self) -> tuple[int, ...]:
        """The numbers of `styles` without repetition: a map lets one count in several regions."""
        if self.mask_names is None:
            return tuple(range(len(self.styles)))
        of_style = self.mask_names.of_style
        return tuple(of_style.index(number) for number in sorted(set(of_style)))

    @property
    def styles_as_shown(self) -> tuple[Pixels, ...]:
        """Each of `given_styles` as the network is shown it, in its regions' colors."""
        regions, styles = self.problem.regions, self.problem.styles
        of_style = range(len(styles)) if self.mask_names is None else self.mask_names.of_style
        made = []
        for first in self.given_styles:
            whole = styles[first]
            for number in range(first + 1, len(styles)):
                mask = None if regions is None else regions.of_style(number)[1]
                if of_style[number] == of_style[first] and mask is not None:
                    part = mask[..., np.newaxis]
                    whole = part * styles[number] + (1 - part) * whole
            made.append(whole)
        return tuple(made)


def prepare(
    recipe: Recipe,
    weights: VGGWeights,
    content: Picture | None,
    styles: Sequence[Picture],
    shares: Iterable[float] | None = None,
    layers: Sequence[Mapping[str, float]] | None = None,
    scales: Iterable[float] | None = None,
    masks: Masks | Sequence[Any] | None = None,
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
    layers : sequence of mappings of str to float, optional
        Layers and their weights, a table for each style, instead of the recipe's.
    scales : iterable of float, optional
        Factors on the styles' sizes, one each, instead of the recipe's.
    masks : Masks or sequence of masks, optional
        Where styles, content and painting count.

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
    made, recipe = recipe, replace_terms(recipe, subject is not None, bool(given))
    paintings = given if recipe.style is not None else ()
    rules = style_images(recipe.images, scales, len(paintings))
    require_sizes(shape, paintings, rules)
    weighed = scaled_shares(shares if paintings else None, len(paintings))
    settled = settle(as_masks(masks), weighed)
    paintings = tuple(paintings[number] for number in settled.of_style)
    rules = tuple(rules[number] for number in settled.of_style)
    tables = style_tables(layers) if paintings else None
    if tables is not None and settled.names is not None and len(tables) == len(weighed):
        tables = tuple(tables[number] for number in settled.of_style)
    pixels = None if subject is None else fit(subject.pixels, shape, recipe.images)
    resized = [
        resized_style(painting, shape, images)
        for painting, images in zip(paintings, rules, strict=True)
    ]
    sizes = [(_size(a), _size(b.pixels)) for a, b in zip(resized, paintings, strict=True)]
    regions = settled.regions(shape, (native[0], native[1]), sizes)
    seen, styles_seen = as_shown(recipe, pixels, resized, regions)
    problem = Problem(
        recipe=recipe,
        weights=weights,
        content=seen,
        styles=tuple(style.pixels for style in styles_seen),
        style_shares=weighed
        if settled.names is None
        else scaled_shares(settled.shares if paintings else None, len(paintings)),
        shape=shape,
        style_tables=tables,
        colors=pixels if recipe.color.luma else None,
        regions=regions,
    )
    pictures = [*([subject] if subject else []), *paintings]
    told = [(picture.name, picture.notes) for picture in pictures]
    told += notes_on_colors(paintings, styles_seen, settled.names)
    notes = list(dict.fromkeys(f"{name}: {note}" for name, notes in told for note in notes))
    notes += notes_on_terms(made, recipe, subject, [one for one in given if one not in paintings])
    notes += notes_on_masks(problem, settled.names)
    own = None if scales is None else tuple(images.style_scale for images in rules)
    names = None if problem.regions is None else settled.names
    return Prepared(problem, subject, paintings, tuple(notes), own, names)


def _size(pixels: Pixels) -> tuple[int, int]:
    return pixels.shape[0], pixels.shape[1]


def notes_on_masks(problem: Problem, names: MaskNames | None) -> list[str]:
    """Return at which layers a region has nothing that counts: a style is left out there."""
    if problem.regions is None or names is None:
        return []
    notes = []
    tables = zip(problem.asked_layers_of_styles, problem.layers_of_styles, strict=True)
    for number, (asked, left) in enumerate(tables):
        gone = [layer for layer in asked if layer not in left]
        masks = [found[number] for found in (names.painted, names.shown) if found]
        if gone:
            notes.append(
                f"{' in '.join(name for name in masks if name)}: empty at {', '.join(gone)}, where "
                "its style does not count"
            )
    return notes


def notes_on_colors(
    paintings: Sequence[Photograph], styles: Sequence[Shown], names: MaskNames | None
) -> list[tuple[str, tuple[str, ...]]]:
    """Return what the match did to each style, with its name and that of its region."""
    where = names.painted if names is not None and names.painted else (None,) * len(styles)
    return [
        (painting.name if region is None else f"{painting.name} in {region}", style.notes)
        for painting, style, region in zip(paintings, styles, where, strict=True)
    ]


def as_shown(
    recipe: Recipe,
    content: Pixels | None,
    styles: Sequence[Pixels],
    regions: Regions | None,
) -> tuple[Pixels | None, tuple[Shown, ...]]:
    """Return the styles and the content in the colors that the network is shown.

    Parameters
    ----------
    recipe : Recipe
    content : (H, W, 3) ndarray of float64 or None
    styles : sequence of (h, w, 3) ndarray of float64
        Both resized already.
    regions : Regions or None
        Which parts of them belong together.
    """
    if content is None:
        return None, tuple(Shown(style) for style in styles)
    content, matched = shown_pictures(content, styles, recipe.color, regions)
    if recipe.images.eight_bit:
        matched = tuple(replace(style, pixels=np.rint(style.pixels)) for style in matched)
    return content, matched


def notes_on_terms(
    asked: Recipe, recipe: Recipe, content: Photograph | None, unseen: Sequence[Photograph]
) -> list[str]:
    """Return which pictures a recipe does not look at, and what it lacks a picture for.

    Parameters
    ----------
    asked, recipe : Recipe
        As it was given, and without what there is no picture for.
    content : Photograph or None
    unseen : sequence of Photograph
        Styles that it does not look at.
    """
    notes = [
        f"{picture.name} is not looked at: {recipe.name} has no style term" for picture in unseen
    ]
    if content is not None and recipe.content is None:
        notes.append(f"{content.name} gives only the size: {recipe.name} has no content term")
    if recipe.color != asked.color:
        notes.append(
            f"there is no content whose colors could be taken, as {recipe.name} would; they are "
            "the style's"
        )
    if recipe.laplacian != asked.laplacian:
        notes.append(f"there is no content whose edges could be kept, as {recipe.name} would")
    return notes


def require_sizes(
    shape: tuple[int, int], paintings: Sequence[Photograph], rules: Sequence[Images]
) -> None:
    """Raise UsageError before a picture is enlarged beyond all measure."""
    sizes = [shape]
    for painting, images in zip(paintings, rules, strict=True):
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
    """Drop the terms for which there is no picture, and the colors of a content without one."""
    content = recipe.content if has_content else None
    style = recipe.style if has_style else None
    if content is None and style is None:
        raise UsageError(
            f"the recipe {recipe.name} has no term for the pictures given; "
            "it needs a content for its content term, a style for its style term"
        )
    color = recipe.color if has_content else Color()
    laplacian = recipe.laplacian if has_content else None
    return replace_fields(recipe, content=content, style=style, color=color, laplacian=laplacian)
