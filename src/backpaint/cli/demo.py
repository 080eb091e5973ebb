"""``backpaint demo``: the built-in example."""

from typing import Any

import click

from ..examples import DEMO, example_path
from .shared.grouped_help import GroupedCommand
from .shared.options import (
    FILM_OPTIONS,
    OBJECTIVE_OPTIONS,
    OUTPUT_OPTIONS,
    PAPER,
    iterations_option,
    output_option,
    preset_option,
    size_option,
    with_options,
)

SIZE = DEMO["images.size"]
OF_PAPER = {"iterations": 100, "style_weight": 1e3}
"""In so small a picture the style weight of gatys would dissolve the eyes."""


@click.command(cls=GroupedCommand, short_help="Paint the built-in cat in the built-in style.")
@output_option(default="demo.png")
@click.option(
    "--content",
    default="cat",
    metavar="NAME",
    show_default=True,
    help="A built-in photograph: cat or astronaut.",
)
@click.option(
    "--style",
    default="swirls",
    metavar="NAME",
    show_default=True,
    help="A built-in style: swirls, mosaic or woodcut.",
)
@with_options(
    (preset_option(), size_option(f"{SIZE}"), iterations_option("the preset's; with gatys 100")),
    OBJECTIVE_OPTIONS,
    OUTPUT_OPTIONS,
    FILM_OPTIONS,
)
def demo(content: str, style: str, **options: Any) -> None:  # fmt: skip
    """Paint a picture that comes with backpaint; needs no files and no internet.

    It takes a minute or two on a laptop.  With gatys the style weight is 1e3.

    \b
    backpaint demo
    backpaint demo --style mosaic --size 512 -o mosaic-cat.png
    """
    from .shared.request import paint_with

    options["size"] = options["size"] or SIZE
    if options["preset"] == PAPER:
        missing = {key: value for key, value in OF_PAPER.items() if options[key] is None}
        options |= missing
    paint_with(options, str(example_path(content)), (str(example_path(style)),))
