"""``backpaint show``: how a painting came about."""

import json
from typing import Any

import click

_UNREADABLE = (
    *(ValueError, KeyError, TypeError, AttributeError),
    *(RecursionError, OverflowError),  # recipes within recipes, numbers beyond any float
)
"""What settings that somebody else made up may raise."""


@click.command(short_help="Tell with which settings a painting was made.")
@click.argument("picture", metavar="PICTURE")
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
def show(picture: str, as_json: bool) -> None:
    """Print preset, settings, versions, hash of the weights, seed and losses of a painting.

    \b
    backpaint show painting.png
    """
    from ..errors import UsageError
    from ..images import read_metadata
    from ..words import printable

    text = read_metadata(picture)
    if text is None:
        raise UsageError(
            f"{picture} carries no settings; expected a picture that backpaint wrote as .png"
        )
    try:
        made = json.loads(text)
        ascii_text = json.dumps(made)  # whatever the file spells out
    except (ValueError, RecursionError):
        raise UsageError(
            f"{picture} carries settings that are not JSON, or too deeply nested; expected a "
            "picture as backpaint wrote it"
        ) from None
    if as_json:
        click.echo(ascii_text)
        return
    try:
        lines = [printable(line) for line in describe(made)]
    except _UNREADABLE:
        raise UsageError(
            f"{picture} carries settings that this version cannot read; try --json"
        ) from None
    click.echo("\n".join(lines))


def describe(made: dict[str, Any]) -> list[str]:
    """List a painting's settings, and what differs from its preset, a line each."""
    from .presets import written

    height, width = made["size"]
    rows = {"size": f"{width} x {height}", "styles": ", ".join(made["styles"]) or None}
    rows = {key: made[key] for key in ("program", "preset", "content")} | rows
    if len(made["styles"]) > 1:
        rows["style shares"] = ", ".join(f"{share:g}" for share in made["style_shares"])
    for key in ("engine", "dtype", "weights", "weights_sha256", "initial", "seed", "color",
                "iterations", "evaluations", "seconds", "stopped", "loss"):  # fmt: skip
        rows[key] = made[key]
    options = made.get("engine_options", {})  # pictures of earlier versions have none
    told = {key: value for key, value in options.items() if value not in (None, False)}
    details = [f", {key} {written(value)}" for key, value in told.items()]
    rows["engine"] = "".join([made["engine"], *details])
    lines = [f"{key:<16}{value}" for key, value in rows.items() if value is not None]
    lines += [f"  {name:<22}{value:.6g}" for name, value in made["terms"].items()]
    versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
    lines.append(f"{'versions':<16}{versions}")
    lines += [f"{'note':<16}{note}" for note in made["notes"]]
    return [*lines, *changes(made["recipe"])]


def changes(recipe: dict[str, Any]) -> list[str]:
    """List the settings in which a recipe differs from the preset of its name; all of one's own."""
    from msgspec import to_builtins

    from ..presets import load_preset, preset_names
    from .presets import flat

    here = dict(flat(recipe))
    if recipe["name"] not in preset_names():
        return ["a recipe of its own:", *(f"  {key} = {value}" for key, value in here.items())]
    preset = dict(flat(to_builtins(load_preset(recipe["name"]))))
    keys = [
        key
        for key in here | preset
        if here.get(key) != preset.get(key) and not _is_told_otherwise(key, here)
    ]
    changed = [f"  {key} = {here.get(key, 'off')}" for key in keys] or ["  nothing"]
    return ["changed from the preset:", *changed]


def _is_told_otherwise(key: str, here: dict[str, str]) -> bool:
    """Whether a table that is off stands for its keys here, or its keys for the table."""
    parents = [key[:end] for end, letter in enumerate(key) if letter == "."]
    is_off = any(here.get(parent) == "off" for parent in parents)
    has_keys = key not in here and any(other.startswith(f"{key}.") for other in here)
    return is_off or has_keys
