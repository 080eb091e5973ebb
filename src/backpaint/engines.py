"""Which engine computes: chosen by name, or by `auto`, which says what it took."""

from typing import Literal

from .engine import Objective
from .errors import UsageError
from .problem import Problem

EngineName = Literal["reference"]
DTypeName = Literal["float32", "float64"]

ENGINES: tuple[EngineName, ...] = ("reference",)
"""Engines of this installation, the fastest first."""


def resolve_engine(name: str) -> EngineName:
    """Turn ``auto`` into the engine that it stands for here.

    Parameters
    ----------
    name : str
        ``auto`` or one of `ENGINES`.

    Raises
    ------
    UsageError
        If there is no such engine.
    """
    for engine in ENGINES:
        if name in ("auto", engine):
            return engine
    raise UsageError(f"there is no engine {name!r}; choose auto or one of {', '.join(ENGINES)}")


def build_objective(problem: Problem, engine: EngineName, dtype: DTypeName) -> Objective:
    """Build the objective of one engine; targets are computed here, once.

    Parameters
    ----------
    problem : Problem
        What to compute.
    engine : str
        One of `ENGINES`.
    dtype : {"float32", "float64"}
        The precision of the network; the optimizer always works in float64.
    """
    del engine  # there is one
    from .reference.objective import ReferenceObjective

    return ReferenceObjective(problem, dtype)


def estimate_bytes(problem: Problem, engine: EngineName, dtype: DTypeName) -> int:
    """Estimate the memory that an objective and its evaluation take, in bytes."""
    del engine
    from .reference.memory import estimate_bytes

    return estimate_bytes(problem, dtype)
