"""Loss and gradient by TensorFlow's tape, in one graph."""

import numpy as np
import tensorflow as tf  # type: ignore[import-not-found,import-untyped,unused-ignore]
from numpy.typing import NDArray

from ...check.libraries.tensorflow import TensorFlow
from ...check.recipe_twin import RecipeTwin
from ...problem.problem import Problem


class TensorFlowObjective:
    """Loss and gradient of a problem by `tf.function`.

    Parameters
    ----------
    problem : Problem
        Of a consistent recipe.
    xla : bool
        Whether XLA compiles the graph.
    """

    def __init__(self, problem: Problem, *, xla: bool = False) -> None:
        self.problem = problem
        twin = RecipeTwin(TensorFlow(), problem)
        constants = {
            name: tf.constant(value, tf.float32) for name, value in twin.constants().items()
        }
        targets = twin.targets(constants)

        @tf.function(jit_compile=xla)  # type: ignore[untyped-decorator,unused-ignore]
        def differentiate(picture: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape() as tape:
                tape.watch(picture)
                loss = twin.loss(picture, constants, targets)
            return loss, tape.gradient(loss, picture)

        self._differentiate = differentiate

    def __call__(self, x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Compute loss and gradient at a flat picture, as `Objective` does."""
        picture = tf.constant(x.reshape(*self.problem.shape, 3), tf.float32)
        loss, gradient = self._differentiate(picture)
        return float(loss), np.asarray(gradient.numpy().ravel(), np.float64)


def limit_threads(threads: int) -> None:
    """Choose how many threads TensorFlow has, before its first operation in a process."""
    if tf.config.threading.get_intra_op_parallelism_threads() != threads:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
