"""The table of layers against the paper's table 1."""

from itertools import pairwise

import pytest

from backpaint.problem.feature_sizes import feature_sizes
from backpaint.problem.recipe import NetworkOptions
from backpaint.vgg import layer_table


@pytest.mark.parametrize(
    ("depth", "blocks", "millions"), [(16, (2, 2, 3, 3, 3), 138), (19, (2, 2, 4, 4, 4), 144)]
)
def test_the_table_is_the_papers(depth, blocks, millions):
    table = layer_table(depth, head=True)
    for block, count in enumerate(blocks, start=1):
        assert sum(row.name.startswith(f"conv{block}_") for row in table) == count
    with_weights = [row for row in table if row.kind in ("conv", "linear")]
    assert len(with_weights) == depth
    parameters = sum(
        row.channels_out * (row.channels_in * (9 if row.kind == "conv" else 1) + 1)
        for row in with_weights
    )
    assert round(parameters / 1e6) == millions  # the paper's table 2
    for before, after in pairwise(table):
        assert before.channels_out * (49 if after.name == "fc6" else 1) == after.channels_in


def test_sizes_and_strides_agree():
    table = layer_table(19)
    sizes = feature_sizes(table, NetworkOptions(), (224, 160))
    for row in table:
        assert sizes[row.name] == (224 // row.stride, 160 // row.stride)
    ceil = feature_sizes(table, NetworkOptions(edge="ceil"), (33, 1))
    assert ceil["pool1"] == (17, 1)
    assert ceil["pool5"] == (2, 1)


def test_other_depths_are_refused():
    with pytest.raises(ValueError, match="16 or 19, got 11"):
        layer_table(11)
