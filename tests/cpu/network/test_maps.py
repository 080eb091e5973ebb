import numpy as np
import pytest

from backpaint.cpu.network.maps import plan
from backpaint.engine.leases import place
from backpaint.problem.recipe import NetworkOptions
from backpaint.problem.stages import stages_of
from backpaint.vgg import layer_table


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
