"""``backpaint batch``: every content in every style."""

from typing import TYPE_CHECKING, Any

import click

from .shared import completions
from .shared.grouped_help import GroupedCommand
from .shared.options import (
    OPTIMIZER_OPTION,
    QUIET_OPTION,
    RECIPE_OPTIONS,
    color_option,
    init_option,
    refused_options,
    with_options,
)

if TYPE_CHECKING:
    from ..batch import Report


@click.command(cls=GroupedCommand, short_help="Paint many photographs in many styles.")
@click.argument("contents", metavar="PHOTOS", shell_complete=completions.file_names)
@click.argument("styles", metavar="STYLES", shell_complete=completions.file_names)
@click.option(
    "-o", "--output", "folder", required=True, type=click.Path(), metavar="FOLDER",
    help="For the paintings; it is made if it is not there.",
)  # fmt: skip
@click.option(
    "--pairs", type=click.Choice(["all", "zip"]), default="all", show_default=True,
    help="Every photograph in every style; zip: the first in the first, the second in the second.",
)  # fmt: skip
@click.option(
    "--name", default="{content}-{style}.png", show_default=True, metavar="TEMPLATE",
    help="The paintings' names, out of those of the pictures.",
)  # fmt: skip
@click.option(
    "--again", is_flag=True,
    help="Paint anew what is there under such a name and was made otherwise.",
)  # fmt: skip
@click.option(
    "--jobs", default="1", show_default=True, metavar="N|auto",
    help="Processes that paint at a time, each with its part of the processors.",
)  # fmt: skip
@click.option(
    "--workers", "crew", metavar="N|tls://HOST:PORT",
    help="Paint by workers instead: N processes of this machine, or those of a scheduler of Dask, "
    "where --engine auto is each machine's fastest (extra `cluster`; docs/cluster.md).",
)  # fmt: skip
@init_option()
@color_option()
@with_options(RECIPE_OPTIONS)
@click.option("--style-layers", metavar="LAYER[:W],...",
              help="Where the style is compared, instead of the preset's layers.")  # fmt: skip
@click.option("--style-scale", metavar="X", help="Factor on the styles' sizes.")
@with_options(
    refused_options(
        "a mask belongs to one photograph or style, and a batch has many; leave it out, or use "
        "`backpaint paint` for the pictures that have masks",
        "--mask", "--style-mask", "--map", "--style-map", "--keep", "--only",
    )
)  # fmt: skip
@with_options((OPTIMIZER_OPTION,))
@click.option(
    "--checkpoint",
    is_flag=True,
    help="Keep each run on its way, so that a batch goes on in the middle of a picture.",
)
@with_options((QUIET_OPTION,))
def batch(contents: str, styles: str, folder: str, **options: Any) -> None:
    """Paint every one of PHOTOS in every one of STYLES; what is done already is skipped.

    PHOTOS and STYLES are a picture, a folder with pictures, or @LIST, a file with a path on each
    line.  A picture that cannot be painted is noted and the others go on; all are listed in
    FOLDER/manifest.jsonl.  Ctrl-C keeps what is painted, and the same command goes on.

    \b
    backpaint batch photos styles -o paintings
    backpaint batch photos starry.jpg -o paintings --size 512 --jobs auto --checkpoint
    backpaint batch @photos.txt @styles.txt -o paintings --pairs zip --name "{content}.png"
    backpaint batch photos styles -o paintings --workers tls://host:8786
    """
    from ..batch.course import run_batch
    from ..errors import RunError
    from ..painting.control import Control, stopped_by_signals
    from ..words import counted
    from .shared.execute import say_stopping
    from .shared.messages import tell

    plan, painters = prepared(contents, styles, folder, options)
    count = len(plan.todo) + len(plan.done)
    control, is_quiet = Control(), options["quiet"]

    def say(line: str) -> None:
        if not is_quiet:
            tell(line, "stdout")

    who = counted(painters.count, painters.name)
    say(f"{len(plan.done)} of {count} done already" + f", {who}" * (who != "1 job"))
    for order in plan.replaced:
        say(f"note: replacing {order.output}")
    with stopped_by_signals(control, None if is_quiet else say_stopping):
        try:
            report = run_batch(plan, painters, control, say)
        except RunError as error:
            summarize(error.report, count, say)
            raise
    conclude(report, count, say)


def prepared(contents: str, styles: str, folder: str, options: dict[str, Any]) -> Any:
    """Settle the batch before any work, from the command's options."""
    from ..batch.api import prepare_batch
    from ..presets import load_preset
    from .shared.chosen import asked_engine, start_picture
    from .shared.per_style import for_each
    from .shared.request import composed_recipe, picture_of

    each = {"style_shares": None, **options}
    start_picture("--init", options["init"], "fast")
    told = for_each(each, load_preset(options["preset"]))
    return prepare_batch(
        contents,
        styles,
        folder,
        composed_recipe(each, contents, (styles,)),
        engine=asked_engine(options),
        optimizer_on=options["optimizer_on"],
        seed=options["seed"],
        init=picture_of(options["init"]),
        style_layers=told["style_layers"],
        style_scales=told["style_scales"],
        **{key: options[key] for key in ("pairs", "name", "again", "checkpoint")},
        jobs=jobs_of(options["jobs"]),
        workers=options["crew"],
        trust=options["trust_weights"],
    )


def jobs_of(text: str) -> int | str:
    """Read the number of jobs.

    Examples
    --------
    >>> jobs_of("4"), jobs_of("auto")
    (4, 'auto')
    """
    if text == "auto":
        return text
    if not text.isdecimal() or int(text) < 1:
        raise click.BadParameter(
            f"found {text!r}, expected a whole number, 1 or more, or auto", param_hint="--jobs"
        )
    return int(text)


def conclude(report: "Report", count: int, say: Any) -> None:
    """List what failed, and exit with the code that tells how it went."""
    from ..errors import INTERRUPTED

    summarize(report, count, say)
    if report.interrupted:
        raise SystemExit(INTERRUPTED)
    if report.failed:
        raise SystemExit(1)


def summarize(report: "Report", count: int, say: Any) -> None:
    """List what failed, and say how many are done."""
    from .shared.messages import tell

    if report.failed:
        tell(f"{len(report.failed)} of {count} failed:", "stderr")
        for path, why in report.failed.items():
            tell(f"  {path}: {why}", "stderr")
    say(f"painted {len(report.painted)}, skipped {len(report.skipped)} of {count}")
