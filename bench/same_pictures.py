"""Digests of small pictures of every preset and engine: whether a change left every bit as it was.

    python bench/same_pictures.py --write before.json
    python bench/same_pictures.py --compare before.json
    python bench/same_pictures.py --compare before.json --engines cpu "gpu exact"

Everything goes through the command line, which stays while modules move.  So an older checkout
tells what was, also one of another layout: PYTHONPATH=../before/src with ``--write``.  The engine
gpu runs on the emulated device, with the first layers of the network alone.
"""

import argparse
import hashlib
import json
import tempfile
from contextlib import chdir, nullcontext
from pathlib import Path

import numpy as np
from click.testing import CliRunner
from jumps import emulated
from PIL import Image

from backpaint.cli import cli
from backpaint.examples import example_path
from backpaint.presets import preset_names

SIZE, EXAMPLE_SIZE = "48", 64
SHALLOW = [
    *("--set", "style.layers={relu1_1 = 0.5, relu2_1 = 0.5}"),
    *("--set", "content.layers={relu1_2 = 1.0}"),
    *("--set", "images.short_at_least=off"),
]
"""The emulated device is slow: a whole VGG, or a picture of 512 pixels, takes it minutes."""

ENGINES = {
    "reference float64": ["--engine", "reference", "--dtype", "float64"],
    "reference float32": ["--engine", "reference"],
    "cpu": ["--engine", "cpu"],
    "cpu exact": ["--engine", "cpu", "--exact", "--threads", "1"],
    "gpu exact": ["--engine", "gpu", "--precision", "exact", *SHALLOW],
    "gpu fast": ["--engine", "gpu", "--precision", "fast", *SHALLOW],
}
"""Options by the name that the results have."""

ITERATIONS = {"reference": "6", "cpu": "6", "gpu": "1"}
"""By the first word of an engine's name above."""

OTHERS = {
    "texture": ["texture", "swirls.png"],
    "reconstruct": ["reconstruct", "cat.png", "--layer", "conv2_1"],
    "two styles": [
        *("paint", "cat.png", "swirls.png", "mosaic.png"),
        *("--style-shares", "0.7,0.3", "--color", "keep", "--init", "noise"),
    ],
}
"""Commands beside `paint` with one style; the engine cpu paints them whatever is asked for."""


def commands(engines: list[str]) -> dict[str, list[str]]:
    """Write the command of each picture, by the picture's name."""
    presets = {
        f"{engine}: {preset}": [
            *("paint", "cat.png", "swirls.png", "--preset", preset),
            *("--iterations", ITERATIONS[engine.split()[0]], *ENGINES[engine]),
        ]
        for engine in engines
        for preset in preset_names()
    }
    others = {
        name: [*command, "--iterations", ITERATIONS["cpu"], *ENGINES["cpu"]]
        for name, command in OTHERS.items()
    }
    return others | presets


def shrink_examples(folder: Path) -> None:
    """Write small copies of the examples: some presets leave a style as large as it is."""
    for name in ("cat", "swirls", "mosaic"):
        with Image.open(example_path(name)) as image:
            image.thumbnail((EXAMPLE_SIZE, EXAMPLE_SIZE))
            image.save(folder / f"{name}.png")


def digest(arguments: list[str]) -> str:
    """Run a command, and hash the pixels of its picture or keep the words of its refusal."""
    result = CliRunner().invoke(cli, [*arguments, "-o", "painted.png", "--quiet", "--size", SIZE])
    if result.exit_code:
        return f"refused: {result.exception}"
    with Image.open("painted.png") as image:
        pixels = np.asarray(image)
    return f"{pixels.shape} {hashlib.sha256(pixels.tobytes()).hexdigest()[:24]}"


def main() -> None:
    """Paint, and print what comes out; write it, or compare it with what was written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", type=Path, help="a file for the digests")
    parser.add_argument("--compare", type=Path, help="a file that an earlier --write has left")
    parser.add_argument("--engines", nargs="*", default=list(ENGINES), choices=list(ENGINES))
    options = parser.parse_args()
    before = json.loads(options.compare.read_text()) if options.compare else {}
    target = options.write and options.write.resolve()
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        shrink_examples(Path(folder))
        for name, command in commands(options.engines).items():
            with emulated() if name.startswith("gpu") else nullcontext():
                found[name] = digest(command)
            was = f"  was {before.get(name)}" * (bool(before) and before.get(name) != found[name])
            print(f"{name}: {found[name]}{was}", flush=True)
            if target:
                target.write_text(json.dumps(found, indent=1) + "\n")
    if before:
        same = sum(before.get(name) == value for name, value in found.items())
        print(f"{same} of {len(found)} pictures are the same bit for bit")
        raise SystemExit(same < len(found))


if __name__ == "__main__":
    main()
