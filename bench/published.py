"""Paint what original systems have published losses of, and put ours beside them.

    python bench/published.py PICTURES [VGG16]

PICTURES is a folder with the originals' pictures, which do not come with backpaint: `elephant.jpg`
and `wave.jpg` of hnarayanan/artistic-style-transfer, `Tuebingen_Neckarfront.jpg` and
`vangogh_starry_night.jpg` of leongatys/PytorchNeuralStyleTransfer.  VGG16 is a file of VGG-16 in
full precision; without it the embedded one does.  Presets whose page says that no losses are
published are named below the table.  Writes bench/results/published.md.
"""

import sys
from itertools import pairwise
from pathlib import Path

import backpaint
from backpaint.presets import preset_names
from backpaint.problem.recipe import Recipe

PAGES = Path(__file__).parents[1] / "docs" / "systems"
RESULTS = Path(__file__).parent / "results" / "published.md"
ROUNDS = (7.3757336e10, 3.6524343e10)
"""What the article behind tf-vgg16-lbfgs prints after its first two rounds."""
EVALUATIONS = {49: 1388532.5, 99: 707860.75}
"""What gatys-pytorch's notebook prints as "50" and "100": it counts one more than it has made."""
NOTEBOOK = ("Tuebingen_Neckarfront.jpg", "vangogh_starry_night.jpg")
"""Its photograph and its painting."""


def losses_of_rounds(pictures: Path, weights: str | Path, rounds: int = 2) -> list[float]:
    """Return the loss at the end of each round of tf-vgg16-lbfgs.

    Notes
    -----
    A round begins where the last one ended, so that point is evaluated twice.
    """
    painting = backpaint.paint(
        pictures / "elephant.jpg",
        pictures / "wave.jpg",
        preset=backpaint.recipe("tf-vgg16-lbfgs", iterations=rounds),
        weights=weights,
        engine="cpu",
    )
    losses = [record.loss for record in painting.history]
    return [*(one for one, next_one in pairwise(losses) if one == next_one), painting.loss]


def losses_of_evaluations(pictures: Path, count: int) -> list[float]:
    """Return the losses of gatys-pytorch's first evaluations."""
    content, style = (pictures / name for name in NOTEBOOK)
    painting = backpaint.paint(content, style, preset=one_step(count), engine="cpu")
    return [record.loss for record in painting.history]


def one_step(count: int) -> Recipe:
    """Return gatys-pytorch's recipe for its first evaluations.

    Notes
    -----
    The curvature goes on from one step of twenty to the next, so one long step is the same.
    """
    changes = {
        "optimizer.iterations": count,
        "optimizer.iterations_per_step": count,
        "optimizer.evaluations_per_step": 2 * count,
    }
    return backpaint.recipe("gatys-pytorch", changes=changes)


def unpublished() -> str:
    """Name the presets whose page says that there is nothing to compare with."""
    heading = "## Published numbers\n\nNo losses are published for it"
    names = [
        name
        for name in preset_names()
        if heading in (PAGES / f"{name}.md").read_text(encoding="utf-8")
    ]
    return f"No losses are published for {', '.join(names)}."


def main() -> None:
    """Paint both and write the table."""
    pictures = Path(sys.argv[1])
    weights = sys.argv[2] if len(sys.argv) > 2 else "vgg16"
    lines = [
        "# Published losses and ours",
        "",
        "Written by `python bench/published.py PICTURES VGG16`, engine `cpu`, seed 0.",
        "",
        "| preset | at | published | ours | difference |",
        "|---|---|---:|---:|---:|",
    ]
    ours = losses_of_rounds(pictures, weights)
    rows = [("tf-vgg16-lbfgs", f"round {i + 1}", ROUNDS[i], ours[i]) for i in range(2)]
    losses = losses_of_evaluations(pictures, max(EVALUATIONS))
    rows += [
        ("gatys-pytorch", f"evaluation {count}", published, losses[count - 1])
        for count, published in EVALUATIONS.items()
    ]
    lines += [
        f"| {name} | {at} | {published:.9g} | {found:.6g} | {found / published - 1:+.1%} |"
        for name, at, published, found in rows
    ]
    lines += ["", unpublished(), ""]
    RESULTS.write_text("\n".join(lines), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
