"""A whole minimization on the device: the picture comes to the host when somebody asks for it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ...optimizers.contract import Outcome, Vector
from ...problem.pixels import to_variable
from ...problem.recipe import LBFGSB, Adam, Optimizer
from ..device.device import Array, to_host, xp
from . import adam, lbfgs
from .contract import Finished, Triple

if TYPE_CHECKING:
    from ..objective import GPUObjective


def has_descent(optimizer: Optimizer) -> bool:
    """Tell whether an optimizer runs on the device: Adam, and L-BFGS-B without bounds."""
    if isinstance(optimizer, LBFGSB):
        return optimizer.bounds == "none"
    return isinstance(optimizer, Adam)


class GPUDescent:
    """The optimizer of an objective's recipe, with everything on the objective's device.

    It is the `Descent` of `GPUObjective` (`backpaint.engine.objective`), and the `DeviceFunction`
    that the optimizers minimize.

    Parameters
    ----------
    objective : GPUObjective
    """

    def __init__(self, objective: "GPUObjective") -> None:
        self._objective = objective
        self.point: Array = objective.point
        self.gradient: Array = objective.gradient
        self._good: Array | None = None
        self._is_accepted = False

    def run(
        self,
        x0: Vector,
        on_evaluation: Callable[[dict[str, float], float], None],
        on_move: Callable[[int], None],
    ) -> Outcome:
        """Minimize from a flat picture; see `backpaint.engine.objective.Descent`."""
        self._on_evaluation, self._on_move = on_evaluation, on_move
        self._good, self._is_accepted = None, True
        with self._objective.at_work():
            self.point.set(x0.astype(self.point.dtype))
            finished = self._minimize()
            x = self.picture()
        return Outcome(x, finished.loss, finished.iterations, finished.evaluations, finished.reason)

    def evaluate(self) -> tuple[float, float]:
        """See `DeviceFunction`; tells who watches, who may raise."""
        terms, length = self._objective.evaluate_in_place()
        self._on_evaluation(terms, length)
        if self._is_accepted:
            self._keep()
        return sum(terms.values()), length

    def picture(self) -> Vector:
        """Copy the point to the host."""
        with self._objective.at_work():
            return to_host(self.point).astype(np.float64)

    def last_good(self) -> Vector | None:
        """Copy the last accepted point with a finite loss to the host; None if there is none."""
        if self._good is None:
            return None
        with self._objective.at_work():
            return to_host(self._good).astype(np.float64)

    def _minimize(self) -> Finished:
        recipe = self._objective.problem.recipe
        if isinstance(recipe.optimizer, LBFGSB):
            return lbfgs.minimize(self, recipe.optimizer, self._moved)
        assert isinstance(recipe.optimizer, Adam)
        black, white = (self._color(value) for value in (0.0, 255.0))
        return adam.minimize(self, recipe.optimizer, self._moved, black=black, white=white)

    def _moved(self, iteration: int, is_evaluated: bool) -> None:
        """Keep an accepted point once its loss is known to be finite."""
        self._is_accepted = not is_evaluated
        if is_evaluated:
            self._keep()
        self._on_move(iteration)

    def _keep(self) -> None:
        self._is_accepted = False
        if self._good is None:
            self._good = xp().empty_like(self.point)
        self._good[...] = self.point

    def _color(self, value: float) -> Triple:
        """Map a gray pixel to the variable."""
        r, g, b = to_variable(np.full(3, value), self._objective.problem.recipe.variable)
        return float(r), float(g), float(b)
