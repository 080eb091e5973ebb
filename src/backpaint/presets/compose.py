"""One recipe from what a person types: a preset, and the few things that change most often."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from ..errors import UsageError, require_choice
from ..problem.recipe import LBFGSB, Recipe
from .load import DEFAULT, load_preset, with_changes

Start = Literal["content", "noise"]
ColorName = Literal["style", "keep", "match", "luma"]


def recipe(
    preset: str | Path | Recipe = DEFAULT,
    *,
    size: int | None = None,
    iterations: int | None = None,
    init: Start | None = None,
    weights: str | Path | None = None,
    color: ColorName | None = None,
    changes: Mapping[str, Any] | None = None,
) -> Recipe:
    """Compose a recipe: a preset with changes.

    Parameters
    ----------
    preset : str, Path or Recipe
        A name from `preset_names`, the path of a recipe's TOML file, or a recipe.
    size : int, optional
        Pixels of the longer side, unless the preset measures another one: ``images.size``.
    iterations : int, optional
        Instead of the preset's: ``optimizer.iterations``.
    init : {"content", "noise"}, optional
        Where the descent starts, instead of the preset's choice.
    weights : {"vgg16", "vgg19"} or path, optional
        The network, instead of the preset's.
    color : {"style", "keep", "match", "luma"}, optional
        Whose colors are painted, instead of the preset's choice; see `changes_for_color`.
    changes : mapping of str to value, optional
        Other keys by dotted path, as for `with_changes`; they come last, and must not contradict
        `color`.

    Returns
    -------
    Recipe

    Raises
    ------
    UsageError
        If there is no such preset or file, a value does not fit, or a key is set otherwise than by
        `color`.

    Examples
    --------
    >>> made = recipe("gatys", size=256, iterations=100, changes={"style.weight": 1e4})
    >>> made.images.size, made.optimizer.iterations, made.style.weight
    (256, 100, 10000.0)
    """
    made = preset if isinstance(preset, Recipe) else load_preset(preset)
    if init is not None:
        require_choice("init", init, get_args(Start))
    if init == "noise":
        made = with_changes(made, changes_for_noise(made))
    elif init == "content":
        made = with_changes(made, {"initial.start": "content"})
    shortcuts = {
        "images.size": size,
        "optimizer.iterations": iterations,
        "weights": None if weights is None else str(weights),
    }
    wanted = {key: value for key, value in shortcuts.items() if value is not None}
    made = with_changes(made, wanted)
    if changes is not None:
        made = with_changes(made, changes)
    if color is None:
        return made
    told = changes_for_color(made, color)
    _require_agreement(made, color, told, changes or {})
    return with_changes(made, told)


def _require_agreement(
    made: Recipe, color: ColorName, told: Mapping[str, Any], changes: Mapping[str, Any]
) -> None:
    """Raise UsageError where a change says otherwise than the word for colors.

    A whole table is a form that was filled in before the word was chosen, which counts more.
    """
    for key in told:
        found = getattr(made.color, key.removeprefix("color."))
        if key in changes and found != told[key]:
            raise UsageError(
                f"color is {color!r}, which stands for {key}={_written(told[key])}, and {key} is "
                f"set to {_written(found)}; leave one of the two out"
            )


def _written(value: Any) -> str:
    return str(value).lower()


def changes_for_color(recipe: Recipe, color: ColorName) -> dict[str, Any]:
    """Return what to change in a recipe for one of the words of ``--color``.

    Parameters
    ----------
    recipe : Recipe
    color : {"style", "keep", "match", "luma"}
        ``style``: the colors of the style as they are.  ``keep``: of the painting light and dark
        alone, the content's colors put back.  ``match``: the style is brought to the content's
        colors first, in the recipe's way or by ``transport``.  ``luma``: light and dark alone are
        painted.

    Returns
    -------
    dict of str to value
        Changes for `backpaint.presets.with_changes`.

    Raises
    ------
    UsageError
        If it is another word.

    Examples
    --------
    >>> changes_for_color(load_preset("gatys"), "match")
    {'color.luma': False, 'color.keep': False, 'color.style': 'transport'}
    """
    require_choice("color", color, get_args(ColorName))
    changes: dict[str, Any] = {"color.luma": color == "luma", "color.keep": color == "keep"}
    if color in ("style", "luma"):
        changes["color.style"] = "as-is"
    elif color == "match" and recipe.color.style == "as-is":
        changes["color.style"] = "transport"
    return changes


def color_name(recipe: Recipe) -> ColorName:
    """Return the word of ``--color`` that is nearest to what a recipe does with colors."""
    color = recipe.color
    if color.luma:
        return "luma"
    if color.keep:
        return "keep"
    return "style" if color.style == "as-is" else "match"


def changes_for_noise(recipe: Recipe) -> dict[str, Any]:
    """Return what to change in a recipe so that it starts from noise alone.

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
