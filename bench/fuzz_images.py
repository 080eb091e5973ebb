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

from fuzz_files import mutated
from fuzz_harness import Attempt, Target, folders, options, outcome, run, write_table
from fuzz_pictures import seeds
from harm.pictures import harmful
from structures import MUTATED

from backpaint.images import read, read_image, read_metadata
from backpaint.isolation.limits import Limits
from backpaint.isolation.shared_child import SharedChild

ALL_PIXELS_EVERY = 10
FEW_MEGAPIXELS = 2
"""The limit of the other files: a changed size shall not cost seconds each time."""

SMALL = 20_000
"""Bytes up to which a harmful file is also changed."""


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


def write(kind, true, harmful_files, path, number):
    """Write harmful files first, then changed ones."""
    chance = random.Random(f"{kind} {number}")
    if number < len(harmful_files):
        path.write_bytes(harmful_files[number])
        return
    small = [content for content in harmful_files if len(content) < SMALL]
    content = chance.choice(small if chance.random() < 0.05 else true)
    by_structure = content in true and chance.random() < 0.75
    path.write_bytes((MUTATED[kind] if by_structure else mutated)(content, chance))


def attempt(child, harmful_count, path, number):
    """Read pixels, and text as `backpaint show` does, with all of the program."""
    read._DECODER = child
    whole = number % ALL_PIXELS_EVERY == 0 or number < harmful_count
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


def targets():
    child = ListeningChild()
    bombs = list(harmful())
    for kind, true in seeds().items():
        own = [content for of, content in bombs if of in (kind, "")]
        write_one = partial(write, kind, true, own)
        yield Target(kind, true[0], write_one, partial(attempt, child, len(own)), False)


def main():
    asked = options(__doc__, 1000)
    with folders(asked.records) as (folder, secrets, records):
        wanted = [one for one in targets() if not asked.formats or one.name in asked.formats]
        rows, is_well = run(wanted, asked.count, folder, secrets, records)
    if asked.output:
        write_table(asked.output, rows)
    sys.exit(not is_well)


if __name__ == "__main__":
    main()
