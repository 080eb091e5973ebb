"""Run the proofs of the reference and write down how close they came.

    python bench/proof.py                    # writes docs/proof/README.md

Every comparison of `tests/reference/` and of the engines with the reference (`tests/engines/`)
tells how much of its tolerance it used; here the worst of each test becomes a number in a table.
"""

import platform
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest

from backpaint.check.operations.sizes import SIZES

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "docs" / "proof" / "README.md"

OPERATIONS = {
    "test_agrees_with_loops": "loops",
    "test_agrees_with_autograd": "PyTorch autograd",
    "test_backward_is_the_adjoint": "adjoint",
    "test_directional_derivative": "finite difference",
    "test_float32_stays_float32": "float32",
}
PRESETS = {
    "test_directional_derivative": "finite difference",
    "test_directional_derivative_of_a_thin_network": "the same, few channels",
}
NETWORKS = {
    "test_thin_network_agrees_with_autograd": "few channels, all poolings, PyTorch autograd",
    "test_real_network_agrees_with_autograd": "VGG-16 and VGG-19, PyTorch autograd",
    "test_head_agrees_with_autograd": "with the classifier, few channels, PyTorch autograd",
    "test_true_head": "VGG-16 with a classifier of true size, PyTorch autograd",
    "test_directional_derivative": "few channels, all poolings, finite difference",
    "test_classifier_is_differentiated_to_the_picture": "cross-entropy, finite difference",
    "test_float32_stays_float32": "few channels, all poolings, float32",
    "test_transposed_filters_see_the_transposed_picture": "transposed filters, transposed picture",
    "test_turned_filters_see_the_turned_picture": "turned filters, turned picture",
}
TEXT = """\
# How the reference is proved

Every operation of `reference/` is compared, forward and with the gradient of every input, with

- **loops**: the formula as loops over single numbers (`reference/naive.py`; for what is not there,
  `tests/reference/loops.py`, differentiated by the complex step, which is exact to rounding);
- **PyTorch autograd** in float64;
- **adjoint**: <J v, u> = <v, J' u> for random u and v;
- **finite difference**: the central difference along a random direction, in float64, away from the
  kinks of ReLU, max pooling and absolute values;
- **float32**: the same in single precision against double.

Each at {sizes} sizes, from one pixel to 7 x 3, with random numbers and with small whole ones, which
are full of ties. The errors are the largest difference over the largest expected value; beside them
is the part of the tolerance that they use. The tolerances are in
`src/backpaint/check/operations/tolerances.py`.

Numbers by hand are in the tests of each file; [mutation.md](mutation.md) tells whether the tests
would notice a mistake.

Made by `python bench/proof.py`: {comparisons:,} comparisons, {versions}.

## Operations

{operations}

The list is the package's own table of operations (`backpaint.check`). A region's positions count by
a mask, soft ones and zeros; a statistic's `_loss` holds all that leads to it, moments and roots.
The gradient of a softmax is proved as part of the cross-entropy. A dash: the adjoint is computed by
differences that are exact only for functions of second degree at most.

## Networks

{networks}

## Presets

The whole objective of each preset on real weights, 21 x 17 pixels. Where a preset reproduces a
system that reports another loss than the one it follows, the difference is that of the function
that the gradient belongs to.

{presets}

## Engines

The gradient of each engine against the reference's in float64: every preset, the smallest sizes and
odd ones (`tests/engines/`). The GPU is an emulated one, whose tensor cores compute the first two
blocks of three presets; there the error is the length of the gradient's error over the gradient's.

{engines}
"""


@dataclass(frozen=True)
class Comparison:
    """The worst of one test: its error, and the part of the tolerance that it used."""

    used: float
    tolerance: float

    def __str__(self) -> str:
        if self.used == 0:
            return "0"
        return f"{self.used * self.tolerance:.1e} ({percent(self.used)})"


class Collector:
    """A plugin of pytest that keeps the comparisons of each test."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str, str], list[Comparison]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call":
            return
        path, _, test = report.nodeid.partition("::")
        function, _, case = test.removesuffix("]").partition("[")
        for name, value in report.user_properties:
            if name == "proof":
                assert isinstance(value, tuple)
                self.found[Path(path).stem, function, case].append(Comparison(*value[:2]))

    def worst(self, file: str, function: str, case: str | None = None) -> Comparison | None:
        """Find the worst comparison of a test, of all its cases unless one is named."""
        comparisons = [
            comparison
            for (at, test, of), found in self.found.items()
            if (at, test) == (file, function) and case in (None, of)
            for comparison in found
        ]
        return max(comparisons, key=lambda comparison: comparison.used, default=None)

    def cases(self, file: str) -> list[str]:
        """List the cases of a file in the order of its tests."""
        return list(dict.fromkeys(case for at, _, case in self.found if at == file and case))


def percent(part: float) -> str:
    return f"{100 * part:.2g} %" if part >= 0.0001 else "< 0.01 %"


def markdown(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    titles = list(head)
    lines = [titles, ["---", *["---:"] * (len(titles) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def crossed(collector: Collector, file: str, first: str, tests: Mapping[str, str]) -> str:
    """Write a table with a row for each case and a column for each test."""
    rows = [
        (case, *(collector.worst(file, test, case) or "–" for test in tests))  # noqa: RUF001
        for case in collector.cases(file)
        if any(collector.worst(file, test, case) for test in tests)
    ]
    return markdown([first, *tests.values()], rows)


def listed(collector: Collector, file: str, tests: Mapping[str, str]) -> str:
    """Write a table with a row for each test, its worst case."""
    rows = [(title, collector.worst(file, test) or "not run") for test, title in tests.items()]
    return markdown(["what, and how", "worst"], rows)


def by_engine(collector: Collector, file: str, test: str) -> str:
    """Write a table with a row for each engine, its worst case."""
    engines = dict.fromkeys(case.partition("-")[0] for case in collector.cases(file) if "-" in case)
    rows = []
    for engine in engines:
        cases = [case for case in collector.cases(file) if case.startswith(f"{engine}-")]
        found = [worst for case in cases if (worst := collector.worst(file, test, case))]
        rows.append((engine, max(found, key=lambda comparison: comparison.used)))
    return markdown(["engine", "gradient"], rows)


def versions() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "torch"))
    return f"Python {platform.python_version()}, {packages}"


def main() -> int:
    collector = Collector()
    tests = ROOT / "tests"
    paths = [str(tests / "reference"), str(tests / "engines" / "test_agreement.py")]
    code = pytest.main(["-q", "-m", "slow or not slow", *paths], [collector])
    if code != 0:
        return int(code)
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(
        TEXT.format(
            sizes=len(SIZES),
            comparisons=sum(map(len, collector.found.values())),
            versions=versions(),
            operations=crossed(collector, "test_operations", "operation", OPERATIONS),
            networks=listed(collector, "test_network", NETWORKS),
            presets=crossed(collector, "test_objective", "preset", PRESETS),
            engines=by_engine(collector, "test_agreement", "test_loss_and_gradient"),
        ),
        encoding="utf-8",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
