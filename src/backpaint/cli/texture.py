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
    STYLE_MASK_OPTIONS,
    STYLES_OPTIONS,
    output_option,
    refused_options,
    with_options,
)


@click.command(cls=GroupedCommand, short_help="Make a texture from a style, without a content.")
@click.argument(
    "styles", metavar="STYLE...", nargs=-1, required=True, shell_complete=completions.file_names
)
@output_option()
@with_options(STYLES_OPTIONS, STYLE_MASK_OPTIONS)
@with_options(
    refused_options("a texture has no photograph that could stay; leave it out", "--keep", "--only")
)
@with_options(
    RECIPE_OPTIONS, (SAVE_STYLE_OPTION,), OUTPUT_OPTIONS, FILM_OPTIONS, CHECKPOINT_OPTIONS
)
def texture(styles: tuple[str, ...], **options: Any) -> None:
    """Paint STYLE's texture from noise.

    The picture has the aspect ratio of the first STYLE.

    \b
    backpaint texture bricks.jpg -o texture.png --size 256 --iterations 200
    backpaint texture bricks.jpg -o texture.png --style-mask wall.png
    backpaint texture bricks.jpg -o texture.png --map layout.png --style-map bricks_map.png
    """
    from .shared.request import paint_with

    paint_with(options | {"init": "noise"}, None, styles)
