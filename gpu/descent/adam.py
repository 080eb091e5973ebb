"""Adam on the device: picture, gradient and both means stay there."""

import math
from collections.abc import Callable

import numpy as np

from ...optimizers.contract import NOT_ENDED, Outcome, State, Vector, all_done, flat_start
from ...optimizers.quasi_newton.vectors import InPlaceFunction
from ...optimizers.state import blank, checked, numbers
from ...problem.recipe import Adam
from ..device import device
from ..device.kernel import kernel
from ..device.vectors import REAL
from .contract import Triple

THREADS = 256


class DeviceAdam:
    """Adam where the function's point lies, one evaluation an iteration; a `Minimizer`.

    Its outcome's loss is one move behind the point.

    Parameters
    ----------
    function : InPlaceFunction
    options : Adam
    on_move : callable, optional
        Called with the number of each accepted iteration, from 1.
    black, white : (float, float, float)
        What pixel values 0 and 255 map to, for each channel; bounds if ``clip`` is ``pixels``.

    Attributes
    ----------
    is_evaluated : bool
        Whether the loss at the accepted point is known.

    See Also
    --------
    backpaint.optimizers.adam.adam_step : The formula.
    """

    def __init__(
        self,
        function: InPlaceFunction,
        options: Adam,
        on_move: Callable[[int], None] | None = None,
        *,
        black: Triple,
        white: Triple,
    ) -> None:
        self._function, self._options, self._on_move = function, options, on_move
        self._step = _Step(function, options, black, white)
        self._reset()

    def _reset(self) -> None:
        self._loss, self._iterations = math.nan, 0
        self._has_momentum = self.is_evaluated = False

    def start(self, x0: Vector) -> None:
        """Begin at a point; see `Minimizer.start`."""
        point = self._function.point
        point.set(flat_start(x0).astype(point.dtype))
        for mean in self._step.means:
            mean[...] = 0
        self._reset()

    def step(self) -> bool:
        """Evaluate, update both means, and move."""
        if self._reason() is not None:
            return False
        loss, length = self._function.evaluate()
        self._loss = float(loss)
        if length == 0 and not self._has_momentum:
            self.is_evaluated = True  # and nothing will ever move
            return False
        beta1 = self._options.beta1
        self._has_momentum = length > 0 or (self._has_momentum and beta1 > 0)
        self._iterations += 1
        self._step.take(self._iterations)
        if self._on_move is not None:
            self._on_move(self._iterations)
        return True

    def outcome(self) -> Outcome:
        """Return where it stands; see `Minimizer.outcome`."""
        x = device.to_host(self._function.point).astype(np.float64)
        evaluations = self._iterations + self.is_evaluated
        reason = self._reason() or NOT_ENDED
        return Outcome(x, self._loss, self._iterations, evaluations, reason)

    def state(self) -> State:
        """Return point and means as arrays of the host; see `Minimizer.state`."""
        vectors = {name: device.to_host(vector) for name, vector in self._vectors().items()}
        return vectors | self._numbers()

    def restore(self, state: State) -> None:
        """Continue from a state; see `Minimizer.restore`."""
        vectors = self._vectors()
        like = {name: blank(vector.shape, vector.dtype) for name, vector in vectors.items()}
        arrays = checked(state, like | self._numbers())
        for name, vector in vectors.items():
            vector.set(arrays[name])
        self._loss, self._iterations = float(arrays["loss"]), int(arrays["iterations"])
        self._has_momentum = bool(arrays["has_momentum"])
        self.is_evaluated = bool(arrays["is_evaluated"])

    def _vectors(self) -> dict[str, device.Array]:
        mean, mean_square = self._step.means
        return {"x": self._function.point, "mean": mean, "mean_square": mean_square}

    def _numbers(self) -> State:
        return numbers(
            loss=self._loss,
            iterations=self._iterations,
            has_momentum=bool(self._has_momentum),
            is_evaluated=self.is_evaluated,
        )

    def _reason(self) -> str | None:
        if self.is_evaluated:
            return "the gradient is zero everywhere"
        done = self._iterations
        return all_done(done, "iteration") if done >= self._options.iterations else None


class _Step:
    """The kernel of `kernels/adam.cu` with its two running means."""

    def __init__(
        self, function: InPlaceFunction, options: Adam, black: Triple, white: Triple
    ) -> None:
        xp, point = device.xp(), function.point
        self._options, self._function = options, function
        self._kernel = kernel("adam.cu", "adam", REAL=REAL[point.dtype.name])
        self.means = xp.zeros_like(point), xp.zeros_like(point)
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
        scalars = (options.beta1, options.beta2, rate, root, options.epsilon)
        self._kernel(
            (-(-n // THREADS),),
            (THREADS,),
            (
                self._function.point,
                self._function.gradient,
                *self.means,
                *(np.float64(scalar) for scalar in scalars),
                *self._bounds,
                np.int64(n),
            ),
        )
