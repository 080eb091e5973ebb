"""How large filters put pieces of a map together."""

import gc
import weakref

import numpy as np
import pytest

from backpaint.cpu.convolution.large_filters import LargeFilters, groups_of
from backpaint.cpu.convolution.tiles import clear_frame, framed_shape, pieces_of
from backpaint.cpu.network.scratch import winograd
from backpaint.cpu.threads.team import Team
from backpaint.cpu.threads.workspace import Workspace


@pytest.mark.parametrize(
    ("size", "channels", "counts"),
    [
        ((256, 256), 256, [16] * 8),  # pieces of 32 tiles: 16 of them times 512 channels are 2^18
        ((70, 300), 512, [17] * 5 + [5]),
        ((9, 9), 64, [1]),
    ],
)
def test_every_piece_is_in_one_group_and_all_but_the_last_are_full(size, channels, counts):
    pieces = pieces_of(size, channels)
    groups = groups_of(pieces, 2 * channels)
    assert [piece for group in groups for piece in group] == pieces
    assert [len(group) for group in groups] == counts


@pytest.fixture
def _without_garbage_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_without_garbage_collector")
@pytest.mark.parametrize("side", [8, 56])  # filters block by block, and planes
def test_memory_is_free_as_soon_as_nobody_needs_it(side):
    size, channels = (side, side), (256, 128)
    convolution = LargeFilters(np.ones((3, 3, *channels), np.float32))
    scratch = winograd(size, *channels)
    work = Workspace(scratch, 2)
    work.shared = np.empty(scratch.shared, np.float32)
    framed = np.ones(framed_shape(side, side, channels[0]), np.float32)
    clear_frame(framed, side, side)
    convolution.run(Team(2), work, framed, size, lambda *_: None)
    left = weakref.ref(work)
    del work
    assert left() is None
