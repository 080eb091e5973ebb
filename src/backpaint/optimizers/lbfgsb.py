"""L-BFGS-B: SciPy's L-BFGS with a line search, and with bounds where a recipe wants them."""

from typing import Any

import numpy as np

from ..errors import UsageError
from ..problem.recipe import LBFGSB
from .contract import (
    NOT_ENDED,
    Callback,
    LossAndGradient,
    Outcome,
    State,
    Vector,
    all_done,
    flat_start,
)
from .quasi_newton.rounds import Rounds
from .scipy_setulb import Layout, Request
from .scipy_solver import Bounds, Solver
from .state import checked, numbers, size_of

REASONS = (
    ("ITERATIONS", "{iterations_done}"),
    ("EVALUATIONS", "{rounds_done}, each of {evaluations} evaluations"),
    ("PROJECTED GRADIENT", "the gradient is smaller than {pgtol:g} wherever it can be followed"),
    ("REDUCTION OF F", "the loss changed by less than {change:.1e} of its size"),
    (
        "ABNORMAL",
        "the line search found no lower point: the descent left is below rounding, or the "
        "gradient is not that of the loss",
    ),
)
"""Words for each of SciPy's messages, found by a part that SciPy 1.11 to 1.18 all use."""


class LBFGSBMinimizer:
    """Runs SciPy's L-BFGS-B, an iteration at a time; see `contract.Minimizer`.

    Its outcome's ``loss`` is that of its ``x``.

    Parameters
    ----------
    objective, options, black, white, callback
        As in `backpaint.optimizers.minimizer`.
    layout : Layout
        How SciPy's solver is called; see `scipy_solver.usable_layout`.

    Notes
    -----
    One continuous run keeps what the method learned about the curvature.  With
    ``evaluations_per_round`` the run is cut into rounds (`quasi_newton.rounds.Rounds`).

    With bounds, a start that lies outside is first moved onto them.

    References
    ----------
    .. [1] R. Byrd, P. Lu, J. Nocedal, C. Zhu, "A Limited Memory Algorithm for Bound Constrained
       Optimization", SIAM J. Sci. Comput. 16 (1995).
    """

    _solver: Solver

    def __init__(
        self,
        objective: LossAndGradient,
        options: LBFGSB,
        *,
        black: Vector,
        white: Vector,
        callback: Callback | None = None,
        layout: Layout,
    ) -> None:
        self._objective, self._options, self._callback = objective, options, callback
        self._black, self._white = np.asarray(black), np.asarray(white)
        self._layout = layout
        self._rounds = Rounds(options)

    def start(self, x0: Vector) -> None:
        """Begin at a point; see `Minimizer.start`."""
        self._rounds, self._solver = Rounds(self._options), self._new_solver(flat_start(x0))

    def step(self) -> bool:
        """Go on until the next iteration is accepted; see `Minimizer.step`."""
        while self._ending() is None or self._begin_round():
            if self._solver.advance(self._evaluate) is Request.NEW_X:
                self._rounds.iterations += 1
                if self._callback is not None:
                    self._callback(self._rounds.iterations, self._solver.x.copy())
                return True
        return False

    def outcome(self) -> Outcome:
        """Return where it stands; see `Minimizer.outcome`."""
        ending, counts = self._ending(), self._rounds
        reason = NOT_ENDED if ending is None else explain(ending, self._options)
        x, loss = self._solver.accepted.copy(), self._solver.loss
        return Outcome(x, loss, counts.iterations, counts.evaluations, reason)

    def state(self) -> State:
        """Return SciPy's arrays and the counts; see `Minimizer.state`."""
        return self._solver.state() | numbers(**self._rounds.counts())

    def restore(self, state: State) -> None:
        """Continue from a state; see `Minimizer.restore`."""
        solver = self._new_solver(np.zeros(size_of(state, self._black, self._white)))
        rounds = Rounds(self._options)
        arrays = checked(state, solver.blank_state() | numbers(**rounds.counts()))
        solver.restore(arrays)
        rounds.set_counts({name: int(arrays[name]) for name in rounds.counts()})
        self._solver, self._rounds = solver, rounds

    def _ending(self) -> str | None:
        """Explain why the round has ended, if it has; in SciPy's words."""
        request = self._solver.request
        if request is Request.END:
            return self._solver.message
        return self._rounds.limit() if request is Request.NEW_X else None

    def _begin_round(self) -> bool:
        """Begin another round where the last one ended; False if none follows."""
        if not self._rounds.begin_next():
            return False
        self._solver = self._new_solver(self._solver.x)
        return True

    def _evaluate(self, x: Vector) -> tuple[float, Vector]:
        loss, gradient = self._objective(x)
        self._rounds.evaluations += 1
        return loss, gradient

    def _new_solver(self, x0: Vector) -> Solver:
        require_indexable(x0.size, self._options.corrections, self._layout.integers)
        bounds: Bounds = None
        if self._options.bounds == "pixels":
            bounds = np.broadcast_to(self._black, x0.shape), np.broadcast_to(self._white, x0.shape)
        return Solver(self._layout, x0, self._options, bounds)


def require_indexable(size: int, corrections: int, integers: np.dtype[Any]) -> None:
    """Raise UsageError if SciPy's work array is longer than its integers can count."""
    longest = (2 * corrections + 5) * size + 11 * corrections**2 + 8 * corrections
    if longest > np.iinfo(integers).max:
        raise UsageError(
            f"{size // 3} pixels with {corrections} corrections are more than SciPy's l-bfgs-b can "
            "count; choose optimizer.history float32 (without bounds), fewer "
            "optimizer.corrections, or another optimizer.method"
        )


def explain(task: str | bytes, options: LBFGSB) -> str:
    """Describe why SciPy stopped.

    Parameters
    ----------
    task : str or bytes
        SciPy's message, such as ``"CONVERGENCE: RELATIVE REDUCTION OF F <= FACTR*EPSMCH"``; older
        releases write underscores and ``REL_REDUCTION``.
    options : LBFGSB
        The numbers that the words mention.

    Returns
    -------
    str
        One sentence; a message that is not known is quoted.

    Examples
    --------
    >>> explain("CONVERGENCE: NORM_OF_PROJECTED_GRADIENT_<=_PGTOL", LBFGSB(iterations=9))
    'the gradient is smaller than 1e-05 wherever it can be followed'
    """
    message = task.decode() if isinstance(task, bytes) else task
    plain = message.replace("_", " ")
    for part, words in REASONS:
        if part in plain:
            return words.format(
                iterations_done=all_done(options.iterations, "iteration"),
                rounds_done=all_done(options.iterations, "round"),
                evaluations=options.evaluations_per_round,
                pgtol=options.pgtol,
                change=options.factr * np.finfo(np.float64).eps,
            )
    return f'SciPy stopped with the message "{message}"'
