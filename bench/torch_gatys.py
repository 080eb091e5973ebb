"""The yardstick on a GPU: the preset `gatys` in PyTorch, in every precision and launch mode.

A twin of `pytorch_gatys.py` for a device: the picture stays there, in float32; the network may be
float32, with or without TF32, float16 or bfloat16; Gram matrices and losses are float32.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch.nn import functional

from backpaint.problem import Problem

DTYPES = {
    "fp64": torch.float64,
    "fp32": torch.float32,
    "tf32": torch.float32,
    "fp16": torch.float16,
    "bf16": torch.bfloat16,
}
MEAN = (103.939, 116.779, 123.68)
WARM_UPS = 5


class TorchGatys:
    """Loss and gradient of `gatys` by autograd, on a device.

    Parameters
    ----------
    problem : Problem
        Of the preset `gatys`, with one style.
    precision : {"fp64", "fp32", "tf32", "fp16", "bf16"}
        Of the network.
    mode : {"eager", "graph", "compiled"}
        Launch by launch; one CUDA graph; `torch.compile` with its own graphs.
    device : str
        ``"cuda"``, or ``"cpu"`` for a rehearsal.

    Attributes
    ----------
    picture : (1, 3, H, W) tensor
        What is evaluated; its ``grad`` is the result.
    """

    def __init__(self, problem: Problem, precision: str, mode: str, device: str) -> None:
        self._allow_tf32(precision != "fp32")
        self.problem, self.device = problem, device
        self._dtype = DTYPES[precision]
        self._outer = torch.float64 if precision == "fp64" else torch.float32
        self._filters = {
            row.name: (self._filter(row.name), self._bias(row.name))
            for row in problem.layers
            if row.kind == "conv"
        }
        self._mean = torch.tensor(MEAN, dtype=self._outer, device=device).view(1, 3, 1, 1)
        with torch.no_grad():
            features = self._features(self._tensor(problem.content))
            self._targets = {n: features[n].clone() for n in problem.content_layers}
            features = self._features(self._tensor(problem.styles[0]))
            self._grams = {n: _gram(features[n], self._outer) for n in problem.style_layers}
        self.picture = self._tensor(problem.content).requires_grad_(True)
        self._loss = self._eager_loss
        if mode == "compiled":
            self._loss = torch.compile(self._eager_loss, mode="reduce-overhead")
        self.evaluate: Callable[[], torch.Tensor] = self._evaluate
        if mode == "graph":
            self.evaluate = self._captured()

    def set(self, x: np.ndarray) -> None:
        """Put a flat picture (H * W * 3,) on the device."""
        height, width = self.problem.shape
        with torch.no_grad():
            self.picture.copy_(self._tensor(x.reshape(height, width, 3)))

    def gradient(self) -> np.ndarray:
        """Copy the gradient of the last evaluation to the host: (H * W * 3,) float64."""
        return self.picture.grad[0].permute(1, 2, 0).double().cpu().numpy().ravel()

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Evaluate as `scipy.optimize` wants it: there and back over the bus."""
        self.set(x)
        loss = self.evaluate()
        return float(loss.detach()), self.gradient()

    def _evaluate(self) -> torch.Tensor:
        self.picture.grad = None
        loss = self._loss(self.picture)
        loss.backward()
        return loss

    def _captured(self) -> Callable[[], torch.Tensor]:
        """Record one evaluation on a side stream, as PyTorch's documentation asks for."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(WARM_UPS):
                self._evaluate()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        self.picture.grad = None
        with torch.cuda.graph(graph):
            loss = self._loss(self.picture)
            loss.backward()

        def replay() -> torch.Tensor:
            graph.replay()
            return loss

        return replay

    @staticmethod
    def _allow_tf32(allowed: bool) -> None:
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = allowed
        torch.backends.cudnn.benchmark = True

    def _filter(self, name: str) -> torch.Tensor:
        w = torch.from_numpy(self.problem.weights.filters[name]).permute(3, 2, 0, 1)
        w = w.to(self.device, self._dtype)
        return w.contiguous(memory_format=torch.channels_last)

    def _bias(self, name: str) -> torch.Tensor:
        return torch.from_numpy(self.problem.weights.biases[name]).to(self.device, self._dtype)

    def _tensor(self, pixels: np.ndarray) -> torch.Tensor:
        tensor = torch.from_numpy(pixels).to(self.device, self._outer).permute(2, 0, 1)[None]
        return tensor.contiguous()  # torch.optim.LBFGS takes no other layout

    def _features(self, picture: torch.Tensor) -> dict[str, torch.Tensor]:
        value = (picture.flip(1) - self._mean).to(self._dtype)
        value = value.contiguous(memory_format=torch.channels_last)
        taps = {}
        for row in self.problem.layers:
            if row.kind == "conv":
                value = functional.conv2d(value, *self._filters[row.name], padding=1)
            elif row.kind == "relu":
                value = functional.relu(value)
            else:
                value = functional.avg_pool2d(value, 2)
            if row.name in self.problem.taps:
                taps[row.name] = value
        return taps

    def _eager_loss(self, picture: torch.Tensor) -> torch.Tensor:
        style, content = self.problem.recipe.style, self.problem.recipe.content
        features = self._features(picture)
        loss = torch.zeros((), dtype=self._outer, device=self.device)
        for name, share in content.layers.items():
            difference = features[name].to(self._outer) - self._targets[name].to(self._outer)
            loss = loss + content.weight * share / 2 * difference.square().sum()
        for name, share in style.layers.items():
            gram = _gram(features[name], self._outer)
            difference = gram - self._grams[name]
            loss = loss + style.weight * share / (4 * len(gram) ** 2) * difference.square().sum()
        return loss


def _gram(features: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Average products of channels over positions, (1, C, H, W) to (C, C)."""
    matrix = features[0].permute(1, 2, 0).reshape(-1, features.shape[1]).to(dtype)
    return matrix.T @ matrix / len(matrix)
