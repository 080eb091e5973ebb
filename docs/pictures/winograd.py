"""Draw Winograd's transforms: on the cat, winograd.png, and as patterns, winograd_patterns.png."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from sheet import CAT, INK, save

from backpaint.cpu.convolution.winograd import FILTER, INPUT, OUTPUT, PLANES, TILE, WINDOW
from backpaint.images.read import read_image

EDGE = np.array([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])
"""A filter that finds vertical edges."""


def gray_square(side: int) -> NDArray[np.float64]:
    """Take the middle of the cat, as one channel, less its mean."""
    gray = read_image(CAT).pixels.mean(axis=2)
    top, left = ((length - side) // 2 for length in gray.shape)
    square = gray[top : top + side, left : left + side]
    return square - square.mean()


def by_winograd(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Filter a picture tile by tile: the transformed inputs (36, rows, columns), and the result."""
    rows, columns = (length // TILE for length in x.shape)
    framed = np.pad(x, 1)
    windows = np.array(
        [
            [
                framed[TILE * i : TILE * i + WINDOW, TILE * j : TILE * j + WINDOW]
                for j in range(columns)
            ]
            for i in range(rows)
        ]
    )  # (rows, columns, 6, 6)
    transformed = INPUT @ windows @ INPUT.T
    outputs = OUTPUT @ (transformed * filter_points()) @ OUTPUT.T  # (rows, columns, 4, 4)
    result = outputs.transpose(0, 2, 1, 3).reshape(x.shape)
    return transformed.reshape(rows, columns, PLANES).transpose(2, 0, 1), result


def filter_points() -> NDArray[np.float64]:
    """Transform the filter: (6, 6)."""
    return np.asarray(FILTER @ EDGE @ FILTER.T)


def directly(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Filter a picture by the definition."""
    framed, (height, width) = np.pad(x, 1), x.shape
    neighbors = (
        EDGE[a, b] * framed[a : a + height, b : b + width] for a in range(3) for b in range(3)
    )
    return np.asarray(sum(neighbors))


def mosaic(maps: NDArray[np.float64], gap: int) -> NDArray[np.float64]:
    """Lay 36 maps out in 6 rows, each stretched to -1..1, with nothing between them."""
    stretched = maps / np.abs(maps).max(axis=(1, 2), keepdims=True)
    framed = np.pad(stretched, ((0, 0), (0, gap), (0, gap)), constant_values=np.nan)
    height, width = framed.shape[1:]
    grid = framed.reshape(WINDOW, WINDOW, height, width).transpose(0, 2, 1, 3)
    return grid.reshape(WINDOW * height, WINDOW * width)[:-gap, :-gap]


def draw_cat() -> None:
    """Follow the cat through the transforms."""
    x = gray_square(256)
    transformed, result = by_winograd(x)
    error = np.abs(result - directly(x)).max() / np.abs(result).max()
    figure = Figure(figsize=(8, 2.5), layout="constrained")
    views = figure.subplots(1, 4)
    part = x[96:120, 112:136]
    views[0].imshow(part, cmap="gray")
    for i in range(0, 24, TILE):
        views[0].axhline(i - 0.5, color="white", lw=0.5)
        views[0].axvline(i - 0.5, color="white", lw=0.5)
    views[0].add_patch(Rectangle((6.5, 6.5), WINDOW, WINDOW, fill=False, color="red", lw=1.5))
    views[0].set_title("tiles of 4 x 4 outputs;\none reads 6 x 6 inputs", **INK)
    views[1].imshow(mosaic(transformed, 4), cmap="RdBu_r", vmin=-0.5, vmax=0.5)
    views[1].set_title("36 maps: at each point,\none number a tile", **INK)
    points = filter_points()
    limit = np.abs(points).max()
    views[2].imshow(points, cmap="RdBu_r", vmin=-limit, vmax=limit)
    views[2].set_title("each times the filter\nat that point", **INK)
    views[3].imshow(result, cmap="RdBu_r", vmin=-400, vmax=400)
    views[3].set_title(f"and back: the filtered picture\n(off by {error:.0e} in float64)", **INK)
    for view in views:
        view.axis("off")
    save(figure, "winograd")


def draw_patterns() -> None:
    """Draw what is summed up for each point, and where each product goes."""
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    titles = (
        "inputs: a sum over 6 x 6\nwith these factors",
        "filter: a sum over 3 x 3\nwith these factors",
        "outputs: the product, spread\nover 4 x 4 like this",
    )
    matrices = (INPUT, FILTER, OUTPUT.T)
    for view, title, matrix in zip(figure.subplots(1, 3), titles, matrices, strict=True):
        patterns = np.einsum("pa,qb->pqab", matrix, matrix).reshape(PLANES, *2 * matrix.shape[1:])
        view.imshow(mosaic(patterns, 1), cmap="RdBu_r", vmin=-1, vmax=1)
        view.set_title(title, **INK)
        view.axis("off")
    save(figure, "winograd_patterns")


if __name__ == "__main__":
    draw_cat()
    draw_patterns()
