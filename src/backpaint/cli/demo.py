"""``backpaint demo``: the built-in example."""

from typing import Any

import click

from ..examples import DEMO, example_path
from .shared.grouped_help import GroupedCommand
from .shared.options import (
    FILM_OPTIONS,
    OBJECTIVE_OPTIONS,
    OUTPUT_OPTIONS,
    PRESET_OPTION,
    iterations_option,
    output_option,
    size_option,
    with_options,
)

SIZE, ITERATIONS, STYLE_WEIGHT = DEMO.values()


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
    (PRESET_OPTION, size_option(f"{SIZE}"), iterations_option(f"{ITERATIONS}, with gatys")),
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
    if options["preset"] == "gatys":
        options["iterations"] = options["iterations"] or ITERATIONS
        if options["style_weight"] is None:
            options["style_weight"] = STYLE_WEIGHT
    paint_with(options, str(example_path(content)), (str(example_path(style)),))
