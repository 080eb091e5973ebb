"""The reference engine's estimate against what it really takes."""

import tracemalloc

import numpy as np
import pytest

from backpaint.reference.memory import estimate_bytes
from backpaint.session import open_session


@pytest.mark.parametrize("preset", ["gatys", "pytorch-adam", "andersbll"])
def test_the_estimate_is_close_to_the_peak(preset, noise):
    tall = np.tile(noise, (8, 8, 1))  # 160 x 192
    session = open_session(tall, tall, preset=preset, size=160, engine="reference")
    estimate = estimate_bytes(session.prepared.problem, "float32")
    tracemalloc.start()
    objective = session.build()
    objective(objective.initial())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Filters in float32 are the weights themselves, so they are not taken a second time.
    filters = sum(array.nbytes for array in objective.network.filters.values())
    assert 0.8 * peak < estimate < 1.6 * (peak + filters)
    assert estimate > peak
