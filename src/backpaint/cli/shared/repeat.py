"""The command that makes a painting again, from the settings that it carries."""

import shlex
from collections.abc import Iterator
from typing import Any

from msgspec import NODEFAULT

from ...images.source import STANDARD_INPUT
from ...presets import load_preset, preset_names
from ...problem.flat import flat, written
from ...problem.keys import recipe_keys
from .chosen import OWNERS
from .per_style import written_shares, written_tables

ENGINE_OPTIONS = {"exact": "--exact"}
"""Options of engines that are flags; the others are named as they are."""

SHORT = {
    "images.size": "--size",
    "optimizer.iterations": "--iterations",
    "content.weight": "--content-weight",
    "style.weight": "--style-weight",
    "weights": "--weights",
}
"""Keys of the recipe that have an option."""


def command(made: dict[str, Any]) -> str:
    """Write the command that repeats a run.

    Parameters
    ----------
    made : dict
        A painting's settings, as `Painting.metadata` has them.

    Returns
    -------
    str
        For a shell: every word is quoted where it must be, and no name is taken for an option.
        Pictures and files are named without their folders, which no painting knows.
    """
    return shlex.join(["backpaint", *_words(made)])


def one_pass_command(made: dict[str, Any]) -> str:
    """Write the command that repeats a painting in one pass; parameters are those of `command`."""
    longer = max(made["size"])
    words = ["backpaint", "fast", *map(_file, (made["content"], *made["styles"]))]
    words += ["-o", "again.png", "--size", str(longer)]
    if made["strength"] != 1:
        words += ["--strength", str(made["strength"])]
    if made["color"] != "style":
        words += ["--color", made["color"]]
    return shlex.join([*words, *_shares(made), *_engine(made)])


def changed_keys(recipe: dict[str, Any]) -> dict[str, str] | None:
    """List what a recipe has otherwise than the preset of its name, as ``--set`` takes it.

    Parameters
    ----------
    recipe : dict
        As built-in types.

    Returns
    -------
    dict of str to str or None
        None for a recipe of somebody's own.
    """
    from msgspec import to_builtins

    if recipe["name"] not in preset_names():
        return None
    here = dict(flat(recipe))
    preset = dict(flat(to_builtins(load_preset(recipe["name"]))))
    keys = [
        key
        for key in here | preset
        if _is_changed(key, here, preset)
        and not _is_told_otherwise(key, here, preset)
        and not _is_newer(key, here, preset)
        and not _is_default(key, here, preset)
    ]
    return {key: here.get(key, "off") for key in keys}


def _is_changed(key: str, here: dict[str, str], preset: dict[str, str]) -> bool:
    """Whether a key must be told: another method keeps the iterations of the preset's alone."""
    is_of_method = key.startswith("optimizer.") and key != "optimizer.iterations"
    return here.get(key) != preset.get(key) or (is_of_method and _has_other_method(here, preset))


def _has_other_method(here: dict[str, str], preset: dict[str, str]) -> bool:
    return here["optimizer.method"] != preset["optimizer.method"]


def _is_told_otherwise(key: str, here: dict[str, str], preset: dict[str, str]) -> bool:
    """Whether a table that is off stands for its keys here, or its keys for the table.

    Keys of a method that is another one now are gone with it.
    """
    parents = [key[:end] for end, letter in enumerate(key) if letter == "."]
    is_off = any(here.get(parent) == "off" for parent in parents)
    has_keys = key not in here and any(other.startswith(f"{key}.") for other in here)
    is_of_method = key not in here and key.startswith("optimizer.")
    is_gone = is_of_method and _has_other_method(here, preset)
    return is_off or has_keys or is_gone


def _is_newer(key: str, here: dict[str, str], preset: dict[str, str]) -> bool:
    """Whether recipes got a key after the picture was painted, and it says what was done then."""
    defaults = {known.path: known.default for known in recipe_keys()}
    return (
        key not in here
        and defaults.get(key, NODEFAULT) is not NODEFAULT
        and preset.get(key) == written(defaults[key])
    )


def _is_default(key: str, here: dict[str, str], preset: dict[str, str]) -> bool:
    """Whether a key says what its table does by itself, where the preset has no such table."""
    defaults = {known.path: known.default for known in recipe_keys()}
    default = defaults.get(key, NODEFAULT)
    is_new = preset.get(key.rpartition(".")[0]) == "off"
    return is_new and default is not NODEFAULT and here.get(key) == written(default)


def _words(made: dict[str, Any]) -> Iterator[str]:
    """Yield the words after the program's name."""
    recipe = made["recipe"]
    yield from _pictures(made)
    yield from ("-o", "again.png")
    changed = changed_keys(recipe)
    name = recipe["name"] if changed is not None else f"./{recipe['name']}.toml"
    yield from ("--preset", name)
    color = made["color"]
    for key, value in _whole_tables(_without(changed or {}, color)).items():
        yield from (
            (SHORT[key], value) if key in SHORT and value != "off" else ("--set", f"{key}={value}")
        )
    if made.get("weights_trusted"):  # pictures of earlier versions do not say
        yield "--trust-weights"
    yield from _start(made)
    if made["seed"]:
        yield from ("--seed", str(made["seed"]))
    if color != "style":
        yield from ("--color", color)
    yield from _shares(made)
    if made.get("style_layers"):  # pictures of earlier versions have neither of these
        yield from ("--style-layers", written_tables(given(made, "style_layers")))
    if made.get("style_scales"):
        yield from ("--style-scale", ",".join(str(scale) for scale in given(made, "style_scales")))
    yield from _masks(made)
    yield from _engine(made)


def _masks(made: dict[str, Any]) -> Iterator[str]:
    """Name the masks, or the maps that they came from."""
    masks = made.get("masks")  # pictures of earlier versions have none
    if not masks:
        return
    lists = {"--style-map": masks["style_maps"]}
    if not masks["color_map"]:
        named = [name for name in masks["painted"] if name != "rest"]
        lists |= {"--mask": named, "--style-mask": masks["shown"]}
    for option, names in lists.items():
        if names:
            yield from (option, ",".join("-" if name is None else _file(name) for name in names))
    for option, key in (("--map", "color_map"), ("--keep", "keep"), ("--only", "only")):
        if masks[key]:
            yield from (option, _file(masks[key]))


def given(made: dict[str, Any], key: str) -> list[Any]:
    """Return what is said of each style that was given: a map lets one count several times."""
    masks, values = made.get("masks"), made[key]
    if not masks or not masks["of_style"]:
        return list(values)
    if key == "style_shares":
        return list(masks["shares"])
    of_style = masks["of_style"]
    return [values[of_style.index(number)] for number in sorted(set(of_style))]


def _without(changed: dict[str, str], color: str) -> dict[str, str]:
    """Drop what ``--color`` says as well; a form of matching must be told unless it is its own."""
    told = {
        "keep": {"color.keep": "true"},
        "luma": {"color.luma": "true"},
        "match": {"color.style": "transport"},
    }.get(color, {})
    return {key: value for key, value in changed.items() if told.get(key) != value}


def _shares(made: dict[str, Any]) -> list[str]:
    """Name the shares of several styles."""
    if len(given(made, "styles")) < 2:
        return []
    return ["--style-shares", written_shares(given(made, "style_shares"))]


def _pictures(made: dict[str, Any]) -> list[str]:
    """Name the command that takes these pictures, and the pictures."""
    styles = map(_file, given(made, "styles"))
    if made["content"] is None:
        return ["texture", *styles]
    if made["styles"]:
        return ["paint", _file(made["content"]), *styles]
    layers = (made["recipe"]["content"] or {}).get("layers", {})
    wanted = [word for layer in layers for word in ("--layer", layer)]
    return ["reconstruct", _file(made["content"]), *wanted]


def _file(name: str) -> str:
    """Write a file's name so that it is not taken for an option; standard input is ``-``.

    Examples
    --------
    >>> _file("cat.png"), _file("-cat.png")
    ('cat.png', './-cat.png')
    >>> _file("standard input")
    '-'
    """
    if name == STANDARD_INPUT:
        return "-"
    return f"./{name}" if name.startswith("-") else name


def _whole_tables(changed: dict[str, str]) -> dict[str, str]:
    """Put the optimizer's method first: it leaves nothing of the other one but the iterations."""
    first = {key: value for key, value in changed.items() if key == "optimizer.method"}
    return first | changed


def _start(made: dict[str, Any]) -> list[str]:
    """Name the picture from which the descent started; the recipe knows the other starts."""
    if made["content"] is None or made["initial"] in ("noise", "content"):
        start = made["recipe"]["initial"]["start"]
        return [] if made["styles"] else ["--init", start]
    old = {"preset": "./preset"}  # a file's name alone, in earlier versions
    return ["--init", old.get(made["initial"], _file(made["initial"]))]


def _engine(made: dict[str, Any]) -> Iterator[str]:
    """Name the engine, those of its options that were given, and where its optimizer ran."""
    yield from ("--engine", made["engine"])
    for name, value in made.get("engine_options", {}).items():
        if name in ENGINE_OPTIONS:
            yield from [ENGINE_OPTIONS[name]] * bool(value)
        elif value is not None:
            yield from (f"--{name.replace('_', '-')}", str(value))
    place = made.get("optimizer_on", "auto")
    if place != "auto" and made["engine"] == OWNERS["optimizer_on"]:  # the others have no choice
        yield from ("--optimizer-on", place)
