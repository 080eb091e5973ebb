"""Draw the first layer's 64 filters, and what three of them see: filters.png."""

import numpy as np
from matplotlib.figure import Figure
from sheet import CAT, INK, save

from backpaint.images import read_image
from backpaint.reference.conv import conv_forward
from backpaint.weights import load_weights


def mosaic(filters: np.ndarray) -> np.ndarray:
    """Lay filters (3, 3, 3, 64) out in 8 rows, each stretched to 0..1, with gray between them."""
    low, high = filters.min(axis=(0, 1, 2)), filters.max(axis=(0, 1, 2))
    tiles = ((filters - low) / (high - low)).transpose(3, 0, 1, 2)  # (64, 3, 3, 3)
    framed = np.pad(tiles, ((0, 0), (0, 1), (0, 1), (0, 0)), constant_values=0.5)
    return framed.reshape(8, 8, 4, 4, 3).transpose(0, 2, 1, 3, 4).reshape(32, 32, 3)[:-1, :-1]


def main() -> None:
    """Draw the filters as colors on the left, and maps on the right."""
    weights = load_weights("vgg19")
    filters = weights.filters["conv1_1"].astype(float)
    if weights.normalization.order == "bgr":
        filters = filters[:, :, ::-1]  # so that red is drawn as red
    picture = read_image(CAT).pixels
    mean = np.array([123.68, 116.779, 103.939])
    maps = conv_forward(picture - mean, filters, weights.biases["conv1_1"].astype(float))
    strongest = np.argsort(maps.std(axis=(0, 1)))[::-1]

    figure = Figure(figsize=(8, 3.9), layout="constrained")
    grid = figure.add_gridspec(2, 4)
    axes = figure.add_subplot(grid[:, :2])
    axes.imshow(mosaic(filters), interpolation="nearest")
    axes.set_title("the 64 filters of conv1_1, each 3 x 3 pixels in color", **INK)
    places = ((0, 2), (0, 3), (1, 2), (1, 3))
    for place, index in zip(places, strongest[[0, 6, 12, 24]], strict=True):
        view = figure.add_subplot(grid[place])
        limit = np.abs(maps[:, :, index]).max() / 2
        view.imshow(maps[:, :, index], cmap="RdBu_r", vmin=-limit, vmax=limit)
        view.set_title(f"filter in row {index // 8 + 1}, column {index % 8 + 1}", **INK)
    for axes in figure.axes:
        axes.axis("off")
    save(figure, "filters")


if __name__ == "__main__":
    main()
