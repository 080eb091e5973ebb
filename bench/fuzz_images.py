"""Reads thousands of damaged and harmful pictures, and counts what happens.

    python bench/fuzz_images.py --count 20000 --output docs/fuzz_images.md

`fuzz_harness` watches, `fuzz_pictures`, `structures` and `harm.pictures` make the files,
`fuzz_listening` hears what a child does.
"""

import os
import random
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # workers are forked
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]  # for the children
)
sys.path.insert(0, str(Path(__file__).parent))

from fuzz_files import HARMFUL_FROM, nth_file
from fuzz_harness import Attempt, Target, outcome, run
from fuzz_options import folders, options
from fuzz_pictures import kinds, seeds
from fuzz_table import write_table
from harm.pictures import harmful
from structures import MUTATED

from backpaint.images import read, read_image, read_metadata
from backpaint.isolation.limits import Limits
from backpaint.isolation.shared_child import SharedChild

ALL_PIXELS_EVERY = 10
FEW_MEGAPIXELS = 2
"""The limit of the other files: a changed size shall not cost seconds each time."""


class ListeningChild(SharedChild):
    """Keeps what the child heard, and whether it failed."""

    def __init__(self):
        super().__init__("fuzz_listening", Limits(memory=4 << 30, seconds=120))
        self.heard, self.has_failed = [], False

    @contextmanager
    def call(self, function, *arguments):
        self.has_failed = True
        with super().call(function, *arguments) as answer:
            self.heard.append(answer.values.pop("heard"))
            yield answer
        self.has_failed = False


def write(kind, true, path, number):
    """Write a changed file, or a harmful one."""
    chance = random.Random(f"{kind} {number}")
    path.write_bytes(nth_file(number, true, MUTATED[kind], partial(harmful, kind), chance))


def is_harmful(kind, number):
    """Whether a file is a bomb or another one that was made to harm, and not changed."""
    return number >= HARMFUL_FROM and number < HARMFUL_FROM + len(harmful(kind))


def attempt(child, kind, path, number):
    """Read pixels, and text as `backpaint show` does, with all of the program."""
    read._DECODER = child
    whole = number % ALL_PIXELS_EVERY == 0 or is_harmful(kind, number)
    read.MAX_MEGAPIXELS = 100 if whole else FEW_MEGAPIXELS
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


def target(kind):
    true, child = seeds(kind), ListeningChild()
    attempt_one = partial(attempt, child, kind)
    return Target(kind, true[0], partial(write, kind, true), attempt_one, False)


def main():
    asked = options(__doc__, 1000)
    with folders(asked.records) as (folder, secrets, records):
        wanted = map(target, asked.formats or kinds())
        rows, is_well = run(wanted, asked.count, folder, secrets, records)
    if asked.output:
        write_table(asked.output, rows)
    sys.exit(not is_well)


if __name__ == "__main__":
    main()
