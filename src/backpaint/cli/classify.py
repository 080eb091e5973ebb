"""``backpaint classify``: what the network takes a photograph for."""

import click

from .shared import completions
from .shared.options import TRUST_OPTION


@click.command(short_help="Name what a photograph shows (needs weights with the classifier head).")
@click.argument("image", metavar="IMAGE", shell_complete=completions.file_names)
@click.option("--weights", required=True, metavar="FILE", help="VGG-16 or VGG-19 with its head.")
@TRUST_OPTION
@click.option(
    "--top",
    type=click.IntRange(1, 1000),
    default=5,
    show_default=True,
    help="How many classes to print.",
)
def classify(image: str, weights: str, trust_weights: bool, top: int) -> None:
    """Print the most probable of the 1000 ImageNet classes.

    The embedded weights have no classifier head; MatConvNet's and Keras's full files do.

    \b
    backpaint classify dog.jpg --weights imagenet-vgg-verydeep-19.mat
    """
    from ..images import read_image
    from ..views.classify import classify as probabilities_of
    from ..weights import load_weights

    network = load_weights(weights, trust=trust_weights)
    probabilities = probabilities_of(read_image(image).pixels, network)
    for index in probabilities.argsort()[::-1][:top]:
        click.echo(f"{probabilities[index]:8.4f}  {network.class_name(index)}")
