"""The history of a run as a table of numbers."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isnan, nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..painting.standing import Record
from .array_file import Arrays
from .facts import Facts, sense

COLUMNS = ("iteration", "loss", "grad_norm", "seconds")
"""Of the history's table; the terms follow."""


def history_table(history: Sequence[Record], terms: Sequence[str]) -> NDArray[np.float64]:
    """Write a history as rows of `COLUMNS` and terms; NaN is a term that a size has not."""
    rows = [
        [record.iteration, record.loss, record.grad_norm, record.seconds]
        + [record.terms.get(name, nan) for name in terms]
        for record in history
    ]
    return np.array(rows, np.float64).reshape(len(rows), len(COLUMNS) + len(terms))


def read_history(arrays: Arrays, facts: Facts, path: str | Path) -> tuple[Record, ...]:
    """Read the history of a file.

    Raises
    ------
    UsageError
        If there is none, or it is not as backpaint writes it.
    """
    with sense(path):
        has_sizes = bool(facts.coarser_sizes)
        records = tuple(_records(arrays["history"], facts.terms, may_lack=has_sizes))
        if facts.begun and facts.begun[-1] > len(records):
            raise ValueError("a size that begins after its history")
        if not facts.coarser_sizes:
            return records
        return tuple(
            replace(one, scale=bisect_left(facts.begun, one.evaluation)) for one in records
        )


def _records(table: NDArray[Any], terms: Sequence[str], *, may_lack: bool) -> Iterator[Record]:
    """Read a history; with `may_lack`, NaN is a term that the record's size has not."""
    if table.dtype != np.float64 or table.shape != (len(table), len(COLUMNS) + len(terms)):
        raise ValueError(f"a history of shape {table.shape} for {len(terms)} terms")
    absent = np.isnan(table)
    absent[:, : len(COLUMNS)] = False
    if not np.isfinite(table[~absent]).all() or (absent.any() and not may_lack):
        raise ValueError("NaN or infinity in its history")
    for number, row in enumerate(table.tolist(), start=1):
        iteration, loss, grad_norm, seconds = row[: len(COLUMNS)]
        named = zip(terms, row[len(COLUMNS) :], strict=True)
        values = {name: value for name, value in named if not isnan(value)}
        yield Record(number, int(iteration), loss, values, grad_norm, seconds)
