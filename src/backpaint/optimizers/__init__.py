"""The ways downhill: L-BFGS with and without a line search, Adam, plain gradient descent.

Reading order: `contract` (what goes in and out), `gradient_descent`, `adam`, `lbfgs`, `lbfgsb`.
"""

import numpy as np

from ..problem.recipe import LBFGS, LBFGSB, Adam, GradientDescent, Optimizer
from . import adam, gradient_descent, lbfgs, lbfgsb
from .contract import Callback, LossAndGradient, Outcome, Vector

__all__ = ["Callback", "LossAndGradient", "Outcome", "Vector", "minimize"]


def minimize(
    objective: LossAndGradient,
    x0: Vector,
    options: Optimizer,
    *,
    black: Vector,
    white: Vector,
    callback: Callback | None = None,
) -> Outcome:
    """Minimize an objective with the method that a recipe asks for.

    Parameters
    ----------
    objective : LossAndGradient
        Maps a flat float64 point to ``(loss, gradient)``.
    x0 : (N,) ndarray of float64
        Where to start; not written to.
    options : LBFGSB, LBFGS, Adam or GradientDescent
        The method and its numbers.
    black, white : (N,) ndarray of float64
        The variable's values for pixel values 0 and 255, or anything that broadcasts to (N,).
        They matter only where `options` has ``bounds`` or ``clip`` set to ``"pixels"``.
    callback : Callback, optional
        Called after each accepted iteration.

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
    start = np.array(x0, dtype=np.float64)
    if start.ndim != 1:
        raise ValueError(f"expected a flat starting point of shape (N,), got {start.shape}")
    match options:
        case LBFGSB():
            return lbfgsb.minimize(
                objective, start, options, black=black, white=white, callback=callback
            )
        case LBFGS():
            return lbfgs.minimize(
                objective, start, options, black=black, white=white, callback=callback
            )
        case Adam():
            return adam.minimize(
                objective, start, options, black=black, white=white, callback=callback
            )
        case GradientDescent():
            return gradient_descent.minimize(
                objective, start, options, black=black, white=white, callback=callback
            )
