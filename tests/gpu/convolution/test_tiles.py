"""The tile that a launch gets, by counts of blocks that are known by hand."""

import pytest

from backpaint.gpu.convolution.tiles import Tile, busy_tile

LARGE = Tile("new.cu", "new", 8, 64, threads=256, defines={})
SMALL = Tile("new.cu", "new", 4, 64, threads=256, defines={})
OLDER = Tile("old.cu", "old", 1, 8, threads=256, defines={})


@pytest.mark.parametrize(
    ("height", "channels", "expected"),
    [(8 * 90, 64, LARGE), (8 * 89, 64, SMALL), (8 * 45, 65, LARGE), (8, 64, SMALL)],
    ids=["nine tenths are busy", "one fewer", "two tiles of channels", "no tile is enough"],
)
def test_the_largest_tile_that_keeps_nine_tenths_of_100_processors_busy(height, channels, expected):
    assert busy_tile([LARGE, SMALL, OLDER], height, 16, channels, 100) is expected
