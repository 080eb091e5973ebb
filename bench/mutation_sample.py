"""Break a sample of all rooms but the reference's, and see whether the tests notice.

Each room's mutants are shuffled with a fixed seed, so that a longer run goes on where a shorter one
ended.  A mutant is written into a copy of the repository, where its tests run: those of the file of
the same name first, then those that name it, its folder's, and its room's.  The first that fails
kills it, if it passes without the mutant, and so does the time limit of a test.  What became of
each is kept in `results/mutation_sample.jsonl`.

    python bench/mutation_sample.py --count 20           # of every room, those not tried before
    python bench/mutation_sample.py --count 60 --minutes 30 --near --seconds 8  # nearest tests
    python bench/mutation_sample.py --count 9 gpu src    # of some
    python bench/mutation_sample.py --again              # what survived or took too long, or was
                                                         # killed by a test that is slow or gone now
    python bench/mutation_sample.py --again --only cpu/memory.py --tests tests/test_scratch.py
    python bench/mutation_sample.py --report             # writes docs/proof/mutation_sample.md
"""

import argparse
import ast
import itertools
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from kernel_mutants import line_around, text_changes
from mutants import changes, words
from mutation_order import Order
from mutation_run import import_libraries, run_pytest
from mutation_table import of_this_code, table
from mutation_tests import stages

ROOT = Path(__file__).resolve().parents[1]
RECORDS = ROOT / "bench" / "results" / "mutation_sample.jsonl"
REPORT = ROOT / "docs" / "proof" / "mutation_sample.md"
SEED = 19
TEST_LIMIT = 600  # seconds: on a busy machine right tests take minutes
TIME_LIMIT = 6 * TEST_LIMIT  # for one run of pytest
ROOMS = {
    "cpu": ("cpu/**/*.py",),
    "gpu": ("gpu/**/*.py",),
    "kernels": ("gpu/kernels/*.cu", "gpu/kernels/headers/*.cuh"),
    "weights": ("weights/**/*.py",),
    "fast": ("fast/**/*.py",),
    "src": ("src/backpaint/**/*.py",),
}
LEFT_OUT = ("__init__.py", "__main__.py")
PASSED, FAILED, INTERRUPTED, NOTHING_COLLECTED = 0, 1, 2, 5
LATE = "time limit"
OPTIONS = (
    "-x",
    "-q",
    "-p",
    "no:cacheprovider",
    "-p",
    "xdist.plugin",  # whose options pyproject.toml names, and which nothing loads by itself here
    "-m",
    "not slow",
    "-o",
    f"faulthandler_timeout={TEST_LIMIT}",
)


@dataclass(frozen=True)
class Tried:
    """A mutant and what became of it."""

    room: str
    file: str
    function: str
    before: str
    after: str
    outcome: str
    """``killed`` or ``survived``."""
    by: str
    """The test that failed, or what was run."""

    @property
    def key(self) -> tuple[str, ...]:
        return self.file, self.function, self.before, self.after


def files_of(room: str) -> list[Path]:
    """List a room's files; links to other rooms are not followed."""
    found = {path for pattern in ROOMS[room] for path in ROOT.glob(pattern)}
    return sorted(path for path in found if path.resolve() == path and path.name not in LEFT_OUT)


def numbered(room: str) -> list[tuple[Path, int]]:
    """List a room's mutants, (file, which of its changes), in their shuffled order."""
    found = [(path, number) for path in files_of(room) for number in range(count_of(path))]
    random.Random(f"{SEED} {room}").shuffle(found)
    return found


def count_of(path: Path) -> int:
    text = path.read_text(encoding="utf-8")
    found = changes(ast.parse(text)) if path.suffix == ".py" else text_changes(text)
    return sum(1 for _ in found)


def mutated(path: Path, number: int) -> tuple[str, str, str, str]:
    """Make one mutant: its function, its line before and after, its whole text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        change = list(text_changes(text))[number]
        return ("", *line_around(text, change), change.apply(text))
    tree = ast.parse(text)
    node = list(changes(tree))[number]
    said = words(tree, node)
    with node.made():
        return (*said, ast.unparse(ast.fix_missing_locations(tree)))


def copy_of_the_repository(folder: Path) -> Path:
    """Copy what git knows of; links stay links."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return folder


class Copy:
    """A copy of the repository, where one file at a time is another.

    Parameters
    ----------
    folder : Path
        An empty one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = copy_of_the_repository(folder)
        self._stamp = int(time.time())
        self._right: set[str] = set()
        self._broken: list[str] = []

    def judge(
        self, room: str, path: Path, number: int, *, near: bool, seconds: float, tests: list[str]
    ) -> Tried:
        """Run a mutant's tests, stage by stage, until one fails; or the nearest, or some, alone."""
        name = path.relative_to(ROOT)
        function, before, after, text = mutated(path, number)
        said = (room, str(name), function, before, after)
        original = path.read_text(encoding="utf-8")
        self._write(name, text)
        try:
            done: list[str] = []
            asked = [tests] if tests else stages(ROOT, name, function, before)
            for stage in asked[: 1 if near else None]:
                while failed := self._first_failure(stage, Order((name.stem, function), seconds)):
                    self._write(name, original)
                    if self._is_right(failed):
                        return Tried(*said, "killed", failed)
                    self._write(name, text)
                done.append(" ".join(stage))
            return Tried(*said, "survived", "; ".join(done))
        finally:
            self._write(name, original)

    def _write(self, name: Path, text: str) -> None:
        """Write a file; Python knows what it compiled by the time, in whole seconds."""
        (self.folder / name).write_text(text, encoding="utf-8")
        self._stamp += 2
        os.utime(self.folder / name, (self._stamp, self._stamp))

    def _first_failure(self, stage: list[str], order: Order) -> str:
        """Run tests, but those that fail anyway."""
        left_out = [f"--deselect={test}" for test in self._broken]
        return first_failure(self.folder, [*stage, *left_out], order)

    def _is_right(self, failed: str) -> bool:
        """Whether a test passes without the mutant; one that fails has noticed nothing."""
        _, _, test = failed.partition(" ")
        if not failed.startswith("FAILED") or test in self._right:
            return True
        if first_failure(self.folder, [test]):
            print(f"{test} fails without any mutant", file=sys.stderr, flush=True)
            self._broken.append(test)
            return False
        self._right.add(test)
        return True


def first_failure(copy: Path, stage: list[str], order: Order | None = None) -> str:
    """Run tests in the copy; return the first that fails, or the empty string."""
    run = run_pytest([*OPTIONS, *stage], copy, TIME_LIMIT, order)
    if run.is_late:
        return LATE
    if run.status in (PASSED, NOTHING_COLLECTED):
        return ""
    said = [line for line in run.output.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if run.status in (FAILED, INTERRUPTED) and said:
        return said[0].split(" - ")[0]
    if "while loading conftest" in run.output or run.status < 0:
        return "everything, at the import" if run.status > 0 else f"signal {-run.status}"
    raise RuntimeError(f"pytest ended with {run.status}:\n{run.output}")


def records() -> list[Tried]:
    """Read what has been tried; of a mutant that was tried again, the last."""
    lines = RECORDS.read_text(encoding="utf-8").splitlines() if RECORDS.exists() else []
    found = {tried.key: tried for tried in (Tried(**json.loads(line)) for line in lines)}
    return list(found.values())


@cache
def default_tests() -> frozenset[str]:
    """List the tests that run by default today."""
    command = [sys.executable, "-m", "pytest", "--collect-only", *OPTIONS]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return frozenset(line for line in listed.stdout.splitlines() if "::" in line)


def is_open(tried: Tried) -> bool:
    """Whether a mutant survived, or what killed it says nothing of today's tests."""
    test = tried.by.partition(" ")[2]
    is_test_gone = "::" in test and test not in default_tests()
    return tried.outcome != "killed" or tried.by == LATE or is_test_gone


def chosen(room: str, count: int, again: bool, only: str) -> Iterator[tuple[Path, int]]:
    """Yield the next mutants of a room, or those that are open."""
    known = {tried.key for tried in records()}
    open_ones = {tried.key for tried in records() if again and is_open(tried)}
    files = {file for file, *_ in open_ones}
    for path, number in numbered(room)[: None if again else count]:
        name = str(path.relative_to(ROOT))
        if only not in name or (again and name not in files):
            continue
        key = (name, *mutated(path, number)[:3])
        if key in open_ones if again else key not in known:
            yield path, number


def keep(tried: Tried) -> None:
    """Write down what became of a mutant; several runs, one a room, may do so at once."""
    with RECORDS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(tried), ensure_ascii=False) + "\n")


def in_turn(
    rooms: list[str], count: int, again: bool, later: str, only: str
) -> Iterator[tuple[str, Path, int]]:
    """Yield a mutant of each room, then a second one of each, and so on; those of `later` never."""
    found = [[(room, *mutant) for mutant in chosen(room, count, again, only)] for room in rooms]
    for room, path, number in filter(None, itertools.chain(*itertools.zip_longest(*found))):
        if not later or not path.is_relative_to(ROOT / later):
            yield room, path, number


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rooms", nargs="*", default=list(ROOMS))
    parser.add_argument("--count", type=int, default=0, help="mutants a room, from the first on")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no other one afterwards")
    parser.add_argument("--near", action="store_true", help="no tests but those nearest to it")
    parser.add_argument(
        "--seconds", type=float, default=math.inf, help="of the processor, for each run of tests"
    )
    parser.add_argument("--later", default="", help="a folder whose mutants wait for another run")
    parser.add_argument("--only", default="", help="a part of the names of their files")
    parser.add_argument("--tests", default="", help="run these instead, as pytest's arguments")
    parser.add_argument("--again", action="store_true", help="try again those that are open")
    parser.add_argument("--report", action="store_true", help="write the page")
    options = parser.parse_args()
    end = time.monotonic() + 60 * options.minutes
    if options.count or options.again:
        import_libraries()
        with tempfile.TemporaryDirectory() as folder:
            copy = Copy(Path(folder))
            for room, path, number in in_turn(
                options.rooms, options.count, options.again, options.later, options.only
            ):
                if time.monotonic() > end:
                    break
                tried = copy.judge(
                    room,
                    path,
                    number,
                    near=options.near,
                    seconds=options.seconds,
                    tests=options.tests.split(),
                )
                keep(tried)
                print(tried.outcome, *tried.key, tried.by, sep=" | ", flush=True)
    if options.report:
        totals = {room: len(numbered(room)) for room in ROOMS}
        REPORT.write_text(table(totals, of_this_code(ROOT, records())), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
