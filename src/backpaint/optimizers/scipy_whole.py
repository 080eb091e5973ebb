"""L-BFGS-B in one piece, for a SciPy whose solver cannot be stopped between two evaluations."""

import sys
from itertools import count
from typing import Any, NoReturn

import numpy as np
import scipy

from ..errors import UsageError
from ..problem.recipe import LBFGSB
from .contract import NOT_ENDED, Callback, LossAndGradient, Outcome, State, Vector, flat_start
from .lbfgsb import explain

NO_LIMIT = sys.maxsize
"""In place of SciPy's own limits of 15000, which nobody asked for."""
SUPPORTED = "1.11 to 1.18"
"""Releases of SciPy whose solver can be stopped."""


class WholeLBFGSB:
    """Runs `scipy.optimize.fmin_l_bfgs_b`: one step goes to the end, and there is no state.

    Parameters
    ----------
    objective, options, black, white, callback
        As in `backpaint.optimizers.minimizer`.
    """

    _outcome: Outcome

    def __init__(
        self,
        objective: LossAndGradient,
        options: LBFGSB,
        *,
        black: Vector,
        white: Vector,
        callback: Callback | None = None,
    ) -> None:
        self._objective, self._options, self._callback = objective, options, callback
        self._black, self._white = black, white

    def start(self, x0: Vector) -> None:
        """Begin at a point; see `Minimizer.start`."""
        self._outcome = Outcome(flat_start(x0), np.nan, 0, 0, NOT_ENDED)

    def step(self) -> bool:
        """Go on to the end, calling back after each iteration."""
        if self._outcome.reason == NOT_ENDED:
            self._outcome = self._minimize(self._outcome.x)
        return False

    def outcome(self) -> Outcome:
        """Return the start or the end; see `Minimizer.outcome`."""
        return self._outcome

    def state(self) -> State:
        """Raise UsageError: SciPy hides it."""
        self._refuse()

    def restore(self, state: State) -> None:
        """Raise UsageError: SciPy cannot be given one."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise UsageError(
            f"SciPy {scipy.__version__} hides the state of its l-bfgs-b, so that a run can be "
            f"neither kept nor continued; expected SciPy {SUPPORTED}; install one of these"
        )

    def _minimize(self, x: Vector) -> Outcome:
        """Call SciPy once for each round."""
        options, loss, iterations, evaluations, task = self._options, np.nan, 0, 0, ""
        rounds, limits = 1, {"maxiter": options.iterations, "maxfun": NO_LIMIT}
        if options.evaluations_per_round is not None:
            rounds = options.iterations
            limits = {"maxiter": NO_LIMIT, "maxfun": options.evaluations_per_round}
        settings: dict[str, Any] = {
            "bounds": self._pairs(x) if options.bounds == "pixels" else None,
            "m": options.corrections,
            "factr": options.factr,
            "pgtol": options.pgtol,
            "maxls": options.line_search_steps,
            "callback": _numbered(self._callback),
            **limits,
        }
        for _ in range(rounds):
            x, loss, info = scipy.optimize.fmin_l_bfgs_b(self._objective, x, **settings)
            iterations += info["nit"]
            evaluations += info["funcalls"]
            task = info["task"]
            if info["nit"] == 0:
                break
        return Outcome(x, float(loss), iterations, evaluations, explain(task, options))

    def _pairs(self, x: Vector) -> Vector:
        """Pair the bounds as SciPy wants them: (N, 2)."""
        bounds = (np.broadcast_to(bound, x.shape) for bound in (self._black, self._white))
        return np.column_stack(tuple(bounds))


def _numbered(callback: Callback | None) -> Any:
    """Count SciPy's calls across all rounds, and let no exception get lost in SciPy."""
    if callback is None:
        return None
    numbers = count(1)

    def call(x: Vector) -> None:
        try:
            callback(next(numbers), x)
        except StopIteration as stop:  # SciPy would take it as a wish to end this round
            raise RuntimeError("the callback raised StopIteration") from stop

    return call
