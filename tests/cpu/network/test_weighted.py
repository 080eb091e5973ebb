import numpy as np
import pytest

from backpaint.cpu.convolution.tiles import clear_frame, framed_shape, interior
from backpaint.cpu.network.features import moments_of
from backpaint.cpu.network.weighted import weighted_moments_of
from backpaint.cpu.threads.team import Team
from backpaint.cpu.threads.workspace import Scratch, Workspace
from backpaint.reference.moments import moments_forward

from ...tolerances import OPERATION, assert_close

SIZE, CHANNELS = (40, 30), 5


@pytest.fixture
def features():
    """Features whose sums float32 would round."""
    array = np.empty(framed_shape(*SIZE, CHANNELS), np.float32)
    clear_frame(array, *SIZE)
    interior(array, *SIZE)[:] = np.random.default_rng(0).normal(1000, 1, (*SIZE, CHANNELS))
    return array


@pytest.fixture
def work():
    work = Workspace(Scratch(0, 0), 1)
    work.shared = np.empty(100 * CHANNELS**2, np.float32)
    return work


def test_where_all_count_once_sums_are_those_without_weights(features, work):
    """They are added up in float64, to the bit."""
    nothing, ones = np.zeros(CHANNELS, np.float32), np.ones(SIZE, np.float32)
    whole = moments_of(Team(1), work, features, SIZE, nothing)[0]
    assert (
        whole.tolist()
        == weighted_moments_of(Team(1), work, features, SIZE, nothing, ones)[0].tolist()
    )


@pytest.mark.parametrize("center", [0, 990])
def test_positions_count_by_their_weights(center, features, work):
    weights = np.random.default_rng(1).uniform(-1, 1, SIZE).clip(0).astype(np.float32)
    origin = np.full(CHANNELS, center, np.float32)
    actual = weighted_moments_of(Team(1), work, features, SIZE, origin, weights)
    x = interior(features, *SIZE).astype(float) - center
    expected = moments_forward(x, weights.astype(float))
    assert_close("moments", actual, expected, OPERATION["float32"])
