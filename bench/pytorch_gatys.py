"""The yardstick: the preset `gatys`, loss and gradient, as one would write it in PyTorch."""

import numpy as np
import torch
from torch.nn import functional

from backpaint.problem import Problem


class PyTorchGatys:
    """Loss and gradient of `gatys` by autograd, float32.

    Parameters
    ----------
    problem : Problem
        Of the preset `gatys`, unchanged, with one style.
    channels_last : bool
        The memory layout of pictures and filters; oneDNN likes it better.
    compiled : bool
        Whether `torch.compile` gets the loss.
    """

    def __init__(
        self, problem: Problem, *, channels_last: bool = True, compiled: bool = False
    ) -> None:
        self.problem = problem
        self._format = torch.channels_last if channels_last else torch.contiguous_format
        self._filters = {
            row.name: (
                self._put(torch.from_numpy(problem.weights.filters[row.name]).permute(3, 2, 0, 1)),
                torch.from_numpy(problem.weights.biases[row.name]),
            )
            for row in problem.layers
            if row.kind == "conv"
        }
        style, content = problem.recipe.style, problem.recipe.content
        assert style is not None
        assert content is not None
        assert problem.content is not None
        with torch.no_grad():
            features = self._features(self._picture(problem.content))
            self._targets = {name: features[name].clone() for name in content.layers}
            features = self._features(self._picture(problem.styles[0]))
            self._grams = {name: _gram(features[name]) for name in style.layers}
        self._loss = torch.compile(self._eager_loss) if compiled else self._eager_loss

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Compute loss and gradient at a flat float64 picture, as `Objective` does."""
        height, width = self.problem.shape
        picture = self._picture(x.reshape(height, width, 3)).requires_grad_(True)
        loss = self._loss(picture)
        loss.backward()
        gradient = picture.grad[0].permute(1, 2, 0).numpy().astype(np.float64)
        return float(loss.detach()), gradient.ravel()

    def _put(self, array: torch.Tensor) -> torch.Tensor:
        return array.contiguous(memory_format=self._format)

    def _picture(self, pixels: np.ndarray) -> torch.Tensor:
        return self._put(torch.from_numpy(pixels.astype(np.float32)).permute(2, 0, 1)[None])

    def _features(self, picture: torch.Tensor) -> dict[str, torch.Tensor]:
        mean = torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)
        value = self._put(picture.flip(1) - mean)
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
        loss = torch.zeros(())
        for name, share in content.layers.items():
            difference = features[name] - self._targets[name]
            loss = loss + content.weight * share / 2 * difference.square().sum()
        for name, share in style.layers.items():
            gram = _gram(features[name])
            difference = gram - self._grams[name]
            loss = loss + style.weight * share / (4 * len(gram) ** 2) * difference.square().sum()
        return loss


def _gram(features: torch.Tensor) -> torch.Tensor:
    """Average products of channels over positions, (1, C, H, W) to (C, C)."""
    matrix = features[0].permute(1, 2, 0).reshape(-1, features.shape[1])
    return matrix.T @ matrix / len(matrix)
