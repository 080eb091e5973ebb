"""The recipes of a run's smaller sizes, made from the one of its last."""

from collections.abc import Callable
from math import log2, prod

from msgspec.structs import replace

from ..problem.divisors import RELATIVE, content_divisor, gram_divisor, style_divisor
from ..problem.recipe import Content, Laplacian, Range, Recipe, Style, TotalVariation

Size = tuple[int, int]
Term = Content | Style | TotalVariation | Laplacian | Range
TERMS = ("content", "style", "total_variation", "laplacian", "range")
"""The tables of a recipe that have a weight."""


def coarser_recipes(recipe: Recipe) -> tuple[Recipe, ...]:
    """Return the recipes of the sizes that are painted before the last, the smallest first.

    Parameters
    ----------
    recipe : Recipe
        Of the whole run.

    Returns
    -------
    tuple of Recipe
        Each of one size alone; none where the recipe has no scales, or no smaller ones.

    Examples
    --------
    >>> from backpaint.presets import recipe
    >>> whole = recipe("gatys", size=200, changes={"scales.sizes": [64, 128, 256]})
    >>> [made.images.size for made in coarser_recipes(whole)]
    [64, 128]
    """
    scales, last = recipe.scales, recipe.images.size
    if scales is None or last is None:
        return ()
    given = scales.iterations
    counts = given if isinstance(given, tuple) else (given,) * len(scales.sizes)
    return tuple(
        replace(
            recipe,
            images=replace(recipe.images, size=size),
            optimizer=replace(recipe.optimizer, iterations=count or recipe.optimizer.iterations),
            scales=None,
        )
        for size, count in zip(scales.sizes, counts, strict=True)
        if size < last
    )


def at_size(coarser: Recipe, whole: Recipe, shape: Size, last: Size) -> Recipe:
    """Return a smaller size's recipe with the weights that it has there.

    Parameters
    ----------
    coarser : Recipe
        One of `coarser_recipes`.
    whole : Recipe
        Of the whole run, whose ``scales.balance`` decides.
    shape, last : (int, int)
        Heights and widths of the picture at this size, and of the last.

    Notes
    -----
    A term that is a sum over positions grows with their number, so that a small picture weighs it
    less.  Under ``balance = "last"`` each weight is multiplied by the ratio of the pixels to the
    power with which its term grows: see `area_power`.
    """
    if whole.scales is None or whole.scales.balance == "recipe":
        return coarser
    ratio = prod(last) / prod(shape)
    tables = {name: getattr(coarser, name) for name in TERMS}
    changed = {
        name: replace(table, weight=table.weight * ratio ** area_power(table))
        for name, table in tables.items()
        if table is not None
    }
    return replace(coarser, **changed)


def area_power(term: Term) -> float:
    """Return the power of the number of pixels with which a term of like pictures grows.

    Examples
    --------
    >>> from backpaint.presets import load_preset
    >>> gatys, keras = load_preset("gatys"), load_preset("keras-example")
    >>> area_power(gatys.content), area_power(gatys.style), area_power(keras.content)
    (1.0, 0.0, 1.0)
    >>> house = load_preset("backpaint")
    >>> area_power(house.content), area_power(house.style)
    (0.0, 0.0)
    """
    if isinstance(term, TotalVariation):
        is_mean = term.options.get("mean", term.kind == "nine-point")
        return 0.0 if is_mean else 1.0
    if isinstance(term, Laplacian | Range):
        return 1.0 if isinstance(term, Range) else 0.0
    if term.l1_epsilon is not None or term.divisor in RELATIVE:  # by a sum that grows as it does
        return 0.0
    if isinstance(term, Content):
        return 1 - _power(lambda m: content_divisor(term.divisor, channels=1, positions=m))
    return _power_of_style(term)


def _power_of_style(style: Style) -> float:
    """Return `area_power` of a style term: its matrices are squared, and divided once more."""
    if style.statistic not in ("gram", "covariance"):  # means, which neither divisor divides
        return 0.0
    gram = 1 - _power(lambda m: gram_divisor(style.gram_divisor, channels=1, positions=m))
    return 2 * gram - _power(
        lambda m: style_divisor(
            style.divisor, channels=1, positions=m, style_positions=m, image_positions=m
        )
    )


def _power(divisor: Callable[[int], float]) -> float:
    """Return the power of the number of positions with which a divisor grows."""
    return log2(divisor(4) / divisor(1)) / 2


def needs_note(recipe: Recipe) -> str | None:
    """Return what a person should know of a recipe's scales, if there is anything."""
    if coarser_recipes(recipe) and recipe.style is not None and recipe.images.style == "native":
        return "images.style is native: the style keeps its own size at all scales"
    return None
