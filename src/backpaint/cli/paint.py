"""``backpaint paint``: the main job."""

from typing import Any

import click

from .shared import completions
from .shared.grouped_help import GroupedCommand
from .shared.options import (
    CHECKPOINT_OPTIONS,
    CONTENT_LAYERS_OPTION,
    FILM_OPTIONS,
    MASK_OPTIONS,
    OUTPUT_OPTIONS,
    RECIPE_OPTIONS,
    SAVE_STYLE_OPTION,
    STYLES_OPTIONS,
    TILE_OPTION,
    WORKERS_OPTION,
    color_option,
    init_option,
    output_option,
    with_options,
)


@click.command(
    cls=GroupedCommand, short_help="Paint a photograph in the style of one picture or several."
)
@click.argument("content", metavar="CONTENT", shell_complete=completions.file_names)
@click.argument(
    "styles", metavar="STYLE...", nargs=-1, required=True, shell_complete=completions.file_names
)
@output_option()
@init_option()
@with_options(STYLES_OPTIONS, (CONTENT_LAYERS_OPTION,), MASK_OPTIONS)
@color_option()
@with_options(
    RECIPE_OPTIONS,
    (WORKERS_OPTION, TILE_OPTION),
    (SAVE_STYLE_OPTION,),
    OUTPUT_OPTIONS,
    FILM_OPTIONS,
    CHECKPOINT_OPTIONS,
)
def paint(content: str, styles: tuple[str, ...], **options: Any) -> None:
    """Paint CONTENT in the style of STYLE.

    \b
    backpaint paint cat.jpg starry.jpg -o out.png
    backpaint paint cat.jpg starry.jpg -o out.png --size 256 --iterations 100
    backpaint paint cat.jpg starry.jpg scream.jpg -o out.png --style-shares 0.7,0.3
    backpaint paint cat.jpg starry.jpg -o out.png --color match --save-style shown.png
    backpaint paint cat.jpg fine.jpg broad.jpg -o out.png \\
        --style-layers relu1_1,relu2_1/relu3_1,relu4_1 --style-scale 0.5,1
    backpaint paint photo.jpg sky.jpg ground.jpg -o out.png --mask sky_mask.png
    backpaint paint photo.jpg starry.jpg -o out.png --only background.png --keep face.png
    backpaint paint cat.jpg starry.jpg -o out.png --preset tf-tutorial --set total_variation=off
    backpaint paint cat.jpg starry.jpg -o out.png --init noise --log run.jsonl --plot loss.png
    backpaint paint cat.jpg starry.jpg -o out.png --checkpoint out.backpaint
    backpaint paint cat.jpg starry.jpg -o out.png --film descent.webp --film-curve
    backpaint paint cat.jpg starry.jpg -o out.png --size 4096 --workers tls://host:8786
    """
    from .shared.request import paint_with

    paint_with(options, content, styles)
