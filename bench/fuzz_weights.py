"""Loads thousands of damaged and harmful weights files, and counts what happens.

    python bench/fuzz_weights.py --count 5000 --output docs/fuzz.md

`fuzz_harness` watches, `fuzz_files` and `fuzz_hdf5` make the files.
"""

import os
import random
import sys
from functools import partial
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # workers are forked
sys.path.insert(0, str(Path(__file__).parent))

import fuzz_hdf5
import h5py
import numpy as np
from fuzz_files import mutated, seeds
from fuzz_fork import attempt_in_fork
from fuzz_harness import Attempt, Target, outcome, run
from fuzz_options import folders, options
from fuzz_table import write_table
from harm import CRAFTED

from backpaint.weights import load_weights
from backpaint.weights.formats.keras import archive, h5
from backpaint.weights.formats.matconvnet import v5, v73

CRAFTED_EVERY = 10
ISOLATED = {
    "keras-archive": archive.parse,
    "keras": h5.parse,
    "matconvnet-v5": v5.parse,
    "matconvnet-v7.3": v73.parse,
}
"""What runs in a child process, by the beginning of a format's name."""


def write(name, content, secrets, path, number):
    chance = random.Random(f"{name} {number}")
    if name in CRAFTED and number % CRAFTED_EVERY == 0:
        path.write_bytes(content)
        CRAFTED[name](path, secrets, chance)
    else:
        path.write_bytes(mutated(content, chance))


def attempt(path, number):
    return Attempt(outcome(load_weights, path))


def read_all(parse, path):
    """Read all numbers, as the program's child does."""
    for array in parse(str(path))[1]:
        for _ in array.parts():
            pass


def isolated(parse):
    return partial(attempt_in_fork, partial(read_all, parse), load_weights)


def write_modern(paths, is_archive, path, number):
    content = fuzz_hdf5.mutated(paths, random.Random(f"modern {number}"))
    path.write_bytes(fuzz_hdf5.archived(content) if is_archive else content)


def targets(folder, secrets):
    contents = seeds(folder)
    for name, content in contents.items():
        write_one = partial(write, name, content, secrets)
        parse = next((ISOLATED[start] for start in ISOLATED if name.startswith(start)), None)
        attempt_one = attempt if parse is None else isolated(parse)
        yield Target(name, content, write_one, attempt_one, parse is None)
    modern = tuple(folder / name for name in ("keras-h5", "keras-3"))
    for name, parse in (("keras-h5", h5.parse), ("keras-archive", archive.parse)):
        write_one = partial(write_modern, modern, name == "keras-archive")
        attempt_one = isolated(parse)
        yield Target(f"{name}, new HDF5", contents[name], write_one, attempt_one, False)


def main():
    asked = options(__doc__, 5000)
    with folders(asked.records) as (folder, secrets, records):
        np.ones((3, 3, 64, 64), np.float32).tofile(secrets / "secret.bin")
        with h5py.File(secrets / "secret.h5", "w") as file:
            file["secret"] = np.ones(64, np.float32)
        wanted = [
            target
            for target in targets(folder, secrets)
            if not asked.formats or target.name in asked.formats
        ]
        rows, is_well = run(wanted, asked.count, folder, secrets, records)
    if asked.output:
        write_table(asked.output, rows)
    sys.exit(not is_well)


if __name__ == "__main__":
    main()
