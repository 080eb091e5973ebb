"""What the scripts of this folder share: the built-in pictures, and captioned panels as a PNG."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from backpaint.examples import example_path

HERE = Path(__file__).parent
CAT, SWIRLS = example_path("cat"), example_path("swirls")
INK = {"fontsize": 8}


def panels(
    pictures: Sequence[NDArray], captions: Sequence[str], columns: int, width: float = 8.0
) -> Figure:
    """Put pictures of one size into a grid; maps of one channel are drawn from dark to bright."""
    rows = -(-len(pictures) // columns)
    height, across = pictures[0].shape[:2]
    figure = Figure(
        figsize=(width, rows * (width / columns * height / across + 0.26)), layout="constrained"
    )
    figure.get_layout_engine().set(w_pad=0.01, h_pad=0.01, wspace=0.01, hspace=0.01)
    for axes in figure.subplots(rows, columns, squeeze=False).ravel():
        axes.axis("off")
    for axes, picture, caption in zip(figure.axes, pictures, captions, strict=False):
        axes.imshow(picture, cmap="magma", interpolation="bilinear")
        axes.set_title(caption, pad=3, **INK)
    return figure


def save(figure: Figure, name: str, dpi: int = 110) -> None:
    """Write a figure as a PNG of 256 colors beside this script."""
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=dpi, format="png")
    with Image.open(drawn) as image:
        small = image.convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG)
        small.save(HERE / f"{name}.png", optimize=True)
    print(f"{name}.png: {(HERE / f'{name}.png').stat().st_size // 1024} KB")


def magnitude(gradient: NDArray, shape: tuple[int, int, int]) -> NDArray:
    """Sum a flat gradient's absolute values over colors; the root lets small ones be seen, too."""
    total = np.abs(gradient.reshape(shape)).sum(axis=2)
    return np.sqrt(total / total.max())
