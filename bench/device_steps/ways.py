"""Every way to do one thing in an evaluation: first what each writes, then how long each takes.

python ways.py SIZE PRECISION [--without conv_sm90|trials]

The usual way's result is what the others are compared with; `rung.py` does it at a few pixels, with
convolutions.  Then, if all were right, the clock chooses for a whole evaluation, convolutions
included, and each task is told as it is decided.  No tuning file of a user is read or written.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from compared import compare, leave_out_as_asked, replaced
from gpu_problem import make_problem
from on_device import REHEARSE, on_device

from backpaint.compare.subject.scene import start
from backpaint.gpu import GPUObjective
from backpaint.gpu.convolution.convolution import own_ways
from backpaint.gpu.convolution.tuner import Tuner
from backpaint.gpu.device.choice import Clock
from backpaint.gpu.device.tuning_file import Measured, TuningFile
from backpaint.gpu.network.network_filters import Precision
from backpaint.problem.problem import Problem

SHOWN = 4
"""Ways of a task, the fastest first: a line must be short."""


class ToldFile(TuningFile):
    """A tuning file that tells what it is told.

    Attributes
    ----------
    wrong : list of str
        Lines about ways that wrote something else than the usual one.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, {})
        self.wrong: list[str] = []

    def put(self, key: str, measured: Measured) -> None:
        """See `TuningFile`."""
        super().put(key, measured)
        wrong = [f"WRONG {label}, {key}" for label in measured.refused]
        print("\n".join([told(key, measured), *wrong]), flush=True)
        self.wrong += wrong


def told(task: str, found: Measured) -> str:
    """Write a task's choice and its fastest ways, in microseconds."""
    fastest_first = sorted(found.milliseconds.items(), key=lambda pair: pair[1])
    times = ", ".join(f"{label} {1e3 * ms:.1f}" for label, ms in fastest_first[:SHOWN])
    more = f" of {len(fastest_first)}" * (len(fastest_first) > SHOWN)
    return f"{task}: {found.choice}; us{more}: {times}"


def timed(problem: Problem, precision: Precision, x: np.ndarray) -> bool:
    """Let the clock choose; all but convolutions are told once more in the end, then what differs.

    Returns
    -------
    bool
        Whether no way that the clock would have taken wrote something else than the usual one.
    """
    with TemporaryDirectory() as folder:
        others, convolutions = (ToldFile(Path(folder, f"{name}.json")) for name in "ab")
        with replaced(lambda: Clock(others), lambda: Tuner(convolutions, own_ways)):
            GPUObjective(problem, precision, graph=False).evaluate(x)
    print("all but convolutions:")
    for task in sorted(others.choices()):
        found = others.get(task)
        assert found is not None
        print(told(task, found))
    wrong = others.wrong + convolutions.wrong
    print("\n".join([*wrong, f"{len(wrong)} WRONG of what was fast"]))
    return not wrong


def main() -> None:
    size, precision = int(sys.argv[1]), sys.argv[2]
    leave_out_as_asked()
    with on_device():
        problem = make_problem(size, shallow=REHEARSE)
        x = start(problem).reshape(*problem.shape, 3)
        right = compare(problem, precision, x, convolutions=False)  # type: ignore[arg-type]
        if right and not REHEARSE:  # g++ would compile every tile for every launch
            right = timed(problem, precision, x)  # type: ignore[arg-type]
    sys.exit(not right)


if __name__ == "__main__":
    main()
