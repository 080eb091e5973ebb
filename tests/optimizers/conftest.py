"""Functions whose minimum is known, and an objective that records how it is called."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der
from threadpoolctl import threadpool_limits

Function = Callable[[np.ndarray], tuple[float, np.ndarray]]


class Recorder:
    """An objective that keeps every point and loss that it was asked for."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.points: list[np.ndarray] = []
        self.losses: list[float] = []

    def __call__(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        loss, gradient = self.function(x)
        self.points.append(x.copy())
        self.losses.append(loss)
        return loss, gradient


def rosenbrock(x: np.ndarray) -> tuple[float, np.ndarray]:
    return float(rosen(x)), rosen_der(x)


def ill_conditioned(x: np.ndarray) -> tuple[float, np.ndarray]:
    """Quadratic with its minimum 0 at 1, 2, 3, ... and curvatures from 1 to 10,000."""
    curvatures = np.logspace(0, 4, x.size)
    offset = x - np.arange(1, x.size + 1)
    return float(curvatures @ offset**2 / 2), curvatures * offset


def valley(x: np.ndarray) -> tuple[float, np.ndarray]:
    """Smooth, convex, not quadratic, coupled: what L-BFGS without a line search can follow."""
    scales = np.geomspace(0.1, 2.0, x.size)
    offset = x - np.sin(np.arange(x.size))
    differences = np.diff(x)
    loss = np.sum(scales * np.log(np.cosh(offset))) + np.sum(differences**4) / 4
    gradient = scales * np.tanh(offset)
    gradient[1:] += differences**3
    gradient[:-1] -= differences**3
    return float(loss), gradient


@pytest.fixture
def functions() -> SimpleNamespace:
    return SimpleNamespace(
        rosenbrock=rosenbrock, ill_conditioned=ill_conditioned, valley=valley, Recorder=Recorder
    )


@pytest.fixture
def pixels() -> dict[str, np.ndarray]:
    """Black and white, for the tests in which no value comes near them."""
    return {"black": np.array(-1e9), "white": np.array(1e9)}


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Keep BLAS from waking threads for a few hundred numbers."""
    with threadpool_limits(1, "blas"):
        yield
