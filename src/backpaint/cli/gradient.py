"""``backpaint gradient``: which pixels each term of the loss would change."""

from typing import Any

import click

from .shared.options import (
    OBJECTIVE_OPTIONS,
    PRESET_OPTIONS,
    chosen_engine,
    chosen_weights,
    start_picture,
    with_options,
)
from .shared.view_output import VIEW_OPTIONS, check_output, save_view


@click.command(short_help="Draw the gradient of every term of the loss, layer by layer.")
@click.argument("content", metavar="CONTENT")
@click.argument("styles", metavar="[STYLE]...", nargs=-1)
@with_options(VIEW_OPTIONS)
@click.option(
    "--at",
    default="preset",
    show_default=True,
    metavar="preset|content|noise|FILE",
    help="Where to take the gradient: at the preset's start, or at a painting.",
)
@click.option("--style-shares", metavar="A,B,...", help="How much each of several styles counts.")
@with_options(PRESET_OPTIONS, OBJECTIVE_OPTIONS)
def gradient(
    content: str,
    styles: tuple[str, ...],
    output: str,
    at: str,
    style_shares: str | None,
    quiet: bool,
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
    from ..views import gradient_maps
    from ..words import printable_lines
    from .shared.request import parse_shares, recipe_changes

    files = (options["weights"], options["preset"], start_picture("--at", at))
    check_output(output, content, *styles, *files)
    maps = gradient_maps(
        content,
        list(styles),
        at=at,
        changes=recipe_changes(options | {"iterations": None}, content, styles),
        style_shares=parse_shares(style_shares),
        weights=chosen_weights(options["weights"], options["trust_weights"]),
        engine=chosen_engine(options),
        **{key: options[key] for key in ("scale", "seed", "preset", "size")},
    )
    if not quiet:
        click.echo(printable_lines("\n".join(maps.table())))
    save_view(maps, output, quiet)
