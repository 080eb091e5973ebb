"""What all tests share: an embedded network is unpacked once in a process, not in every test."""

from functools import cache

import pytest

from backpaint.weights import VGGWeights, embedded

load = embedded.load


@cache
def load_once(name: str) -> VGGWeights:
    """Unpack a network; nothing may write to what all tests share."""
    weights = load(name)
    for array in (*weights.filters.values(), *weights.biases.values()):
        array.setflags(write=False)
    return weights


@pytest.fixture(autouse=True)
def networks_are_unpacked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand out the same two networks; `tests/weights` does without."""
    monkeypatch.setattr(embedded, "load", load_once)
