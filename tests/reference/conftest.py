"""What the proofs share: a comparison that remembers how much of its tolerance was used."""

from collections.abc import Callable
from typing import Any

import pytest

from ..tolerances import assert_close
from .operations import REFERENCE, Engine


@pytest.fixture
def engine() -> Engine:
    """Give the functions under test, by name."""
    return REFERENCE


@pytest.fixture
def close(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Compare as `assert_close` does; ``bench/proof.py`` collects what is recorded."""

    def compare(name: str, actual: Any, expected: Any, tolerance: float) -> None:
        used = assert_close(name, actual, expected, tolerance)
        record_property("proof", (used, tolerance, name))

    return compare
