"""``backpaint sheet``: several paintings side by side."""

from typing import Any

import click

from .shared import completions
from .shared.grouped_help import GroupedCommand
from .shared.options import (
    CONTENT_LAYERS_OPTION,
    MASK_OPTIONS,
    NO_CLOBBER_OPTION,
    OPTIMIZER_OPTION,
    QUIET_OPTION,
    RECIPE_OPTIONS,
    STYLES_OPTIONS,
    color_option,
    init_option,
    output_option,
    with_options,
)


@click.command(
    cls=GroupedCommand, short_help="Paint a contact sheet over the values of one or two settings."
)
@click.argument("content", metavar="CONTENT", shell_complete=completions.file_names)
@click.argument(
    "styles", metavar="STYLE...", nargs=-1, required=True, shell_complete=completions.file_names
)
@output_option()
@click.option(
    "--rows",
    metavar="KEY=A,B,...",
    help="What changes downward.",
    shell_complete=completions.axis_keys,
)
@click.option(
    "--columns",
    metavar="KEY=A,B,...",
    help="What changes to the right.",
    shell_complete=completions.axis_keys,
)
@init_option()
@with_options(STYLES_OPTIONS, (CONTENT_LAYERS_OPTION,), MASK_OPTIONS)
@color_option()
@with_options(RECIPE_OPTIONS, (OPTIMIZER_OPTION, NO_CLOBBER_OPTION, QUIET_OPTION))
def sheet(
    content: str,
    styles: tuple[str, ...],
    output: str,
    rows: str | None,
    columns: str | None,
    quiet: bool,
    no_clobber: bool,
    **options: Any,
) -> None:
    """Paint CONTENT in the style of STYLE once for every combination of two settings.

    KEY is a key of the recipe, as --set takes it, or one of these options: preset, size,
    iterations, init, seed, color, style-shares, content-weight, style-weight, tv-weight, weights;
    shares of styles are written 3:1.  Every value of one key is combined with every value of the
    other; one key alone gives a row or a column.  Rows that differ in weights share their targets.

    \b
    backpaint sheet cat.jpg starry.jpg -o sheet.png --rows style.weight=3e3,1e4,3e4 --size 256
    backpaint sheet cat.jpg starry.jpg -o sheet.png --rows style.weight=1e3,1e4 \\
        --columns images.size=128,256 --iterations 50
    backpaint sheet cat.jpg starry.jpg -o sheet.png --columns preset=gatys,jcjohnson,tf-tutorial
    backpaint sheet cat.jpg a.jpg b.jpg -o sheet.png --columns style-shares=1:0,1:1,0:1
    backpaint sheet cat.jpg a.jpg b.jpg -o sheet.png --mask sky.png --columns masks.power=1,2

    The picture is written anew after every cell, so that Ctrl-C keeps what is there; a cell that
    fails says why, and the others go on.  `backpaint show sheet.png` tells each cell's settings.
    """
    from ..contact_sheet.axis import parse_axis
    from .runs.sheet import paint_sheet
    from .shared.outputs import Outputs

    axes = parse_axis(rows, "--rows"), parse_axis(columns, "--columns")
    outputs = Outputs(output, quiet=quiet, no_clobber=no_clobber)
    paint_sheet(options, content, styles, outputs, axes)
