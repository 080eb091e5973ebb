"""Break the reference in every small way there is, and see whether the tests notice.

A mutant is one file of `reference/` with one sign, factor, comparison, bound, axis or argument
changed, or one statement left out.  It is killed if the tests of its file fail.  One that survives
is either the same function in another form (listed in `equivalent_mutants.toml` with the reason)
or a hole in the tests.

    python bench/mutation.py                 # all files; writes docs/proof/mutation.md
    python bench/mutation.py conv gram       # some files; prints what survives
"""

import contextlib
import gc
import importlib
import importlib.abc
import importlib.util
import os
import signal
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from mutants import Mutant, mutants, unchanged

ROOT = Path(__file__).resolve().parents[1]
EQUIVALENT = ROOT / "bench" / "equivalent_mutants.toml"
REPORT = ROOT / "docs" / "proof" / "mutation.md"
PROCESSES = 2
TIME_LIMIT = 60  # seconds, for a mutant that never ends
NO_TESTS = 5

IMPORTED_ONCE = (
    "numpy.testing",
    "pytest",
    "h5py",
    "msgspec",
    "scipy.ndimage",
    "scipy.optimize",
    "torch.fx.experimental.symbolic_shapes",  # by the first backward pass, and slowly
)
"""Before the forks, to spare each of them the time."""

OPERATIONS = "test_operations.py"
TESTS: dict[str, tuple[str, ...]] = {
    "arrays": ("", "test_arrays.py", "test_conv.py"),
    "average_pool": ("average_pool and not overlapping", "test_average_pool.py", OPERATIONS),
    "content_laplacian": (
        "laplacian and not tv",
        "test_content_laplacian.py",
        OPERATIONS,
    ),
    "conv": ("conv", "test_conv.py", OPERATIONS),
    "edge_pad": ("by_hand or edge_pad", "test_edge_pad.py", OPERATIONS),
    "gram": ("gram or style_loss", "test_gram.py", OPERATIONS),
    "linear": ("linear", "test_linear.py", OPERATIONS),
    "masked_squared_error": (
        "masked_squared_error",
        "test_masked_squared_error.py",
        OPERATIONS,
    ),
    "max_pool": ("max_pool", "test_max_pool.py", OPERATIONS),
    "moments": ("moments or covariance_loss", OPERATIONS),
    "naive": ("naive or (loops and (conv or pool))", "test_naive.py", OPERATIONS),
    "network": ("not real", "test_network.py"),
    "newton_schulz": ("not cpu and not gpu", "test_newton_schulz.py"),
    "objective": (
        "not cpu and not gpu and not test_directional_derivative["
        " and (everything or not test_loss_and_gradient)",
        "test_objective.py",
        "../engines/test_agreement.py",
        "../engines/test_interface.py",
        "../engines/test_non_finite.py",
        "../engines/test_same_bits.py",
    ),
    "overlapping_average_pool": (
        "overlapping_average_pool",
        "test_overlapping_average_pool.py",
        OPERATIONS,
    ),
    "preprocess": ("preprocess", "test_preprocess.py", OPERATIONS),
    "relu": ("relu", "test_relu.py", OPERATIONS),
    "sliced": ("sliced", "test_sliced.py", OPERATIONS),
    "smoothness": ("smoothness or laplacian or nine-point", "test_smoothness.py", OPERATIONS),
    "softmax": ("softmax or cross_entropy", "test_softmax.py", OPERATIONS),
    "statistics": (
        "covariance_loss or deviation_loss or wasserstein or gradient",
        "test_newton_schulz.py",
        OPERATIONS,
    ),
    "squared_error": ("squared_error", "test_squared_error.py", OPERATIONS),
    "terms": ("", "test_terms.py"),
    "total_variation": ("total_variation or tv", "test_total_variation.py", OPERATIONS),
    "value_range": ("range", "test_value_range.py", OPERATIONS),
    "windows": ("", "test_windows.py", "test_max_pool.py"),
}
"""For each file, which tests have to notice: pytest's ``-k``, and the files to look in."""


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Return a mutant's code to whoever imports its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.name, self.code = f"backpaint.reference.{mutant.module}", mutant.code

    def find_spec(self, fullname, path=None, target=None):  # type: ignore[no-untyped-def]
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.name else None

    def get_source(self, fullname: str) -> None:
        return None

    def get_code(self, fullname: str) -> CodeType:
        return self.code


def run_tests(module: str) -> int:
    """Run the tests of one file in this process, quietly; 0 if they pass."""
    import pytest

    keyword, *files = TESTS[module]
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:unraisableexception"]
    paths = [str(ROOT / "tests" / "reference" / name) for name in files]
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        return int(pytest.main([*options, "-m", "not slow", "-k", keyword, *paths]))


def start(mutant: Mutant) -> int:
    """Fork a process that runs the tests, and give its id; its exit code is theirs."""
    child = os.fork()
    if child == 0:
        signal.alarm(TIME_LIMIT)
        sys.meta_path.insert(0, Mutated(mutant))
        with contextlib.suppress(BaseException):
            os._exit(run_tests(mutant.module))
        os._exit(1)
    return child


def exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    if code == NO_TESTS:
        raise RuntimeError("no tests were selected")
    return code


def survivors(todo: list[Mutant]) -> list[Mutant]:
    """Run the tests on every mutant, some at a time, and give those that passed."""
    running: dict[int, Mutant] = {}
    survived: list[Mutant] = []
    for mutant in [*todo, *[None] * PROCESSES]:
        if len(running) == PROCESSES or (mutant is None and running):
            child, status = os.wait()
            done = running.pop(child)
            if exit_code(status) == 0:
                survived.append(done)
        if mutant is not None:
            running[start(mutant)] = mutant
    return survived


@dataclass(frozen=True)
class Result:
    """What became of the mutants of one file."""

    module: str
    total: int
    equivalent: list[Mutant]
    survived: list[Mutant]

    @property
    def counts(self) -> list[int]:
        """Mutants, killed, equivalent, survived."""
        equivalent, survived = len(self.equivalent), len(self.survived)
        return [self.total, self.total - equivalent - survived, equivalent, survived]


def reasons() -> dict[tuple[str, ...], str]:
    """Read why some mutants are the same function."""
    entries = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["mutant"]
    return {
        (entry["module"], entry["function"], entry["before"], after): entry["reason"]
        for entry in entries
        for after in entry["after"]
    }


def examine(module: str) -> Result:
    """Run all mutants of one file."""
    if not survivors([unchanged(module)]):
        raise RuntimeError(f"the tests of {module} fail without any change")
    everything = list(mutants(module))
    known = reasons()
    alive = survivors(everything)
    return Result(
        module,
        len(everything),
        [mutant for mutant in alive if mutant.key in known],
        [mutant for mutant in alive if mutant.key not in known],
    )


def table(results: list[Result]) -> str:
    """Write the report in Markdown."""
    rows: list[tuple[str, list[int]]] = [(f"`{r.module}.py`", r.counts) for r in results]
    totals = [sum(column) for column in zip(*(r.counts for r in results), strict=True)]
    rows.append(("all", totals))
    lines = [
        "# Mutants of the reference",
        "",
        "Each mutant is one file of `reference/` with one thing changed: a sign, an operator or",
        "the order of its operands, a number (plus one, minus one, doubled), a comparison, a",
        "bound of a slice, an axis, two arguments exchanged, a branch, or a statement left out.",
        "The tests of that file have to fail. `memory.py` is left out: it estimates bytes, and no",
        "number of a picture comes from it. Made by `python bench/mutation.py`.",
        "",
        "| file | mutants | killed | equivalent | survived |",
        "|---|---:|---:|---:|---:|",
        *(f"| {name} | " + " | ".join(map(str, counts)) + " |" for name, counts in rows),
        "",
        "## Equivalent mutants",
        "",
        "They compute the same numbers, so no test can tell them apart.",
        "",
    ]
    known = reasons()
    for mutant in (mutant for result in results for mutant in result.equivalent):
        lines += [f"- {describe(mutant)}  ", f"  {known[mutant.key]}"]
    survived = [mutant for result in results for mutant in result.survived]
    if survived:
        lines += ["", "## Survivors", "", *(f"- {describe(mutant)}" for mutant in survived)]
    return "\n".join(lines) + "\n"


def describe(mutant: Mutant) -> str:
    return f"`{mutant.module}.{mutant.function}`: `{mutant.before}` became `{mutant.after}`"


def main(chosen: list[str]) -> int:
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    for module in IMPORTED_ONCE:
        importlib.import_module(module)
    gc.freeze()
    os.chdir(ROOT)
    results = []
    for module in chosen or TESTS:
        results.append(examine(module))
        result = results[-1]
        print(f"{module}: {result.total} mutants, {len(result.equivalent)} equivalent", flush=True)
        for mutant in result.survived:
            print(f"  survived: {mutant.function}: {mutant.before}  ->  {mutant.after}", flush=True)
    if chosen:
        return 1 if any(result.survived for result in results) else 0
    REPORT.write_text(table(results), encoding="utf-8")
    outdated = reasons().keys() - {mutant.key for r in results for mutant in r.equivalent}
    for key in sorted(outdated):
        print("listed as equivalent, but not among the survivors:", *key)
    return 1 if outdated or any(result.survived for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
