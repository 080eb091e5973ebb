"""Loss and gradient by PyTorch's autograd, in any layout, precision and on any device."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...check.libraries.torch import Torch, pixels, planes
from ...check.recipe_twin import RecipeTwin
from ...problem.problem import Problem

LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


class _Form(Torch):
    """PyTorch's operations with a layout and a precision for the network."""

    def __init__(
        self, layout: torch.memory_format, inside: torch.dtype, outside: torch.dtype
    ) -> None:
        self.layout, self.inside, self.outside = layout, inside, outside

    def enter_network(self, x: torch.Tensor) -> torch.Tensor:
        return pixels(planes(x).to(self.inside).contiguous(memory_format=self.layout))

    def leave_network(self, y: torch.Tensor) -> torch.Tensor:
        return y.to(self.outside)

    def filters(self, w: torch.Tensor) -> torch.Tensor:
        """Lay out filters (3, 3, in, out) so that convolutions need not copy them."""
        laid_out = w.permute(3, 2, 0, 1).contiguous(memory_format=self.layout)
        return laid_out.permute(2, 3, 1, 0)


class PyTorchObjective:
    """Loss and gradient of a problem by autograd.

    Parameters
    ----------
    problem : Problem
        Of a consistent recipe.
    layout : {"channels_last", "contiguous"}
        Of features and filters; oneDNN and cuDNN like the first better.
    compile_options : dict, optional
        For `torch.compile`, which then gets the loss.
    device : str
        Where it runs.
    inside, outside : torch.dtype
        Of the network; of the picture, the Gram matrices and the losses.

    Attributes
    ----------
    loss : callable
        From a picture (H, W, 3), a tensor in units of the recipe's variable, to the loss.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        layout: str = "channels_last",
        compile_options: dict[str, Any] | None = None,
        device: str = "cpu",
        inside: torch.dtype = torch.float32,
        outside: torch.dtype = torch.float32,
    ) -> None:
        self.problem, self._device, self._outside = problem, device, outside
        library = _Form(LAYOUTS[layout], inside, outside)
        self._twin = RecipeTwin(library, problem)
        self._constants = {
            name: self._tensor(value, inside if name[:2] in ("w ", "b ") else outside)
            for name, value in self._twin.constants().items()
        }
        for name, value in self._constants.items():
            if name.startswith("w "):
                self._constants[name] = library.filters(value)
        with torch.no_grad():
            self._targets = self._twin.targets(self._constants)
        self.loss: Any = self._eager_loss
        if compile_options is not None:
            self.loss = torch.compile(self._eager_loss, **compile_options)

    def __call__(self, x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Compute loss and gradient at a flat picture, as `Objective` does."""
        picture = self.picture_of(x).requires_grad_()
        loss = self.loss(picture)
        loss.backward()
        return float(loss.detach()), flat_gradient(picture)

    def picture_of(self, x: NDArray[np.float64]) -> torch.Tensor:
        """Make a picture (H, W, 3), where this computes, of a flat one."""
        return self._tensor(x.reshape(*self.problem.shape, 3), self._outside)

    def _eager_loss(self, picture: torch.Tensor) -> torch.Tensor:
        loss: torch.Tensor = self._twin.loss(picture, self._constants, self._targets)
        return loss

    def _tensor(self, values: NDArray[Any], dtype: torch.dtype) -> torch.Tensor:
        return torch.tensor(values, dtype=dtype, device=self._device)


def flat_gradient(picture: torch.Tensor) -> NDArray[np.float64]:
    """Copy a picture's gradient to the host: (H * W * 3,)."""
    assert picture.grad is not None
    return np.asarray(picture.grad.double().cpu().numpy().ravel(), np.float64)
