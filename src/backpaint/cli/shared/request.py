"""Session and run of a painting command, made from its options."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...errors import UsageError
from .chosen import (
    asked_engine,
    chosen_film,
    parse_changes,
    start_picture,
)
from .options import FAST_START
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
    masks: Any = None,
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
    masks : Masks, optional
        Those that the options name, where somebody has read them.
    """
    from ...painting.session import open_session
    from ...presets import load_preset
    from ...weights import load_weights

    made = composed_recipe(options, content, styles, changes)
    if load is None and options["trust_weights"]:
        load = partial(load_weights, trust=True)
    each = for_each(options, load_preset(options["preset"]))
    return open_session(
        content,
        styles or None,
        made,
        weights=None if load is None else load(made.weights),
        **(each if masks is None else each | {"masks": masks}),
        engine=asked_engine(options),
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
    changes = scales_changes(options)
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


def scales_changes(options: dict[str, Any]) -> dict[str, Any]:
    """Collect the changes that ``--scales`` asks for.

    Raises
    ------
    UsageError
        If it names no sizes, or contradicts ``--size``, ``--iterations`` or ``--set``.

    Examples
    --------
    >>> scales_changes({"scales": "128:150,256", "size": None, "iterations": None, "changes": ()})
    {'images.size': 256, 'scales.sizes': [128], 'scales.iterations': [150]}
    """
    text, size = options.get("scales"), options["size"]
    if text is None:
        return {}
    _refuse_told_twice(options)
    if text == "off":
        return {"scales": None}
    stages = [_stage(part) for part in text.split(",")]
    sizes, counts = zip(*stages, strict=True)
    if [*sizes] != sorted(set(sizes)):
        raise UsageError(f"--scales is {text}; expected sizes that ascend, such as 128,256,512")
    if size is not None and size != sizes[-1]:
        raise UsageError(
            f"--scales ends at {sizes[-1]}, and --size is {size}; leave --size out, or give the "
            "same there"
        )
    _refuse_counted_twice(text, options["iterations"])
    changes: dict[str, Any] = {"images.size": sizes[-1], "scales": None}
    if counts[-1] is not None:
        changes["optimizer.iterations"] = counts[-1]
    if len(sizes) > 1:
        del changes["scales"]
        changes["scales.sizes"] = [*sizes[:-1]]
        changes["scales.iterations"] = _counts_of(text, counts[:-1])
    return changes


def _stage(text: str) -> tuple[int, int | None]:
    """Read ``128`` or ``128:150``."""
    size, colon, count = text.strip().partition(":")
    if not (size.isdecimal() and int(size)) or (colon and not (count.isdecimal() and int(count))):
        raise UsageError(
            f"--scales has {text.strip()!r}; expected sizes such as 128,256,512, or 128:150 with "
            "the iterations of a size"
        )
    return int(size), int(count) if colon else None


def _counts_of(text: str, counts: tuple[int | None, ...]) -> list[int | None] | None:
    """Return the iterations of the smaller sizes, for all of them or for none."""
    if not any(counts):
        return None
    if None in counts:
        raise UsageError(
            f"--scales {text} has iterations for some of its smaller sizes; give them for all of "
            "those, or for none"
        )
    return [*counts]


def _refuse_told_twice(options: dict[str, Any]) -> None:
    """Raise UsageError where ``--set`` says as well what ``--scales`` does."""
    told = parse_changes(options["changes"])
    twice = [key for key in told if key in ("images.size", "scales", "scales.sizes")]
    if twice:
        raise UsageError(
            f"--scales says what --set {twice[0]} says as well; leave one of the two out"
        )


def _refuse_counted_twice(text: str, iterations: int | None) -> None:
    """Raise UsageError where ``--iterations`` says as well what ``--scales`` does."""
    if ":" in text.rpartition(",")[2] and iterations is not None:
        raise UsageError(
            "--scales has iterations for its last size, and so says what --iterations says as "
            "well; leave one of the two out"
        )
