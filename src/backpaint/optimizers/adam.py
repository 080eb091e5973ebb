"""Adam: each pixel's step is its mean gradient over the root of its mean squared gradient."""

import math

import numpy as np

from ..problem.recipe import Adam
from .contract import Callback, LossAndGradient, Outcome, Vector, all_done, clipping


def minimize(
    objective: LossAndGradient,
    x0: Vector,
    options: Adam,
    *,
    black: Vector,
    white: Vector,
    callback: Callback | None = None,
) -> Outcome:
    """Minimize with Adam, one evaluation an iteration.

    Parameters
    ----------
    objective, x0, options, black, white, callback
        As in `backpaint.optimizers.minimize`.

    Returns
    -------
    Outcome
        Its ``x`` is one move further than its ``loss``: the last point is not evaluated.

    See Also
    --------
    adam_step : The formula, and the two places for epsilon.

    References
    ----------
    .. [1] D. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", arXiv:1412.6980,
       algorithm 1.
    """
    clip = clipping(options.clip, black, white)
    x, loss, iteration = x0, np.nan, 0
    mean, mean_square = np.zeros_like(x), np.zeros_like(x)
    while iteration < options.iterations:
        loss, gradient = objective(x)
        if not (gradient.any() or mean.any()):  # no momentum either: nothing will ever move
            return Outcome(x, loss, iteration, iteration + 1, "the gradient is zero everywhere")
        iteration += 1
        mean = options.beta1 * mean + (1 - options.beta1) * gradient
        mean_square = options.beta2 * mean_square + (1 - options.beta2) * gradient**2
        x = clip(x - adam_step(mean, mean_square, iteration, options))
        if callback is not None:
            callback(iteration, x)
    return Outcome(x, loss, iteration, iteration, all_done(iteration, "iteration"))


def adam_step(mean: Vector, mean_square: Vector, iteration: int, options: Adam) -> Vector:
    """Turn the running means into a step.

    Parameters
    ----------
    mean, mean_square : (N,) ndarray of float64
        Exponentially decaying means of the gradient and of its square, both started at zero: the
        paper's m_t and v_t.
    iteration : int
        The paper's t, from 1.
    options : Adam
        Rate, betas, epsilon and its place.

    Returns
    -------
    (N,) ndarray of float64
        What is subtracted from the point.

    Notes
    -----
    Means that start at zero are too small at first, by the factors 1 - beta^t.  Corrected::

        paper:  rate * m_hat / (sqrt(v_hat) + epsilon),    m_hat = m / (1 - beta1^t)
                                                           v_hat = v / (1 - beta2^t)
        hat:    rate_t * m / (sqrt(v) + epsilon),  rate_t = rate * sqrt(1 - beta2^t) / (1 - beta1^t)

    Both are the same but for epsilon: ``hat`` is ``paper`` with epsilon / sqrt(1 - beta2^t), which
    for beta2 = 0.999 is 32 times epsilon at first.  It shows when epsilon is large (0.1 in the
    TensorFlow tutorial).  PyTorch computes ``paper``; TensorFlow computes ``hat``, the form that
    the paper gives before its section 2.1.

    A pixel that never had a gradient has 0 / 0 when epsilon is zero; it stays where it is.
    """
    mean_correction = 1 - options.beta1**iteration
    root_correction = math.sqrt(1 - options.beta2**iteration)
    if options.epsilon_form == "paper":
        denominator = np.sqrt(mean_square) / root_correction + options.epsilon
        rate = options.rate / mean_correction
    else:
        denominator = np.sqrt(mean_square) + options.epsilon
        rate = options.rate * root_correction / mean_correction
    return np.divide(rate * mean, denominator, out=np.zeros_like(mean), where=denominator > 0)
