"""The choice of how many blocks run in bands: what can, what fits, and what it costs."""

from typing import Literal

from ...errors import UsageError
from ...problem.problem import Problem
from ...problem.recipe import SORTED
from .cut import blocks_of, most_blocks

Bands = int | Literal["auto"] | None
MOST = 4
"""Blocks of a VGG before its last."""


def checked_bands(bands: object) -> Bands:
    """Turn an option's value into a number of blocks, None for none, or ``auto``.

    Raises
    ------
    UsageError
        If it is another value.
    """
    if bands == "auto":
        return "auto"
    if bands is None or bands == "none":
        return None
    if isinstance(bands, bool) or str(bands) not in map(str, range(1, MOST + 1)):
        raise UsageError(f"bands is {bands!r}; expected auto, none or a number from 1 to {MOST}")
    return int(str(bands))


def require_bands(problem: Problem, bands: int) -> None:
    """Raise UsageError if a problem cannot be computed with so many blocks in bands."""
    if bands == 0:
        return
    why = reason_against_bands(problem)
    if why is not None:
        raise UsageError(f"{why}; bands cannot compute it; choose bands none")
    most = most_blocks(problem.layers)
    if bands > most:
        deepest = problem.layers[-1].name
        expected = f"none or 1 to {most}" if most > 1 else "none or 1" if most else "none"
        raise UsageError(
            f"bands is {bands}; expected {expected}, since the network has so many pools before "
            f"{deepest}"
        )


def most_bands(problem: Problem) -> int:
    """Return how many blocks may run in bands, at most."""
    return possible_bands(problem)[-1]


def are_in_files(problem: Problem, bands: int) -> bool:
    """Whether features lie in files where there is a folder: with as many bands as there can be."""
    return bands > 0 and bands == most_bands(problem)


def possible_bands(problem: Problem) -> range:
    """Return the numbers of blocks that may run in bands, 0 included."""
    return range(1 if reason_against_bands(problem) else most_blocks(problem.layers) + 1)


def reason_against_bands(problem: Problem) -> str | None:
    """Return which key asks for more than sums over rows; None if bands can compute everything."""
    recipe, style = problem.recipe, problem.recipe.style
    for name, term in (("content", recipe.content), ("style", style)):
        if term is not None and term.l1_epsilon is not None:
            return (
                f"{name}.l1_epsilon divides a gradient by its own size, which is known only when "
                "all rows are there"
            )
    if style is not None and style.statistic in SORTED:
        return f"style.statistic = {style.statistic} sorts the features of all rows"
    if problem.regions is not None and problem.regions.look_at_features:
        return "masks weigh the positions of whole layers"
    return None


def more_work(problem: Problem, bands: int) -> float:
    """Estimate how much longer an evaluation takes, as a part of that without bands.

    Convolutions forward of the blocks in bands are computed twice; halos are not counted.
    """
    cost = [
        sum(
            layer.channels_in * layer.channels_out / layer.stride**2
            for layer in layers
            if layer.kind == "conv"
        )
        for layers in blocks_of(problem.layers)
    ]
    return sum(cost[:bands]) / (2 * sum(cost))


def remark(problem: Problem, bands: int) -> str:
    """Describe in words what bands do, for a person who is about to wait for them."""
    which = "block 1" if bands == 1 else f"blocks 1 to {bands}"
    return f"bands: {which}, about {more_work(problem, bands):.0%} more work"
