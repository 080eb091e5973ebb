"""A help page whose options stand in groups, as a person looks for them."""

from typing import Any

import click

GROUPS = {
    "Picture": (
        "output", "folder", "name", "pairs", "start", "end", "every",
        "size", "scales", "init", "at", "layers", "content", "style", "color", "scale", "seed",
    ),
    "Look": (
        "fast", "stability", "look_back", "flow",
        "preset", "iterations", "strength", "style_shares", "style_layers", "style_scale",
        "content_layers", "masks", "style_masks", "color_map", "style_maps", "keep", "only",
        "content_weight", "style_weight", "tv_weight",
        "changes", "rows", "columns", "weights", "trust_weights", "not_identical",
    ),
    "Speed": (
        "engine", "threads", "jobs", "workers", "crew", "tile", "exact", "bands", "scratch",
        "precision", "device", "tune", "dtype", "optimizer_on",
    ),
    "Records": (
        "save_every", "film_path", "film_seconds", "film_size", "film_curve", "style_path",
        "log_path", "plot_path", "checkpoint_path", "checkpoint_every", "checkpoint", "again",
        "resume", "keep_frames",
        "profile", "no_clobber", "quiet",
    ),
}  # fmt: skip
"""Names of parameters; those that are in no group stand under Options."""
REST = "Options"


class GroupedCommand(click.Command):
    """A command with many options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, group by group."""
        for heading, rows in grouped_rows(self, ctx).items():
            with formatter.section(heading):
                formatter.write_dl(rows)


def grouped_rows(command: click.Command, ctx: click.Context) -> dict[str, list[tuple[str, str]]]:
    """Sort a command's options into groups.

    Parameters
    ----------
    command : Command
    ctx : Context
        Of the command.

    Returns
    -------
    dict of str to list
        For each heading in use the options' names and what they do.
    """
    rows: dict[str, Any] = {heading: {} for heading in (*GROUPS, REST)}
    homes = {name: heading for heading, names in GROUPS.items() for name in names}
    for parameter in command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is not None and isinstance(parameter, click.Option):
            name = parameter.name or ""
            rows[homes.get(name, REST)][name] = record
    order = {name: place for place, name in enumerate(homes)}
    return {
        heading: [found[name] for name in sorted(found, key=lambda name: order.get(name, 0))]
        for heading, found in rows.items()
        if found
    }
