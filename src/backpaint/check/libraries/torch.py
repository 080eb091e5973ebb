"""PyTorch's own operations and autograd."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..operations.operation import Array, Values
from .twins import Library


class Torch(Library):
    """PyTorch; it wants (batch, channels, height, width) and filters (out, in, height, width)."""

    name = "PyTorch"

    def gradients(
        self, function: Callable[[Values], Tensor], inputs: Values, names: Sequence[str], grad: Any
    ) -> tuple[Array, Values]:
        """Differentiate by ``backward``; see `Library.gradients`."""
        tensors = {name: torch.tensor(value) for name, value in inputs.items()}
        for name in names:
            tensors[name].requires_grad_()
        y = function(tensors)
        torch.autograd.backward(y, torch.as_tensor(grad, dtype=y.dtype))
        gradients: Values = {}
        for name in names:
            found = tensors[name].grad
            gradients[name] = None if found is None else found.numpy()
        return y.detach().numpy(), gradients

    def conv_forward(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        """As `backpaint.reference.conv.conv_forward`."""
        return pixels(F.conv2d(planes(x), w.permute(3, 2, 0, 1), b, padding=1))

    def relu_forward(self, x: Tensor) -> Tensor:
        """As `backpaint.reference.relu.relu_forward`."""
        return F.relu(x)

    def max_pool_forward(self, x: Tensor, edge: str) -> Tensor:
        """As `backpaint.reference.max_pool.max_pool_forward`."""
        return pixels(F.max_pool2d(planes(x), 2, ceil_mode=edge == "ceil"))

    def average_pool_forward(self, x: Tensor, edge: str) -> Tensor:
        """As `backpaint.reference.average_pool.average_pool_forward`."""
        y = F.avg_pool2d(planes(x), 2, ceil_mode=edge == "ceil", count_include_pad=False)
        return pixels(y)

    def overlapping_average_pool_forward(self, x: Tensor, count_padding: bool) -> Tensor:
        """As `overlapping_average_pool_forward` of the reference."""
        y = F.avg_pool2d(planes(x), 3, stride=2, padding=1, count_include_pad=count_padding)
        return pixels(y)

    def cross_entropy_forward(self, z: Tensor, label: int) -> Tensor:
        """As `backpaint.reference.softmax.cross_entropy_forward`."""
        return F.cross_entropy(z[None], torch.tensor([label]))

    def sigmoid_forward(self, x: Tensor) -> Tensor:
        """As `sigmoid_forward` of the reference."""
        return torch.sigmoid(x)

    def strided_conv_forward(self, x: Tensor, w: Tensor, b: Tensor, stride: int) -> Tensor:
        """As `strided_conv_forward` of the reference."""
        return pixels(F.conv2d(planes(x), w.permute(3, 2, 0, 1), b, stride))

    def depthwise_conv_forward(self, x: Tensor, w: Tensor, b: Tensor, stride: int) -> Tensor:
        """As `depthwise_conv_forward` of the reference."""
        filters = w.permute(2, 0, 1).unsqueeze(1)
        return pixels(F.conv2d(planes(x), filters, b, stride, groups=b.numel()))

    def einsum(self, formula: str, *tensors: Tensor) -> Tensor:
        """Sum products as the formula says."""
        return torch.einsum(formula, *tensors)

    def identity(self, size: int) -> Tensor:
        """Make an identity matrix in float64."""
        return torch.eye(size, dtype=torch.float64)

    def cholesky(self, matrix: Tensor) -> Tensor:
        """Split a positive definite matrix into L L^T, and give L."""
        root: Tensor = torch.linalg.cholesky(matrix)
        return root

    def eigenvalues(self, matrix: Tensor) -> Tensor:
        """Compute the eigenvalues of a symmetric matrix."""
        values: Tensor = torch.linalg.eigvalsh(matrix)
        return values

    def total(self, x: Tensor) -> Tensor:
        """Sum all elements."""
        return x.sum()

    def ascending(self, x: Tensor) -> Tensor:
        """Sort each column of a matrix."""
        ordered: Tensor = x.sort(dim=0).values
        return ordered

    def constant(self, values: Array) -> Tensor:
        """Make a tensor in float64 that is not differentiated."""
        return torch.tensor(values)

    def rows(self, x: Tensor) -> Tensor:
        """Write features (H, W, C) as a matrix (H*W, C)."""
        return x.flatten(0, 1)

    def join(self, parts: Sequence[Tensor], axis: int) -> Tensor:
        """Join arrays along an axis."""
        return torch.cat(list(parts), axis)


def planes(x: Tensor) -> Tensor:
    """Turn features (H, W, C) into a batch of one (1, C, H, W); nothing is copied."""
    return x.permute(2, 0, 1).unsqueeze(0)


def pixels(y: Tensor) -> Tensor:
    """Turn a batch of one (1, C, H, W) into features (H, W, C); nothing is copied."""
    return y.squeeze(0).permute(1, 2, 0)  # y[0] would be copied on the way back
