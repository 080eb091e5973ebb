"""Whether two problems ask for the same targets, so that one's can serve the other."""

from msgspec.structs import replace

from ..problem.problem import Problem
from ..problem.recipe import Color, GradientDescent, Initial, Recipe
from ..regions import Regions, same_array

FREE = {
    "content": {"weight": 1.0, "divisor": "1", "l1_epsilon": None, "reported": "objective"},
    "style": {"weight": 1.0, "divisor": "1", "l1_epsilon": None},
}
"""Keys of the terms that multiply what is compared, and not the targets themselves."""
ANY = GradientDescent(iterations=1, rate=1.0)
"""Stands for every optimizer."""


def same_targets(one: Problem, other: Problem) -> bool:
    """Whether filters, features and Gram matrices that one problem asks for serve the other.

    Parameters
    ----------
    one, other : Problem
        They may differ in weights and divisors of the terms, in shares of styles, in terms of
        the picture alone, start and optimizer, and in what is done with colors.
    """
    alike = (
        one.weights is other.weights
        and one.shape == other.shape
        and len(one.styles) == len(other.styles)
        and target_settings(one.recipe) == target_settings(other.recipe)
        and list(one.content_layers) == list(other.content_layers)
        and list(map(list, one.layers_of_styles)) == list(map(list, other.layers_of_styles))
        and (one.regions or Regions()).is_same(other.regions or Regions())
    )
    pictures = zip((one.content, *one.styles), (other.content, *other.styles), strict=False)
    return alike and all(same_array(a, b) for a, b in pictures)


def target_settings(recipe: Recipe) -> Recipe:
    """Return a recipe without everything that its targets do not depend on.

    Parameters
    ----------
    recipe : Recipe

    Returns
    -------
    Recipe
        Equal for recipes whose targets are, given the same pictures and network.
    """
    terms = {
        name: replace(term, layers=dict.fromkeys(term.layers, 1.0), **free)
        for name, free in FREE.items()
        if (term := getattr(recipe, name)) is not None
    }
    about = dict.fromkeys(("name", "title", "source", "description"), "")
    lists = dict.fromkeys(("quirks", "disagreements", "substitutions"), ())
    return replace(
        recipe,
        color=Color(),  # what it does to the pictures is seen in them
        total_variation=None,
        laplacian=None,
        range=None,
        initial=Initial(),
        optimizer=ANY,
        **about,
        **lists,
        **terms,
    )
