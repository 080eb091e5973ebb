"""TensorFlow's own operations and autograd."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf  # type: ignore[import-not-found,import-untyped,unused-ignore]

from ..operations.operation import Array, Values
from .twins import Library, Tensor


class TensorFlow(Library):
    """TensorFlow 2, eagerly; it wants (batch, height, width, channels)."""

    name = "TensorFlow"

    def gradients(
        self, function: Callable[[Values], Tensor], inputs: Values, names: Sequence[str], grad: Any
    ) -> tuple[Array, Values]:
        """Differentiate by a tape; see `Library.gradients`."""
        tensors = {name: tf.constant(value) for name, value in inputs.items()}
        with tf.GradientTape() as tape:
            tape.watch([tensors[name] for name in names])
            y = tf.convert_to_tensor(function(tensors))
        sources = {name: tensors[name] for name in names}
        gradients = tape.gradient(y, sources, output_gradients=tf.constant(grad, y.dtype))
        return y.numpy(), {name: gradients[name].numpy() for name in names}

    def conv_forward(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        """As `backpaint.reference.conv.conv_forward`."""
        return _pixels(tf.nn.bias_add(tf.nn.conv2d(_batch(x), w, 1, "SAME"), b))

    def relu_forward(self, x: Tensor) -> Tensor:
        """As `backpaint.reference.relu.relu_forward`."""
        return tf.nn.relu(x)

    def max_pool_forward(self, x: Tensor, edge: str) -> Tensor:
        """As `backpaint.reference.max_pool.max_pool_forward`."""
        border = "SAME" if edge == "ceil" else "VALID"
        return _pixels(tf.nn.max_pool2d(_batch(x), 2, 2, border))

    def average_pool_forward(self, x: Tensor, edge: str) -> Tensor:
        """As `backpaint.reference.average_pool.average_pool_forward`."""
        border = "SAME" if edge == "ceil" else "VALID"
        return _pixels(tf.nn.avg_pool2d(_batch(x), 2, 2, border))

    def overlapping_average_pool_forward(self, x: Tensor, count_padding: bool) -> Tensor:
        """As `overlapping_average_pool_forward` of the reference."""
        ninths = _ninths(x)
        return ninths if count_padding else ninths / _ninths(tf.ones_like(x))

    def cross_entropy_forward(self, z: Tensor, label: int) -> Tensor:
        """As `backpaint.reference.softmax.cross_entropy_forward`."""
        return -tf.nn.log_softmax(z)[label]

    def sigmoid_forward(self, x: Tensor) -> Tensor:
        """As `sigmoid_forward` of the reference."""
        return tf.sigmoid(x)

    def einsum(self, formula: str, *tensors: Tensor) -> Tensor:
        """Sum products as the formula says."""
        return tf.einsum(formula, *tensors)

    def identity(self, size: int) -> Tensor:
        """Make an identity matrix in float64."""
        return tf.eye(size, dtype=tf.float64)

    def cholesky(self, matrix: Tensor) -> Tensor:
        """Split a positive definite matrix into L L^T, and give L."""
        return tf.linalg.cholesky(matrix)

    def eigenvalues(self, matrix: Tensor) -> Tensor:
        """Compute the eigenvalues of a symmetric matrix."""
        return tf.linalg.eigvalsh(matrix)

    def total(self, x: Tensor) -> Tensor:
        """Sum all elements."""
        return tf.reduce_sum(x)

    def ascending(self, x: Tensor) -> Tensor:
        """Sort each column of a matrix."""
        ordered: Tensor = tf.sort(x, axis=0)
        return ordered

    def constant(self, values: Array) -> Tensor:
        """Make a tensor in float64 that is not differentiated."""
        return tf.constant(values)

    def rows(self, x: Tensor) -> Tensor:
        """Write features (H, W, C) as a matrix (H*W, C)."""
        return tf.reshape(x, (-1, x.shape[2]))

    def join(self, parts: Sequence[Tensor], axis: int) -> Tensor:
        """Join arrays along an axis."""
        return tf.concat(parts, axis)


def _ninths(x: Tensor) -> Tensor:
    """Average 3x3 windows around every second pixel; outside everything is zero."""
    padded = tf.pad(_batch(x), ((0, 0), (1, 1), (1, 1), (0, 0)))
    return _pixels(tf.nn.avg_pool2d(padded, 3, 2, "VALID"))


def _batch(x: Tensor) -> Tensor:
    return tf.expand_dims(x, 0)


def _pixels(y: Tensor) -> Tensor:
    return tf.squeeze(y, 0)  # y[0] would be copied on the way back
