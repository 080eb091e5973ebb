"""``backpaint show``: how a painting came about, or how far a run has come."""

import json
import shlex
from typing import Any

import click

from .shared import completions

_UNREADABLE = (
    *(ValueError, KeyError, TypeError, AttributeError),
    *(RecursionError, OverflowError),  # recipes within recipes, numbers beyond any float
)
"""What settings that somebody else made up may raise."""

_LONGEST_LINE = 10_000
"""Characters; the command that repeats a run names all that was changed."""


@click.command(short_help="Tell with which settings a painting or a checkpoint was made.")
@click.argument("picture", metavar="PICTURE", shell_complete=completions.file_names)
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
def show(picture: str, as_json: bool) -> None:
    """Print preset, settings, versions, hash of the weights, seed and losses of a painting.

    The last line is a command that makes it again, given the same files; of a contact sheet, one
    for each cell.  Of a checkpoint, it tells how far the run has come, and how it goes on.

    \b
    backpaint show painting.png
    backpaint show out.backpaint
    """
    made = settings_of(picture)
    if as_json:
        click.echo(json.dumps(made))
        return
    from ..errors import UsageError
    from ..words import printable

    try:
        lines = described(made, picture)
        lines = [printable(line, _LONGEST_LINE) for line in lines]
    except _UNREADABLE:
        raise UsageError(
            f"{picture} carries settings that this version cannot read; try --json"
        ) from None
    click.echo("\n".join(lines))


def settings_of(picture: str) -> Any:
    """Read what a picture or a checkpoint carries; standard input may be either."""
    from ..checkpoint.array_file import is_checkpoint
    from ..errors import UsageError
    from ..images.source import is_standard_input, name_of, regular_file

    if not is_standard_input(picture):
        read = checkpoint_settings if is_checkpoint(picture) else picture_settings
        return read(picture)
    name, file = name_of(picture), None
    try:
        with regular_file(picture) as file:
            return settings_of(file)
    except UsageError as error:
        told = f"{name}: {error}" if file is None else str(error).replace(file, name)
        raise UsageError(told) from None


def checkpoint_settings(path: str) -> dict[str, Any]:
    """Read what a checkpoint says of its run."""
    from ..checkpoint import describe_checkpoint

    return describe_checkpoint(path)


def picture_settings(picture: str) -> Any:
    """Read what a picture carries."""
    from ..errors import UsageError
    from ..images import read_metadata

    text = read_metadata(picture)
    if text is None:
        raise UsageError(
            f"{picture} carries no settings; expected a picture that backpaint wrote as .png"
        )
    try:
        made = json.loads(text)
        json.dumps(made)  # which nesting can make impossible
    except (ValueError, RecursionError):
        raise UsageError(
            f"{picture} carries settings that are not JSON, or too deeply nested; expected a "
            "picture as backpaint wrote it"
        ) from None
    return made


def described(made: Any, path: str) -> list[str]:
    """List what a sheet, a painting or a checkpoint says of itself, a line each."""
    if "cells" in made:
        return describe_sheet(made)
    if "method" in made:
        return describe_one_pass(made)
    if "every" not in made:
        return describe(made)
    from ..checkpoint.describe import lines_of
    from ..images.source import is_standard_input

    kept = [line for line in describe(made)[:-2] if not line.startswith("iterations")]
    path = "CHECKPOINT" if is_standard_input(path) else path
    return [*lines_of(made), *kept, "to go on:", f"  backpaint resume {shlex.quote(path)}"]


def describe_one_pass(made: dict[str, Any]) -> list[str]:
    """List the settings of a painting that no descent made, a line each."""
    from .shared.repeat import one_pass_command

    height, width = made["size"]
    rows = {key: made[key] for key in ("program", "method", "content")}
    rows |= {"size": f"{width} x {height}", "styles": ", ".join(made["styles"])}
    rows |= _shares(made)
    rows |= {key: made[key] for key in ("strength", "color")}
    rows["engine"] = _engine(made)
    rows |= {key: made[key] for key in ("dtype", "weights", "weights_sha256", "seconds")}
    lines = [f"{key:<16}{value}" for key, value in rows.items()]
    return [*lines, *_circumstances(made), "the same again:", f"  {one_pass_command(made)}"]


def _shares(made: dict[str, Any]) -> dict[str, str]:
    """Return how much each of several styles counted."""
    from .shared.repeat import given

    if len(given(made, "styles")) < 2:
        return {}
    return {"style shares": ", ".join(f"{share:g}" for share in given(made, "style_shares"))}


def _engine(made: dict[str, Any]) -> str:
    """Name the engine and those of its options that were given."""
    from ..problem.flat import written

    options = made.get("engine_options", {})  # pictures of earlier versions have none
    told = {key: value for key, value in options.items() if value not in (None, False)}
    return "".join([made["engine"], *(f", {key} {written(value)}" for key, value in told.items())])


def _circumstances(made: dict[str, Any]) -> list[str]:
    """List the versions of what computed, and what was converted on the way."""
    versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
    return [f"{'versions':<16}{versions}", *(f"{'note':<16}{note}" for note in made["notes"])]


def describe(made: dict[str, Any]) -> list[str]:
    """List a painting's settings, and what differs from its preset, a line each."""
    from ..painting.session import CHECKPOINT
    from .shared.repeat import given

    height, width = made["size"]
    sizes = [f"{w} x {h}" for h, w in made.get("coarser_sizes", ())]  # absent in earlier versions
    rows = {
        "size": ", ".join([*sizes, f"{width} x {height}"]),
        "styles": ", ".join(given(made, "styles")) or None,
    }
    rows = {key: made[key] for key in ("program", "preset", "content")} | rows
    rows |= _shares(made)
    rows |= of_each_style(made)
    for key in ("engine", "dtype", "weights", "weights_sha256", "initial", "seed", "color",
                "iterations", "evaluations", "seconds", "stopped", "loss"):  # fmt: skip
        rows[key] = made[key]
    rows["engine"] = _engine(made)
    lines = [f"{key:<16}{value}" for key, value in rows.items() if value is not None]
    lines += [f"  {name:<22}{value:.6g}" for name, value in made["terms"].items()]
    lines += _circumstances(made)
    lines += changes(made["recipe"])
    if made["initial"] == CHECKPOINT:
        why = "it began at the picture of a checkpoint, which no command names"
        return [*lines, "not to be repeated:", f"  {why}"]
    return [*lines, "the same again:", f"  {repeating(made)}"]


def of_each_style(made: dict[str, Any]) -> dict[str, str]:
    """List what was said of each style by itself, besides its share."""
    from .shared.per_style import written_tables
    from .shared.repeat import given

    rows = {}
    if made.get("style_layers"):
        rows["style layers"] = written_tables(given(made, "style_layers"))
    if made.get("style_scales"):
        rows["style scales"] = ", ".join(f"{scale:g}" for scale in given(made, "style_scales"))
    if made.get("masks"):
        rows |= named_masks(made)
    return rows


def named_masks(made: dict[str, Any]) -> dict[str, str]:
    """List the masks: those of each style beside it, or the maps that they came from."""
    masks, styles = made["masks"], made["styles"]
    rows = {}
    if masks.get("color_map"):
        maps = ", ".join(masks["style_maps"])
        rows["map"] = f"{masks['color_map']}, of the styles {maps}"
    else:
        for row, key in (("masks", "painted"), ("style masks", "shown")):
            named = zip(styles, masks[key], strict=False)
            told = [f"{style} in {mask or 'all of it'}" for style, mask in named]
            rows |= {row: ", ".join(told)} if told else {}
    return rows | {key: masks[key] for key in ("keep", "only") if masks[key]}


def changes(recipe: dict[str, Any]) -> list[str]:
    """List the settings in which a recipe differs from the preset of its name; all of one's own."""
    from ..problem.flat import flat
    from .shared.repeat import changed_keys

    changed = changed_keys(recipe)
    if changed is None:
        return ["a recipe of its own:", *(f"  {key} = {value}" for key, value in flat(recipe))]
    lines = [f"  {key} = {value}" for key, value in changed.items()] or ["  nothing"]
    return ["changed from the preset:", *lines]


def describe_sheet(made: dict[str, Any]) -> list[str]:
    """List a contact sheet's settings: what all cells share, and what became of each."""
    lines = [f"{'program':<16}{made['program']}"]
    for side in ("rows", "columns"):
        if any(made[side]):
            lines.append(f"{side:<16}{', '.join(made[side])}")
    for cell in made["cells"]:
        lines += ["", ", ".join(cell["changes"])]
        if "trouble" in cell:
            lines.append(f"  {'trouble':<14}{cell['trouble']}")
        if "recipe" in cell:
            rows = {key: cell[key] for key in ("iterations", "seconds", "stopped", "loss")}
            lines += [f"  {key:<14}{value}" for key, value in rows.items() if value is not None]
            lines.append(f"  {'again':<14}{repeating(cell)}")
    return lines


def repeating(made: dict[str, Any]) -> str:
    """Write the command that repeats a run."""
    from .shared.repeat import command

    return command(made)
