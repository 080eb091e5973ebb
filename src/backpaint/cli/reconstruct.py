"""``backpaint reconstruct``: what a layer still knows of a picture."""

from typing import Any

import click

from .shared import completions
from .shared.grouped_help import GroupedCommand
from .shared.options import (
    CHECKPOINT_OPTIONS,
    CONTENT_MASK_OPTIONS,
    FILM_OPTIONS,
    OBJECTIVE_OPTIONS,
    OUTPUT_OPTIONS,
    PAPER,
    PAPERS_OPTIONS,
    SCALES_OPTION,
    iterations_option,
    output_option,
    styleless_init_option,
    with_options,
)


@click.command(
    cls=GroupedCommand, short_help="Find an image that has a photograph's features at one layer."
)
@click.argument("content", metavar="CONTENT", shell_complete=completions.file_names)
@output_option()
@click.option(
    "--layer",
    "layers",
    multiple=True,
    default=("conv4_2",),
    show_default=True,
    metavar="NAME",
    shell_complete=completions.layer_names,
    help="conv4_2 (before its ReLU), relu4_2 (after it), pool4; may be repeated.",
)
@styleless_init_option("noise")
@with_options(CONTENT_MASK_OPTIONS)
@with_options(
    PAPERS_OPTIONS,
    (SCALES_OPTION, iterations_option(f"the preset's; {PAPER} has 200")),
    OBJECTIVE_OPTIONS,
    OUTPUT_OPTIONS,
    FILM_OPTIONS,
    CHECKPOINT_OPTIONS,
)
def reconstruct(content: str, layers: tuple[str, ...], **options: Any) -> None:
    """Paint, from noise, an image whose features at a layer are those of CONTENT.

    Deeper layers forget more: relu1_1 gives the photograph back, relu5_1 only what is where.

    \b
    backpaint reconstruct cat.jpg --layer relu3_1 -o what-relu3_1-sees.png --size 224
    backpaint reconstruct cat.jpg --layer conv4_2 -o out.png --preset caffe-content
    """
    from .shared.request import paint_with

    changes = {"style": None, "content.layers": dict.fromkeys(layers, 1.0)}
    if options["init"] == "preset":
        options["init"] = "noise"
    paint_with(options, content, (), changes=changes)
