"""The yardstick: the preset `gatys`, loss and gradient, as one would write it in PyTorch."""

import numpy as np
import torch
from torch.nn import functional

from backpaint.problem.problem import Problem

MEAN = (103.939, 116.779, 123.68)


class PyTorchGatys:
    """Loss and gradient of `gatys` by autograd.

    Parameters
    ----------
    problem : Problem
        Of the preset `gatys`, unchanged, with one style.
    channels_last : bool
        The memory layout of features and filters; oneDNN and cuDNN like it better.
    compile_options : dict, optional
        For `torch.compile`, which then gets the loss.
    device : str
        Where it runs.
    inside, outside : torch.dtype
        Of the network; of the picture, the Gram matrices and the losses.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        channels_last: bool = True,
        compile_options: dict[str, str] | None = None,
        device: str = "cpu",
        inside: torch.dtype = torch.float32,
        outside: torch.dtype = torch.float32,
    ) -> None:
        self.problem = problem
        self._format = torch.channels_last if channels_last else torch.contiguous_format
        self._device, self._inside, self._outside = device, inside, outside
        self._mean = torch.tensor(MEAN, dtype=outside, device=device).view(1, 3, 1, 1)
        self._filters = {
            row.name: self._filter_and_bias(row.name)
            for row in problem.layers
            if row.kind == "conv"
        }
        assert problem.content is not None
        with torch.no_grad():
            features = self._features(self._picture(problem.content))
            self._targets = {
                name: features[name].to(outside, copy=True) for name in problem.content_layers
            }
            features = self._features(self._picture(problem.styles[0]))
            self._grams = {name: self._gram(features[name]) for name in problem.style_layers}
        self.loss = self._eager_loss
        if compile_options is not None:
            self.loss = torch.compile(self._eager_loss, **compile_options)

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Compute loss and gradient at a flat float64 picture, as `Objective` does."""
        picture = self._picture(x.reshape(*self.problem.shape, 3)).requires_grad_(True)
        loss = self.loss(picture)
        loss.backward()
        return float(loss.detach()), flat_gradient(picture)

    def _filter_and_bias(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        w = torch.from_numpy(self.problem.weights.filters[name]).permute(3, 2, 0, 1)
        w = w.to(self._device, self._inside).contiguous(memory_format=self._format)
        bias = torch.from_numpy(self.problem.weights.biases[name])
        return w, bias.to(self._device, self._inside)

    def _picture(self, pixels: np.ndarray) -> torch.Tensor:
        """Make a (1, 3, H, W) tensor; contiguous, since torch.optim.LBFGS takes no other."""
        tensor = torch.from_numpy(pixels).to(self._device, self._outside)
        return tensor.permute(2, 0, 1)[None].contiguous()

    def _features(self, picture: torch.Tensor) -> dict[str, torch.Tensor]:
        value = (picture.flip(1) - self._mean).to(self._inside)
        value = value.contiguous(memory_format=self._format)
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
        loss = torch.zeros((), dtype=self._outside, device=self._device)
        for name, share in content.layers.items():
            difference = features[name].to(self._outside) - self._targets[name]
            loss = loss + content.weight * share / 2 * difference.square().sum()
        for name, share in style.layers.items():
            gram = self._gram(features[name])
            difference = gram - self._grams[name]
            loss = loss + style.weight * share / (4 * len(gram) ** 2) * difference.square().sum()
        return loss

    def _gram(self, features: torch.Tensor) -> torch.Tensor:
        """Average products of channels over positions, (1, C, H, W) to (C, C)."""
        matrix = features[0].permute(1, 2, 0).reshape(-1, features.shape[1]).to(self._outside)
        return matrix.T @ matrix / len(matrix)


def flat_gradient(picture: torch.Tensor) -> np.ndarray:
    """Copy a picture's gradient to the host: (H * W * 3,) float64."""
    return picture.grad[0].permute(1, 2, 0).double().cpu().numpy().ravel()
