"""A run at several sizes, one after the other: each begins where the one before ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..engine.engine import Engine
from ..engine.objective import Objective
from ..optimizers.contract import State, Vector, clipping
from ..problem.pixels import to_variable
from ..problem.problem import Problem
from ..problem.recipe import Adam
from ..scales import enlarged, enlarged_state
from .run import OnIteration, OptimizerPlace, Result, run
from .standing import Part, Record, Standing

Begin = Vector | State | Standing


@dataclass(frozen=True, eq=False)
class CoarseToFine:
    """The sizes of a run.

    Attributes
    ----------
    engine : Engine
        Builds the objectives of the smaller sizes, one at a time.
    coarser : sequence of Problem
        The smallest first; none where there is one size.
    last : Objective
        Of the last size.
    optimizer_on : str
        As for `run`.
    """

    engine: Engine
    coarser: Sequence[Problem]
    last: Objective
    optimizer_on: OptimizerPlace

    def run(
        self,
        begin: Begin,
        scale: int = 0,
        *,
        on_iteration: OnIteration | None = None,
        **listening: Any,
    ) -> Result:
        """Minimize at every size from one of them on.

        Parameters
        ----------
        begin : (N,) ndarray of float64, or Standing
            Of the size `scale`.
        scale : int
            0 is the smallest.
        on_iteration : callable, optional
            Called with pictures of the last size: the others are enlarged for it.
        **listening
            The other arguments of `backpaint.painting.run.run`.

        Returns
        -------
        Result
            Its picture is of the last size, at whatever size it ended.
        """
        part = Part(scale if self.coarser else None, scale == len(self.coarser))
        while True:
            result = run(
                self._objective(scale, begin, part),
                begin,
                on_iteration=self._enlarging(scale, on_iteration),
                optimizer_on=self.optimizer_on,
                part=part,
                wants_state=not part.is_last and self._carries_moments,
                **listening,
            )
            if part.is_last or result.interrupted or result.error is not None:
                picture = self._enlarged(result.x, scale, len(self.coarser))
                return replace(result, x=picture, reason=self._reason(result))
            begin, scale = self._handed_over(result, scale), scale + 1
            is_last = scale == len(self.coarser)
            part = Part(scale, is_last, result.history, result.iterations)

    def seen(self, begin: Vector | Standing, scale: int) -> Vector:
        """Return the picture where a run begins, at the last size."""
        picture = begin.picture if isinstance(begin, Standing) else begin
        return self._enlarged(picture, scale, len(self.coarser))

    @property
    def _problems(self) -> tuple[Problem, ...]:
        return (*self.coarser, self.last.problem)

    @property
    def _carries_moments(self) -> bool:
        recipe = self.last.problem.recipe
        is_wanted = recipe.scales is not None and recipe.scales.moments == "carry"
        return is_wanted and isinstance(recipe.optimizer, Adam)

    def _reason(self, result: Result) -> str:
        """Return why a run ended; "all 3 iterations are done" may count those of one size."""
        is_stopped = result.interrupted or result.error is not None
        if not self.coarser or is_stopped or self._carries_moments:
            return result.reason
        return f"{result.reason} at the last size"

    def _objective(self, scale: int, begin: Begin, part: Part) -> Objective:
        """Build the objective of a size; Adam with its means counts on the steps before."""
        is_last = scale == len(self.coarser)
        objective = self.last if is_last else self.engine.build(self.coarser[scale])
        if scale == 0 or not self._carries_moments:
            return objective
        done = part.iterations
        if isinstance(begin, Standing):
            done = begun_after(begin.history, scale, begin.iterations)
        return objective.with_iterations(done + objective.problem.recipe.optimizer.iterations)

    def _handed_over(self, result: Result, scale: int) -> Vector | State:
        """Return what the next size begins with."""
        if result.state is None:
            return self._clipped(self._enlarged(result.x, scale, scale + 1))
        recipe, (shape, other) = self.last.problem.recipe, self._shapes(scale, scale + 1)
        assert recipe.scales is not None
        state = enlarged_state(result.state, shape, other, recipe.scales.filter)
        points = {name: self._clipped(state[name]) for name in ("x", "average") if name in state}
        return state | points

    def _clipped(self, x: Vector) -> Vector:
        """Clamp what a filter overshot, where the optimizer does so after each step."""
        recipe = self.last.problem.recipe
        clamps = getattr(recipe.optimizer, "clip", "none") == "pixels"
        black, white = to_variable(np.array([[0.0] * 3, [255.0] * 3]), recipe.variable)
        return clipping("pixels" if clamps else "none", black, white)(x.reshape(-1, 3)).ravel()

    def _enlarging(self, scale: int, on_iteration: OnIteration | None) -> OnIteration | None:
        """Let who listens see pictures of the last size."""
        if on_iteration is None or scale == len(self.coarser):
            return on_iteration
        return lambda iteration, x: on_iteration(
            iteration, self._enlarged(x, scale, len(self.coarser))
        )

    def _enlarged(self, x: Vector, scale: int, other: int) -> Vector:
        recipe = self.last.problem.recipe
        if scale == other or recipe.scales is None:
            return x
        shape, wanted = self._shapes(scale, other)
        return enlarged(x, shape, wanted, recipe.scales.filter)

    def _shapes(self, scale: int, other: int) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
        problems = self._problems
        return (*problems[scale].shape, 3), (*problems[other].shape, 3)


def begun_after(history: Sequence[Record], scale: int, iterations: int) -> int:
    """Return how many iterations were done when a size began.

    Parameters
    ----------
    history : sequence of Record
        Of all sizes.
    scale : int
    iterations : int
        Those that are done, where the size has no evaluation yet.

    Examples
    --------
    >>> begun_after([Record(1, 0, 1.0, {}, 1.0, 0.1, 0), Record(2, 1, 1.0, {}, 1.0, 0.2, 1)], 1, 1)
    1
    """
    return next((one.iteration for one in history if one.scale == scale), iterations)
