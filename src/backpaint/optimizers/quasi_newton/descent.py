"""L-BFGS with a line search: SciPy's L-BFGS-B without bounds, decision by decision.

Picture, gradient and history stay where they are; losses, slopes and inner products come out.

References
----------
.. [1] R. Byrd, P. Lu, J. Nocedal, C. Zhu, "A Limited Memory Algorithm for Bound Constrained
   Optimization", SIAM J. Sci. Comput. 16 (1995).
"""

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...problem.recipe import LBFGSB
from .history import History
from .line_search import NUMBERS, LineSearch
from .rounds import ABNORMAL, GRADIENT, REDUCTION, Rounds
from .vectors import InPlaceFunction, Vectors

Arrays: TypeAlias = dict[str, NDArray[Any]]
EPSILON = float(np.finfo(np.float64).eps)


class Descent:
    """A run of L-BFGS from where the function's point is.

    Parameters
    ----------
    function : InPlaceFunction
    vectors : Vectors
        The arithmetic where the function's point lies.
    options : LBFGSB
        Without bounds.

    Attributes
    ----------
    rounds : Rounds
        The counts.
    loss : float
        At the last accepted point.
    is_known : bool
        Whether the loss at that point is known: it is, but at the start of a round.
    """

    rounds: Rounds
    loss: float
    is_known: bool
    _search: LineSearch | None

    def __init__(self, function: InPlaceFunction, vectors: Vectors, options: LBFGSB) -> None:
        self._function, self._vectors, self._options = function, vectors, options
        self._history = History(vectors, options.corrections)
        self._start, self._direction = vectors.vector(), vectors.vector()
        self.begin()

    def begin(self) -> None:
        """Forget whatever was done, and descend from where the function's point is."""
        self.rounds, self.loss, self.is_known = Rounds(self._options), math.nan, False
        self._loss_before, self._steepest = math.nan, 0.0
        self._is_stuck, self._search = False, None
        self._tried = 0

    @property
    def accepted(self) -> Any:
        """The last accepted point, which is not the function's while a line search goes on."""
        return self._function.point if self._search is None else self._start

    def step(self) -> bool:
        """Move to the next lower point; False if the run has ended."""
        while True:
            if self.ending() is not None:
                if not self.rounds.begin_next():
                    return False
                self.is_known = self._is_stuck = False
            if not self.is_known:
                self._look()
            elif self._descend():
                return True

    def ending(self) -> str | None:
        """Explain why the round has ended, if it has; in SciPy's words."""
        if self._search is not None or not self.is_known:
            return None
        if self._is_stuck:
            return ABNORMAL
        limit = self.rounds.limit() if self.rounds.has_moved else None
        return limit or self._converged()

    def state(self) -> Arrays:
        """Return all that `restore` needs, as arrays of the host; see `contract.Minimizer`."""
        return self._arrays(self._vectors.to_host)

    def blank_state(self) -> Arrays:
        """Return what a state looks like, in no memory."""
        return self._arrays(lambda array: np.broadcast_to(np.zeros((), array.dtype), array.shape))

    def restore(self, state: Arrays) -> None:
        """Continue from a state that has the right names, shapes and dtypes.

        Raises
        ------
        UsageError
            If the order of the pairs is none.
        """
        self._history.restore(state)
        self._vectors.write(self._function.point, state["x"])
        counts = {name: int(state[name]) for name in self._counts()}
        self.rounds.set_counts(counts)
        self._tried, self.is_known = counts["tried"], bool(counts["is_known"])
        self._is_stuck = bool(counts["is_stuck"])
        self.loss, self._loss_before = float(state["loss"]), float(state["loss_before"])
        self._steepest, self._search = float(state["steepest"]), None
        if counts["is_searching"]:
            self._start[...] = self._function.point
            self._history.direction(self._direction)
            self._search = LineSearch.from_numbers(state["search"].tolist())

    def _arrays(self, of_host: Callable[[Any], NDArray[Any]]) -> Arrays:
        """Collect a state, its vectors by way of a function."""
        search = np.zeros(NUMBERS) if self._search is None else np.array(self._search.numbers())
        losses = {
            "loss": self.loss,
            "loss_before": self._loss_before,
            "steepest": self._steepest,
        }
        return (
            {"x": of_host(self.accepted), "search": search}
            | self._history.state(of_host)
            | {name: np.array(number, np.float64) for name, number in losses.items()}
            | {name: np.array(count, np.int64) for name, count in self._counts().items()}
        )

    def _counts(self) -> dict[str, int]:
        return self.rounds.counts() | {
            "tried": self._tried,
            "is_known": int(self.is_known),
            "is_stuck": int(self._is_stuck),
            "is_searching": int(self._search is not None),
        }

    def _converged(self) -> str | None:
        if self._steepest <= self._options.pgtol:
            return GRADIENT
        if not self.rounds.has_moved:
            return None
        greatest = max(abs(self._loss_before), abs(self.loss), 1.0)
        change = self._options.factr * EPSILON * greatest
        return REDUCTION if self._loss_before - self.loss <= change else None

    def _look(self) -> None:
        """Evaluate where a round starts, without a history."""
        self.loss = self._evaluate()
        gradient = self._function.gradient
        self._history.forget(gradient)
        _, self._steepest = self._vectors.slope(gradient, gradient)
        self.is_known = True

    def _descend(self) -> bool:
        """Search along H's direction, and if that fails against the gradient; or be stuck."""
        while not (self._aim() and self._follow()):
            if not len(self._history):
                self._is_stuck = True
                return False
            self._history.forget(self._history.gradient)
        return True

    def _aim(self) -> bool:
        """Choose a direction, unless one is being followed; tell whether it goes downhill."""
        if self._search is not None:
            return True
        vectors, history = self._vectors, self._history
        history.direction(self._direction)
        slope, _ = vectors.slope(history.gradient, self._direction)
        if slope >= 0:
            return False
        # the first direction is -g, so its length is the root of -slope: move by 1 in all
        step = 1.0 if self.rounds.has_moved else 1 / math.sqrt(-slope)
        self._start[...] = self._function.point
        self._search, self._tried = LineSearch(self.loss, slope, step), 0
        return True

    def _follow(self) -> bool:
        """Search along the direction; tell whether a lower point was found, and learn from it."""
        assert self._search is not None
        vectors, search, x = self._vectors, self._search, self._function.point
        while self._tried < self._options.line_search_steps:
            vectors.move(self._start, self._direction, search.step, x)
            loss = self._evaluate()
            self._tried += 1
            slope, self._steepest = vectors.slope(self._function.gradient, self._direction)
            if not search.advance(loss, slope):
                self._accept(search, loss, slope)
                return True
        x[...] = self._start
        self._search = None
        return False

    def _accept(self, search: LineSearch, loss: float, slope: float) -> None:
        """Remember the pair of a move, unless it shows no positive curvature."""
        slope_before, gradient = search.start.slope, self._function.gradient
        curvature = (slope - slope_before) * search.step
        if curvature > EPSILON * -slope_before * search.step:
            self._history.remember(self._direction, search.step, gradient, curvature)
        else:
            self._history.keep(gradient)
        self._loss_before, self.loss, self._search = self.loss, loss, None
        self.rounds.iterations += 1

    def _evaluate(self) -> float:
        loss, _ = self._function.evaluate()
        self.rounds.evaluations += 1
        return float(loss)
