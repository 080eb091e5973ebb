"""The options of each style by itself, as typed: ``0.7,0.3``, ``relu1_1:0.2/relu4_1``."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import click

EVERYWHERE = "-"
"""Stands among masks for no mask."""
MASK_LISTS = {"masks": "--mask", "style_masks": "--style-mask", "style_maps": "--style-map"}
"""Options that name several masks."""


def parse_numbers(text: str | None, option: str) -> list[float] | None:
    """Read ``0.7,0.3``.

    Raises
    ------
    click.BadParameter
        If there is anything but numbers.
    """
    if text is None:
        return None
    try:
        return [float(number) for number in text.split(",")]
    except ValueError:
        raise click.BadParameter(
            f"found {text!r}, expected numbers such as 0.7,0.3", param_hint=option
        ) from None


def parse_tables(text: str, option: str, total: float) -> list[dict[str, float]]:
    """Read tables of layers, ``relu1_1:0.2,relu2_1``; a slash stands between those of two styles.

    Parameters
    ----------
    text : str
    option : str
        For messages.
    total : float
        What the layers without a number share equally, in each table.

    Raises
    ------
    click.BadParameter
        If it is nothing of the kind.

    Examples
    --------
    >>> parse_tables("relu1_1:0.2,relu2_1/relu3_1,relu4_1", "--style-layers", 1.0)
    [{'relu1_1': 0.2, 'relu2_1': 1.0}, {'relu3_1': 0.5, 'relu4_1': 0.5}]
    """
    return [_table(group, option, total) for group in text.split("/")]


def _table(group: str, option: str, total: float) -> dict[str, float]:
    """Read one table."""
    entries = [entry.strip().partition(":") for entry in group.split(",")]
    names = [name for name, _, _ in entries]
    try:
        if not all(names) or len(set(names)) < len(names):
            raise ValueError
        bare = sum(not colon for _, colon, _ in entries)
        return {name: float(number) if colon else total / bare for name, colon, number in entries}
    except ValueError:
        raise click.BadParameter(
            f"found {group!r}, expected different layers such as relu1_1:0.2,relu2_1",
            param_hint=option,
        ) from None


def written_tables(tables: list[Mapping[str, float]]) -> str:
    """Write tables of layers as `parse_tables` reads them.

    Examples
    --------
    >>> written_tables([{"relu1_1": 0.2, "relu2_1": 1.0}, {"relu4_1": 0.5}])
    'relu1_1:0.2,relu2_1:1.0/relu4_1:0.5'
    """
    return "/".join(
        ",".join(f"{layer}:{weight}" for layer, weight in table.items()) for table in tables
    )


def written_shares(shares: list[float]) -> str:
    """Write shares as short as they are the same when read: as they are, or as their ratio.

    Examples
    --------
    >>> written_shares([0.7, 0.3]), written_shares([2 / 3, 1 / 3])
    ('0.7,0.3', '2,1')
    """
    from ...painting.per_style import scaled_shares

    least = min(share for share in shares if share > 0)
    for told in (shares, [share / least for share in shares]):
        short = [f"{share:g}" for share in told]
        if scaled_shares(map(float, short), len(short)) == tuple(shares):
            return ",".join(short)
    return ",".join(map(str, shares))


def layer_changes(options: Mapping[str, Any], preset: Any) -> dict[str, Any]:
    """Return what the options for layers and scales change in a recipe.

    Parameters
    ----------
    options : mapping
        Their values; some commands lack some of them.
    preset : Recipe
        Whose totals the layers without a number share.

    Returns
    -------
    dict of str to value
        Without what is said of each of several styles, which is no part of a recipe: `for_each`.
    """
    changes: dict[str, Any] = {}
    for term in ("content", "style"):
        text = options.get(f"{term}_layers")
        if text is not None:
            tables = parse_tables(text, f"--{term}-layers", total_of(preset, term))
            if len(tables) == 1:
                changes[f"{term}.layers"] = tables[0]
            elif term == "content":
                raise click.BadParameter(
                    f"found {text!r} with a slash, expected one table: there is one content",
                    param_hint="--content-layers",
                )
    scales = parse_numbers(options.get("style_scale"), "--style-scale") or ()
    if len(scales) == 1:
        changes["images.style_scale"] = scales[0]
    return changes


LAYERS_AND_SCALES = {
    "style_layers": "style.layers",
    "content_layers": "content.layers",
    "style_scale": "images.style_scale",
}
"""Options, and the keys of the recipe that they stand for."""


def refuse_contradictions(
    options: Mapping[str, Any], told: Mapping[str, Any], changes: Mapping[str, Any]
) -> None:
    """Raise UsageError where ``--set`` says otherwise than an option for layers or scales.

    Parameters
    ----------
    options, told
        The command's options, and what `layer_changes` made of them.
    changes : mapping of str to value
        Of ``--set``, or of a sheet's rows and columns.
    """
    from ...contact_sheet.axis import overlap
    from ...errors import UsageError

    for option, key in LAYERS_AND_SCALES.items():
        if options.get(option) is None:
            continue
        for path in filter(partial(overlap, key), changes):
            if not _agree(told, key, changes, path):
                raise UsageError(
                    f"--{option.replace('_', '-')} and {path} set the same; leave one of the two "
                    "out"
                )


def _agree(told: Mapping[str, Any], key: str, changes: Mapping[str, Any], path: str) -> bool:
    """Whether a change says the same as an option, or adds a layer to its one table."""
    if path == key or key not in told:
        return key in told and told[key] == changes[path]
    layer = path.removeprefix(f"{key}.")
    return layer != path and changes[path] == told[key].get(layer, changes[path])


def for_each(options: Mapping[str, Any], preset: Any) -> dict[str, Any]:
    """Return what is said of each style: its share, layers, scale and masks."""
    text = options.get("style_layers") or ""
    scales = parse_numbers(options.get("style_scale"), "--style-scale") or ()
    is_several = "/" in text
    return {
        "style_shares": parse_numbers(options.get("style_shares"), "--style-shares"),
        "style_layers": parse_tables(text, "--style-layers", total_of(preset, "style"))
        if is_several
        else None,
        "style_scales": scales if len(scales) > 1 else None,
        "masks": masks_of(options),
    }


def masks_of(options: Mapping[str, Any]) -> Any:
    """Return the masks that the options name, as `backpaint.Masks`; None if they name none."""
    from ...masks import Masks

    painted, styles, maps = (
        [None if name == EVERYWHERE else name for name in mask_files(options, option)]
        for option in ("masks", "style_masks", "style_maps")
    )
    keep, only, color_map = (options.get(name) for name in ("keep", "only", "color_map"))
    if not (painted or styles or maps or keep or only or color_map):
        return None
    return Masks(painted, styles, color_map, maps, keep, only)


def named_masks(options: Mapping[str, Any]) -> list[str]:
    """List the files of all masks and maps that the options name."""
    names = [name for option in MASK_LISTS for name in mask_files(options, option)]
    single = [options.get(option) for option in ("keep", "only", "color_map")]
    return [name for name in (*names, *single) if name not in (None, EVERYWHERE)]


def mask_files(options: Mapping[str, Any], option: str) -> list[str]:
    """Split the names of an option for masks at its commas.

    Raises
    ------
    click.BadParameter
        If one of them is empty.
    """
    text = options.get(option)
    names = [] if text is None else [name.strip() for name in text.split(",")]
    if not all(names):
        hint = MASK_LISTS[option]
        raise click.BadParameter(
            f"found {text!r}, expected files such as sky.png,ground.png", param_hint=hint
        )
    return names


def total_of(preset: Any, term: str) -> float:
    """Add up the weights of a term's layers.

    Raises
    ------
    UsageError
        If the preset has no such term.
    """
    from ...errors import UsageError

    options = getattr(preset, term)
    if options is None:
        raise UsageError(
            f"--{term}-layers: the recipe {preset.name} has no {term} term; choose another preset"
        )
    return float(sum(options.layers.values()))
