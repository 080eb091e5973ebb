"""Break a sample of all rooms but the reference's, and see whether the tests notice.

Each room's mutants are shuffled with a fixed seed, so that a longer run goes on where a shorter one
ended.  A mutant is written into a copy of the repository, where its tests run: those of the file of
the same name first, then its folder's, then its room's.  The first that fails kills it, and so does
the time limit of a test.  What became of each is kept in `results/mutation_sample.jsonl`.

    python bench/mutation_sample.py --count 20           # of every room, those not tried before
    python bench/mutation_sample.py --count 9 gpu src    # of some
    python bench/mutation_sample.py --again              # what survived or took too long
    python bench/mutation_sample.py --report             # writes docs/proof/mutation_sample.md
"""

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from kernel_mutants import line_around, text_changes
from mutants import changes, words
from mutation_table import table
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
    "src": ("src/backpaint/**/*.py",),
}
LEFT_OUT = ("__init__.py", "__main__.py")
PASSED, FAILED, INTERRUPTED = 0, 1, 2
LATE = "time limit"
OPTIONS = (
    "-x",
    "-q",
    "-p",
    "no:cacheprovider",
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


def judge(room: str, copy: Path, path: Path, number: int) -> Tried:
    """Run a mutant's tests, stage by stage, until one fails."""
    name = path.relative_to(ROOT)
    function, before, after, text = mutated(path, number)
    said = (room, str(name), function, before, after)
    original = (copy / name).read_bytes()
    (copy / name).write_text(text, encoding="utf-8")
    try:
        done: list[str] = []
        for stage in stages(ROOT, name):
            failed = first_failure(copy, stage)
            if failed:
                return Tried(*said, "killed", failed)
            done.append(" ".join(stage))
        return Tried(*said, "survived", "; ".join(done))
    finally:
        (copy / name).write_bytes(original)


def first_failure(copy: Path, stage: list[str]) -> str:
    """Run tests in the copy; give the first that fails, or the empty string."""
    environment = os.environ | {
        "PYTHONPATH": str(copy / "src"),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "",  # what is not mutated is compiled once in the copy
    }
    command = [sys.executable, "-m", "pytest", *OPTIONS, *stage]
    try:
        run = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=TIME_LIMIT
        )
    except subprocess.TimeoutExpired:
        return LATE
    if run.returncode == PASSED:
        return ""
    if "Timeout (" in run.stderr:
        return LATE
    said = [line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if run.returncode in (FAILED, INTERRUPTED) and said:
        return said[0].split(" - ")[0]
    if "while loading conftest" in run.stderr or run.returncode < 0:
        return "everything, at the import" if run.returncode > 0 else f"signal {-run.returncode}"
    raise RuntimeError(f"pytest ended with {run.returncode}:\n{run.stdout}{run.stderr}")


def records() -> list[Tried]:
    """Read what has been tried; of a mutant that was tried again, the last."""
    lines = RECORDS.read_text(encoding="utf-8").splitlines() if RECORDS.exists() else []
    found = {tried.key: tried for tried in (Tried(**json.loads(line)) for line in lines)}
    return list(found.values())


def chosen(room: str, count: int, again: bool) -> Iterator[tuple[Path, int]]:
    """Yield the next mutants of a room, or those that survived or took too long."""
    known = {tried.key for tried in records()}
    open_ones = {tried.key for tried in records() if tried.outcome != "killed" or tried.by == LATE}
    for path, number in numbered(room)[: None if again else count]:
        key = (str(path.relative_to(ROOT)), *mutated(path, number)[:3])
        if key in open_ones if again else key not in known:
            yield path, number


def keep(tried: Tried) -> None:
    """Write down what became of a mutant; several runs, one a room, may do so at once."""
    with RECORDS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(tried), ensure_ascii=False) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rooms", nargs="*", default=list(ROOMS))
    parser.add_argument("--count", type=int, default=0, help="mutants a room, from the first on")
    parser.add_argument("--again", action="store_true", help="try the survivors again")
    parser.add_argument("--report", action="store_true", help="write the page")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_of_the_repository(Path(folder)) if options.count or options.again else None
        for room in options.rooms if copy else ():
            for path, number in chosen(room, options.count, options.again):
                tried = judge(room, copy, path, number)
                keep(tried)
                print(tried.outcome, *tried.key, tried.by, sep=" | ", flush=True)
    if options.report:
        totals = {room: len(numbered(room)) for room in ROOMS}
        REPORT.write_text(table(totals, records()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
