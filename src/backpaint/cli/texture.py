"""``backpaint texture``: the style alone."""

from typing import Any

import click

from .shared import completions
from .shared.grouped_help import GroupedCommand
from .shared.options import (
    CHECKPOINT_OPTIONS,
    FILM_OPTIONS,
    OUTPUT_OPTIONS,
    RECIPE_OPTIONS,
    SAVE_STYLE_OPTION,
    STYLES_OPTIONS,
    output_option,
    with_options,
)


@click.command(cls=GroupedCommand, short_help="Make a texture from a style, without a content.")
@click.argument(
    "styles", metavar="STYLE...", nargs=-1, required=True, shell_complete=completions.file_names
)
@output_option()
@with_options(STYLES_OPTIONS)
@with_options(
    RECIPE_OPTIONS, (SAVE_STYLE_OPTION,), OUTPUT_OPTIONS, FILM_OPTIONS, CHECKPOINT_OPTIONS
)
def texture(styles: tuple[str, ...], **options: Any) -> None:
    """Paint STYLE's texture from noise.

    The picture has the aspect ratio of the first STYLE.

    \b
    backpaint texture bricks.jpg -o texture.png --size 256 --iterations 200
    """
    from .shared.request import paint_with

    paint_with(options | {"init": "noise"}, None, styles)
