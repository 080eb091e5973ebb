"""Loads thousands of damaged and harmful weights files, and counts what happens.

    python bench/fuzz_weights.py --count 5000 --output docs/fuzz.md

`fuzz_harness` watches, `fuzz_files` makes the files.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # workers are forked
sys.path.insert(0, str(Path(__file__).parent))

import h5py
import numpy as np
from fuzz_files import CRAFTED, mutated, seeds
from fuzz_harness import LONGEST, Attempt, Target, outcome, run, write_table

from backpaint.weights import load_weights
from backpaint.weights.formats.matconvnet import v5 as matconvnet_v5

CRAFTED_EVERY = 10
ISOLATED_EVERY = 50


def write(name, content, secrets, path, number):
    chance = random.Random(f"{name} {number}")
    if name in CRAFTED and number % CRAFTED_EVERY == 0:
        path.write_bytes(content)
        CRAFTED[name](path, secrets, chance)
    else:
        path.write_bytes(mutated(content, chance))


def attempt(path, number):
    return Attempt(outcome(load_weights, path))


def attempt_v5(path, number):
    """Parse a file, and load those that crash the parser and some more, each in its own child."""
    child = os.fork()
    if child == 0:
        signal.alarm(LONGEST)
        try:
            values, _ = matconvnet_v5.parse(str(path))
        except BaseException:
            os._exit(1)
        os._exit("refused" in values)
    _, status = os.waitpid(child, 0)
    crashed = os.WIFSIGNALED(status)
    if crashed or number % ISOLATED_EVERY == 0:
        return Attempt(outcome(load_weights, path), crashed)
    return Attempt("refused" if status else "loaded", crashed)


def targets(folder, secrets):
    for name, content in seeds(folder).items():
        is_v5 = name.startswith("matconvnet-v5")
        write_one = partial(write, name, content, secrets)
        yield Target(name, content, write_one, attempt_v5 if is_v5 else attempt, not is_v5)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000, help="files per format")
    parser.add_argument("--formats", nargs="*", help="all by default")
    parser.add_argument("--output", type=Path, help="a page to write the table into")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder, secrets = Path(temporary) / "files", Path(temporary) / "secrets"
        folder.mkdir()
        secrets.mkdir()
        np.ones((3, 3, 64, 64), np.float32).tofile(secrets / "secret.bin")
        with h5py.File(secrets / "secret.h5", "w") as file:
            file["secret"] = np.ones(64, np.float32)
        wanted = [
            target
            for target in targets(folder, secrets)
            if not options.formats or target.name in options.formats
        ]
        rows, is_well = run(wanted, options.count, folder, secrets)
    if options.output:
        write_table(options.output, rows)
    sys.exit(not is_well)


if __name__ == "__main__":
    main()
