"""Adam on the device: picture, gradient and both means stay there."""

import math

import numpy as np

from ...optimizers.contract import all_done
from ...problem.recipe import Adam
from ..device import device
from ..device.kernel import kernel
from ..device.vectors import REAL
from .contract import DeviceFunction, Finished, OnMove, Triple

THREADS = 256


def minimize(
    function: DeviceFunction,
    options: Adam,
    on_move: OnMove | None = None,
    *,
    black: Triple,
    white: Triple,
) -> Finished:
    """Minimize with Adam, one evaluation an iteration, from where the function's point is.

    Parameters
    ----------
    function : DeviceFunction
    options : Adam
    on_move : OnMove, optional
    black, white : (float, float, float)
        What pixel values 0 and 255 map to, for each channel; bounds if ``clip`` is ``pixels``.

    Returns
    -------
    Finished
        Its loss is one move behind the point.

    See Also
    --------
    backpaint.optimizers.adam.adam_step : The formula.
    """
    step = _Step(function, options, black, white)
    loss, iteration, has_momentum = math.nan, 0, False
    while iteration < options.iterations:
        loss, length = function.evaluate()
        if length == 0 and not has_momentum:
            return Finished(loss, iteration, iteration + 1, "the gradient is zero everywhere")
        has_momentum = length > 0 or (has_momentum and options.beta1 > 0)
        iteration += 1
        step.take(iteration)
        if on_move is not None:
            on_move(iteration, False)
    return Finished(loss, iteration, iteration, all_done(iteration, "iteration"))


class _Step:
    """The kernel of `kernels/adam.cu` with its two running means."""

    def __init__(
        self, function: DeviceFunction, options: Adam, black: Triple, white: Triple
    ) -> None:
        xp, point = device.xp(), function.point
        self._options, self._function = options, function
        self._kernel = kernel("adam.cu", "adam", REAL=REAL[point.dtype.name])
        self._means = xp.zeros_like(point), xp.zeros_like(point)
        self._bounds = [
            xp.asarray(np.array(bound if options.clip == "pixels" else default, np.float64))
            for bound, default in ((black, (-math.inf,) * 3), (white, (math.inf,) * 3))
        ]

    def take(self, iteration: int) -> None:
        """Move the point; iterations count from 1."""
        options = self._options
        rate = options.rate / (1 - options.beta1**iteration)
        root = math.sqrt(1 - options.beta2**iteration)
        if options.epsilon_form == "hat":
            rate, root = rate * root, 1.0
        n = self._function.point.size
        numbers = (options.beta1, options.beta2, rate, root, options.epsilon)
        self._kernel(
            (-(-n // THREADS),),
            (THREADS,),
            (
                self._function.point,
                self._function.gradient,
                *self._means,
                *(np.float64(number) for number in numbers),
                *self._bounds,
                np.int64(n),
            ),
        )
