"""Every way to do one thing in an evaluation: first what each writes, then how long each takes.

python ways.py SIZE PRECISION

The usual way's result is what the others are compared with; `rung.py` does it at a few pixels.
Then the clock chooses for a whole evaluation, convolutions included, and its table is printed.
"""

import sys
from collections.abc import Mapping

import numpy as np
from gpu_problem import make_problem
from on_device import REHEARSE, on_device

from backpaint.compare.subject.scene import start
from backpaint.gpu import GPUObjective, objective
from backpaint.gpu.convolution.tuner import Tuning
from backpaint.gpu.device import device
from backpaint.gpu.device.choice import Choose, Launch
from backpaint.gpu.device.tuning_file import tuning_file
from backpaint.gpu.network.network_filters import Precision
from backpaint.problem.problem import Problem

TOLERANCE = {"float64": 1e-12, "float32": 1e-5, "float16": 2e-3, "uint8": 1e-4}
"""By what is written, as a share of the greatest value, or of bytes: where a multiplication is
fused with an addition, a sum may be rounded otherwise, and a ReLU's bit beside 0 may differ."""


class Compared:
    """Does each task in every way, into memory full of NaN, and compares with the usual one.

    Attributes
    ----------
    right : dict of str to bool
        By the task and the way.
    """

    def __init__(self) -> None:
        self.right: dict[str, bool] = {}

    def __call__(self, task: str, ways: Mapping[str, Launch], *written: device.Array) -> None:
        (usual, *others) = ways
        for label in others:
            expected, found = (_result(ways[name], written) for name in (usual, label))
            errors = [error_of(*pair) for pair in zip(found, expected, strict=True)]
            allowed = [TOLERANCE[array.dtype.name] for array in expected]
            right = all(map(float.__le__, errors, allowed))
            told = f"{task}: {label} for {usual}"
            if not (right and told in self.right):
                greatest = ", ".join(f"{error:.1e}" for error in errors)
                print(told, "right" if right else "WRONG", greatest, flush=True)
            self.right[told] = right and self.right.get(told, True)
        ways[usual]()


def _result(launch: Launch, written: tuple[device.Array, ...]) -> list[np.ndarray]:
    for array in written:
        array.view(np.uint8).fill(0xFF)
    launch()
    return [device.to_host(array).copy() for array in written]


def error_of(found: np.ndarray, expected: np.ndarray) -> float:
    """Tell how far numbers are off, or how many bytes of bits or winners differ."""
    same = (found == expected) | ((found != found) & (expected != expected))
    if found.dtype == np.uint8 or same.all():
        return float(1 - same.mean())
    if not np.isfinite(found[~same]).all():
        return np.inf
    finite = np.abs(expected[np.isfinite(expected)]).astype(np.float64)
    return float(np.abs(found[~same].astype(np.float64) - expected[~same]).max() / finite.max())


def compare(problem: Problem, precision: Precision, x: np.ndarray) -> bool:
    """Evaluate once at `x`, and compare the ways of every task."""
    compared, before = Compared(), objective.chooser

    def chooser(_: Tuning) -> Choose:
        return compared

    objective.chooser = chooser
    try:
        GPUObjective(problem, precision, graph=False).evaluate(x)
    finally:
        objective.chooser = before
    return bool(compared.right) and all(compared.right.values())


def timed(problem: Problem, precision: Precision, x: np.ndarray) -> None:
    """Let the clock choose, and print what it has measured."""
    GPUObjective(problem, precision, tune="own").evaluate(x)
    file = tuning_file("own", {})
    for task in sorted(file.choices()):
        found = file.get(task)
        assert found is not None
        fastest_first = sorted(found.milliseconds.items(), key=lambda pair: pair[1])
        told = ", ".join(f"{label} {1e3 * ms:.1f}" for label, ms in fastest_first)
        print(f"{task}: {found.choice}; us: {told}", flush=True)


def main() -> None:
    size, precision = int(sys.argv[1]), sys.argv[2]
    with on_device():
        problem = make_problem(size, shallow=REHEARSE)
        x = start(problem).reshape(*problem.shape, 3)
        right = compare(problem, precision, x)  # type: ignore[arg-type]
        if not REHEARSE:  # the clock would have g++ compile every tile for every launch
            timed(problem, precision, x)  # type: ignore[arg-type]
    sys.exit(not right)


if __name__ == "__main__":
    main()
