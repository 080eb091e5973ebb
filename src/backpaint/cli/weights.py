"""``backpaint weights``: what a weights file holds, and where to get one."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .shared import completions

if TYPE_CHECKING:
    from ..weights import Normalization, WeightsSummary


@click.group(short_help="Tell what a weights file holds; fetch, convert and verify them.")
def weights() -> None:
    """Look at VGG weights: embedded ones, or a file's."""


@weights.command(short_help="Print format, layers, channel order, mean, hash and precision.")
@click.argument("source", metavar="FILE|vgg16|vgg19", shell_complete=completions.network_names)
def info(source: str) -> None:
    """Print what is known of a weights file or of an embedded network.

    A file whose numbers contradict its format is described too; other commands refuse it.

    \b
    backpaint weights info vgg19
    backpaint weights info imagenet-vgg-verydeep-19.mat
    """
    from ..weights import describe, load_weights
    from ..weights.recognize import TITLES

    weights = load_weights(source, trust=True)
    summary = describe(weights, None if weights.format == "embedded" else Path(source))
    rows = {
        "format": TITLES.get(summary.format, summary.format),
        "network": _network(summary),
        "left out": "; ".join(summary.left_out) or "nothing",
        "class names": f"{summary.classes}" if summary.classes else "none",
        "numbers": f"{summary.parameters:,}, stored as {summary.precision}",
        "expects": _expectation(summary.normalization),
        "first layers": summary.resembles,
        "difference": _differences(summary),
        "published as": summary.published,
        "sha256": summary.sha256,
    }
    for name, value in rows.items():
        click.echo(f"{name:<14}{value}")
    if summary.activation_errors:
        click.echo("\nWhat 8 bits a weight cost, where full precision is known (root mean square):")
        click.echo(f"{'layer':<10}{'filters':>9}{'behind ReLU':>13}")
        for layer, error in summary.activation_errors.items():
            name = layer.replace("relu", "conv")
            click.echo(f"{name:<10}{summary.weight_errors[name]:>9.2%}{error:>13.2%}")
    if summary.attribution:
        click.echo(f"\n{summary.attribution}")


def _differences(summary: "WeightsSummary") -> str:
    layers = ", ".join(f"{name} {value:.2%}" for name, value in summary.differences.items())
    return f"{layers} from the embedded network" if layers else "nothing to compare with"


def _network(summary: "WeightsSummary") -> str:
    convolutions = sum(name.startswith("conv") for name in summary.layers)
    head = "with its classifier head" if summary.has_head else "no classifier head"
    return (
        f"{summary.architecture}, {convolutions} convolutions, {summary.layers[0]} to "
        f"{summary.layers[-1]}, {head}"
    )


def _expectation(normalization: "Normalization") -> str:
    """Write out what the network was trained to see."""

    def three(values: tuple[float, float, float]) -> str:
        return f"({', '.join(f'{value:.6g}' for value in values)})"

    order = ", ".join(normalization.order.upper())
    white = f"{255 * normalization.scale:.6g}"
    deviation = f", over {three(normalization.std)}" if set(normalization.std) != {1.0} else ""
    return (
        f"{order} from 0 to {white}, minus {three(normalization.mean)}{deviation} of red, green, "
        f"blue, as {normalization.family} trained"
    )


@weights.command("list", short_help="List published networks that can be fetched.")
def list_published() -> None:
    """List published networks, and which of them are here already."""
    from ..weights.registry import cache_folder, published

    folder = cache_folder()
    for entry in published().values():
        here = "here" if (folder / entry.file).exists() else f"{entry.megabytes} MB"
        click.echo(f"{entry.name:<20}{here:<9}{entry.title} ({entry.license})")
    click.echo(f"\nFetched files lie in {folder}; vgg16 and vgg19 come with backpaint.")


@weights.command(short_help="Download a published network.")
@click.argument("name", shell_complete=completions.published_names)
def fetch(name: str) -> None:
    """Download a published network once, and print its path.

    \b
    backpaint weights list
    backpaint paint photo.jpg style.jpg --weights "$(backpaint weights fetch torchvision-vgg16)"
    """
    from ..weights.fetch import fetch as fetch_file
    from ..weights.registry import by_name
    from ..words import printable

    entry = by_name(name)
    path = fetch_file(entry, notice=lambda line: click.echo(printable(line), err=True))
    click.echo(f"{entry.file}: {entry.proof}", err=True)
    click.echo(f"please cite: {entry.citation}", err=True)
    click.echo(path)


@weights.command(short_help="Write a file that loads at once.")
@click.argument("source", metavar="FILE|vgg16|vgg19", shell_complete=completions.network_names)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
@click.option("--trust-weights", is_flag=True, help="Even if the numbers contradict the format.")
def convert(source: str, output: Path, trust_weights: bool) -> None:
    """Convert weights to safetensors, float32, which loads in a fraction of a second.

    \b
    backpaint weights convert imagenet-vgg-verydeep-19.mat -o vgg19.safetensors
    """
    from ..errors import UsageError
    from ..regular_file import is_same_file
    from ..weights import load_weights
    from ..weights.formats.safetensors import write
    from ..whole_file import require_writable
    from ..words import printable

    require_writable(output)
    if is_same_file(source, output):
        raise UsageError(f"{output} is the input as well as the output; choose another output")
    write(output, load_weights(source, trust=trust_weights))
    click.echo(f"{printable(output)} ({output.stat().st_size / 1e6:.0f} MB)")


@weights.command(short_help="Check a file: its numbers, and whether it is a published one.")
@click.argument("source", metavar="FILE", shell_complete=completions.network_names)
def verify(source: str) -> None:
    """Read a whole file, check its arrangement, and compare its hash with the published ones."""
    from ..weights import load_weights
    from ..weights.describe import EMBEDDED
    from ..weights.registry import describe_match
    from ..words import printable

    loaded = load_weights(source)
    click.echo(
        f"{printable(source)}: {loaded.origin}; shapes, numbers and first layer are in order"
    )
    click.echo(f"sha256 {loaded.sha256}")
    is_ours = loaded.format == "embedded"
    known = EMBEDDED if is_ours else describe_match(Path(source), loaded.sha256)
    click.echo(f"published file: {known}")
