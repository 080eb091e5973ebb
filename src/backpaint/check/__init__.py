"""Proofs of every gradient, by other ways of finding it.

`run` is the whole of ``backpaint check``; a `Plan` says what to run.  To check functions of your
own, see `backpaint.testing`.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from ..errors import UsageError
from .operations.sizes import parse_size
from .plan import Plan, find_operations
from .result import Result

__all__ = ["Plan", "Result", "find_operations", "parse_size", "run"]


def run(plan: Plan, on_proof: Callable[[int, int, str], None] | None = None) -> list[Result]:
    """Run all proofs of a plan.

    Parameters
    ----------
    plan : Plan
        What to check.
    on_proof : callable, optional
        Called before each with its number, the number of all, and what it checks.

    Returns
    -------
    list of Result
        One for each proof, passed or not.

    Raises
    ------
    UsageError
        If the plan has no proof.
    """
    every = list(plan.proofs())
    if not every:
        raise UsageError(
            f"there is nothing to check for {', '.join(plan.engines)} in {', '.join(plan.dtypes)}; "
            "choose another operation, engine or dtype"
        )
    results = []
    for number, (subject, proof) in enumerate(every, start=1):
        if on_proof is not None:
            on_proof(number, len(every), subject)
        begin = time.perf_counter()
        result = proof()
        results.append(replace(result, seconds=time.perf_counter() - begin))
    return results
