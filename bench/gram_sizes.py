"""How large the Gram matrices of styles are, and the features of photographs, layer by layer.

    python bench/gram_sizes.py [--size 128] [FILE...]

For each picture, the built-in ones or those that are named: the sum of squares of each Gram matrix
of the preset `gatys` over its own divisor, 4 C^2, and the mean square of the content's features.
A loss at a blank start is about so large, so the ratios tell how much more one style pulls than
another at the same weight.  Prints Markdown.
"""

import argparse
from pathlib import Path

import numpy as np

import backpaint
from backpaint.examples import EXAMPLES, example_path
from backpaint.presets import load_preset
from backpaint.reference.objective import ReferenceObjective
from backpaint.reference.squared_error import sum_of_squares

GATYS = load_preset("gatys")


def sizes(picture: Path, size: int) -> list[float]:
    """Return the size of each Gram matrix of a picture, and that of its content's features."""
    engine = backpaint.Reference(dtype="float32")
    objective = backpaint.objective(picture, picture, preset=GATYS, size=size, engine=engine)
    assert isinstance(objective, ReferenceObjective)
    grams = objective.style_targets[0].values()
    (features,) = objective.content_targets.values()
    of_grams = [sum_of_squares(np.asarray(gram)) / (4 * len(gram) ** 2) for gram in grams]  # type: ignore[arg-type]
    return [*of_grams, sum_of_squares(features) / features.size]


def main() -> None:
    """Measure all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("files", type=Path, nargs="*", metavar="FILE")
    options = parser.parse_args()
    assert GATYS.style is not None
    heads = ["", *GATYS.style.layers, "features of relu4_2"]
    print("| " + " | ".join(heads) + " |\n|---|" + "---:|" * (len(heads) - 1))
    rows = []
    for picture in options.files or map(example_path, EXAMPLES):
        rows.append(sizes(picture, options.size))
        print(f"| {picture.stem} | " + " | ".join(f"{one:.2g}" for one in rows[-1]) + " |")
    factors = np.max(rows, axis=0) / np.min(rows, axis=0)
    print("| most over least | " + " | ".join(f"{factor:.0f}" for factor in factors) + " |")


if __name__ == "__main__":
    main()
