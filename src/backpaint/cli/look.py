"""``backpaint look``: what a layer sees in a picture."""

from typing import TYPE_CHECKING, Any

import click

from .shared import completions
from .shared.chosen import chosen_weights
from .shared.options import TRUST_OPTION, with_options
from .shared.view_output import VIEW_OPTIONS

if TYPE_CHECKING:
    from ..views.view import View


@click.command(short_help="Draw a layer's channels, its filters, or a picture's edges.")
@click.argument("images", metavar="[IMAGE]...", nargs=-1, shell_complete=completions.file_names)
@with_options(VIEW_OPTIONS)
@click.option(
    "--layer",
    default="conv3_1",
    shell_complete=completions.layer_names,
    show_default=True,
    metavar="NAME",
    help="conv3_1 (before its ReLU), relu3_1 (after it), pool3.",
)
@click.option(
    "--filters",
    is_flag=True,
    help="What channels answer to: conv1_1's filters as colors; for deeper layers the "
    "gradient of each channel's strongest answer in IMAGE.",
)
@click.option(
    "--edges",
    type=click.Choice(["highpass", "sobel"]),
    help="Instead of a layer: how each IMAGE changes along rows and columns.",
)
@click.option("--channels", metavar="A,B,...", help="Which channels; absent: the strongest.")
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="How many of the strongest.")
@click.option(
    "--size",
    type=click.IntRange(min=1),
    default=512,
    show_default=True,
    metavar="PIXELS",
    help="Shrink the longer side to this.",
)
@click.option(
    "--weights",
    default="vgg19",
    show_default=True,
    metavar="FILE|vgg16|vgg19",
    help="The network.",
    shell_complete=completions.network_names,
)
@TRUST_OPTION
def look(
    images: tuple[str, ...], output: str, quiet: bool, no_clobber: bool, **options: Any
) -> None:
    """Draw what a layer sees in IMAGE, its strongest channels first.

    A channel's strength is the root of its mean square, which is what it counts in the style.

    \b
    backpaint look cat.jpg -o channels.png --layer conv3_1
    backpaint look cat.jpg -o two.png --layer relu4_2 --channels 4,126
    backpaint look -o filters.png --filters --layer conv1_1
    backpaint look cat.jpg -o answers.png --filters --layer relu3_3
    backpaint look content.jpg style.jpg painting.png -o edges.png --edges sobel
    """
    from .shared.outputs import Outputs

    outputs = Outputs(output, quiet=quiet, no_clobber=no_clobber)
    outputs.check(*images, options["weights"])
    view = _edges(images, options) if options["edges"] else _layer(images, options)
    outputs.say_replaced()
    outputs.save(view.save)
    outputs.say(f"wrote {output}")


def _edges(images: tuple[str, ...], options: dict[str, Any]) -> "View":
    from ..views import look_at_edges

    if options["filters"] or options["channels"] or options["top"]:
        raise click.UsageError("--edges looks at no layer; leave out --filters, --channels, --top")
    if not images:
        raise click.UsageError("--edges needs a picture; give at least one IMAGE")
    return look_at_edges(images, options["edges"], size=options["size"])


def _layer(images: tuple[str, ...], options: dict[str, Any]) -> "View":
    from .. import views

    if len(images) > 1 or not (images or options["filters"]):
        raise click.UsageError(f"found {len(images)} pictures, expected one IMAGE")
    wanted: dict[str, Any] = {
        "channels": parse_channels(options["channels"]),
        "size": options["size"],
        "weights": chosen_weights(options["weights"], options["trust_weights"]),
    }
    if options["top"]:
        wanted["top"] = options["top"]
    if options["filters"]:
        return views.look_at_filters(options["layer"], images[0] if images else None, **wanted)
    return views.look(images[0], options["layer"], scale=options["scale"], **wanted)


def parse_channels(text: str | None) -> tuple[int, ...] | None:
    """Read ``3,17,200``."""
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise click.BadParameter(
            f"found {text!r}, expected whole numbers such as 3,17,200", param_hint="--channels"
        )
    return tuple(int(part) for part in parts)
