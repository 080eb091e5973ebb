"""The stages of the two networks, which run forward and carry a gradient back.

A stage's forward also gives what its backward will need; who only wants the picture throws that
away as he goes (`Stage.run`).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..reference.arrays import Floats
from ..reference.relu import relu_backward, relu_forward
from ..reference.stylization.depthwise_conv import (
    depthwise_conv_backward_input,
    depthwise_conv_forward,
)
from ..reference.stylization.reflection_pad import reflection_pad_backward, reflection_pad_forward
from ..reference.stylization.relu6 import relu6_backward, relu6_forward
from ..reference.stylization.sigmoid import sigmoid_backward, sigmoid_forward
from ..reference.stylization.strided_conv import strided_conv_backward_input, strided_conv_forward
from ..reference.stylization.upsample import upsample_backward, upsample_forward

Kept = Any
"""What a stage's backward needs of its forward."""

FACTOR = 2
"""Of upsampling."""


class Stage(ABC):
    """A step from one map to the next, (H, W, C) to (P, Q, K)."""

    @abstractmethod
    def forward(self, x: Floats, style: Floats) -> tuple[Floats, Kept]:
        """Compute the next map, and what `backward` will need; `style` is the 100 numbers."""

    @abstractmethod
    def backward(self, grad_y: Floats, kept: Kept, grad_style: Floats) -> Floats:
        """Carry a gradient back to the map before; add the style's to `grad_style`."""

    def run(self, x: Floats, style: Floats) -> Floats:
        """Compute the next map alone."""
        return self.forward(x, style)[0]


class Sequence(Stage):
    """Stages one after the other.

    Parameters
    ----------
    stages : iterable of Stage
    """

    def __init__(self, stages: Iterable[Stage]) -> None:
        self.stages = tuple(stages)

    def forward(self, x: Floats, style: Floats) -> tuple[Floats, Kept]:
        """Run all stages; see `Stage`."""
        kept = []
        for stage in self.stages:
            x, of_stage = stage.forward(x, style)
            kept.append(of_stage)
        return x, kept

    def backward(self, grad_y: Floats, kept: Kept, grad_style: Floats) -> Floats:
        """Run all stages back, the last one first."""
        for stage, of_stage in zip(reversed(self.stages), reversed(kept), strict=True):
            grad_y = stage.backward(grad_y, of_stage, grad_style)
        return grad_y

    def run(self, x: Floats, style: Floats) -> Floats:
        """Run all stages without keeping anything."""
        for stage in self.stages:
            x = stage.run(x, style)
        return x


class Residual(Stage):
    """A branch whose result is added to what went into it.

    Parameters
    ----------
    branch : Stage
    """

    def __init__(self, branch: Stage) -> None:
        self.branch = branch

    def forward(self, x: Floats, style: Floats) -> tuple[Floats, Kept]:
        """Add; see `Stage`."""
        y, kept = self.branch.forward(x, style)
        return x + y, kept

    def backward(self, grad_y: Floats, kept: Kept, grad_style: Floats) -> Floats:
        """Return the gradient to both ways, and add what comes back."""
        # forward:  y = x + branch(x)
        # so:       dx = dy + what the branch makes of dy
        return grad_y + self.branch.backward(grad_y, kept, grad_style)

    def run(self, x: Floats, style: Floats) -> Floats:
        """Add, without keeping anything."""
        return x + self.branch.run(x, style)


class Conv(Stage):
    """A convolution within a mirrored border.

    Parameters
    ----------
    filters : (A, B, C, K) ndarray of float
    bias : (K,) ndarray of float
    border : int
        Mirrored rows and columns on each side.
    stride : int
    """

    def __init__(self, filters: Floats, bias: Floats, border: int = 0, stride: int = 1) -> None:
        self.filters, self.bias = filters, bias
        self.border, self.stride = border, stride

    def forward(self, x: Floats, style: Floats) -> tuple[Floats, Kept]:
        """Pad and convolve; see `Stage`."""
        padded = reflection_pad_forward(x, self.border)
        y = strided_conv_forward(padded, self.filters, self.bias, self.stride)
        return y, (x, padded)

    def backward(self, grad_y: Floats, kept: Kept, grad_style: Floats) -> Floats:
        """Go back through the convolution, then the border."""
        x, padded = kept
        grad = strided_conv_backward_input(grad_y, padded, self.filters, self.stride)
        return reflection_pad_backward(grad, x, self.border)


class DepthwiseConv(Stage):
    """A convolution of each channel by itself, without a border.

    Parameters
    ----------
    filters : (A, B, C) ndarray of float
    bias : (C,) ndarray of float
    stride : int
    """

    def __init__(self, filters: Floats, bias: Floats, stride: int) -> None:
        self.filters, self.bias, self.stride = filters, bias, stride

    def forward(self, x: Floats, style: Floats) -> tuple[Floats, Kept]:
        """Convolve; see `Stage`."""
        return depthwise_conv_forward(x, self.filters, self.bias, self.stride), x

    def backward(self, grad_y: Floats, kept: Kept, grad_style: Floats) -> Floats:
        """Pass each window's gradient back to its pixels."""
        return depthwise_conv_backward_input(grad_y, kept, self.filters, self.stride)


class SameBorder(Stage):
    """Zeros around a map, as TensorFlow's SAME puts them for 3x3 filters.

    Parameters
    ----------
    stride : int
        Of the convolution behind: with stride 2 an even size gets a row behind and none before.
    """

    def __init__(self, stride: int) -> None:
        self.stride = stride

    def forward(self, x: Floats, style: Floats) -> tuple[Floats, Kept]:
        """Pad; see `Stage`."""
        return np.pad(x, [*self.added(x), (0, 0)]), x

    def backward(self, grad_y: Floats, kept: Kept, grad_style: Floats) -> Floats:
        """Cut off what came for the zeros."""
        (top, _), (left, _) = self.added(kept)
        return grad_y[top : top + kept.shape[0], left : left + kept.shape[1]]

    def added(self, x: Floats) -> list[tuple[int, int]]:
        """Count the rows before and behind, and the columns."""
        sizes = []
        for length in x.shape[:2]:
            windows = -(-length // self.stride)
            total = max((windows - 1) * self.stride + 3 - length, 0)
            sizes.append((total // 2, total - total // 2))
        return sizes


class Relu(Stage):
    """A ReLU."""

    def forward(self, x: Floats, style: Floats) -> tuple[Floats, Kept]:
        """Cut off below; see `Stage`."""
        y = relu_forward(x)
        return y, y

    def backward(self, grad_y: Floats, kept: Kept, grad_style: Floats) -> Floats:
        """Let pass where the output is positive."""
        return relu_backward(grad_y, kept)


class Relu6(Stage):
    """A ReLU that cuts off at 6."""

    def forward(self, x: Floats, style: Floats) -> tuple[Floats, Kept]:
        """Cut off below and above; see `Stage`."""
        y = relu6_forward(x)
        return y, y

    def backward(self, grad_y: Floats, kept: Kept, grad_style: Floats) -> Floats:
        """Let pass where nothing was cut off."""
        return relu6_backward(grad_y, kept)


class Sigmoid(Stage):
    """A sigmoid."""

    def forward(self, x: Floats, style: Floats) -> tuple[Floats, Kept]:
        """Squeeze into 0..1; see `Stage`."""
        y = sigmoid_forward(x)
        return y, y

    def backward(self, grad_y: Floats, kept: Kept, grad_style: Floats) -> Floats:
        """Multiply by the slope."""
        return sigmoid_backward(grad_y, kept)


class Upsample(Stage):
    """Every pixel four times."""

    def forward(self, x: Floats, style: Floats) -> tuple[Floats, Kept]:
        """Double height and width; see `Stage`."""
        return upsample_forward(x, FACTOR), x

    def backward(self, grad_y: Floats, kept: Kept, grad_style: Floats) -> Floats:
        """Add up what came for the four."""
        return upsample_backward(grad_y, kept, FACTOR)


class GlobalMean(Stage):
    """The mean of each channel, as a map of one pixel."""

    def forward(self, x: Floats, style: Floats) -> tuple[Floats, Kept]:
        """Average; see `Stage`."""
        return x.mean(axis=(0, 1), keepdims=True), x

    def backward(self, grad_y: Floats, kept: Kept, grad_style: Floats) -> Floats:
        """Pass an equal part to every pixel."""
        height, width, _ = kept.shape
        # forward:  y = sum of x / (H W)
        # so:       dx = dy / (H W), everywhere
        return np.broadcast_to(grad_y / (height * width), kept.shape)
