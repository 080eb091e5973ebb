"""L-BFGS-B: SciPy's L-BFGS with a line search, and with bounds where a recipe wants them."""

import sys
from itertools import count
from typing import Any

import numpy as np
from scipy.optimize import fmin_l_bfgs_b

from ..problem.recipe import LBFGSB
from .contract import Callback, LossAndGradient, Outcome, Vector, all_done

NO_LIMIT = sys.maxsize
"""In place of SciPy's own limits of 15000, which nobody asked for."""

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
"""Words for each of SciPy's messages, found by a part that SciPy 1.11 to 1.17 all use."""


def minimize(
    objective: LossAndGradient,
    x0: Vector,
    options: LBFGSB,
    *,
    black: Vector,
    white: Vector,
    callback: Callback | None = None,
) -> Outcome:
    """Minimize with `scipy.optimize.fmin_l_bfgs_b`.

    Parameters
    ----------
    objective, x0, options, black, white, callback
        As in `backpaint.optimizers.minimize`.

    Returns
    -------
    Outcome
        Its ``loss`` is that of its ``x``.

    Notes
    -----
    One continuous run keeps what the method learned about the curvature.  With
    ``evaluations_per_round`` the run is cut into rounds that each start with an empty history, as
    programs do that call SciPy in a loop with ``maxfun``.  SciPy looks at ``maxfun`` only between
    iterations, so a round of 20 makes 21 evaluations, or more when its last line search is long.
    A round that cannot move ends the run.

    With bounds, SciPy first moves a start that lies outside onto them.

    References
    ----------
    .. [1] R. Byrd, P. Lu, J. Nocedal, C. Zhu, "A Limited Memory Algorithm for Bound Constrained
       Optimization", SIAM J. Sci. Comput. 16 (1995).
    """
    rounds, limits = 1, {"maxiter": options.iterations, "maxfun": NO_LIMIT}
    if options.evaluations_per_round is not None:
        rounds = options.iterations
        limits = {"maxiter": NO_LIMIT, "maxfun": options.evaluations_per_round}
    settings: dict[str, Any] = {
        "bounds": _pixel_bounds(x0, black, white) if options.bounds == "pixels" else None,
        "m": options.corrections,
        "factr": options.factr,
        "pgtol": options.pgtol,
        "maxls": options.line_search_steps,
        "callback": _numbered(callback),
        **limits,
    }
    x, loss, iterations, evaluations, task = x0, np.nan, 0, 0, ""
    for _ in range(rounds):
        x, loss, info = fmin_l_bfgs_b(objective, x, **settings)
        iterations += info["nit"]
        evaluations += info["funcalls"]
        task = info["task"]
        if info["nit"] == 0:
            break
    return Outcome(x, float(loss), iterations, evaluations, explain(task, options))


def explain(task: str | bytes, options: LBFGSB) -> str:
    """Say in words why SciPy stopped.

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


def _pixel_bounds(x0: Vector, black: Vector, white: Vector) -> Vector:
    """Pair the bounds as SciPy wants them: (N, 2)."""
    return np.column_stack((np.broadcast_to(black, x0.shape), np.broadcast_to(white, x0.shape)))


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
