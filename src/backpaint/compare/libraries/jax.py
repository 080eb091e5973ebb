"""Loss and gradient by JAX, compiled as a whole."""

import jax  # type: ignore[import-not-found,import-untyped,unused-ignore]
import jax.numpy as jnp  # type: ignore[import-not-found,import-untyped,unused-ignore]
import numpy as np
from numpy.typing import NDArray

from ...check.libraries.jax import Jax
from ...check.libraries.twins import Tensor
from ...check.recipe_twin import RecipeTwin, Targets
from ...problem.problem import Problem


class JaxObjective:
    """Loss and gradient of a problem by `jax.jit`.

    Parameters
    ----------
    problem : Problem
        Of a consistent recipe.

    Notes
    -----
    Filters and targets are arguments of the compiled function: XLA would otherwise fold them, for
    minutes.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        twin = RecipeTwin(Jax(), problem)
        constants = {
            name: jnp.asarray(value, jnp.float32) for name, value in twin.constants().items()
        }
        targets = twin.targets(constants)
        self._constants = (constants, targets.content, targets.grams)

        def loss(x: Tensor, constants: Tensor, content: Tensor, grams: Tensor) -> Tensor:
            return twin.loss(
                x, constants, Targets(content, grams, targets.positions, targets.counting)
            )

        self._differentiate = jax.jit(jax.value_and_grad(loss))

    def __call__(self, x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Compute loss and gradient at a flat picture, as `Objective` does."""
        picture = jnp.asarray(x.reshape(*self.problem.shape, 3), jnp.float32)
        loss, gradient = self._differentiate(picture, *self._constants)
        return float(loss), np.asarray(gradient, np.float64).ravel()
