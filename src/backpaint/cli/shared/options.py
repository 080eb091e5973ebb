"""Options that several commands share."""

from collections.abc import Callable
from typing import Any

import click

from . import completions

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class OutputFile(click.Path):
    """The type of files to write: a folder is refused in the sentence that Python's calls have."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Take a name."""
        from ...whole_file import refuse_folder

        refuse_folder(value)
        return super().convert(value, param, ctx)


OUTPUT_FILE = OutputFile()

HOUSE, PAPER = "backpaint", "gatys"
"""The preset of commands that paint, and of those that take a loss apart."""


def preset_option(default: str = HOUSE) -> Decorator:
    """Make the option for the preset."""
    return click.option(
        "--preset", default=default, metavar="NAME|FILE", show_default=True,
        shell_complete=completions.preset_names,
        help="Whose mathematics to follow: see `backpaint presets`; or a recipe's file, "
        "./mine.toml.",
    )  # fmt: skip


def size_option(default: str = f"the preset's; {HOUSE} has 512") -> Decorator:
    """Make the option for the size; `default` is for the help page."""
    return click.option(
        "--size", type=click.IntRange(min=1), metavar="PIXELS",
        help="Longer side of the picture, unless the preset measures another side.  "
        f"[default: {default}]",
    )  # fmt: skip


def iterations_option(
    default: str = f"the preset's; {HOUSE} has 30, after those of smaller sizes",
) -> Decorator:
    """Make the option for the length of the run; `default` is for the help page."""
    return click.option(
        "--iterations", type=click.IntRange(min=1), metavar="N",
        help=f"How often the picture is improved; the time grows with it.  [default: {default}]",
    )  # fmt: skip


SCALES_OPTION: Decorator = click.option(
    "--scales", metavar="S[:N],...",
    help="Coarse to fine: sizes to paint one after the other, the last of which is the picture's; "
    "128:150,256 with 150 iterations at the first.  off: the last alone.",
)  # fmt: skip

TRUST_OPTION = click.option(
    "--trust-weights", is_flag=True,
    help="Use --weights even if its numbers contradict its format (`backpaint weights info`).",
)  # fmt: skip

THREADS_OPTION: Decorator = click.option(
    "--threads", type=click.IntRange(min=1), metavar="N",
    help="Of the engine cpu.  [default: one for each processor]",
)  # fmt: skip
DTYPE_OPTION: Decorator = click.option(
    "--dtype", type=click.Choice(["float32", "float64"]), default="float32", show_default=True,
    help="Of the network; the engine cpu has float32 alone.",
)  # fmt: skip

WEIGHTS_OPTION: Decorator = (
    click.option("--weights", metavar="FILE|vgg16|vgg19",
                 shell_complete=completions.network_names,
                 help="A VGG's weights, instead of the preset's embedded ones.")
)  # fmt: skip

ENGINE_OPTIONS: tuple[Decorator, ...] = (
    click.option("--engine", default="auto", metavar="NAME", show_default=True,
                 shell_complete=completions.engine_names,
                 help="What computes: auto, gpu, cpu or reference."),
    THREADS_OPTION,
    click.option("--exact", is_flag=True,
                 help="Direct products instead of Winograd's in the engine cpu."),
    click.option("--bands", default="none", metavar="auto|none|1..4", show_default=True,
                 help="How many blocks of the network run in bands of rows in the engine cpu, for "
                 "large pictures: less memory, more work; auto: as few as fit."),
    click.option("--scratch", type=click.Path(), metavar="FOLDER",
                 help="Keep the history of l-bfgs (of l-bfgs-b in float32) in files there, in the "
                 "engine cpu, and with all bands what pools put out; gone with the run."),
    click.option("--precision", type=click.Choice(["exact", "tf32", "fast"]), default="tf32",
                 show_default=True, help="How the engine gpu multiplies."),
    click.option("--device", type=click.IntRange(min=0), default=0, show_default=True,
                 metavar="N", help="Which GPU."),
    click.option("--tune", type=click.Choice(["off", "own", "cudnn"]), default="off",
                 show_default=True,
                 help="Kernels on the GPU where several do one thing: by a rule, or the fastest of "
                 "our own, or of them and cuDNN's convolutions; timed once for each GPU and size."),
    DTYPE_OPTION,
)  # fmt: skip

WORKERS_OPTION: Decorator = click.option(
    "--workers", metavar="N|tls://HOST:PORT",
    help="Compute in tiles (engine tiles): by N processes of this machine, 0 for this one alone, "
    "or by those of a scheduler of Dask (extra `cluster`; docs/cluster.md says when it pays).",
)  # fmt: skip
TILE_OPTION: Decorator = click.option(
    "--tile", type=click.IntRange(min=16), default=512, show_default=True, metavar="ROWS",
    help="Rows of the picture in a tile, at most, with --workers.",
)  # fmt: skip

OBJECTIVE_OPTIONS: tuple[Decorator, ...] = (
    WEIGHTS_OPTION,
    TRUST_OPTION,
    click.option("--content-weight", type=float, metavar="W", help="Weight of the content term."),
    click.option("--style-weight", type=float, metavar="W", help="Weight of the style term."),
    click.option("--tv-weight", type=float, metavar="W",
                 help="Weight of total variation (squared differences if the preset has none)."),
    click.option("--set", "changes", multiple=True, metavar="KEY=VALUE",
                 shell_complete=completions.recipe_changes,
                 help="Change any key of the preset, e.g. network.pool=max or style.statistic="
                 "covariance; off removes it.  `backpaint presets NAME` lists them."),
    *ENGINE_OPTIONS,
    click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True,
                 metavar="N", help="For noise."),
)  # fmt: skip

PAPERS_OPTIONS: tuple[Decorator, ...] = (
    preset_option(PAPER),
    size_option(f"the preset's; {PAPER} has 512"),
)
"""Preset and size, of commands that take a loss apart."""

RECIPE_OPTIONS: tuple[Decorator, ...] = (
    preset_option(),
    size_option(),
    SCALES_OPTION,
    iterations_option(),
    *OBJECTIVE_OPTIONS,
)
"""Of every command that paints; those that only evaluate a loss have no iterations."""

OPTIMIZER_OPTION: Decorator = click.option(
    "--optimizer-on", type=click.Choice(["auto", "device", "host"]), default="auto",
    show_default=True, help="Where the optimizer of a run on the GPU runs.",
)  # fmt: skip
QUIET_OPTION: Decorator = click.option(
    "--quiet", "-q", is_flag=True, help="Print nothing but errors."
)

NO_CLOBBER_OPTION: Decorator = click.option(
    "--no-clobber", is_flag=True, help="Keep a file that exists: refuse before the run."
)

RECORD_OPTIONS: tuple[Decorator, ...] = (
    NO_CLOBBER_OPTION,
    click.option("--save-every", type=click.IntRange(min=1), metavar="N",
                 help="Also write OUT-0010.png and so on, every N iterations."),
    click.option("--log", "log_path", type=OUTPUT_FILE, metavar="FILE.jsonl",
                 help="Write loss, terms, gradient norm and time of every evaluation."),
    click.option("--plot", "plot_path", type=OUTPUT_FILE, metavar="FILE.png",
                 help="Draw the loss curves (needs matplotlib)."),
    click.option("--profile", is_flag=True,
                 help="Print, at the end, where an evaluation's time goes (engine cpu)."),
    QUIET_OPTION,
)  # fmt: skip

OUTPUT_OPTIONS: tuple[Decorator, ...] = (OPTIMIZER_OPTION, *RECORD_OPTIONS)

CHECKPOINT_OPTIONS: tuple[Decorator, ...] = (
    click.option("--checkpoint", "checkpoint_path", type=OUTPUT_FILE,
                 metavar="FILE.backpaint",
                 help="Keep the run in this file; `backpaint resume` goes on with it."),
    click.option("--checkpoint-every", type=click.IntRange(min=1), metavar="N",
                 help="Iterations between two versions of it; the last one is written at the end, "
                 "also at Ctrl-C.  [default: 25]"),
)  # fmt: skip
"""Of the commands that paint one picture."""

FILM_OPTIONS: tuple[Decorator, ...] = (
    click.option("--film", "film_path", type=OUTPUT_FILE, metavar="FILE",
                 help="Write a film of the descent: .webp, .gif, or .mp4 (needs PyAV)."),
    click.option("--film-seconds", type=float, metavar="S",
                 help="How long it plays at most, from 2 to 60; frames grow rarer as the picture "
                 "changes less.  [default: 10]"),
    click.option("--film-size", type=click.IntRange(min=16, max=4096), metavar="PIXELS",
                 help="Its longer side at most.  [default: 720]"),
    click.option("--film-curve", is_flag=True, help="Let the loss run along below it."),
)  # fmt: skip
"""Likewise."""


FAST_START = "fast"
"""A start of a descent that is painted first."""


def with_options(*groups: tuple[Decorator, ...]) -> Decorator:
    """Put groups of options on a command, in their order."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed([option for group in groups for option in group]):
            command = option(command)
        return command

    return decorate


def output_option(without: str | None = None, **default: Any) -> Decorator:
    """Make the option for the file to write: required, unless a `default` is given.

    `without` says on the help page what is written where nothing is asked for.
    """
    return click.option(
        "-o", "--output", "output", required=not default and without is None,
        show_default=bool(default), **default,
        metavar="OUT", type=OUTPUT_FILE,
        help="The picture to write: .png (keeps all settings), .jpg, .webp, .tiff; - is "
        "standard output, as PNG." + (f"  [default: {without}]" if without else ""),
    )  # fmt: skip


STYLES_ARGUMENT: Decorator = click.argument(
    "styles", metavar="STYLE...", nargs=-1, required=True, shell_complete=completions.file_names
)
SHARES_OPTION: Decorator = click.option(
    "--style-shares", metavar="A,B,...", help="How much each of several styles counts: 0.7,0.3."
)
STYLES_OPTIONS: tuple[Decorator, ...] = (
    SHARES_OPTION,
    click.option("--style-layers", metavar="LAYER[:W],...[/...]",
                 help="Where the style is compared, instead of the preset's layers: "
                 "relu1_1:0.2,relu2_1; a slash between the layers of two styles."),
    click.option("--style-scale", metavar="X[,Y,...]",
                 help="Factor on the size of the style, or of each: larger strokes with 2."),
)  # fmt: skip
"""Of every command that takes several styles."""
CONTENT_LAYERS_OPTION: Decorator = click.option(
    "--content-layers", metavar="LAYER[:W],...",
    help="Where the content is compared, instead of the preset's layers.",
)  # fmt: skip
STYLE_MASK_OPTIONS: tuple[Decorator, ...] = (
    click.option("--mask", "masks", metavar="FILE,...", shell_complete=completions.file_names,
                 help="Where in the painting each STYLE counts: white in its gray picture, - for "
                 "everywhere; a last one left out is what the others leave."),
    click.option("--style-mask", "style_masks", metavar="FILE,...",
                 shell_complete=completions.file_names,
                 help="Which part of each STYLE is looked at; - for all of it."),
    click.option("--map", "color_map", metavar="FILE", shell_complete=completions.file_names,
                 help="Regions of the painting by color: each takes the styles whose --style-map "
                 "has its color.  `backpaint mask` lists them."),
    click.option("--style-map", "style_maps", metavar="FILE,...",
                 shell_complete=completions.file_names,
                 help="A map of each STYLE's own picture: what each region of --map looks at, in "
                 "the same color."),
)  # fmt: skip
CONTENT_MASK_OPTIONS: tuple[Decorator, ...] = (
    click.option("--keep", metavar="FILE", shell_complete=completions.file_names,
                 help="Where the content counts: white wholly, black not at all."),
    click.option("--only", metavar="FILE", shell_complete=completions.file_names,
                 help="What is painted: everything black stays the photograph."),
)  # fmt: skip
MASK_OPTIONS: tuple[Decorator, ...] = (*STYLE_MASK_OPTIONS, *CONTENT_MASK_OPTIONS)
"""Of every command that paints one photograph in styles."""


def refused_options(why: str, *flags: str) -> tuple[Decorator, ...]:
    """Make options that a command has no use for, which tell so instead of being unknown."""

    def refuse(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        from ...errors import UsageError

        if value is not None:
            raise UsageError(f"{parameter.opts[0]}: {why}")

    return tuple(
        click.option(flag, metavar="FILE", hidden=True, expose_value=False, callback=refuse)
        for flag in flags
    )


SAVE_STYLE_OPTION: Decorator = click.option(
    "--save-style", "style_path", type=OUTPUT_FILE, metavar="FILE",
    help="Write STYLE as the network is shown it: resized, its colors matched; FILE-1, FILE-2 "
    "and so on of several.",
)  # fmt: skip


def color_option() -> Decorator:
    """Make the option for the colors."""
    return click.option(
        "--color", type=click.Choice(["style", "keep", "match", "luma"]),
        help="keep: only the light and dark of the painting, the colors of CONTENT.  match: "
        "STYLE gets the colors of CONTENT first.  luma: only light and dark are painted.  "
        "[default: style, unless the recipe says otherwise]",
    )  # fmt: skip


def init_option(default: str = f"where the preset does; {HOUSE} at CONTENT") -> Decorator:
    """Make the option for the start, where there are styles; `default` is for the help page."""
    return click.option(
        "--init", default="preset", metavar="content|noise|fast|FILE",
        shell_complete=completions.start_names,
        help="Where the descent starts; fast: at what `backpaint fast` paints.  "
        f"[default: {default}]",
    )  # fmt: skip


def styleless_init_option(default: str) -> Decorator:
    """Make the option for the start without any style, so that nothing is painted in one pass."""

    def refuse(context: click.Context, parameter: click.Parameter, value: str) -> str:
        if value == FAST_START:
            raise click.BadParameter(
                "fast paints in the style of another picture, and there is none here; expected "
                "content, noise or a picture (a file of that name is ./fast)"
            )
        return value

    return click.option(
        "--init", default="preset", metavar="content|noise|FILE", callback=refuse,
        shell_complete=completions.point_names,
        help=f"Where the descent starts.  [default: {default}]",
    )  # fmt: skip
