import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from backpaint.engine.leases import ALIGNMENT, Arena, Lease, host_block, place

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
    leases = [Lease("a", (3, 5), 0, 1), Lease("b", (7,), 2, 2), Lease("c", (1,), 1, 2)]
    arena = Arena(leases, host_block)
    assert np.shares_memory(arena["a"], arena["b"])
    assert not np.shares_memory(arena["a"], arena["c"])
    assert all(arena[name].ctypes.data % ALIGNMENT == 0 for name in "abc")
    assert arena.nbytes == 2 * ALIGNMENT
