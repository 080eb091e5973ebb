"""Paint the gallery: six presets on the built-in pictures, each beside its content and style.

    python docs/gallery.py [NAME...]

Writes docs/gallery/NAME.jpg for each, and docs/gallery/README.md with the commands and losses.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

import backpaint
from backpaint.examples import example_path
from backpaint.images import fit, read_image
from backpaint.presets import load_preset
from backpaint.problem.recipe import Images

GALLERY = Path(__file__).parent / "gallery"
HEIGHT, GAP = 300, 6


@dataclass(frozen=True)
class Piece:
    """One picture of the gallery, painted by one preset."""

    preset: str
    content: str
    style: str | None
    size: int
    iterations: int
    text: str

    @property
    def command(self) -> str:
        """The command line that paints it, with the built-in pictures by name."""
        job = f"paint {self.content}.jpg {self.style}.jpg"
        if self.style is None:
            job = f"reconstruct {self.content}.jpg --layer conv4_2"
        return (
            f"backpaint {job} -o {self.preset}.png --preset {self.preset} --size {self.size} "
            f"--iterations {self.iterations}"
        )


PIECES = (
    Piece("backpaint", "cat", "swirls", 512, 30, "The default."),
    Piece("gatys", "cat", "swirls", 512, 250, "The paper."),
    Piece("tf-vgg16-lbfgs", "astronaut", "mosaic", 320, 15,
          "VGG-16 from noise, with exchanged means and reversed channels; 15 cold starts of "
          "L-BFGS with 20 evaluations each."),
    Piece("tf-tutorial", "cat", "woodcut", 320, 400,
          "Adam with a large epsilon, total variation on."),
    Piece("pytorch-adam", "cat", "mosaic", 224, 500,
          "Small steps from the content; the style outweighs it by far, the start decides."),
    Piece("caffe-content", "cat", None, 256, 500,
          "What conv4_2 of VGG-19 still knows of the cat, found from noise."),
)  # fmt: skip


def paint(piece: Piece) -> dict[str, object]:
    """Paint one piece, put it beside its sources, and tell how it went."""
    sources = [read_image(example_path(piece.content))]
    if piece.style is not None:
        sources.append(read_image(example_path(piece.style)))
    painting = backpaint.paint(
        sources[0],
        sources[1:] or None,
        preset=piece.preset,
        size=piece.size,
        iterations=piece.iterations,
    )
    row = [picture.pixels for picture in sources] + [painting.pixels]
    save_row(row, GALLERY / f"{piece.preset}.jpg")
    print(f"{piece.preset}: {painting.reason}; loss {painting.loss:.4g}", flush=True)
    return {
        "preset": piece.preset,
        "evaluations": len(painting.history),
        "first": painting.history[0].loss,
        "last": painting.loss,
    }


def save_row(pictures: list[np.ndarray], path: Path) -> None:
    """Write pictures side by side at one height, with white between them."""
    rule = Images(size=HEIGHT, side="height", filter="lanczos")
    row = []
    for picture in pictures:
        width = round(picture.shape[1] * HEIGHT / picture.shape[0])
        row += [fit(picture, (HEIGHT, width), rule), np.full((HEIGHT, GAP, 3), 255.0)]
    pixels = np.rint(np.concatenate(row[:-1], axis=1)).astype(np.uint8)
    Image.fromarray(pixels).save(path, quality=88)


def write_page(results: dict[str, dict[str, object]]) -> None:
    """Write the gallery's page from what is known of all pieces."""
    lines = [
        "# Gallery",
        "",
        "Painted by `python docs/gallery.py`, as the commands do, from",
        "[the pictures that come with backpaint](../../src/backpaint/examples/README.md) and the",
        "embedded weights. Left to right: content, style, painting.",
    ]
    for piece in PIECES:
        result = results.get(piece.preset)
        if result is None:
            continue
        lines += [
            "",
            f"## {piece.preset}",
            "",
            f"{load_preset(piece.preset).title}. {piece.text}",
            "",
            f"![{piece.preset}]({piece.preset}.jpg)",
            "",
            f"    {piece.command}",
            "",
            f"Loss {result['first']:.4g} at the start, {result['last']:.4g} after "
            f"{result['evaluations']} evaluations.",
        ]
    (GALLERY / "README.md").write_text("\n".join([*lines, ""]), encoding="utf-8")


def main() -> None:
    """Paint the pieces that are named, or all."""
    GALLERY.mkdir(exist_ok=True)
    kept = GALLERY / "losses.json"
    results = json.loads(kept.read_text()) if kept.exists() else {}
    for piece in PIECES:
        if piece.preset in (sys.argv[1:] or [piece.preset]):
            results[piece.preset] = paint(piece)
            kept.write_text(json.dumps(results, indent=1) + "\n")
            write_page(results)


if __name__ == "__main__":
    main()
