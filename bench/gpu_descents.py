"""How long does a painting take? L-BFGS from beginning to end."""

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from gpu_part import (
    Results,
    release,
    told,
    torch_or_none,
)
from gpu_problem import make_problem
from scipy.optimize import fmin_l_bfgs_b

from backpaint.gpu import GPUObjective


def lbfgs(options: argparse.Namespace) -> Results:
    """Run L-BFGS from the content, end to end, at the first size."""
    size = options.sizes[0]
    problem = make_problem(size, shallow=options.emulate)
    runs: list[tuple[str, Callable[[], dict[str, Any]]]] = [
        (f"ours {precision}, on the device", partial(descend_on_device, problem, p, options))
        for precision in options.precisions
        for p in [precision]
    ]
    if torch_or_none() is not None:
        runs += [
            ("PyTorch tf32, torch.optim.LBFGS", partial(descend_with_torch, problem, options)),
            ("PyTorch tf32, fmin_l_bfgs_b", partial(descend_with_scipy, problem, options)),
        ]
    for name, descend in runs:
        try:
            row = descend() | {"iterations": options.iterations}
        except Exception as error:
            row = {"failed": told(error)}
        release()
        yield f"{size} {name}", row


def descend_on_device(problem: Any, precision: str, options: argparse.Namespace) -> dict[str, Any]:
    from msgspec.structs import replace

    from backpaint.gpu.descent.descent import GPUDescent
    from backpaint.problem.recipe import LBFGSB

    limit = LBFGSB(iterations=options.iterations, factr=0.0, pgtol=0.0)
    recipe = replace(problem.recipe, optimizer=limit)
    objective = GPUObjective(problem, precision, options.device)
    objective.evaluate(problem.content)
    objective.evaluate(problem.content)  # the graph is there
    descent = GPUDescent(objective, recipe)
    begin = time.perf_counter()
    outcome = descent.run(problem.content.ravel(), lambda terms, length: None, lambda move: None)
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, "evaluations": outcome.evaluations, "loss": outcome.loss}


def descend_with_torch(problem: Any, options: argparse.Namespace) -> dict[str, Any]:
    """`torch.optim.LBFGS` with as many pairs, and its strong Wolfe line search."""
    import torch

    from backpaint.compare.libraries.pytorch_device import PyTorchOnDevice

    function = PyTorchOnDevice(problem, "tf32", "eager", "cpu" if options.emulate else "cuda")
    function.set(problem.content.ravel())
    function.evaluate()
    optimizer = torch.optim.LBFGS(
        [function.picture],
        max_iter=options.iterations,
        max_eval=10 * options.iterations,
        history_size=10,
        tolerance_grad=0.0,
        tolerance_change=0.0,
        line_search_fn="strong_wolfe",
    )
    evaluations = [0]

    def closure() -> torch.Tensor:
        evaluations[0] += 1
        return function.evaluate()

    begin = time.perf_counter()
    optimizer.step(closure)
    loss = float(function.evaluate().detach())
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, "evaluations": evaluations[0], "loss": loss}


def descend_with_scipy(problem: Any, options: argparse.Namespace) -> dict[str, Any]:
    """SciPy's L-BFGS-B on the host, PyTorch on the device."""
    from backpaint.compare.libraries.pytorch_device import PyTorchOnDevice

    function = PyTorchOnDevice(problem, "tf32", "eager", "cpu" if options.emulate else "cuda")
    x = problem.content.ravel()
    function(x)
    limits = {"maxiter": options.iterations, "maxfun": 10 * options.iterations}
    begin = time.perf_counter()
    _, loss, info = fmin_l_bfgs_b(function, x, factr=0, pgtol=0, **limits)
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, "evaluations": info["funcalls"], "loss": float(loss)}
