"""A checkpoint as a whole: facts, pictures, history, and the optimizer's state in one file."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..painting.standing import Standing
from ..problem.recipe import Recipe
from .array_file import Arrays, read_arrays, write_arrays
from .facts import Facts, read_facts, sense
from .history import history_table, read_history
from .pictures import Pictures, arrays_of, pictures_of

STATE = "state."
SCALE = "scale{}."
"""Before the names of a smaller size's pictures."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """One file.

    Attributes
    ----------
    facts : Facts
    recipe : Recipe
        The one of the facts, checked.
    pictures : Pictures
        Of the last size.
    standing : Standing
    coarser : tuple of Pictures
        Of the smaller sizes.
    """

    facts: Facts
    recipe: Recipe
    pictures: Pictures
    standing: Standing
    coarser: tuple[Pictures, ...] = ()


def write_checkpoint(
    path: str | Path,
    facts: Facts,
    pictures: Pictures,
    standing: Standing,
    coarser: Sequence[Pictures] = (),
) -> None:
    """Write a checkpoint, whole or not at all; `coarser` has the pictures of smaller sizes.

    Raises
    ------
    RunError
        If writing fails.
    """
    arrays: Arrays = {STATE + name: array for name, array in standing.state.items()}
    if standing.good is not None:
        arrays["good"] = standing.good
    arrays |= arrays_of(pictures)
    for scale, smaller in enumerate(coarser):
        prefix = SCALE.format(scale)
        arrays |= {prefix + name: array for name, array in arrays_of(smaller).items()}
    arrays["history"] = history_table(standing.history, facts.terms)
    write_arrays(path, arrays, json.dumps(msgspec.to_builtins(facts)))


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Read a checkpoint.

    Raises
    ------
    UsageError
        If it is none, is damaged, or says what backpaint would not have written.
    """
    arrays, text = read_arrays(path)
    facts, recipe = read_facts(text, path)
    with sense(path):
        state = {
            name.removeprefix(STATE): arrays[name] for name in arrays if name.startswith(STATE)
        }
        pictures = pictures_of(arrays, facts, recipe, facts.size)
        coarser = tuple(
            pictures_of(arrays, facts, recipe, size, SCALE.format(scale))
            for scale, size in enumerate(facts.coarser_sizes)
        )
        size = 3 * facts.size_now[0] * facts.size_now[1]
        good = _flat(arrays["good"], size) if "good" in arrays else None
        _flat(np.asarray(state["x"], np.float64), size)
    history = read_history(arrays, facts, path)
    scale = facts.scale if facts.coarser_sizes else None
    standing = Standing(state, history, facts.iterations, facts.reason, good, scale)
    return Checkpoint(facts, recipe, pictures, standing, coarser)


def _flat(array: NDArray[Any], size: int) -> NDArray[np.float64]:
    """Check a flat picture."""
    if array.dtype != np.float64 or array.shape != (size,) or not np.isfinite(array).all():
        raise ValueError(f"a flat picture of {array.size} values, expected {size} finite ones")
    return array
