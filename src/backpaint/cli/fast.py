"""``backpaint fast``: a painting in one pass."""

from typing import Any

import click

from .shared import completions
from .shared.grouped_help import GroupedCommand
from .shared.options import (
    DTYPE_OPTION,
    NO_CLOBBER_OPTION,
    QUIET_OPTION,
    SHARES_OPTION,
    STYLES_ARGUMENT,
    THREADS_OPTION,
    output_option,
    with_options,
)

ONE_PASS_OPTIONS = (
    click.option("--engine", default="auto", metavar="NAME", show_default=True,
                 shell_complete=completions.one_pass_engine_names,
                 help="What computes: auto (which is cpu), cpu or reference."),
    THREADS_OPTION,
    DTYPE_OPTION,
    NO_CLOBBER_OPTION,
    QUIET_OPTION,
)  # fmt: skip


@click.command(cls=GroupedCommand, short_help="Paint in one pass, in a second, without a descent.")
@click.argument("content", metavar="CONTENT", shell_complete=completions.file_names)
@STYLES_ARGUMENT
@output_option()
@click.option(
    "--strength",
    type=float,
    default=1.0,
    show_default=True,
    metavar="S",
    help="From 0, CONTENT in its own style (not CONTENT itself: it is smoothed), to 1, STYLE.",
)
@SHARES_OPTION
@click.option(
    "--size",
    type=click.IntRange(min=1),
    metavar="PIXELS",
    help="Longer side of the picture.  [default: CONTENT's, but 1024 at most]",
)
@click.option(
    "--color",
    type=click.Choice(["style", "keep"]),
    default="style",
    show_default=True,
    help="keep: only the light and dark of the painting, the colors of CONTENT.",
)
@with_options(ONE_PASS_OPTIONS)
def fast(
    content: str,
    styles: tuple[str, ...],
    output: str,
    quiet: bool,
    no_clobber: bool,
    **options: Any,
) -> None:
    """Paint CONTENT in the style of STYLE by a network that was trained for it.

    It is the mobile network of Ghiasi and others (2017); the pictures are not those of a descent.

    \b
    backpaint fast cat.jpg starry.jpg -o out.png
    backpaint fast cat.jpg starry.jpg scream.jpg -o out.png --style-shares 0.7,0.3
    backpaint fast cat.jpg starry.jpg -o out.png --strength 0.5 --size 512
    """
    from ..one_pass import plan_pass
    from .shared.outputs import Outputs
    from .shared.per_style import parse_numbers

    outputs = Outputs(output, quiet=quiet, no_clobber=no_clobber)
    outputs.check(content, *styles)
    plan = plan_pass(
        content,
        styles,
        strength=options["strength"],
        style_shares=parse_numbers(options["style_shares"], "--style-shares"),
        size=options["size"],
        color=options["color"],
        engine=_engine(options),
    )
    outputs.say_replaced()
    outputs.say(_announce(plan))
    painted = plan.run()
    outputs.save(painted.save)
    outputs.say(_sum_up(output, painted.settings))


def _engine(options: dict[str, Any]) -> Any:
    """Build the engine that the options ask for; `auto` is the one that has the precision."""
    from ..stylization.engines import one_pass_engine
    from .shared.chosen import chosen_engine

    name = options["engine"]
    if name == "auto":
        name = "reference" if options["dtype"] == "float64" else "cpu"
    one_pass_engine(name)
    return chosen_engine(options | {"engine": name})


def _announce(plan: Any) -> str:
    """Return what will be done; refuse what does not fit."""
    from ..words import memory

    height, width, _ = plan.pixels.shape
    styles = ", ".join(style.name for style in plan.styles)
    return "\n".join(
        [
            f"painting {plan.content.name} at {width} x {height} in the style of {styles}, in one "
            "pass",
            f"engine {plan.engine.name} ({plan.engine.describe()}), about "
            f"{memory(plan.bytes())} of memory",
            *(f"note: {note}" for note in plan.notes),
        ]
    )


def _sum_up(output: str, settings: dict[str, Any]) -> str:
    from ..words import printable

    return f"wrote {printable(output)} after {settings['seconds']:.2g} s"
