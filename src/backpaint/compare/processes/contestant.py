"""A competitor that is ready: its function of a picture, and the same once more in place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engines import engine_class
from ...problem.problem import Problem
from ..subject.competitors import Competitor

LossAndGradient = Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]]


@dataclass(frozen=True)
class Contestant:
    """The order of one process: whose gradient, at which size.

    Attributes
    ----------
    evaluate : callable
        From a flat picture to loss and flat gradient, both on the host.
    again : callable
        Evaluates once more at the last picture, where that lies, and returns the loss; on a GPU,
        neither picture nor gradient travel.
    device_bytes : callable
        Counts the bytes that the library reserved on the device, at most, in use or kept for
        later; 0 without a device.
    """

    evaluate: LossAndGradient
    again: Callable[[], float]
    device_bytes: Callable[[], int] = lambda: 0


def build(competitor: Competitor, problem: Problem, threads: int) -> Contestant:
    """Build a competitor's function; its targets are computed here, once.

    Parameters
    ----------
    competitor : Competitor
    problem : Problem
        Of a consistent recipe.
    threads : int
        How many may compute; the process's environment says the same.
    """
    if competitor.family == "gpu":
        return _gpu(competitor, problem)
    if competitor.family == "pytorch-cuda":
        return _pytorch_cuda(competitor, problem)
    return _on_processor(_function(competitor, problem, threads))


def _function(competitor: Competitor, problem: Problem, threads: int) -> LossAndGradient:
    if competitor.family == "pytorch":
        return _pytorch(competitor, problem, threads)
    if competitor.family == "tensorflow":
        from ..libraries.tensorflow import TensorFlowObjective, limit_threads

        limit_threads(threads)
        return TensorFlowObjective(problem, xla=competitor.form == "xla")
    if competitor.family == "jax":
        from ..libraries.jax import JaxObjective

        return JaxObjective(problem)
    return engine_class(competitor.family)(**_options(competitor, threads)).build(problem)


def _options(competitor: Competitor, threads: int) -> dict[str, Any]:
    """Return the options of our engine, as its class takes them."""
    if competitor.family == "cpu":
        return {"threads": threads, "exact": competitor.form == "exact"}
    return {"dtype": competitor.form or "float32"}


def _pytorch(competitor: Competitor, problem: Problem, threads: int) -> LossAndGradient:
    import torch

    from ..libraries.pytorch import PyTorchObjective

    torch.set_num_threads(threads)
    if competitor.form == "compiled":
        return PyTorchObjective(problem, compile_options={})
    return PyTorchObjective(problem, layout=competitor.form)


def _on_processor(function: LossAndGradient) -> Contestant:
    last: list[NDArray[np.float64]] = []

    def evaluate(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        last[:] = [x]
        return function(x)

    return Contestant(evaluate, lambda: function(last[0])[0])


def _gpu(competitor: Competitor, problem: Problem) -> Contestant:
    from ...gpu import GPUObjective
    from ...gpu.device.device import xp

    pool = xp().get_default_memory_pool()
    objective = GPUObjective(problem, competitor.form)  # type: ignore[arg-type]

    def again() -> float:
        return float(sum(objective.evaluate_in_place()[0].values()))

    return Contestant(objective, again, lambda: int(pool.total_bytes()))


def _pytorch_cuda(competitor: Competitor, problem: Problem) -> Contestant:
    import torch

    from ..libraries.pytorch_device import PyTorchOnDevice

    function = PyTorchOnDevice(problem, *competitor.form.split("-"))

    def again() -> float:
        return float(function.evaluate().detach())

    return Contestant(function, again, lambda: int(torch.cuda.max_memory_reserved()))
