"""Session and run of a painting command, made from its options."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import FAST_START, chosen_engine, chosen_film, parse_changes, start_picture
from .per_style import for_each, layer_changes, named_masks, refuse_contradictions

if TYPE_CHECKING:
    from ...painting.session import Session
    from ...problem.recipe import Recipe


RECIPE_KEYS = {
    "size": "images.size",
    "iterations": "optimizer.iterations",
    "init": "initial.start",
    "content_weight": "content.weight",
    "style_weight": "style.weight",
    "tv_weight": "total_variation.weight",
}
"""Options that are other names of keys of the recipe."""


def paint_with(
    options: dict[str, Any],
    content: str | None,
    styles: tuple[str, ...],
    changes: dict[str, Any] | None = None,
) -> None:
    """Open a session from a command's options and run it.

    Parameters
    ----------
    options : dict
        The values of the shared options.
    content, styles
        As on the command line.
    changes : dict, optional
        What the command itself changes in the recipe, before ``--set`` and the other options.
    """
    from .execute import execute
    from .outputs import Outputs, style_paths

    written = ("save_every", "log_path", "plot_path", "profile", "quiet", "no_clobber")
    outputs = Outputs(
        options["output"],
        **{key: options[key] for key in written},
        checkpoint_path=options.get("checkpoint_path"),
        checkpoint_every=options.get("checkpoint_every"),
        film=chosen_film(options),
        style_paths=style_paths(options.get("style_path"), len(styles)),
    )
    init = options.get("init", "preset")
    outputs.check(*inputs_of(options, content, styles))
    session = open_with(options, content, styles, changes)
    outputs.require_style(len(session.prepared.problem.styles), session.prepared.problem.recipe)
    execute(session, outputs, seed=options["seed"], init=picture_of(init))


def open_with(
    options: dict[str, Any],
    content: Any,
    styles: tuple[Any, ...],
    changes: dict[str, Any] | None = None,
    load: Callable[[str | Path], Any] | None = None,
) -> "Session":
    """Open a session from a command's options.

    Parameters
    ----------
    options, changes
        As for `paint_with`.
    content, styles
        Paths, or photographs that were read.
    load : callable, optional
        Loads weights by name or path, where somebody keeps them.
    """
    from ...painting.session import open_session
    from ...presets import load_preset
    from ...weights import load_weights

    made = composed_recipe(options, content, styles, changes)
    if load is None and options["trust_weights"]:
        load = partial(load_weights, trust=True)
    return open_session(
        content,
        styles or None,
        made,
        weights=None if load is None else load(made.weights),
        **for_each(options, load_preset(options["preset"])),
        engine=chosen_engine(options),
        optimizer_on=options["optimizer_on"],
    )


def composed_recipe(
    options: dict[str, Any],
    content: Any,
    styles: tuple[Any, ...],
    changes: dict[str, Any] | None = None,
) -> "Recipe":
    """Compose the recipe that a command's options ask for; parameters are those of `open_with`."""
    from ...painting.per_style import require_scalable
    from ...presets import recipe, with_changes

    init = options.get("init", "preset")
    made = recipe(
        options["preset"],
        size=options["size"],
        init="noise" if content is None else init if init in ("content", "noise") else None,
        color=options.get("color"),
        changes=(changes or {}) | recipe_changes(options, content, styles),
    )
    if options.get("style_scale") is not None:
        require_scalable(made.images)
    if options["weights"] is not None:
        made = with_changes(made, {"weights": options["weights"]})
    return made


def picture_of(init: str) -> str:
    """Return what a run starts from besides its recipe: ``preset``, ``fast``, or a file."""
    return "preset" if init in ("content", "noise") else init


def inputs_of(options: dict[str, Any], content: str | None, styles: tuple[str, ...]) -> list[str]:
    """List the files that a command reads, which it must not write over."""
    from ...presets import load_preset
    from ...presets.own_file import EMBEDDED, is_file_name

    preset, weights = options["preset"], options["weights"]
    if weights is None:
        weights = parse_changes(options["changes"]).get("weights", load_preset(preset).weights)
    start = start_picture("--init", options.get("init", "preset"), FAST_START)
    files = [content, *styles, start, *named_masks(options)]
    files += [preset] if is_file_name(preset) else []
    files += [weights] if weights not in EMBEDDED else []
    return [file for file in files if file is not None]


def recipe_changes(
    options: dict[str, Any], content: str | None, styles: tuple[str, ...]
) -> dict[str, Any]:
    """Collect the changes of the recipe that the options ask for."""
    from ...presets import load_preset

    if content is None and options["content_weight"] is not None:
        raise click.UsageError("--content-weight: there is no content here")
    if not styles and options["style_weight"] is not None:
        raise click.UsageError("--style-weight: there is no style here")
    changes: dict[str, Any] = {}
    if options["tv_weight"] is not None:
        if load_preset(options["preset"]).total_variation is None:
            changes["total_variation.kind"] = "squared"
        changes[RECIPE_KEYS["tv_weight"]] = options["tv_weight"]
    for option in ("iterations", "content_weight", "style_weight"):
        if options[option] is not None:
            changes[RECIPE_KEYS[option]] = options[option]
    told, given = layer_changes(options, load_preset(options["preset"])), options["changes"]
    refuse_contradictions(options, told, parse_changes(given))
    return changes | told | parse_changes(given)
