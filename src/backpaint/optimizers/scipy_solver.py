"""SciPy's L-BFGS-B in pieces: a run that can be kept and continued wherever it asks for a loss."""

from functools import cache
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from ..errors import UsageError
from ..problem.recipe import LBFGSB
from .contract import LossAndGradient, State, Vector
from .scipy_setulb import (
    Layout,
    Request,
    are_indices_possible,
    line_search_start,
    possible_layouts,
)
from .state import ADVICE, blank, numbers

Bounds = tuple[Vector, Vector] | None
TRIAL_SIZE, TRIAL_ITERATIONS = 50, 10


class Solver:
    """One run of SciPy's L-BFGS-B, with the bits of `scipy.optimize.fmin_l_bfgs_b`.

    Parameters
    ----------
    layout : Layout
        How `setulb` is called.
    x0 : (N,) ndarray of float64
        Where to start; moved into the bounds.
    options : LBFGSB
    bounds : (low, high) or None
        Of shape (N,) each; infinite where there is none.

    Attributes
    ----------
    x : (N,) ndarray of float64
        The last accepted point, or the one whose loss is wanted; it changes in place.
    loss : float
        The last that was evaluated.
    """

    def __init__(self, layout: Layout, x0: Vector, options: LBFGSB, bounds: Bounds) -> None:
        self._layout, self._options = layout, options
        self.x, self.loss = x0.copy() if bounds is None else np.clip(x0, *bounds), np.nan
        self._gradient = np.zeros_like(self.x)
        self._arrays = layout.arrays(self.x.size, options.corrections)
        self._bounds = _told(bounds, self.x.size, layout.integers)
        self._evaluated: tuple[Vector, Vector] | None = None

    @property
    def request(self) -> Request:
        """The reason for which SciPy has returned."""
        return self._layout.request(self._arrays)

    @property
    def accepted(self) -> Vector:
        """The last accepted point."""
        begun = line_search_start(self._arrays, self.x.size)
        return self.x if self.request is not Request.LOSS or begun is None else begun

    @property
    def message(self) -> str:
        """The words with which SciPy has ended."""
        return self._layout.message(self._arrays)

    def advance(self, objective: LossAndGradient) -> Request:
        """Go on until an iteration is accepted, or to the end."""
        while True:
            if self.request is Request.LOSS:
                self._evaluate(objective)
            self._call()
            if self.request is not Request.LOSS:
                return self.request

    def state(self) -> State:
        """Return SciPy's arrays and our own, none copied."""
        is_evaluated = self._evaluated is not None and np.array_equal(self._evaluated[0], self.x)
        own = {"x": self.x, "gradient": self._gradient}
        return own | self._arrays | numbers(loss=self.loss, is_evaluated=bool(is_evaluated))

    def blank_state(self) -> State:
        """Return what a state looks like, in no memory."""
        return {name: blank(array.shape, array.dtype) for name, array in self.state().items()}

    def restore(self, state: State) -> None:
        """Continue from a state that has the right names, shapes and dtypes.

        Raises
        ------
        UsageError
            If SciPy would look for its numbers outside of its arrays.
        """
        arrays = {name: state[name] for name in self._arrays}
        if self._layout.request(arrays) is not Request.START:
            self._call()  # the start, which tells where things are
            size, corrections = self.x.size, self._options.corrections
            if not are_indices_possible(arrays, self._arrays, size, corrections):
                raise UsageError(
                    "the state's arrays isave and iwa have indices beyond its other arrays; "
                    f"expected those of SciPy; {ADVICE}"
                )
        self._arrays, self.x, self._gradient = arrays, state["x"], state["gradient"]
        self.loss = float(state["loss"])
        is_evaluated = bool(state["is_evaluated"])
        self._evaluated = (self.x.copy(), self._gradient.copy()) if is_evaluated else None

    def _call(self) -> None:
        options = self._options
        low, high, kinds = self._bounds
        problem = (options.corrections, self.x, low, high, kinds, self.loss, self._gradient)
        tolerances = (options.factr, options.pgtol)
        self._layout.call((*problem, *tolerances), self._arrays, options.line_search_steps)

    def _evaluate(self, objective: LossAndGradient) -> None:
        """Evaluate at x, unless that is where the last evaluation was, as SciPy has it."""
        if self._evaluated is None or not np.array_equal(self._evaluated[0], self.x):
            x = self.x.copy()
            loss, gradient = objective(x)
            self.loss, self._evaluated = float(loss), (x, gradient)
        self._gradient[...] = self._evaluated[1]


@cache
def usable_layout() -> Layout | None:
    """Return the layout with which `setulb` gives the bits of `fmin_l_bfgs_b`; None if none does.

    It is tried once a process, on a few iterations of a small function.
    """
    try:
        return next((layout for layout in possible_layouts() if _gives_its_bits(layout)), None)
    except (ImportError, AttributeError):
        return None


def _gives_its_bits(layout: Layout) -> bool:
    """Compare some iterations with those of `fmin_l_bfgs_b`, with bounds and without."""
    try:
        return all(_agrees(layout, bounds) for bounds in (None, (-0.9, 0.8)))
    except Exception:  # it is private: anything may have become of it
        return False


def _agrees(layout: Layout, bounds: tuple[float, float] | None) -> bool:
    visited: list[Vector] = []

    def function(x: Vector) -> tuple[float, Vector]:
        visited.append(x)
        return float(scipy.optimize.rosen(x)), scipy.optimize.rosen_der(x)

    def watched(x: Vector) -> tuple[float, Vector]:
        are_accepted.append(np.array_equal(solver.accepted, moves[-1]))
        return function(x)

    x0, ends = np.linspace(-1, 1, TRIAL_SIZE), None
    if bounds is not None:
        ends = np.full(TRIAL_SIZE, bounds[0]), np.full(TRIAL_SIZE, bounds[1])
    options = LBFGSB(iterations=TRIAL_ITERATIONS, corrections=3)
    solver = Solver(layout, x0, options, ends)
    moves, are_accepted = [solver.x.copy()], list[bool]()
    while len(moves) <= TRIAL_ITERATIONS and solver.advance(watched) is Request.NEW_X:
        moves.append(solver.x.copy())
    ours = len(visited)
    pairs = None if bounds is None else [bounds] * TRIAL_SIZE
    x, loss, info = scipy.optimize.fmin_l_bfgs_b(
        function, x0, bounds=pairs, m=3, maxiter=TRIAL_ITERATIONS
    )
    theirs = info["nit"], len(visited) - ours, loss
    counts = len(moves) - 1, ours, solver.loss
    return counts == theirs and all(are_accepted) and np.array_equal(solver.x, x)


def _told(
    bounds: Bounds, size: int, integers: np.dtype[Any]
) -> tuple[Vector, Vector, NDArray[np.integer]]:
    """Return bounds and their kinds as SciPy wants them: 0 no bound, 1 low, 2 both, 3 high."""
    if bounds is None:
        return np.zeros(size), np.zeros(size), np.zeros(size, integers)
    low, high = bounds
    has_low, has_high = np.isfinite(low), np.isfinite(high)
    kinds = np.select([has_low & has_high, has_low, has_high], [2, 1, 3], 0).astype(integers)
    return np.where(has_low, low, 0.0), np.where(has_high, high, 0.0), kinds
