"""The operations of a one-pass network once more, in the words that libraries share.

Every convolution is a sum over the filter's positions here; PyTorch has its own instead.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

Tensor = Any
"""An array of the library: PyTorch's, JAX's or TensorFlow's."""


class StylizationTwins(ABC):
    """Operations that a library computes from a few of its own; see `twins.Library`."""

    @abstractmethod
    def relu_forward(self, x: Tensor) -> Tensor:
        """As `backpaint.reference.relu.relu_forward`."""

    @abstractmethod
    def sigmoid_forward(self, x: Tensor) -> Tensor:
        """As `sigmoid_forward` of the reference."""

    @abstractmethod
    def einsum(self, formula: str, *tensors: Tensor) -> Tensor:
        """Sum products as the formula says."""

    @abstractmethod
    def join(self, parts: Sequence[Tensor], axis: int) -> Tensor:
        """Put arrays one behind the other along an axis."""

    def relu6_forward(self, x: Tensor, ceiling: float) -> Tensor:
        """As `relu6_forward` of the reference: two ReLUs, each with the slope 0 at its kink."""
        return self.relu_forward(ceiling - self.relu_forward(ceiling - x))

    def strided_conv_forward(self, x: Tensor, w: Tensor, b: Tensor, stride: int) -> Tensor:
        """As `strided_conv_forward` of the reference."""
        parts = _met(x, w, stride)
        return sum(self.einsum("hwc,ck->hwk", part, w[i, j]) for part, i, j in parts) + b

    def depthwise_conv_forward(self, x: Tensor, w: Tensor, b: Tensor, stride: int) -> Tensor:
        """As `depthwise_conv_forward` of the reference."""
        return sum(part * w[i, j] for part, i, j in _met(x, w, stride)) + b

    def reflection_pad_forward(self, x: Tensor, border: int) -> Tensor:
        """As `reflection_pad_forward` of the reference."""
        rows = _mirrored(int(x.shape[0]), border)
        columns = _mirrored(int(x.shape[1]), border)
        x = self.join([x[k : k + 1] for k in rows], 0)
        return self.join([x[:, k : k + 1] for k in columns], 1)

    def instance_norm_forward(
        self, x: Tensor, gamma: Tensor, beta: Tensor, epsilon: float
    ) -> Tensor:
        """As `instance_norm_forward` of the reference."""
        count = int(x.shape[0]) * int(x.shape[1])
        centered = x - self.einsum("hwc->c", x) / count
        variance = self.einsum("hwc,hwc->c", centered, centered) / count
        return gamma * centered * (variance + epsilon) ** -0.5 + beta

    def upsample_forward(self, x: Tensor, factor: int) -> Tensor:
        """As `upsample_forward` of the reference."""
        height, width = int(x.shape[0]), int(x.shape[1])
        x = self.join([x[k // factor : k // factor + 1] for k in range(factor * height)], 0)
        return self.join([x[:, k // factor : k // factor + 1] for k in range(factor * width)], 1)


def _met(x: Tensor, w: Tensor, stride: int) -> Iterator[tuple[Tensor, int, int]]:
    """Yield for each position i, j of a filter the pixels that it meets."""
    height, width = int(x.shape[0]), int(x.shape[1])
    rows, columns = int(w.shape[0]), int(w.shape[1])
    for i in range(rows):
        for j in range(columns):
            down = slice(i, height - rows + i + 1, stride)
            yield x[down, j : width - columns + j + 1 : stride], i, j


def _mirrored(length: int, border: int) -> list[int]:
    """List where the rows of a padded map come from."""
    inside = list(range(length))
    return inside[border:0:-1] + inside + inside[-2 : -border - 2 : -1]
