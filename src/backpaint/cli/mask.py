"""``backpaint mask``: what a map of colors, or a mask, will mean to a run."""

from typing import Any

import click

from .shared import completions
from .shared.options import preset_option, size_option


@click.command(short_help="List the regions of a map, and at which layers each is empty.")
@click.argument("picture", metavar="MAP", shell_complete=completions.file_names)
@preset_option()
@size_option()
@click.option(
    "--propagate",
    type=click.Choice(["average", "inside", "touching"]),
    help="How pixels become positions of a layer.  [default: the recipe's, average]",
)
@click.option("--gray", is_flag=True, help="MAP is one mask, white where it counts.")
def mask(picture: str, preset: str, size: int | None, propagate: str | None, gray: bool) -> None:
    """List the colors of MAP, how much of the picture each has, and where it vanishes.

    A region that is empty at a layer does not count there; one that is empty at all of them is
    refused.

    \b
    backpaint mask map.png
    backpaint mask map.png --size 256 --propagate inside
    backpaint mask sky.png --gray
    """
    from ..masks import ColorMap
    from ..masks.describe import describe_regions, regions_of_map
    from ..masks.picture import mask_of, photograph_of_map
    from ..presets import recipe
    from ..weights import load_weights

    changes: dict[str, Any] = {} if propagate is None else {"masks.propagate": propagate}
    made = recipe(preset, size=size, changes=changes)
    if gray:
        one = mask_of(picture)
        regions = [(one.name, one)]
    else:
        regions = regions_of_map(ColorMap.of(photograph_of_map(picture)))
    for line in describe_regions(regions, made, load_weights(made.weights).layers):
        click.echo(line)
