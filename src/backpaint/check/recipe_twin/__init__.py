"""A whole recipe once more, for a library that differentiates by itself.

Written from the definitions in `recipe.py` alone, sharing no code with the engines: the network,
the divisors and the maps between pixels and the network's input are all spelled out here.
"""

from .divisors import factors, product
from .targets import Targets
from .twin import RecipeTwin, recipe_gradient

__all__ = ["RecipeTwin", "Targets", "factors", "product", "recipe_gradient"]
