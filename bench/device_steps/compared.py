"""What `rung.py` and `ways.py` share: an evaluation that does everything in every way."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from tests.gpu.every_way import Compared

from backpaint.gpu import objective
from backpaint.gpu.convolution.convolution import Convolve
from backpaint.gpu.convolution.tiles import TILES, TRIALS
from backpaint.gpu.device.choice import Choose
from backpaint.gpu.network.network_filters import Precision
from backpaint.problem.problem import Problem


def compare(problem: Problem, precision: Precision, x: np.ndarray, *, convolutions: bool) -> bool:
    """Evaluate once at `x`, and compare the ways of every task, of convolutions only if asked."""
    compared = Compared()
    choices = (compared.convolver,) if convolutions else ()
    with replaced(lambda: compared, *choices):
        objective.GPUObjective(problem, precision, graph=False).evaluate(x)
    return compared.verdict()


@contextmanager
def replaced(
    choose: Callable[[], Choose], convolve: Callable[[], Convolve] | None = None
) -> Iterator[None]:
    """Let objectives that are made in a ``with`` block choose like that, however they are tuned."""
    before = objective.chooser, objective.convolver
    objective.chooser = lambda _: choose()
    if convolve is not None:
        objective.convolver = lambda _: convolve()
    try:
        yield
    finally:
        objective.chooser, objective.convolver = before


def leave_out_as_asked() -> None:
    """Leave out what the command line names after ``--without``."""
    if "--without" in sys.argv:
        leave_out(sys.argv[sys.argv.index("--without") + 1])


def leave_out(kernel: str) -> None:
    """Compute without a kernel, or without ``trials``, of which a rung has failed."""
    if kernel == "trials":
        TRIALS.update(dict.fromkeys(TRIALS, ()))
    for tiles in (TILES, TRIALS):
        for precision, listed in tiles.items():
            tiles[precision] = tuple(tile for tile in listed if tile.name != kernel)
