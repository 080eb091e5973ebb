"""Reads thousands of damaged and harmful pictures, and counts what happens.

    python bench/fuzz_images.py --count 1000 --output docs/fuzz_images.md

`fuzz_harness` watches, `fuzz_pictures` makes the files, `fuzz_listening` hears what a child does.
"""

import argparse
import os
import random
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # workers are forked
os.environ["PYTHONPATH"] = str(Path(__file__).parent)  # for the children
sys.path.insert(0, str(Path(__file__).parent))

from fuzz_files import mutated
from fuzz_harness import Attempt, Target, outcome, run, write_table
from fuzz_pictures import harmful, seeds

from backpaint.images import read, read_image, read_metadata
from backpaint.isolation.shared_child import SharedChild

HARMFUL = list(harmful())
HARMFUL_EVERY = 10


class ListeningChild(SharedChild):
    """Keeps what the child heard, and whether it failed."""

    def __init__(self):
        super().__init__("fuzz_listening")
        self.heard, self.has_failed = [], False

    @contextmanager
    def call(self, function, *arguments):
        self.has_failed = True
        with super().call(function, *arguments) as answer:
            self.heard.append(answer.values.pop("heard"))
            yield answer
        self.has_failed = False


def write(name, content, path, number):
    chance = random.Random(f"{name} {number}")
    if number % HARMFUL_EVERY == HARMFUL_EVERY - 1:
        path.write_bytes(HARMFUL[number // HARMFUL_EVERY % len(HARMFUL)])
    else:
        path.write_bytes(mutated(content, chance))


def attempt(child, path, number):
    """Read pixels, and text as `backpaint show` does, with all of the program."""
    read._DECODER = child
    child.heard.clear()
    result = outcome(read_image, path)
    has_failed = child.has_failed
    of_text = outcome(read_metadata, path)
    return Attempt(
        of_text if of_text.startswith("crashed") else result,
        has_failed or child.has_failed,
        [name for heard in child.heard for name in heard["opened"]],
        [event for heard in child.heard for event in heard["run"]],
        max((heard["memory"] for heard in child.heard), default=0),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="files per format")
    parser.add_argument("--output", type=Path, help="a page to write the table into")
    options = parser.parse_args()
    child = ListeningChild()
    targets = [
        Target(name, content, partial(write, name, content), partial(attempt, child), False)
        for name, content in seeds()
    ]
    with tempfile.TemporaryDirectory() as temporary:
        folder, secrets = Path(temporary) / "files", Path(temporary) / "secrets"
        folder.mkdir()
        secrets.mkdir()
        rows, is_well = run(targets, options.count, folder, secrets)
    if options.output:
        write_table(options.output, rows)
    sys.exit(not is_well)


if __name__ == "__main__":
    main()
