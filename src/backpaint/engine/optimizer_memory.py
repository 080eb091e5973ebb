"""The memory of an optimizer on the host, and what a shorter history would make of it."""

import math
from dataclasses import replace

from msgspec.structs import replace as replace_fields

from ..problem.problem import Problem
from ..problem.recipe import LBFGS, LBFGSB, Optimizer
from .free_memory import Size

NUMBERS = 7
"""Float64 vectors of a picture's size in any descent: the start, points, gradients, a move."""
WORKSPACE = 6
"""More of them for SciPy's L-BFGS-B, beside its history: its workspace, and its integers."""
SEARCHING = 2
"""Of these, those of our own L-BFGS that can lie in a file: where a search starts, and where to."""


def host_optimizer_bytes(optimizer: Optimizer, shape: Size, *, is_on_disk: bool = False) -> int:
    """Count the vectors of the picture's size that an optimizer keeps in memory, in bytes; about.

    `is_on_disk` says whether what can lie in a file does.
    """
    in_files = file_bytes(optimizer, shape) if is_on_disk else 0
    vectors = NUMBERS
    if isinstance(optimizer, LBFGSB) and optimizer.history == "float64":
        vectors += WORKSPACE + 2 * optimizer.corrections
    return vectors * _vector_bytes(shape) + _history_bytes(optimizer, shape) - in_files


def file_bytes(optimizer: Optimizer, shape: Size) -> int:
    """Count what can lie in a file: of our own L-BFGS, with a search or without."""
    vectors = 0
    if isinstance(optimizer, LBFGSB) and optimizer.history == "float32":
        vectors = SEARCHING
    return vectors * _vector_bytes(shape) + _history_bytes(optimizer, shape)


def _history_bytes(optimizer: Optimizer, shape: Size) -> int:
    """Count a history that is our own."""
    rows = 0
    if isinstance(optimizer, LBFGSB) and optimizer.history == "float32":
        rows = 2 * optimizer.corrections + 1
    elif isinstance(optimizer, LBFGS):
        rows = 2 * min(optimizer.corrections, optimizer.iterations)
        if optimizer.history == "float64":
            rows *= 2
    return rows * _vector_bytes(shape) // 2


def _vector_bytes(shape: Size) -> int:
    """Count a float64 picture's bytes."""
    return math.prod(shape) * 3 * 8


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
