"""Problems of which some part has no kernel, and how each is refused."""

from ...errors import UsageError
from ...problem.problem import Problem
from ...problem.recipe import Recipe
from ..convolution.tuner import Tuning
from ..network.network_filters import Precision
from ..network.plan import normalized_layers


def refuse_impossible(problem: Problem, precision: Precision, tune: Tuning) -> None:
    """Raise UsageError with what was asked for and what to choose, if there are no kernels for it.

    Parameters
    ----------
    problem : Problem
    precision : {"exact", "tf32", "fast"}
    tune : {"off", "own", "cudnn"}
    """
    reason = refusal(problem.recipe, problem) or _of_precision(problem, precision, tune)
    if reason is not None:
        raise UsageError(reason)


def refusal(recipe: Recipe, problem: Problem | None = None) -> str | None:
    """Return the sentence with which a recipe is refused; None where all of it has its kernels.

    Parameters
    ----------
    recipe : Recipe
    problem : Problem, optional
        Of this recipe, with its masks and styles.
    """
    return _of_terms(recipe) or (None if problem is None else _of_regions(problem))


def _of_terms(recipe: Recipe) -> str | None:
    style = recipe.style
    if style is not None and (style.statistic != "gram" or style.shift):
        asked = f"style.shift = {style.shift:g}" if style.shift else style.statistic
        return (
            f"the engine gpu compares plain Gram matrices alone, not {asked}; choose engine "
            "cpu or reference"
        )
    for table in ("laplacian", "range"):
        if getattr(recipe, table) is not None:
            return (
                f"the engine gpu has no kernel for the term [{table}]; choose engine cpu or "
                f"reference, or set {table}=off"
            )
    return None


def _of_regions(problem: Problem) -> str | None:
    if problem.regions is not None and problem.regions.look_at_features:
        return (
            "the engine gpu compares features of whole pictures, and masks weigh positions; "
            "choose engine cpu or reference"
        )
    style = problem.recipe.style
    if style is not None and style.blend == "targets" and len(problem.styles) > 1:
        return (
            "the engine gpu weighs the losses of several styles, not style.blend = targets; "
            "choose engine cpu or reference"
        )
    return None


def _of_precision(problem: Problem, precision: Precision, tune: Tuning) -> str | None:
    if precision == "fast" and normalized_layers(problem):
        return (
            f"the recipe {problem.recipe.name} divides gradients by their size, for which "
            "float16 has no room; choose precision tf32 or exact"
        )
    if precision == "exact" and tune == "cudnn":
        return (
            "cuDNN has no convolution that is as accurate as precision exact; choose precision "
            "tf32 or fast, or tune own"
        )
    return None
