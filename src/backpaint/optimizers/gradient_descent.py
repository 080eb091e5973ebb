"""Gradient descent: go against the gradient, at a rate that may decay."""

from dataclasses import dataclass, replace

import numpy as np

from ..problem.recipe import GradientDescent
from .contract import Callback, LossAndGradient, Vector, all_done, clipping
from .place import Place, PlaceMinimizer


@dataclass(frozen=True, kw_only=True)
class _Place(Place):
    """A place of gradient descent; `is_flat`: the gradient there is zero."""

    is_flat: bool = False


class GradientDescentMinimizer(PlaceMinimizer[_Place]):
    """Moves by ``x -= rate_k * g``, one evaluation an iteration.

    Its outcome's ``x`` is one move further than its ``loss``: the last point is not evaluated.

    Parameters
    ----------
    objective, options, black, white, callback
        As in `backpaint.optimizers.minimizer`.

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

    def __init__(
        self,
        objective: LossAndGradient,
        options: GradientDescent,
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
        """Evaluate, and move against the gradient."""
        if self._reason() is not None:
            return False
        place, options = self._place, self._options
        loss, gradient = self._objective(place.x)
        evaluated = replace(place, loss=float(loss), evaluations=place.evaluations + 1)
        mean_absolute = np.abs(gradient).mean()
        if mean_absolute == 0:
            self._place = replace(evaluated, is_flat=True)
            return False
        if options.normalize == "mean-absolute":
            gradient = gradient / mean_absolute
        rate = options.rate * options.decay ** (place.iterations / options.decay_steps)
        x = self._clip(place.x - rate * gradient)
        self._accept(replace(evaluated, x=x, iterations=place.iterations + 1))
        return True

    def _first(self, x0: Vector) -> _Place:
        return _Place(x=x0)

    def _reason(self) -> str | None:
        if self._place.is_flat:
            return "the gradient is zero everywhere"
        done = self._place.iterations
        return all_done(done, "iteration") if done >= self._options.iterations else None
