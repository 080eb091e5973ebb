"""``backpaint weights``: what a weights file holds."""

import click


@click.group(short_help="Tell what a weights file holds.")
def weights() -> None:
    """Look at VGG weights: embedded ones, or a file's."""


@weights.command(short_help="Print format, layers, channel order, mean, hash and precision.")
@click.argument("source", metavar="FILE|vgg16|vgg19")
def info(source: str) -> None:
    """Print what is known of a weights file or of an embedded network.

    \b
    backpaint weights info vgg19
    backpaint weights info imagenet-vgg-verydeep-19.mat
    """
    from ..weights import WeightsSummary, describe, load_weights

    summary: WeightsSummary = describe(load_weights(source))
    normalization = summary.normalization
    rows = {
        "origin": summary.origin,
        "format": summary.format,
        "architecture": summary.architecture,
        "precision": summary.precision,
        "parameters": f"{summary.parameters:,}",
        "layers": f"{summary.layers[0]} to {summary.layers[-1]} ({len(summary.layers)})",
        "classifier head": "yes" if summary.has_head else "no",
        "class names": summary.classes or "none",
        "trained by": normalization.family,
        "channel order": normalization.order,
        "scale": f"{normalization.scale:.6g}",
        "mean (R, G, B)": ", ".join(f"{value:.6g}" for value in normalization.mean),
        "deviation": ", ".join(f"{value:.6g}" for value in normalization.std),
        "first layer": summary.resembles,
        "sha256": summary.sha256,
    }
    for name, value in rows.items():
        click.echo(f"{name:<17}{value}")
    if summary.activation_errors:
        click.echo("error of the 8-bit weights against full precision, relative root mean square:")
    for layer, error in summary.activation_errors.items():
        click.echo(f"  {layer:<10}activations {error:.2%}")
    if summary.attribution:
        click.echo(f"\n{summary.attribution}")
