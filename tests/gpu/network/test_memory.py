"""The memory that is told beforehand, and the plan that it is counted from."""

import numpy as np
import pytest

from backpaint.engine.leases import place
from backpaint.gpu.network.memory import CONTEXT_BYTES, estimate_bytes, vectors_kept
from backpaint.gpu.network.plan import plan
from backpaint.presets import load_preset, preset_names
from backpaint.problem.stages import stages_of

from ...problems import make_problem


def plan_of(name: str, shape: tuple[int, int], *, backward: bool = True):
    problem = make_problem(name)
    options = problem.recipe.network
    stages = stages_of(problem.layers, options, shape, problem.taps)
    single = np.dtype(np.float32)
    return plan(stages, options, stored=single, real=single, backward=backward)


@pytest.mark.parametrize("name", preset_names())
def test_arrays_that_are_needed_together_lie_apart(name):
    leases = plan_of(name, (64, 48))
    offsets, total = place(leases)
    for number, one in enumerate(leases):
        assert offsets[one.name] + one.nbytes <= total
        for other in leases[:number]:
            if one.first <= other.last and other.first <= one.last:
                start_one, start_other = offsets[one.name], offsets[other.name]
                apart = start_one + one.nbytes <= start_other
                assert apart or start_other + other.nbytes <= start_one, (one.name, other.name)


def test_a_place_is_used_again():
    leases = plan_of("gatys", (64, 64))
    assert place(leases)[1] < 0.5 * sum(lease.nbytes for lease in leases)
    forward = plan_of("gatys", (64, 64), backward=False)
    assert not any(lease.name.startswith(("gradient", "positive")) for lease in forward)


def test_float16_and_smaller_pictures_take_less():
    problem = make_problem("gatys")
    sizes = {
        precision: estimate_bytes(problem, precision, shape=(512, 512)) - CONTEXT_BYTES
        for precision in ("exact", "tf32", "fast")
    }
    assert sizes["exact"] == sizes["tf32"] > 1.2 * sizes["fast"]
    assert estimate_bytes(problem, "tf32", shape=(256, 512)) < sizes["tf32"] + CONTEXT_BYTES


def test_vectors_of_the_optimizers():
    assert vectors_kept(make_problem("gatys")) == 24
    assert vectors_kept(make_problem("tf-tutorial")) == 3
    bounded = load_preset("fzliu")
    assert vectors_kept(make_problem(bounded)) == 0
