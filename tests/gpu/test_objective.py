"""What is the GPU engine's own: its graph, its scales, all layers on tensor cores.

How close it comes to the reference, and the rest that all engines share: `tests/engines`.
"""

import dataclasses

import numpy as np
import pytest
from msgspec.structs import replace

from backpaint.errors import UsageError
from backpaint.gpu import GPUObjective
from backpaint.gpu.device import device
from backpaint.gpu.network.plan import normalized_layers
from backpaint.presets import load_preset
from backpaint.reference.objective import ReferenceObjective

from ..problems import everything, expected, make_problem, one_block, start
from ..tolerances import DEEP_TENSOR_CORES, DOUBLE, SINGLE, TENSOR_CORES, assert_agree

pytestmark = pytest.mark.usefixtures("emulated")


WHOLE = ("andersbll", "gatys", "keras-example", "pytorch-tutorial", "tf-vgg16-lbfgs")
"""All five blocks with each pool, edge and network; the terms of the others are in float64."""


@pytest.mark.slow  # emulated tensor cores take minutes: bench/gpu.py has all of them
@pytest.mark.parametrize(
    ("name", "precision"),
    [
        *((name, "tf32") for name in WHOLE),
        *((name, "fast") for name in ("pytorch-tutorial", "tf-tutorial")),
        ("pytorch-tutorial", "exact"),
    ],
)
def test_whole_presets_on_tensor_cores(name, precision):
    problem = make_problem(name)
    evaluation = GPUObjective(problem, precision).evaluate(start(problem))
    closeness = SINGLE if precision == "exact" else DEEP_TENSOR_CORES
    assert_agree(evaluation, expected(problem), closeness)


def test_an_interrupted_recording_leaves_the_stream_usable(monkeypatch):
    problem = make_problem(everything(), (8, 9), styles=((6, 7),))
    objective = GPUObjective(problem, dtype=np.float64)
    first = objective.evaluate(start(problem))
    with monkeypatch.context() as broken:

        def interrupt(*_):
            raise KeyboardInterrupt

        broken.setattr(objective.network, "backward", interrupt)
        with pytest.raises(KeyboardInterrupt):
            objective.evaluate_in_place()
    assert np.array_equal(device.to_host(objective.point), start(problem).ravel())
    assert np.array_equal(objective.evaluate(start(problem)).gradient, first.gradient)


def test_pictures_may_lie_column_by_column():
    problem = make_problem(one_block(), (8, 9), styles=((6, 7),))
    content, *styles = map(np.asfortranarray, (problem.content, *problem.styles))
    other = dataclasses.replace(problem, content=content, styles=tuple(styles))
    found = [GPUObjective(p, dtype=np.float64).evaluate(start(p)) for p in (problem, other)]
    assert np.array_equal(found[0].gradient, found[1].gradient)


def test_gradients_that_outgrow_float16_get_new_scales():
    problem = make_problem(everything(), (8, 9), styles=((6, 7),))
    objective, far = GPUObjective(problem, "fast"), 100 * start(problem)
    objective.evaluate(start(problem))
    before = dict(objective.network.layout.scales.gradients)
    expected = ReferenceObjective(problem).evaluate(far)
    assert_agree(objective.evaluate(far), expected, TENSOR_CORES)
    after = objective.network.layout.scales.gradients
    assert all(after[layer] < before[layer] for layer in ("conv1_1", "conv2_2"))


@pytest.mark.parametrize(
    ("settings", "closeness"),
    [
        pytest.param({"precision": "exact"}, SINGLE, marks=pytest.mark.slow),
        ({"precision": "tf32"}, TENSOR_CORES),
        ({"precision": "fast"}, TENSOR_CORES),
        ({"dtype": np.float64}, DOUBLE),
    ],
    ids=["exact", "tf32", "fast", "float64"],
)
def test_a_picture_a_thousand_times_as_large_leaves_nothing_behind(settings, closeness):
    """Its gradient is 10^9 times as long, and what is scaled for that loses all others."""
    problem = make_problem(one_block(), (6, 7), styles=((5, 6),))
    objective, x = GPUObjective(problem, **settings), start(problem)
    objective.evaluate(1000 * x)
    found = objective.evaluate(x)
    assert_agree(found, expected(problem), closeness)
    objective.evaluate(1000 * x)
    assert np.array_equal(objective.evaluate(x).gradient, found.gradient)


def test_scales_last_until_a_gradient_has_shrunk():
    """And a run that is continued elsewhere chooses new ones where this one does."""
    problem = make_problem(one_block(), (6, 7), styles=((5, 6),))
    objective, other, x = (
        GPUObjective(problem, "fast"),
        GPUObjective(problem, "fast"),
        start(problem),
    )
    objective.evaluate(16 * x)
    chosen = objective.scales()
    objective.evaluate(8 * x)
    assert np.array_equal(objective.scales(), chosen)
    other.use_scales(chosen)
    again = [o.evaluate(x).gradient for o in (objective, other)]
    assert not np.array_equal(objective.scales(), chosen)
    assert np.array_equal(objective.scales(), other.scales())
    assert np.array_equal(*again)


def test_scales_of_other_pictures_are_refused():
    """Targets and biases are stored in the scales of features, which the pictures decide."""
    problem = make_problem(one_block(), (6, 7), styles=((5, 6),))
    objective, other = GPUObjective(problem, "fast"), GPUObjective(problem, "fast")
    x = start(problem)
    before = objective.evaluate(x)
    other.evaluate(64 * x)
    other.use_scales(objective.scales())
    assert np.array_equal(other.evaluate(x).gradient, before.gradient)
    scales = objective.scales()
    scales[0] /= 2
    with pytest.raises(UsageError, match="was made with another content or other styles"):
        objective.use_scales(scales)
    assert np.array_equal(objective.evaluate(x).gradient, before.gradient)


def test_too_many_or_no_gpus_are_one_sentence():
    with pytest.raises(UsageError, match="device is 3, and there is one GPU, number 0"):
        GPUObjective(make_problem(everything(), (8, 9)), device=3)


def test_normalized_gradients_are_known():
    assert normalized_layers(make_problem("gatys")) == set()
    recipe = load_preset("andersbll")
    assert normalized_layers(make_problem(recipe)) == {*recipe.content.layers, *recipe.style.layers}
    without = replace(recipe, style=replace(recipe.style, l1_epsilon=None))
    assert normalized_layers(make_problem(without)) == set(recipe.content.layers)
