"""Paint coarse to fine and at one size for the same processor time, and compare terms and pictures.

    python bench/scales.py --pictures FOLDER [--scales 128:150,256:80,512:35] [--against PRESET]
        [--whole] [--results FILE]

For each pair of a photograph and a style, and each start, the first side of the comparison is
painted to its end; the other one is stopped when it has used as much processor time, or with
`--whole` painted to its own end.  Loss terms are those of the last size, with the first side's
weights for both pictures; the table has the first side's over the second's.  FOLDER gets a contact
sheet for each pair, and all.jpg, with all of them.  What FILE has already is not painted again.
Prints Markdown.

Photographs and styles are the built-in ones; `--contents` and `--styles` take others.  The full
grid is nine pairs and two starts: three photographs, three styles, both starts.
"""

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

import backpaint
from backpaint.cli.shared.request import scales_changes
from backpaint.examples import example_path
from backpaint.painting.control import Control
from backpaint.painting.painting import Painting
from backpaint.painting.standing import Record
from backpaint.problem.pixels import to_variable
from backpaint.problem.recipe import Recipe

PHOTOGRAPHS, STYLES = ("cat", "astronaut"), ("swirls", "mosaic", "woodcut")
LINE = 14
"""Pixels of a sheet's captions."""


@dataclass(frozen=True)
class Row:
    """What came of one pair and start: terms of both pictures, and their processor seconds."""

    pair: str
    start: str
    terms: tuple[dict[str, float], dict[str, float]]
    seconds: tuple[float, float]

    def ratio(self, kind: str) -> float:
        """Return the first picture's terms of a kind over the second's."""
        one, other = (
            sum(value for name, value in terms.items() if name.startswith(kind))
            for terms in self.terms
        )
        return one / other


def side(
    recipe: Recipe, content: Path, style: Path, start: str, limit: float | None
) -> tuple[Painting, float]:
    """Paint, to the end or until so many seconds of processor time are used."""
    control, begin = Control(), time.process_time()

    def watch(record: Record) -> None:
        if limit is not None and time.process_time() - begin >= limit:
            control.stop("the time is used up")

    made = backpaint.recipe(recipe, init="noise" if start == "noise" else "content")
    painting = backpaint.paint(content, style, preset=made, control=control, callback=watch)
    return painting, time.process_time() - begin


def compared(
    recipes: tuple[Recipe, Recipe], content: Path, style: Path, start: str, *, whole: bool
) -> tuple[Row, list[Painting]]:
    """Paint both sides, and judge both pictures by the first side's last size."""
    first, used = side(recipes[0], content, style, start, None)
    second, spent = side(recipes[1], content, style, start, None if whole else used)
    judge = backpaint.objective(content, style, preset=recipes[0])
    variable = judge.problem.recipe.variable
    terms = tuple(judge.terms(to_variable(one.pixels, variable).ravel()) for one in (first, second))
    row = Row(f"{content.stem}, {style.stem}", start, (terms[0], terms[1]), (used, spent))
    return row, [first, second]


def sheet(pictures: Sequence[NDArray[np.uint8]], captions: Sequence[str]) -> Image.Image:
    """Put pictures beside one another, each with a line above."""
    height, width = pictures[0].shape[:2]
    whole = Image.new("RGB", (width * len(pictures), height + LINE), "white")
    draw = ImageDraw.Draw(whole)
    for place, (pixels, caption) in enumerate(zip(pictures, captions, strict=True)):
        whole.paste(Image.fromarray(pixels), (place * width, LINE))
        draw.text((place * width + 2, 1), caption, fill="black")
    return whole


def overview(sheets: Sequence[Image.Image], columns: int = 3) -> Image.Image:
    """Put sheets into one picture, at half their size."""
    small = [one.reduce(2) for one in sheets]
    rows = [small[place : place + columns] for place in range(0, len(small), columns)]
    heights = [max(one.height for one in row) for row in rows]
    width = max(one.width for one in small)
    whole = Image.new("RGB", (width * columns, sum(heights)), "white")
    for number, row in enumerate(rows):
        for place, one in enumerate(row):
            whole.paste(one, (place * width, sum(heights[:number])))
    return whole


def table(rows: Sequence[Row]) -> str:
    """Write the comparison in Markdown, the medians at the end."""
    lines = [
        "| pair | start | style | content | processor seconds |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        used, spent = row.seconds
        ratios = f"{row.ratio('style'):.2f} | {row.ratio('content'):.2f}"
        lines.append(f"| {row.pair} | {row.start} | {ratios} | {used:.0f}, {spent:.0f} |")
    style, content = (statistics.median(row.ratio(kind) for row in rows)
                      for kind in ("style", "content"))  # fmt: skip
    lines.append(f"| median of {len(rows)} | | {style:.2f} | {content:.2f} | |")
    return "\n".join(lines)


def recipes_of(options: argparse.Namespace) -> tuple[Recipe, Recipe]:
    """Make both sides: with scales and without, of one preset or of two."""
    asked = {"scales": options.scales, "size": None, "iterations": None, "changes": ()}
    first = backpaint.recipe(options.preset, changes=scales_changes(asked))
    other = {"scales": None, "images.size": first.images.size}
    count = None if options.whole else 10_000  # long enough to be stopped by its time
    if options.against is None:
        return first, backpaint.recipe(first, iterations=count, changes={"scales": None})
    return first, backpaint.recipe(options.against, iterations=count, changes=other)


def known_rows(path: Path | None) -> list[Row]:
    """Read what was measured before."""
    lines = path.read_text("utf-8").splitlines() if path is not None and path.exists() else []
    return [Row(**json.loads(line)) for line in lines]


def keep(path: Path | None, row: Row) -> None:
    """Write a row down."""
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(row)) + "\n")


def main() -> None:
    """Paint all pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--preset", default="gatys")
    parser.add_argument("--against", metavar="PRESET", help="of the other side; default: the same")
    parser.add_argument("--scales", default="128:150,256:80,512:35")
    parser.add_argument("--whole", action="store_true", help="the other side to its own end, too")
    parser.add_argument("--results", type=Path, metavar="FILE", help="keep rows there, as JSON")
    parser.add_argument("--starts", nargs="+", default=["content", "noise"])
    photographs = [example_path(name) for name in PHOTOGRAPHS]
    styles = [example_path(name) for name in STYLES]
    parser.add_argument("--contents", type=Path, nargs="+", default=photographs)
    parser.add_argument("--styles", type=Path, nargs="+", default=styles)
    options = parser.parse_args()
    recipes, rows = recipes_of(options), known_rows(options.results)
    known = {(row.pair, row.start) for row in rows}
    other = "one size, as long" if options.against is None else options.against
    options.pictures.mkdir(parents=True, exist_ok=True)
    for content in options.contents:
        for style in options.styles:
            for start in options.starts:
                if (f"{content.stem}, {style.stem}", start) in known:
                    continue
                row, made = compared(recipes, content, style, start, whole=options.whole)
                keep(options.results, row)
                rows.append(row)
                sides = (options.scales, other)
                captions = [f"{s}, {n:.0f} s" for s, n in zip(sides, row.seconds, strict=True)]
                name = f"{content.stem}-{style.stem}-{start}.png"
                sheet([one.image for one in made], captions).save(options.pictures / name)
    print(table(rows))
    sheets = [Image.open(path) for path in sorted(options.pictures.glob("*-*-*.png"))]
    if sheets:
        overview(sheets).save(options.pictures / "all.jpg", quality=80)


if __name__ == "__main__":
    main()
