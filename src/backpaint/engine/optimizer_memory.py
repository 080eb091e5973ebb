"""The memory of an optimizer on the host, and what a shorter history would make of it."""

import math
from dataclasses import replace

from msgspec.structs import replace as replace_fields

from ..problem.problem import Problem
from ..problem.recipe import LBFGS, LBFGSB, Optimizer
from .free_memory import Size

NUMBERS = 6
"""Float64 vectors of a picture's size that any optimizer has: points, gradients, a move."""


def host_optimizer_bytes(optimizer: Optimizer, shape: Size) -> int:
    """Count the vectors of the picture's size that an optimizer keeps, in bytes; about."""
    vectors = float(NUMBERS)
    if isinstance(optimizer, LBFGSB):
        vectors += 2 * optimizer.corrections + NUMBERS  # SciPy's workspace, and its integers
        if optimizer.history == "float32":
            vectors = NUMBERS + (2 * optimizer.corrections + 1) / 2
    elif isinstance(optimizer, LBFGS):
        pairs = min(optimizer.corrections, optimizer.iterations)
        vectors += pairs if optimizer.history == "float32" else 2 * pairs
    return int(vectors * math.prod(shape) * 3 * 8)


def histories(optimizer: Optimizer) -> tuple[str, ...]:
    """List the dtypes of a history that a recipe could have instead of its own, its own first."""
    if isinstance(optimizer, LBFGSB) and optimizer.bounds != "none":
        return ("float64",)
    if isinstance(optimizer, LBFGSB | LBFGS) and optimizer.history == "float64":
        return ("float64", "float32")
    return ("",)


def with_history(problem: Problem, history: str) -> Problem:
    """Return a problem with another history, or the problem itself."""
    optimizer = problem.recipe.optimizer
    if history != "float32" or not isinstance(optimizer, LBFGSB | LBFGS):
        return problem
    shorter = replace_fields(optimizer, history="float32")
    return replace(problem, recipe=replace_fields(problem.recipe, optimizer=shorter))
