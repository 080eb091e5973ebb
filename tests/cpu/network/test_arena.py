import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backpaint.cpu.network.arena import Arena
from backpaint.cpu.network.maps import plan
from backpaint.engine.leases import ALIGNMENT, Lease, place
from backpaint.problem.recipe import NetworkOptions
from backpaint.problem.stages import stages_of
from backpaint.vgg import layer_table

leases = st.lists(
    st.tuples(st.integers(1, 2000), st.integers(0, 9), st.integers(0, 9)), max_size=15
).map(
    lambda rows: [
        Lease(str(i), (size,), min(a, b), max(a, b), np.uint8)
        for i, (size, a, b) in enumerate(rows)
    ]
)


@given(leases)
@settings(derandomize=True, deadline=None)
def test_what_is_needed_together_never_overlaps(requests):
    offsets, total = place(requests)
    for i, one in enumerate(requests):
        assert offsets[one.name] + one.nbytes <= total
        for other in requests[:i]:
            together = one.first <= other.last and other.first <= one.last
            begins, ends = offsets[one.name], offsets[one.name] + one.nbytes
            apart = ends <= offsets[other.name] or offsets[other.name] + other.nbytes <= begins
            assert apart or not together


def test_arrays_lie_in_one_block_at_cache_lines():
    arena = Arena([Lease("a", (3, 5), 0, 1), Lease("b", (7,), 2, 2), Lease("c", (1,), 1, 2)])
    assert np.shares_memory(arena["a"], arena["b"])
    assert not np.shares_memory(arena["a"], arena["c"])
    assert all(arena[name].ctypes.data % ALIGNMENT == 0 for name in "abc")
    assert arena.nbytes == 2 * ALIGNMENT


@pytest.mark.parametrize("pool", ["average", "max", "overlapping-average"])
def test_plan_is_near_what_must_be_kept_at_once(pool):
    options = NetworkOptions(pool=pool)
    taps = {f"relu{block}_1" for block in range(1, 6)} | {"relu4_2"}
    layers = layer_table(19)[:30]  # to relu5_1
    stages = stages_of(layers, options, (1024, 1024), taps)
    requests = plan(stages, options, backward=True, exact=False)
    _, total = place(requests)
    steps = range(2 * len(stages) + 1)
    needed = max(sum(r.nbytes for r in requests if r.first <= step <= r.last) for step in steps)
    assert total <= 1.1 * needed
    autograd = sum(4 * np.prod(stage.size) * stage.channels_out for stage in stages)
    assert total < 0.75 * autograd  # what keeping each ReLU's output would take
