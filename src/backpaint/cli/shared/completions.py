"""Completions for a shell; quick, since this runs at every press of TAB.

Nothing here imports an engine, SciPy or Pillow.
"""

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import click
from click.shell_completion import CompletionItem

from ...vgg import layer_table

Items = list[CompletionItem]
ENGINES = ("auto", "gpu", "cpu", "reference")
NETWORKS = ("vgg16", "vgg19")
STARTS = ("preset", "content", "noise")
AXIS_OPTIONS = ("preset", "size", "iterations", "init", "seed", "color", "style_shares",
                "content_weight", "style_weight", "tv_weight", "weights")  # fmt: skip
"""Options of ``backpaint sheet`` that may stand along a side, besides the recipe's keys."""


def items(names: Iterable[str], incomplete: str, *, or_file: bool = False) -> Items:
    """List the names that begin so; where none does, names of files may."""
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return found or ([CompletionItem(incomplete, type="file")] if or_file else [])


def file_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Leave it to the shell."""
    return [CompletionItem(incomplete, type="file")]


def preset_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete a preset, or the file of a recipe."""
    names = sorted(
        entry.name.removesuffix(".toml")
        for entry in files("backpaint").joinpath("presets").iterdir()
        if entry.name.endswith(".toml")
    )
    return items(names, incomplete, or_file=True)


def engine_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete an engine."""
    return items(ENGINES, incomplete)


def one_pass_engine_names(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> Items:
    """Complete an engine that paints in one pass."""
    return items(("auto", "cpu", "reference"), incomplete)


def network_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete an embedded network, or the file of another."""
    return items(NETWORKS, incomplete, or_file=True)


def start_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete a kind of start, or a picture's file."""
    return items((*STARTS, "fast"), incomplete, or_file=True)


def point_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete where to take a gradient: a start that is there at once, or a picture's file."""
    return items(STARTS, incomplete, or_file=True)


def layer_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete a layer of VGG-19, which has those of VGG-16."""
    return items((layer.name for layer in layer_table(19)), incomplete)


def published_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete a network that can be fetched."""
    from ...weights.registry import published

    return items(published(), incomplete)


def explanation_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete an operation that can be explained."""
    from ...explain import EXPLANATIONS

    return items(EXPLANATIONS, incomplete)


def axis_keys(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete the key of a sheet's side: an option of the command, or a key of the recipe."""
    if "=" in incomplete:
        return []
    options = (f"{name.replace('_', '-')}=" for name in AXIS_OPTIONS)
    return items(options, incomplete) + recipe_changes(context, parameter, incomplete)


def recipe_changes(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Complete ``KEY=``, and after it the value where there are names to choose from."""
    from ...problem.keys import LAYER, recipe_keys

    key, equals, _ = incomplete.partition("=")
    candidates: dict[str, Any] = {}
    for known in recipe_keys():
        paths = [known.path]
        if known.path.endswith(LAYER):
            paths = [known.path.replace(LAYER, layer.name) for layer in layer_table(19)]
        for path in paths:
            candidates.setdefault(path, []).extend(known.choices)
    if equals:
        return items((f"{key}={value}" for value in candidates.get(key, ())), incomplete)
    deeper = incomplete.count(".layers.") > 0
    names = (f"{path}=" for path in candidates if deeper or ".layers." not in path)
    tables = [] if deeper else ["content.layers.", "style.layers."]
    return items([*names, *tables], incomplete)
