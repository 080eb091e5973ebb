"""Adam: each pixel's step is its mean gradient over the root of its mean squared gradient."""

import math
from dataclasses import dataclass, replace

import numpy as np

from ..problem.recipe import Adam
from .contract import Callback, LossAndGradient, Vector, all_done, clipping
from .place import Place, PlaceMinimizer


@dataclass(frozen=True, kw_only=True)
class _Place(Place):
    """A place of Adam, with the running means; `is_still`: nothing will ever move."""

    mean: Vector
    mean_square: Vector
    is_still: bool = False


class AdamMinimizer(PlaceMinimizer[_Place]):
    """Moves with Adam, one evaluation an iteration.

    Its outcome's ``x`` is one move further than its ``loss``: the last point is not evaluated.

    Parameters
    ----------
    objective, options, black, white, callback
        As in `backpaint.optimizers.minimizer`.

    See Also
    --------
    adam_step : The formula, and the two places for epsilon.

    References
    ----------
    .. [1] D. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", arXiv:1412.6980,
       algorithm 1.
    """

    def __init__(
        self,
        objective: LossAndGradient,
        options: Adam,
        *,
        black: Vector,
        white: Vector,
        callback: Callback | None = None,
    ) -> None:
        super().__init__(
            objective, black=black, white=white, callback=callback, average=options.average
        )
        self._options, self._clip = options, clipping(options.clip, black, white)

    def step(self) -> bool:
        """Evaluate, update both means, and move."""
        if self._reason() is not None:
            return False
        place, options = self._place, self._options
        loss, gradient = self._objective(place.x)
        evaluated = replace(place, loss=float(loss), evaluations=place.evaluations + 1)
        if not (gradient.any() or place.mean.any()):
            self._place = replace(evaluated, is_still=True)
            return False
        iteration = place.iterations + 1
        mean = options.beta1 * place.mean + (1 - options.beta1) * gradient
        mean_square = options.beta2 * place.mean_square + (1 - options.beta2) * gradient**2
        x = self._clip(place.x - adam_step(mean, mean_square, iteration, options))
        self._accept(
            replace(evaluated, x=x, mean=mean, mean_square=mean_square, iterations=iteration)
        )
        return True

    def _first(self, x0: Vector) -> _Place:
        return _Place(x=x0, mean=np.zeros_like(x0), mean_square=np.zeros_like(x0))

    def _reason(self) -> str | None:
        if self._place.is_still:
            return "the gradient is zero everywhere"
        done = self._place.iterations
        return all_done(done, "iteration") if done >= self._options.iterations else None


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
