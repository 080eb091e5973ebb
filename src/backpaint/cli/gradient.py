"""``backpaint gradient``: which pixels each term of the loss would change."""

from pathlib import Path
from typing import Any

import click

from .shared import completions
from .shared.chosen import asked_engine, chosen_weights, start_picture
from .shared.grouped_help import GroupedCommand
from .shared.options import (
    CONTENT_LAYERS_OPTION,
    MASK_OPTIONS,
    OBJECTIVE_OPTIONS,
    PAPERS_OPTIONS,
    STYLES_OPTIONS,
    with_options,
)
from .shared.view_output import VIEW_OPTIONS


@click.command(
    cls=GroupedCommand, short_help="Draw the gradient of every term of the loss, layer by layer."
)
@click.argument("content", metavar="CONTENT", shell_complete=completions.file_names)
@click.argument("styles", metavar="[STYLE]...", nargs=-1, shell_complete=completions.file_names)
@with_options(VIEW_OPTIONS)
@click.option(
    "--at",
    default="preset",
    show_default=True,
    metavar="preset|content|noise|FILE",
    shell_complete=completions.point_names,
    help="Where to take the gradient: at the preset's start, or at a painting.",
)
@with_options(STYLES_OPTIONS, (CONTENT_LAYERS_OPTION,), MASK_OPTIONS)
@with_options(PAPERS_OPTIONS, OBJECTIVE_OPTIONS)
def gradient(
    content: str,
    styles: tuple[str, ...],
    output: str,
    at: str,
    quiet: bool,
    no_clobber: bool,
    **options: Any,
) -> None:
    """Draw heat maps of |d loss / d pixel| for every term and layer, and print their numbers.

    The sum of all is what the optimizer gets.  At the content itself the content term is at its
    minimum, so its map is dark; look at a painting, or at noise.

    \b
    backpaint gradient photo.jpg style.jpg -o gradient.png
    backpaint gradient photo.jpg style.jpg -o gradient.png --at painting.png --scale common
    backpaint gradient photo.jpg style.jpg -o gradient.png --at noise --preset tf-tutorial
    """
    from ..errors import UsageError
    from ..presets import load_preset
    from ..views import gradient_maps
    from ..words import printable
    from .shared.outputs import Outputs
    from .shared.per_style import for_each, named_masks
    from .shared.request import recipe_changes

    outputs = Outputs(output, quiet=quiet, no_clobber=no_clobber)
    files = (options["weights"], options["preset"], start_picture("--at", at))
    outputs.check(content, *styles, *files, *named_masks(options))
    maps = gradient_maps(
        content,
        styles or None,
        at=at,
        changes=recipe_changes(options | {"iterations": None}, content, styles),
        **for_each(options, load_preset(options["preset"])),
        weights=chosen_weights(options["weights"], options["trust_weights"]),
        engine=asked_engine(options),
        **{key: options[key] for key in ("scale", "seed", "preset", "size")},
    )
    if not any(term.norm for term in maps.terms):
        raise UsageError(
            f"the gradient is zero everywhere at {maps.where}, where every term has its minimum; "
            "add a STYLE, or look elsewhere: --at noise, or --at painting.png"
        )
    outputs.say_replaced()
    painted_by = _preset_of(files[-1])
    if painted_by and painted_by != options["preset"]:
        outputs.say(
            f"note: {printable(at)} was painted by the preset {painted_by}, these gradients are "
            f"{options['preset']}'s; its own come with --preset {painted_by}"
        )
    outputs.say("\n".join(maps.table()))
    outputs.save(maps.save)
    outputs.say(f"wrote {output}")


def _preset_of(picture: str | None) -> str | None:
    """Return which preset of ours a picture says that it was painted by."""
    from ..errors import UsageError
    from ..presets import preset_names
    from .show import picture_settings

    if picture is None or not Path(picture).is_file():  # a pipe has been read already
        return None
    try:
        made = picture_settings(picture)
    except UsageError:  # a photograph, or somebody else's painting
        return None
    preset = made.get("preset") if isinstance(made, dict) else None
    return preset if preset in preset_names() else None
