"""PyTorch on a GPU, in every precision and launch mode.

The picture stays on the device, in float32; the network may be float32, with or without TF32,
float16 or bfloat16; Gram matrices and losses are float32.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from ...problem.problem import Problem
from .pytorch import PyTorchObjective, flat_gradient

DTYPES = {
    "fp64": torch.float64,
    "fp32": torch.float32,
    "tf32": torch.float32,
    "fp16": torch.float16,
    "bf16": torch.bfloat16,
}
WARM_UPS = 5


class PyTorchOnDevice(PyTorchObjective):
    """Loss and gradient of a problem by autograd, on a device.

    Parameters
    ----------
    problem : Problem
        Of a consistent recipe.
    precision : {"fp64", "fp32", "tf32", "fp16", "bf16"}
        Of the network.
    mode : {"eager", "graph", "compiled"}
        Launch by launch; one CUDA graph; `torch.compile` with its own graphs.
    device : str
        ``"cuda"``, or ``"cpu"`` for a rehearsal.

    Attributes
    ----------
    picture : (H, W, 3) tensor
        What is evaluated; its ``grad`` is the result.
    evaluate : callable
        Computes loss and gradient at `picture`, and returns the loss.
    """

    def __init__(self, problem: Problem, precision: str, mode: str, device: str = "cuda") -> None:
        allow_tf32(precision != "fp32")
        super().__init__(
            problem,
            compile_options={"mode": "reduce-overhead"} if mode == "compiled" else None,
            device=device,
            inside=DTYPES[precision],
            outside=torch.float64 if precision == "fp64" else torch.float32,
        )
        self.picture = self.picture_of(np.zeros((*problem.shape, 3))).requires_grad_()
        self.evaluate: Callable[[], torch.Tensor] = self._evaluate
        if mode == "graph":
            self.evaluate = self._captured()

    def set(self, x: NDArray[np.float64]) -> None:
        """Put a flat picture (H * W * 3,) on the device."""
        with torch.no_grad():
            self.picture.copy_(self.picture_of(x))

    def gradient(self) -> NDArray[np.float64]:
        """Copy the gradient of the last evaluation to the host: (H * W * 3,)."""
        return flat_gradient(self.picture)

    def __call__(self, x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Evaluate as `scipy.optimize` wants it: there and back over the bus."""
        self.set(x)
        loss = self.evaluate()
        return float(loss.detach()), self.gradient()

    def _evaluate(self) -> torch.Tensor:
        self.picture.grad = None
        loss: torch.Tensor = self.loss(self.picture)
        torch.autograd.backward(loss)
        return loss

    def _captured(self) -> Callable[[], torch.Tensor]:
        """Record one evaluation on a side stream, as PyTorch's documentation asks for."""
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(WARM_UPS):
                self._evaluate()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        self.picture.grad = None
        with torch.cuda.graph(graph):
            loss: torch.Tensor = self.loss(self.picture)
            torch.autograd.backward(loss)

        def replay() -> torch.Tensor:
            graph.replay()
            return loss

        return replay


def allow_tf32(allowed: bool) -> None:
    """Choose for all float32 products and convolutions; let cuDNN choose its kernels by timing."""
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.benchmark = True
