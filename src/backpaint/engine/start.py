"""Starting from noise, when a recipe would start elsewhere."""

from typing import Any

from ..problem.recipe import LBFGSB, Recipe


def from_noise(recipe: Recipe) -> dict[str, Any]:
    """Say what to change in a recipe so that it starts from noise alone.

    Parameters
    ----------
    recipe : Recipe

    Returns
    -------
    dict of str to value
        Changes for `backpaint.presets.with_changes`; empty where the recipe starts so already.

    Notes
    -----
    A recipe that is made for starting from the content gets bounds: far from any picture L-BFGS-B
    leaves many pixels outside 0..255 without them, where they are clipped in the end.
    """
    initial = recipe.initial
    if initial.start == "noise" and not (initial.content_share or initial.style_share):
        return {}
    changes: dict[str, Any] = {
        "initial.start": "noise",
        "initial.content_share": 0.0,
        "initial.style_share": 0.0,
    }
    if isinstance(recipe.optimizer, LBFGSB):
        changes["optimizer.bounds"] = "pixels"
    return changes
