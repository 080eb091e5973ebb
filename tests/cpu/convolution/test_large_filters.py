"""How large filters put pieces of a map together."""

import pytest

from backpaint.cpu.convolution.large_filters import groups_of
from backpaint.cpu.convolution.tiles import pieces_of


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
