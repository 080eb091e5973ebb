"""Gradient descent: go against the gradient, at a rate that may decay."""

import numpy as np

from ..problem.recipe import GradientDescent
from .contract import Callback, LossAndGradient, Outcome, Vector, all_done, clipping


def minimize(
    objective: LossAndGradient,
    x0: Vector,
    options: GradientDescent,
    *,
    black: Vector,
    white: Vector,
    callback: Callback | None = None,
) -> Outcome:
    """Minimize by ``x -= rate_k * g``, one evaluation an iteration.

    Parameters
    ----------
    objective, x0, options, black, white, callback
        As in `backpaint.optimizers.minimize`.

    Returns
    -------
    Outcome
        Its ``x`` is one move further than its ``loss``: the last point is not evaluated.

    Notes
    -----
    Iteration k, counted from 0, uses ``rate_k = rate * decay^(k / decay_steps)``: Keras's
    ``ExponentialDecay``, continuous.  With ``normalize = "mean-absolute"`` the gradient is divided
    by its mean absolute value, so that pixels move by about ``rate_k`` whatever the loss's scale;
    deep-dream climbs this way [1]_.

    References
    ----------
    .. [1] A. Mordvintsev, C. Olah, M. Tyka, "Inceptionism: Going Deeper into Neural Networks",
       2015, and its notebook: ``src.diff += step_size / mean(|g|) * g``.
    """
    clip = clipping(options.clip, black, white)
    x, loss, iteration = x0, np.nan, 0
    while iteration < options.iterations:
        loss, gradient = objective(x)
        mean_absolute = np.abs(gradient).mean()
        if mean_absolute == 0:
            return Outcome(x, loss, iteration, iteration + 1, "the gradient is zero everywhere")
        if options.normalize == "mean-absolute":
            gradient = gradient / mean_absolute
        rate = options.rate * options.decay ** (iteration / options.decay_steps)
        x = clip(x - rate * gradient)
        iteration += 1
        if callback is not None:
            callback(iteration, x)
    return Outcome(x, loss, iteration, iteration, all_done(iteration, "iteration"))
