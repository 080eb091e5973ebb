"""The VGG that all transcriptions run: PyTorch, float64, nothing of backpaint but the numbers.

What differs between the systems comes in as an argument: the pooling, the orientation of the
filters, and the image in the order of channels in which the first layer gets it.
"""

from collections.abc import Callable, Iterable
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from backpaint.vgg_weights import VGGWeights

Array = NDArray[np.float64]
Pool = Callable[[Tensor], Tensor]
Orientation = Literal["upright", "transposed", "turned"]

BLOCKS = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


def max_floor(y: Tensor) -> Tensor:
    """torch, Keras "valid"."""
    return F.max_pool2d(y, 2)


def max_ceil(y: Tensor) -> Tensor:
    """Caffe, TensorFlow "SAME", Torch7's loadcaffe: a last odd row or column is pooled alone."""
    return F.max_pool2d(y, 2, ceil_mode=True)


def average_floor(y: Tensor) -> Tensor:
    return F.avg_pool2d(y, 2)


def average_ceil(y: Tensor) -> Tensor:
    """Caffe, TensorFlow "SAME": divided by the number of values that are there."""
    return F.avg_pool2d(y, 2, ceil_mode=True, count_include_pad=False)


def overlapping_by_nine(y: Tensor) -> Tensor:
    """CUDArray's own kernels and its NumPy back end."""
    return F.avg_pool2d(y, 3, stride=2, padding=1, count_include_pad=True)


def overlapping_by_count(y: Tensor) -> Tensor:
    """CUDArray with cuDNN, which leaves the padding out of the average."""
    return F.avg_pool2d(y, 3, stride=2, padding=1, count_include_pad=False)


class TorchVGG:
    """The network's numbers in torch, and one way to run it."""

    def __init__(self, weights: VGGWeights) -> None:
        self.depth = weights.depth
        self.order = weights.normalization.order
        self.family = weights.normalization.family
        self.filters = {  # (3, 3, in, out) to torch's (out, in, 3, 3)
            name: torch.tensor(w, dtype=torch.float64).permute(3, 2, 0, 1).contiguous()
            for name, w in weights.filters.items()
        }
        self.biases = {
            name: torch.tensor(b, dtype=torch.float64) for name, b in weights.biases.items()
        }

    def run(
        self,
        image: Tensor,
        layers: Iterable[str],
        pool: Pool,
        orientation: Orientation = "upright",
        first_padding: str = "constant",
    ) -> dict[str, Tensor]:
        """Run on (3, H, W) and keep `layers`: each (C, M), M = height * width there."""
        wanted, kept = set(layers), {}
        y = image[None]  # (1, 3, H, W)
        for block, count in enumerate(BLOCKS[self.depth], start=1):
            for index in range(1, count + 1):
                name = f"{block}_{index}"
                w = orient(self.filters[f"conv{name}"], orientation)
                padded = F.pad(y, (1, 1, 1, 1), first_padding if name == "1_1" else "constant")
                y = F.conv2d(padded, w, self.biases[f"conv{name}"])
                kept[f"conv{name}"] = y[0].flatten(1)
                y = F.relu(y)
                kept[f"relu{name}"] = y[0].flatten(1)
                if wanted <= kept.keys():
                    return {layer: kept[layer] for layer in wanted}
            y = pool(y)
        raise ValueError(f"no such layers: {sorted(wanted - kept.keys())}")


def orient(filters: Tensor, orientation: Orientation) -> Tensor:
    """Exchange height and width, turn by 180 degrees, or leave (out, in, 3, 3) as they are."""
    if orientation == "transposed":
        return filters.transpose(2, 3)
    return filters.flip(2, 3) if orientation == "turned" else filters


def leaf(x: Array) -> Tensor:
    """Make the painted image a variable that torch differentiates by."""
    return torch.tensor(x, dtype=torch.float64, requires_grad=True)


def constant(values: Array | tuple[float, ...]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def gradient(loss: Tensor, x: Tensor) -> Array:
    (grad,) = torch.autograd.grad(loss, x)
    return grad.numpy()


def feed(rgb: Tensor, order: str) -> Tensor:
    """Lay (H, W, 3) in R, G, B order out as (3, H, W) in `order`."""
    channels = rgb if order == "rgb" else rgb.flip(2)
    return channels.permute(2, 0, 1)


def gram(f: Tensor) -> Tensor:
    """Un-normalized: every system divides in its own way."""
    return f @ f.T


def sse(a: Tensor, b: Tensor) -> Tensor:
    return ((a - b) ** 2).sum()


def mse(a: Tensor, b: Tensor) -> Tensor:
    return ((a - b) ** 2).mean()
