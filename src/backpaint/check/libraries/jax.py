"""JAX's own operations and autograd."""

from collections.abc import Callable, Sequence
from typing import Any

import jax  # type: ignore[import-not-found,import-untyped,unused-ignore]
import jax.numpy as jnp  # type: ignore[import-not-found,import-untyped,unused-ignore]
import numpy as np

from ..operations.operation import Array, Values
from .twins import Library, Tensor

WINDOW = (2, 2, 1)


class Jax(Library):
    """JAX, in float64."""

    name = "JAX"
    every = 3  # it compiles anew for every shape

    def gradients(
        self, function: Callable[[Values], Tensor], inputs: Values, names: Sequence[str], grad: Any
    ) -> tuple[Array, Values]:
        """Differentiate by ``vjp``; see `Library.gradients`."""
        before = jax.config.jax_enable_x64
        jax.config.update("jax_enable_x64", True)
        try:
            tensors = {name: jnp.asarray(value) for name, value in inputs.items()}
            moved = {name: tensors[name] for name in names}
            y, pull = jax.vjp(lambda some: function({**tensors, **some}), moved)
            (gradients,) = pull(jnp.asarray(grad, dtype=y.dtype))
            return np.asarray(y), {name: np.asarray(gradients[name]) for name in names}
        finally:
            jax.config.update("jax_enable_x64", before)

    def conv_forward(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        """As `backpaint.reference.conv.conv_forward`."""
        orders = ("NHWC", "HWIO", "NHWC")
        y = jax.lax.conv_general_dilated(x[None], w, (1, 1), "SAME", dimension_numbers=orders)
        return y[0] + b

    def relu_forward(self, x: Tensor) -> Tensor:
        """As `backpaint.reference.relu.relu_forward`."""
        return jax.nn.relu(x)

    def max_pool_forward(self, x: Tensor, edge: str) -> Tensor:
        """As `backpaint.reference.max_pool.max_pool_forward`."""
        border = _border(x, edge)
        return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, WINDOW, WINDOW, border)

    def average_pool_forward(self, x: Tensor, edge: str) -> Tensor:
        """As `backpaint.reference.average_pool.average_pool_forward`."""
        border = _border(x, edge)

        def sums(values: Tensor) -> Tensor:
            return jax.lax.reduce_window(values, 0.0, jax.lax.add, WINDOW, WINDOW, border)

        return sums(x) / sums(jnp.ones_like(x))

    def overlapping_average_pool_forward(self, x: Tensor, count_padding: bool) -> Tensor:
        """As `overlapping_average_pool_forward` of the reference."""
        border = ((1, 1), (1, 1), (0, 0))

        def sums(values: Tensor) -> Tensor:
            return jax.lax.reduce_window(values, 0.0, jax.lax.add, (3, 3, 1), WINDOW, border)

        return sums(x) / (9 if count_padding else sums(jnp.ones_like(x)))

    def cross_entropy_forward(self, z: Tensor, label: int) -> Tensor:
        """As `backpaint.reference.softmax.cross_entropy_forward`."""
        return -jax.nn.log_softmax(z)[label]

    def magnitude(self, x: Tensor) -> Tensor:
        """Take absolute values, whose slope at 0 is 0; JAX's own have the slope 1 there."""
        return x * jax.lax.stop_gradient(jnp.sign(x))

    def sigmoid_forward(self, x: Tensor) -> Tensor:
        """As `sigmoid_forward` of the reference."""
        return jax.nn.sigmoid(x)

    def einsum(self, formula: str, *tensors: Tensor) -> Tensor:
        """Sum products as the formula says."""
        return jnp.einsum(formula, *tensors)

    def identity(self, size: int) -> Tensor:
        """Make an identity matrix in float64."""
        return jnp.eye(size, dtype=jnp.float64)

    def cholesky(self, matrix: Tensor) -> Tensor:
        """Split a positive definite matrix into L L^T, and give L."""
        return jnp.linalg.cholesky(matrix)

    def eigenvalues(self, matrix: Tensor) -> Tensor:
        """Compute the eigenvalues of a symmetric matrix."""
        return jnp.linalg.eigvalsh(matrix)

    def total(self, x: Tensor) -> Tensor:
        """Sum all elements."""
        return x.sum()

    def ascending(self, x: Tensor) -> Tensor:
        """Sort each column of a matrix."""
        ordered: Tensor = jnp.sort(x, axis=0)
        return ordered

    def constant(self, values: Array) -> Tensor:
        """Make a tensor in float64 that is not differentiated."""
        return jnp.asarray(values)

    def rows(self, x: Tensor) -> Tensor:
        """Write features (H, W, C) as a matrix (H*W, C)."""
        return x.reshape(-1, x.shape[2])

    def join(self, parts: Sequence[Tensor], axis: int) -> Tensor:
        """Join arrays along an axis."""
        return jnp.concatenate(parts, axis)


def _border(x: Tensor, edge: str) -> tuple[tuple[int, int], ...]:
    """Return how much to add behind: what is missing for whole windows, or nothing."""
    missing = [length % 2 if edge == "ceil" else 0 for length in x.shape[:2]]
    return (0, missing[0]), (0, missing[1]), (0, 0)
