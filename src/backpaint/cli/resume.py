"""``backpaint resume``: a run goes on."""

from typing import Any

import click

from .shared import completions
from .shared.grouped_help import GroupedCommand
from .shared.options import (
    CHECKPOINT_OPTIONS,
    ENGINE_OPTIONS,
    FILM_OPTIONS,
    RECORD_OPTIONS,
    TRUST_OPTION,
    WEIGHTS_OPTION,
    WORKERS_OPTION,
    iterations_option,
    output_option,
    with_options,
)


@click.command(cls=GroupedCommand, short_help="Go on with a run that --checkpoint has kept.")
@click.argument("checkpoint", metavar="CHECKPOINT", shell_complete=completions.file_names)
@output_option("the name of CHECKPOINT, as .png")
@click.option(
    "--not-identical",
    is_flag=True,
    help="Go on also where the picture could differ in its last bits from that of a whole run.",
)
@with_options(
    (iterations_option("those that the run was to have"), WEIGHTS_OPTION, TRUST_OPTION),
    ENGINE_OPTIONS,
    (WORKERS_OPTION,),
    RECORD_OPTIONS,
    FILM_OPTIONS,
    CHECKPOINT_OPTIONS,
)
def resume(checkpoint: str, **options: Any) -> None:
    """Go on with the run in CHECKPOINT, to the picture that it would have painted.

    CHECKPOINT is written on.  --iterations asks for more: a run of 200 becomes one of 400.
    Pictures and recipe are in the file; engine and options are those of the run, unless others are
    given.  Where the picture could differ from that of a whole run, since a version, the processor
    or the engine is another, it is refused, unless --not-identical allows it.

    \b
    backpaint paint cat.jpg starry.jpg -o out.png --checkpoint out.backpaint
    backpaint resume out.backpaint
    backpaint resume out.backpaint --iterations 400 -o more.png
    """
    from .runs.resume import go_on_with

    go_on_with(checkpoint, options)
