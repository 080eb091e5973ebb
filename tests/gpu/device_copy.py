"""A function of the host as a device optimizer sees it."""

from collections.abc import Callable

import numpy as np

from backpaint.gpu.device import device

Host = Callable[[np.ndarray], tuple[float, np.ndarray]]


class DeviceCopy:
    """Fetches the point, calls the function on the host, and sends the gradient back.

    Attributes
    ----------
    visited : list of ndarray
        Where it was evaluated.
    """

    def __init__(self, function: Host, x0: np.ndarray, dtype: type = np.float64) -> None:
        xp = device.xp()
        self.function, self.visited = function, []
        self.point, self.gradient = xp.asarray(x0.astype(dtype)), xp.zeros(x0.size, dtype)

    def evaluate(self) -> tuple[float, float]:
        self.visited.append(self.x)
        loss, gradient = self.function(self.x)
        self.gradient.set(gradient.astype(self.gradient.dtype))
        return loss, float(np.linalg.norm(gradient))

    @property
    def x(self) -> np.ndarray:
        return device.xp().asnumpy(self.point).astype(np.float64)
