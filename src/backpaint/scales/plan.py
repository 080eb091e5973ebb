"""The recipes of a run's smaller sizes, made from the one of its last."""

from math import prod

from msgspec.structs import replace

from ..problem.recipe import Content, Recipe, Style, TotalVariation

Size = tuple[int, int]


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
    tables = {name: getattr(coarser, name) for name in ("content", "style", "total_variation")}
    changed = {
        name: replace(table, weight=table.weight * ratio ** area_power(table))
        for name, table in tables.items()
        if table is not None
    }
    return replace(coarser, **changed)


def area_power(term: Content | Style | TotalVariation) -> int:
    """Return the power of the number of pixels with which a term of like pictures grows.

    Examples
    --------
    >>> from backpaint.presets import load_preset
    >>> gatys, keras = load_preset("gatys"), load_preset("keras-example")
    >>> area_power(gatys.content), area_power(gatys.style), area_power(keras.content)
    (1, 0, 1)
    """
    if isinstance(term, TotalVariation):
        return 0 if term.mean else 1
    if term.l1_epsilon is not None:  # divided by a sum that grows as it does
        return 0
    if isinstance(term, Content):
        return 1 if term.divisor in ("1", "2") else 0
    if term.statistic in ("mean-deviation", "wasserstein"):
        return 0
    squared_areas = ("4 C^2 M^2", "4 C^2 M_style^2", "36 P^2")
    return 2 * (term.gram_divisor == "1") - 2 * (term.divisor in squared_areas)


def needs_note(recipe: Recipe) -> str | None:
    """Return what a person should know of a recipe's scales, if there is anything."""
    if coarser_recipes(recipe) and recipe.style is not None and recipe.images.style == "native":
        return "images.style is native: the style keeps its own size at all scales"
    return None
