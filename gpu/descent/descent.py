"""A whole minimization on the device: the picture comes to the host when somebody asks for it."""

import weakref
from collections.abc import Callable

import numpy as np

from ...optimizers.contract import Outcome, State, Vector
from ...optimizers.state import checked
from ...optimizers.vector_free import VectorFreeLBFGS
from ...problem.pixels import to_variable
from ...problem.recipe import LBFGSB, Adam, Optimizer, Recipe
from ..device.device import Array, to_host, xp
from ..device.vectors import DeviceVectors
from .adam import DeviceAdam
from .contract import DeviceObjective, Triple


def has_descent(optimizer: Optimizer) -> bool:
    """Whether an optimizer runs on the device: plain Adam, and L-BFGS-B without bounds."""
    if isinstance(optimizer, LBFGSB):
        return optimizer.bounds == "none"
    return isinstance(optimizer, Adam) and optimizer.average is None


class GPUDescent:
    """The optimizer of a recipe, with everything on the objective's device.

    It is the `Descent` of `GPUObjective` (`backpaint.engine.objective`), and the `InPlaceFunction`
    that the optimizers minimize.

    Parameters
    ----------
    objective : DeviceObjective
    recipe : Recipe
        Whose optimizer has a descent here.
    """

    def __init__(self, objective: DeviceObjective, recipe: Recipe) -> None:
        self._objective, self._recipe = objective, recipe
        self.point: Array = objective.point
        self.gradient: Array = objective.gradient
        self._on_evaluation: Callable[[dict[str, float], float], None] = lambda terms, length: None
        self._on_move: Callable[[int], None] = lambda iteration: None
        self._before_evaluation: Callable[[], None] = lambda: None
        self._minimizer_here: VectorFreeLBFGS | DeviceAdam | None = None
        self._good: Array | None = None
        self._is_accepted = False

    def run(
        self,
        x0: Vector,
        on_evaluation: Callable[[dict[str, float], float], None],
        on_move: Callable[[int], None],
        before_evaluation: Callable[[], None] | None = None,
    ) -> Outcome:
        """Minimize from beginning to end; see `backpaint.engine.objective.Descent`."""
        self.listen(on_evaluation, on_move, before_evaluation)
        self.start(x0)
        while self.step():
            pass
        return self.outcome()

    def listen(
        self,
        on_evaluation: Callable[[dict[str, float], float], None],
        on_move: Callable[[int], None],
        before_evaluation: Callable[[], None] | None = None,
    ) -> None:
        """Choose who is told; see `backpaint.engine.objective.Descent`."""
        self._on_evaluation, self._on_move = on_evaluation, on_move
        self._before_evaluation = before_evaluation or (lambda: None)

    def start(self, x0: Vector) -> None:
        """Begin at a flat picture; see `backpaint.optimizers.Minimizer`."""
        with self._objective.at_work():
            self._minimizer.start(x0)
            self._good, self._is_accepted = None, True

    def step(self) -> bool:
        """Go on until the next iteration is accepted; see `backpaint.optimizers.Minimizer`."""
        with self._objective.at_work():
            return self._minimizer.step()

    def outcome(self) -> Outcome:
        """Copy the last accepted point to the host; see `backpaint.optimizers.Minimizer`."""
        with self._objective.at_work():
            return self._minimizer.outcome()

    def state(self) -> State:
        """Copy everything to the host, and how the objective rounds; see `Minimizer`."""
        with self._objective.at_work():
            return self._minimizer.state() | {"scales": self._objective.scales()}

    def restore(self, state: State) -> None:
        """Continue from a state; see `backpaint.optimizers.Minimizer`."""
        optimizers = {name: array for name, array in state.items() if name != "scales"}
        scales = {name: array for name, array in state.items() if name == "scales"}
        scales = checked(scales, {"scales": self._objective.scales()})
        with self._objective.at_work():
            self._minimizer.restore(optimizers)
            self._objective.use_scales(scales["scales"])
            self._good, self._is_accepted = None, not self._minimizer.is_evaluated
            if self._minimizer.is_evaluated:
                self._keep()

    def evaluate(self) -> tuple[float, float]:
        """See `InPlaceFunction`; tells who watches, who may raise."""
        self._before_evaluation()
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

    @property
    def _minimizer(self) -> VectorFreeLBFGS | DeviceAdam:
        """The optimizer, whose vectors are allocated when it is first used."""
        if self._minimizer_here is None:
            self._minimizer_here = self._new_minimizer()
        return self._minimizer_here

    def _new_minimizer(self) -> VectorFreeLBFGS | DeviceAdam:
        """Build the optimizer; it knows this object weakly, so that its vectors go with it."""
        options, me = self._recipe.optimizer, weakref.proxy(self)
        if isinstance(options, LBFGSB):
            rows = 2 * options.corrections + 1
            vectors = DeviceVectors(self.point.size, self.point.dtype, rows)
            return VectorFreeLBFGS(me, vectors, options, lambda iteration: me._moved(iteration))
        assert isinstance(options, Adam)
        black, white = (self._color(value) for value in (0.0, 255.0))
        return DeviceAdam(
            me, options, lambda iteration: me._moved(iteration), black=black, white=white
        )

    def _moved(self, iteration: int) -> None:
        """Keep an accepted point once its loss is known to be finite."""
        is_evaluated = self._minimizer.is_evaluated
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
        r, g, b = to_variable(np.full(3, value), self._recipe.variable)
        return float(r), float(g), float(b)
