"""L-BFGS with a line search whose vectors lie anywhere, as a minimizer of the host or a device."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from ..errors import UsageError
from ..problem.recipe import LBFGSB
from .contract import (
    NOT_ENDED,
    Callback,
    LossAndGradient,
    Outcome,
    State,
    Vector,
    flat_start,
)
from .lbfgsb import explain
from .quasi_newton.descent import Descent
from .quasi_newton.host_vectors import HostVectors
from .quasi_newton.vectors import InPlaceFunction, Vectors
from .state import checked, size_of


class VectorFreeLBFGS:
    """SciPy's L-BFGS-B without bounds where a function's point lies; see `contract.Minimizer`.

    The name is that of the method in `quasi_newton.history`: the numbers that choose a direction
    follow from inner products, free of the vectors.

    Parameters
    ----------
    function : InPlaceFunction
    vectors : Vectors
        The arithmetic where the function's point lies.
    options : LBFGSB
        Without bounds.
    on_move : callable, optional
        Called with the number of each accepted iteration, from 1.
    """

    def __init__(
        self,
        function: InPlaceFunction,
        vectors: Vectors,
        options: LBFGSB,
        on_move: Callable[[int], None] | None = None,
    ) -> None:
        require_no_bounds(options)
        self._function, self._vectors, self._options = function, vectors, options
        self._on_move = on_move
        self._descent = Descent(function, vectors, options)

    @property
    def is_evaluated(self) -> bool:
        """Whether the loss at the accepted point is known."""
        return self._descent.is_known

    def start(self, x0: Vector) -> None:
        """Begin at a point; see `Minimizer.start`."""
        self._vectors.write(self._function.point, flat_start(x0))
        self._descent.begin()

    def step(self) -> bool:
        """Go on until the next iteration is accepted; see `Minimizer.step`."""
        has_moved = self._descent.step()
        if has_moved and self._on_move is not None:
            self._on_move(self._descent.rounds.iterations)
        return has_moved

    def outcome(self) -> Outcome:
        """Return where it stands; see `Minimizer.outcome`."""
        descent, ending = self._descent, self._descent.ending()
        reason = NOT_ENDED if ending is None else explain(ending, self._options)
        x = np.array(self._vectors.to_host(descent.accepted), np.float64)
        counts = descent.rounds
        return Outcome(x, descent.loss, counts.iterations, counts.evaluations, reason)

    def state(self) -> State:
        """Return point, history and line search as arrays of the host; see `Minimizer.state`."""
        return self._descent.state()

    def restore(self, state: State) -> None:
        """Continue from a state; see `Minimizer.restore`."""
        self._descent.restore(checked(state, self._descent.blank_state()))


class HostLBFGS:
    """The same on the host, for an objective like any other; see `contract.Minimizer`.

    It takes the moves of `lbfgsb.LBFGSBMinimizer` without bounds, to rounding, and less memory.

    Parameters
    ----------
    objective, options, callback
        As in `backpaint.optimizers.minimizer`; options without bounds.
    history : {"float64", "float32"}
        The dtype of what is remembered; float32 takes half the memory, and other roundings.
    scratch : str, optional
        A folder: what is remembered lies in a file there, with the same bits.
    """

    _minimizer: VectorFreeLBFGS

    def __init__(
        self,
        objective: LossAndGradient,
        options: LBFGSB,
        *,
        callback: Callback | None = None,
        history: Literal["float64", "float32"] = "float64",
        scratch: str | None = None,
    ) -> None:
        require_no_bounds(options)
        self._objective, self._options, self._callback = objective, options, callback
        self._history, self._scratch = history, scratch

    def start(self, x0: Vector) -> None:
        """Begin at a point; see `Minimizer.start`."""
        minimizer = self._minimizer_of(np.size(x0))
        minimizer.start(x0)
        self._minimizer = minimizer

    def step(self) -> bool:
        """Go on until the next iteration is accepted; see `Minimizer.step`."""
        return self._minimizer.step()

    def outcome(self) -> Outcome:
        """Return where it stands; see `Minimizer.outcome`."""
        return self._minimizer.outcome()

    def state(self) -> State:
        """Return point, history and line search; see `Minimizer.state`."""
        return self._minimizer.state()

    def restore(self, state: State) -> None:
        """Continue from a state; see `Minimizer.restore`."""
        minimizer = self._minimizer_of(size_of(state))
        minimizer.restore(state)
        self._minimizer = minimizer

    def _minimizer_of(self, size: int) -> VectorFreeLBFGS:
        function = _HostFunction(self._objective, size)
        vectors = HostVectors(size, self._history, self._scratch)
        callback = self._callback

        def on_move(iteration: int) -> None:
            if callback is not None:
                callback(iteration, function.point.copy())

        return VectorFreeLBFGS(function, vectors, self._options, on_move)


class _HostFunction:
    """An objective that is evaluated where its point lies."""

    def __init__(self, objective: LossAndGradient, size: int) -> None:
        self._objective = objective
        self.point, self.gradient = np.zeros(size), np.empty(0)

    def evaluate(self) -> tuple[float, float]:
        point = self.point.view()
        point.flags.writeable = False
        self.gradient = np.empty(0)  # the former one is not needed any more, its memory is
        loss, self.gradient = self._objective(point)
        return loss, float(np.linalg.norm(self.gradient))


def require_no_bounds(options: LBFGSB) -> None:
    """Raise UsageError if there are bounds."""
    if options.bounds != "none":
        raise UsageError(
            f"optimizer.bounds is {options.bounds}; expected none, as this L-BFGS has no bounds; "
            "let SciPy's run"
        )
