"""Break the reference in every small way there is, and see whether the tests notice.

A mutant is one file of `reference/` with one sign, factor, comparison, bound, axis or argument
changed, or one statement left out.  It is killed if the tests of its file fail.  One that survives
is either the same function in another form (listed in `equivalent_mutants.toml` with the reason)
or a hole in the tests.

    python bench/mutation.py                 # all files; writes docs/proof/mutation.md
    python bench/mutation.py conv gram       # some files; the others' rows stay
    python bench/mutation.py --page          # runs nothing: the reasons were changed

What survives is printed, and kept in `results/mutation.json`.
"""

import argparse
import contextlib
import gc
import importlib
import importlib.abc
import importlib.util
import os
import signal
import sys
from pathlib import Path
from types import CodeType

from mutants import Mutant, mutants, unchanged
from mutation_page import Result, keep, kept, outdated, page, reasons

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "docs" / "proof" / "mutation.md"
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

OPERATIONS, ONE_PASS = "test_operations.py", "test_one_pass_operations.py"
TESTS: dict[str, tuple[str, ...]] = {
    "arrays": ("test_arrays or test_conv or region", "test_arrays.py", "test_conv.py", OPERATIONS),
    "average_pool": ("average_pool and not overlapping", "test_average_pool.py", OPERATIONS),
    "blend": ("not cpu and not refused", "test_blend.py"),
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
    "naive": ("naive or (loops and (conv or pool or gram))", "test_naive.py", OPERATIONS),
    "network": ("not real", "test_network.py"),
    "newton_schulz": ("not cpu and not gpu", "test_newton_schulz.py"),
    "objective": (
        "not cpu and not gpu and not test_directional_derivative["
        " and (everything or not test_loss_and_gradient)"
        " and (carries_back or first_layer or not test_landscape)",
        "test_objective.py",
        "test_blend.py",
        "../engine/test_with_problem.py",
        "../views/test_landscape.py",
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
    "picture_terms": ("not cpu and not gpu", "../engine/test_penalties.py"),
    "preprocess": ("preprocess", "test_preprocess.py", OPERATIONS),
    "relu": ("relu", "test_relu.py", OPERATIONS),
    "sliced": ("sliced", "test_sliced.py", OPERATIONS),
    "smoothness": ("smoothness or laplacian or nine-point", "test_smoothness.py", OPERATIONS),
    "softmax": ("softmax or cross_entropy", "test_softmax.py", OPERATIONS),
    "statistic_term": (
        "covariance_loss or mean_deviation or wasserstein or histogram or sliced"
        " or (autograd and test_statistics)",
        OPERATIONS,
        "../engine/test_statistics.py",
    ),
    "statistics": (
        "test_statistics or covariance_loss or deviation_loss or wasserstein or gradient",
        "test_statistics.py",
        "test_newton_schulz.py",
        OPERATIONS,
    ),
    "squared_error": ("squared_error", "test_squared_error.py", OPERATIONS),
    "symmetric_power": ("wasserstein", "test_newton_schulz.py", OPERATIONS),
    "terms": ("test_terms or autograd", "test_terms.py", "../engine/test_statistics.py"),
    "total_variation": ("total_variation or tv", "test_total_variation.py", OPERATIONS),
    "value_range": ("range", "test_value_range.py", OPERATIONS),
    "windows": ("", "test_windows.py", "test_max_pool.py"),
    "stylization/depthwise_conv": ("depthwise_conv", OPERATIONS),
    "stylization/instance_norm": ("instance_norm", OPERATIONS),
    "stylization/naive": (
        "loops and (strided or depthwise or reflection or instance or upsample or sigmoid"
        " or relu6)",
        OPERATIONS,
    ),
    "stylization/reflection_pad": ("reflection_pad or mirror", ONE_PASS, OPERATIONS),
    "stylization/relu6": ("relu6 or ceiling", ONE_PASS, OPERATIONS),
    "stylization/sigmoid": ("sigmoid", OPERATIONS),
    "stylization/strided_conv": ("strided", ONE_PASS, OPERATIONS),
    "stylization/upsample": ("upsample", OPERATIONS),
}
"""For each file, which tests have to notice: pytest's ``-k``, and the files to look in."""


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Return a mutant's code to whoever imports its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.name, self.code = "backpaint.reference." + mutant.module.replace("/", "."), mutant.code

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
    options = ["-x", "-q", "-p", "xdist.plugin"]  # whose options pyproject.toml names
    options += ["-p", "no:cacheprovider", "-p", "no:unraisableexception"]
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


def survivors(todo: list[Mutant], processes: int) -> list[Mutant]:
    """Run the tests on every mutant, some at a time, and give those that passed."""
    running: dict[int, Mutant] = {}
    survived: list[Mutant] = []
    for mutant in [*todo, *[None] * processes]:
        if len(running) == processes or (mutant is None and running):
            child, status = os.wait()
            done = running.pop(child)
            if exit_code(status) == 0:
                survived.append(done)
        if mutant is not None:
            running[start(mutant)] = mutant
    return survived


def examine(module: str, processes: int) -> Result:
    """Run all mutants of one file."""
    if not survivors([unchanged(module)], 1):
        raise RuntimeError(f"the tests of {module} fail without any change")
    everything = list(mutants(module))
    alive = survivors(everything, processes)
    in_order = [mutant for mutant in everything if mutant in alive]
    keys = [(mutant.function, mutant.before, mutant.after) for mutant in in_order]
    return Result(module, len(everything), tuple(keys))


def report(result: Result) -> bool:
    """Print what survives of a file; whether all of it has a reason."""
    known = reasons()
    survived = result.survived(known)
    equivalent = len(result.equivalent(known))
    print(f"{result.module}: {result.total} mutants, {equivalent} equivalent", flush=True)
    for function, before, after in survived:
        print(f"  survived: {function}: {before}  ->  {after}", flush=True)
    return not survived


def asked() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="FILE", help="such as conv")
    parser.add_argument("--processes", type=int, default=2, metavar="N")
    parser.add_argument("--page", action="store_true", help="write the page from what is kept")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in TESTS]
    if unknown:
        parser.error(f"found {', '.join(unknown)}, expected some of {', '.join(TESTS)}")
    return options


def main() -> int:
    options = asked()
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    for module in () if options.page else IMPORTED_ONCE:
        importlib.import_module(module)
    gc.freeze()
    os.chdir(ROOT)
    results, is_sound = kept(), True
    for module in () if options.page else options.names or TESTS:
        results[module] = examine(module, options.processes)
        is_sound &= report(results[module])
        keep(results[name] for name in TESTS if name in results)
    found = [results[name] for name in TESTS if name in results]
    REPORT.write_text(page(found), encoding="utf-8")
    for result in found:
        if len(list(mutants(result.module))) != result.total:
            print(f"{result.module} was changed since; run it again")
    for key in outdated(found):
        print("listed as equivalent, but not among the survivors:", *key)
    return 0 if is_sound and not outdated(found) else 1


if __name__ == "__main__":
    sys.exit(main())
