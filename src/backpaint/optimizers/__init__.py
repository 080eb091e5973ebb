"""The ways downhill: L-BFGS with and without a line search, Adam, plain gradient descent.

Reading order: `contract` (what goes in and out), `place`, `gradient_descent`, `adam`,
`lbfgs_steps`, `lbfgs`, `lbfgs_search`, `lbfgsb`, `quasi_newton`, `vector_free`.
"""

from ..problem.recipe import LBFGS, LBFGSB, Adam, GradientDescent, Optimizer
from .adam import AdamMinimizer
from .contract import Callback, LossAndGradient, Minimizer, Outcome, State, Vector
from .gradient_descent import GradientDescentMinimizer
from .lbfgs import LBFGSMinimizer
from .lbfgs_search import SearchingLBFGSMinimizer
from .lbfgsb import LBFGSBMinimizer
from .scipy_solver import usable_layout
from .scipy_whole import WholeLBFGSB
from .vector_free import HostLBFGS

__all__ = [
    "Callback",
    "LossAndGradient",
    "Minimizer",
    "Outcome",
    "State",
    "Vector",
    "is_limited",
    "minimize",
    "minimizer",
    "usable_layout",
]


def is_limited(options: Optimizer) -> bool:
    """Whether a method keeps a picture between black and white."""
    match options:
        case LBFGSB():
            return options.bounds == "pixels"
        case LBFGS() | Adam() | GradientDescent():
            return options.clip == "pixels"


def minimizer(
    objective: LossAndGradient,
    options: Optimizer,
    *,
    black: Vector,
    white: Vector,
    callback: Callback | None = None,
    scratch: str | None = None,
) -> Minimizer:
    """Return the method that a recipe asks for, to be run step by step.

    Parameters
    ----------
    objective : LossAndGradient
        Maps a flat float64 point to ``(loss, gradient)``.
    options : LBFGSB, LBFGS, Adam or GradientDescent
        The method and its numbers.
    black, white : (N,) ndarray of float64
        The variable's values for pixel values 0 and 255, or anything that broadcasts to (N,).
        They matter only where `options` has ``bounds`` or ``clip`` set to ``"pixels"``.
    callback : Callback, optional
        Called within `Minimizer.step` after each accepted iteration.
    scratch : str, optional
        A folder: what `LBFGS` remembers, and `LBFGSB` in float32, lies in files there, with the
        same bits.  The rest stays in memory.

    Returns
    -------
    Minimizer
        Which still needs a start, or a state to continue from.

    Examples
    --------
    A run that is cut in two ends where the whole one does:

    >>> import numpy as np
    >>> def bowl(x):
    ...     return float(x @ x), 2 * x
    >>> def descent():
    ...     options = Adam(iterations=9, rate=0.5)
    ...     return minimizer(bowl, options, black=np.zeros(2), white=np.ones(2))
    >>> whole, first, second = descent(), descent(), descent()
    >>> whole.start(np.array([3.0, 4.0]))
    >>> while whole.step():
    ...     pass
    >>> first.start(np.array([3.0, 4.0]))
    >>> first.step(), first.step(), first.outcome().reason
    (True, True, 'it has not ended')
    >>> second.restore(first.state())
    >>> while second.step():
    ...     pass
    >>> np.array_equal(second.outcome().x, whole.outcome().x), second.outcome().reason
    (True, 'all 9 iterations are done')
    """
    match options:
        case LBFGSB(history="float32"):
            return HostLBFGS(
                objective, options, callback=callback, history="float32", scratch=scratch
            )
        case LBFGSB():
            layout = usable_layout()
            if layout is None:
                return WholeLBFGSB(objective, options, black=black, white=white, callback=callback)
            return LBFGSBMinimizer(
                objective, options, black=black, white=white, callback=callback, layout=layout
            )
        case LBFGS():
            kind = LBFGSMinimizer if options.line_search == "none" else SearchingLBFGSMinimizer
            return kind(
                objective, options, black=black, white=white, callback=callback, scratch=scratch
            )
        case Adam():
            return AdamMinimizer(objective, options, black=black, white=white, callback=callback)
        case GradientDescent():
            return GradientDescentMinimizer(
                objective, options, black=black, white=white, callback=callback
            )


def minimize(
    objective: LossAndGradient,
    x0: Vector,
    options: Optimizer,
    *,
    black: Vector,
    white: Vector,
    callback: Callback | None = None,
    scratch: str | None = None,
) -> Outcome:
    """Minimize an objective with the method that a recipe asks for, from beginning to end.

    Parameters
    ----------
    objective, options, black, white, callback, scratch
        As in `minimizer`.
    x0 : (N,) ndarray of float64
        Where to start; not written to.

    Returns
    -------
    Outcome
        The last point, its loss, the counts, and why it stopped.

    Raises
    ------
    ValueError
        If `x0` is not one-dimensional.

    Notes
    -----
    Whatever `objective` or `callback` raise, ``KeyboardInterrupt`` included, passes through.

    Examples
    --------
    >>> import numpy as np
    >>> def bowl(x):
    ...     return float(x @ x), 2 * x
    >>> outcome = minimize(
    ...     bowl,
    ...     np.array([3.0, 4.0]),
    ...     GradientDescent(iterations=1, rate=0.5),
    ...     black=np.zeros(2),
    ...     white=np.ones(2),
    ... )
    >>> outcome.x, outcome.loss, outcome.reason
    (array([0., 0.]), 25.0, 'the one iteration is done')
    """
    descent = minimizer(
        objective, options, black=black, white=white, callback=callback, scratch=scratch
    )
    descent.start(x0)
    while descent.step():
        pass
    return descent.outcome()
