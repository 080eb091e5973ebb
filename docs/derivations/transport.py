"""Draw the Wasserstein gradient of a cat in the style of swirls: transport.png.

python docs/derivations/transport.py
"""

from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
import matplotlib.pyplot as plt

from backpaint.examples import example_path
from backpaint.images import read_image, resize
from backpaint.presets import load_preset
from backpaint.problem.pixels import network_input_map
from backpaint.problem.term_constants import StyleConstants
from backpaint.reference.network import Network
from backpaint.reference.statistic_term import normal_of, statistic_term
from backpaint.weights import load_weights

LAYER, CHANNELS, SIDE = "conv2_1", (113, 69), 64
EVERY = 29
"""Which positions get a line."""


def features(name: str) -> np.ndarray:
    """Compute two channels of a layer for a picture that comes with backpaint."""
    recipe, weights = load_preset("gatys"), load_weights("vgg19")
    depth = [layer.name for layer in weights.layers].index(LAYER) + 1
    network = Network(
        weights.layers[:depth],
        weights,
        recipe.network,
        network_input_map(recipe, weights.normalization),
        np.float64,
    )
    picture = resize(read_image(example_path(name)).pixels, SIDE, SIDE * 3 // 2)
    return network.forward(picture, [LAYER])[LAYER][..., list(CHANNELS)]


def ellipse(mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """List points at two standard deviations, (100, 2)."""
    values, vectors = np.linalg.eigh(covariance)
    angle = np.linspace(0, 2 * np.pi, 100)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    return mean + 2 * (vectors @ (np.sqrt(values)[:, None] * circle)).T


def main() -> None:
    """Draw the figure."""
    cat, swirls = features("cat"), features("swirls")
    positions = cat.shape[0] * cat.shape[1]
    constants = StyleConstants("", 0, 1.0, 1.0, 1.0, 1.0, statistic="wasserstein", epsilon=1e-6)
    _, gradient = statistic_term(cat, normal_of(swirls), constants)
    ways = -gradient * (cat.shape[2] * positions / 2)
    figure, axes = plt.subplots(figsize=(5.2, 5.2), dpi=110)
    for cloud, color, name in ((cat, "tab:blue", "cat"), (swirls, "tab:orange", "swirls")):
        normal, points = normal_of(cloud), cloud.reshape(-1, 2)
        axes.plot(*points[::7].T, ".", color=color, ms=2, alpha=0.5)
        axes.plot(*ellipse(normal.mean, normal.covariance).T, color=color, lw=2, label=name)
    here, there = cat.reshape(-1, 2)[::EVERY], ways.reshape(-1, 2)[::EVERY]
    for point, way in zip(here, there, strict=True):
        axes.plot(*np.stack([point, point + way]).T, color="gray", lw=0.4)
    axes.set_xlabel(f"{LAYER}, channel {CHANNELS[0]}")
    axes.set_ylabel(f"{LAYER}, channel {CHANNELS[1]}")
    axes.set_aspect("equal")
    axes.legend()
    figure.tight_layout()
    figure.savefig(Path(__file__).with_name("transport.png"))


if __name__ == "__main__":
    main()
