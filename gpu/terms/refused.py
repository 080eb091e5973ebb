"""Terms and statistics of recipes that have no kernels."""

from ...problem.recipe import Recipe


def refusal(recipe: Recipe) -> str | None:
    """Return the sentence with which a recipe is refused; None where every term has its kernels.

    Parameters
    ----------
    recipe : Recipe
    """
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
