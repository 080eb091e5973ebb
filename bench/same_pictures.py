"""Paints every preset with every engine, small, and compares the pictures bit for bit.

    python bench/same_pictures.py --write before.json
    python bench/same_pictures.py --compare before.json

A change that moves code, and changes nothing that a picture is made of, leaves every digest as it
was.  The command line is what it goes through, since that stays while the modules behind it move.
The engine gpu runs on the emulated device, with the first layers of the network alone.
"""

import argparse
import hashlib
import json
import tempfile
import time
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

import click
import numpy as np
from click.testing import CliRunner
from PIL import Image

from backpaint.cli import cli
from backpaint.examples import example_path
from backpaint.presets import preset_names

SIZE = "48"
SHALLOW = [
    *("--set", "style.layers={relu1_1 = 0.5, relu2_1 = 0.5}"),
    *("--set", "content.layers={relu1_2 = 1.0}"),
]
"""The emulated device is slow: a whole VGG takes it minutes."""

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
"""By engine."""

OTHERS = {
    "texture": ["texture", str(example_path("swirls"))],
    "reconstruct": ["reconstruct", str(example_path("cat")), "--layer", "conv2_1"],
    "two styles": [
        "paint",
        *(str(example_path(name)) for name in ("cat", "swirls", "mosaic")),
        *("--style-shares", "0.7,0.3", "--color", "keep", "--init", "noise"),
    ],
}
"""Other ways through the program, painted by the engine cpu."""


def emulated():
    """Stand in for a GPU, wherever the module is that does so."""
    for name in ("backpaint.gpu.device.device", "backpaint.gpu.device.device.device"):
        module = import_module(name)
        if hasattr(module, "emulate"):
            return module.emulate()
    raise AttributeError("backpaint.gpu has no emulate()")


def digest(arguments: list[str]) -> str:
    """Run a command and hash the pixels of its picture."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "painted.png"
        result = CliRunner().invoke(
            cli, [*arguments, "-o", str(path), "--quiet", "--size", SIZE], catch_exceptions=True
        )
        if result.exit_code:
            return f"refused: {result.exception}"
        with Image.open(path) as image:
            pixels = np.asarray(image)
    return f"{pixels.shape} {hashlib.sha256(pixels.tobytes()).hexdigest()[:24]}"


def digests(engines: list[str]) -> dict[str, str]:
    """Paint everything; say what was painted while it goes on."""
    pictures = [str(example_path("cat")), str(example_path("swirls"))]
    found = {}
    for engine in engines:
        room, begin = engine.split()[0], time.perf_counter()
        with emulated() if room == "gpu" else nullcontext():
            for preset in preset_names():
                arguments = [
                    "paint",
                    *pictures,
                    "--preset",
                    preset,
                    "--iterations",
                    ITERATIONS[room],
                ]
                found[f"{engine}: {preset}"] = digest([*arguments, *ENGINES[engine]])
        seconds = time.perf_counter() - begin
        click.echo(f"{engine}: {len(preset_names())} presets painted in {seconds:.0f} s")
    for name, arguments in OTHERS.items():
        found[name] = digest([*arguments, "--iterations", "6", *ENGINES["cpu"]])
    return found


def main() -> None:
    """Write digests, or compare them with those that were written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--compare", type=Path)
    parser.add_argument("--engines", nargs="*", default=list(ENGINES), choices=list(ENGINES))
    options = parser.parse_args()
    found = digests(options.engines)
    if options.write:
        options.write.write_text(json.dumps(found, indent=1) + "\n")
    if options.compare:
        before = json.loads(options.compare.read_text())
        changed = [name for name, value in found.items() if before.get(name) != value]
        for name in changed:
            print(f"{name}: {before.get(name)} -> {found[name]}")
        print(f"{len(found) - len(changed)} of {len(found)} pictures are the same bit for bit")
        raise SystemExit(bool(changed))


if __name__ == "__main__":
    main()
