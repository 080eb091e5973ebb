"""The jumps of one loss and gradient: files opened, functions called, calls to another file.

    python bench/jumps.py cpu    # or reference, or gpu, which is emulated

Counts the package that Python finds, of an older layout too: `structure.py --jumps` runs this for
another checkout.  The emulator's own functions do not count, and no process that read the pictures
and ends meanwhile.
"""

import os
import sys
import threading
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

import backpaint
from backpaint.examples import example_path

ROOMS = ("reference", "cpu", "fast", "gpu", "weights")
PACKAGE = Path(backpaint.__file__).resolve().parent
FOLDERS = tuple(
    f"{folder}{os.sep}" for folder in (PACKAGE, *(PACKAGE.parents[1] / name for name in ROOMS))
)
"""Where the package's code lies: behind links too, as its editable install has them."""
LEFT_OUT = ("emulator", "isolation")

Function = tuple[str, str]
"""File and qualified name."""


class Watch:
    """A profile function that writes down who calls whom, in each thread, while it is asked to.

    Attributes
    ----------
    is_on : bool
    functions : set of Function
        Those that were called.
    calls : set of (Function, Function)
        The package's nearest function on the stack, and the one that was called.
    """

    def __init__(self) -> None:
        self.is_on = False
        self.functions: set[Function] = set()
        self.calls: set[tuple[Function, Function]] = set()
        self._local = threading.local()

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        stack: list[Function | None] = self._local.__dict__.setdefault("stack", [])
        if event == "return" and stack:
            stack.pop()
        if event == "call":
            function = self._function(frame)
            caller = next((entry for entry in reversed(stack) if entry), None)
            stack.append(function)
            if self.is_on and function:
                self.functions.add(function)
                if caller:
                    self.calls.add((caller, function))

    def _function(self, frame: FrameType) -> Function | None:
        """Name the function of a frame, if it is the package's."""
        path = os.path.realpath(frame.f_code.co_filename)
        mine = path.startswith(FOLDERS) and not any(name in path for name in LEFT_OUT)
        return (path, frame.f_code.co_qualname) if mine else None


def emulated() -> AbstractContextManager[None]:
    """Stand in for a GPU, wherever the module is that does so."""
    for name in ("backpaint.gpu.device", "backpaint.gpu.device.device"):
        module = import_module(name)
        if hasattr(module, "emulate"):
            found: AbstractContextManager[None] = module.emulate()
            return found
    raise AttributeError("backpaint.gpu has no emulate()")


def example(engine: str) -> Any:
    """Build an objective, small enough for the emulated device."""
    pictures = example_path("cat"), example_path("swirls")
    if engine != "gpu":
        return backpaint.objective(*pictures, size=48, engine=engine)
    problem = backpaint.objective(*pictures, size=24, engine="reference").problem
    gpu = import_module("backpaint.gpu")
    return gpu.GPUObjective(problem, "exact", dtype=np.float64, graph=False)


def main() -> None:
    """Print the counts of one engine, from its third evaluation: nothing is built there."""
    engine, watch = sys.argv[1], Watch()
    threading.setprofile(watch)  # threads that stay must be watched from their start
    with emulated() if engine == "gpu" else nullcontext():
        objective = example(engine)
        x = objective.initial()
        objective(x), objective(x)
        watch.is_on = True
        sys.setprofile(watch)
        objective(x)
        watch.is_on = False  # threads that clean up are watched still
        sys.setprofile(None)
    files = {path for path, _ in watch.functions}
    across = sum(caller[0] != called[0] for caller, called in watch.calls)
    print(
        f"{engine}: {len(files)} files, {len(watch.functions)} functions, "
        f"{len(watch.calls)} calls from one to another, {across} of them to another file"
    )


if __name__ == "__main__":
    main()
