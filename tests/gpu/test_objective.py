"""The whole engine on the emulated device against the reference in float64, on real weights."""

import numpy as np
import pytest
from msgspec.structs import replace

from backpaint.engine.objective import Evaluation
from backpaint.errors import UsageError
from backpaint.gpu import GPUObjective
from backpaint.gpu.device import device
from backpaint.gpu.network.plan import normalized_layers
from backpaint.presets import load_preset, preset_names

from ..tolerances import WHOLE_GRADIENT, assert_close
from .problems import cosine, expected, make_problem, shallow, start

pytestmark = pytest.mark.usefixtures("emulated")

LOSS = {"float64": 1e-12, "float32": 2e-5}
COSINE = 0.99
TERMS = 0.02
"""TF32 and float16, whose rounding flips ReLUs and maxima."""


def assert_agree(actual: Evaluation, reference: Evaluation, dtype: str) -> None:
    assert list(actual.terms) == list(reference.terms)
    for name, loss in reference.terms.items():
        assert_close(name, actual.terms[name], loss, LOSS[dtype])
    assert actual.loss == sum(actual.terms.values())
    assert_close("gradient", actual.gradient, reference.gradient, WHOLE_GRADIENT[dtype])
    assert actual.gradient.dtype == np.float64


def assert_similar(actual: Evaluation, reference: Evaluation) -> None:
    assert cosine(actual.gradient, reference.gradient) > COSINE
    for name, loss in reference.terms.items():
        assert actual.terms[name] == pytest.approx(loss, rel=TERMS)


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_the_reference_in_float64(name):
    problem = make_problem(name)
    objective = GPUObjective(problem, dtype=np.float64)
    assert_agree(objective.evaluate(start(problem)), expected(problem), "float64")


@pytest.mark.slow  # float32 on emulated tensor cores takes minutes: bench/gpu.py has all of them
@pytest.mark.parametrize(
    ("name", "precision"),
    [
        *((name, "tf32") for name in preset_names()),
        *((name, "fast") for name in ("andersbll", "pytorch-tutorial", "tf-tutorial")),
        ("pytorch-tutorial", "exact"),
    ],
)
def test_presets_on_tensor_cores(name, precision):
    problem = make_problem(name)
    if precision == "fast" and normalized_layers(problem):
        with pytest.raises(UsageError, match="float16 has no room; choose precision tf32"):
            GPUObjective(problem, precision)
        return
    evaluation = GPUObjective(problem, precision).evaluate(start(problem))
    if precision == "exact":
        assert_agree(evaluation, expected(problem), "float32")
    else:
        assert_similar(evaluation, expected(problem))


@pytest.mark.parametrize("pool", ["max", "average", "overlapping-average"])
def test_taps_anywhere_and_two_styles(pool):
    recipe = shallow(pool=pool, edge="ceil", filters="transposed")
    problem = make_problem(recipe, (13, 10), styles=((9, 14), (12, 7)), shares=(0.25, 0.75))
    objective = GPUObjective(problem, dtype=np.float64)
    assert_agree(objective.evaluate(start(problem)), expected(problem), "float64")


@pytest.mark.parametrize(("edge", "shape"), [("ceil", (1, 1)), ("ceil", (2, 5)), ("floor", (4, 7))])
def test_smallest_sizes(edge, shape):
    problem = make_problem(shallow(edge=edge), shape, styles=((5, 4),))
    objective = GPUObjective(problem, dtype=np.float64)
    assert_agree(objective.evaluate(start(problem)), expected(problem), "float64")


@pytest.mark.parametrize("precision", ["exact", "tf32", "fast"])
def test_a_replayed_graph_gives_the_bits_of_single_launches(precision):
    problem = make_problem(shallow(), (8, 9), styles=((6, 7),))
    x, other = start(problem), start(problem, seed=8)
    objective = GPUObjective(problem, precision)
    first, captured = objective.evaluate(x), objective.evaluate(x)
    elsewhere, again = objective.evaluate(other), objective.evaluate(x)
    eager = GPUObjective(problem, precision, graph=False)
    for evaluation in (captured, again, eager.evaluate(x), eager.evaluate(x)):
        assert np.array_equal(evaluation.gradient, first.gradient)
        assert evaluation.terms == first.terms
    assert not np.array_equal(elsewhere.gradient, first.gradient)
    reference = expected(problem)
    if precision == "exact":
        assert_agree(first, reference, "float32")
    else:
        assert_similar(first, reference)


def test_an_interrupted_recording_leaves_the_stream_usable(monkeypatch):
    problem = make_problem(shallow(), (8, 9), styles=((6, 7),))
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


def test_gradients_that_outgrow_float16_get_new_scales():
    recipe = shallow()
    problem = make_problem(recipe, (8, 9), styles=((6, 7),))
    objective = GPUObjective(problem, "fast")
    assert problem.content is not None
    near = start(problem) * 1e-6  # nearly gray: small features, small gradients
    objective.evaluate(near)
    before = dict(objective.network.layout.scales.gradients)
    assert_similar(objective.evaluate(start(problem)), expected(problem))
    assert before.keys() == objective.network.layout.scales.gradients.keys()


def test_the_place_where_numbers_break_is_named():
    problem = make_problem(shallow(), (8, 9), styles=((6, 7),))
    objective = GPUObjective(problem, "exact")
    x = start(problem)
    assert objective.first_non_finite(np.full_like(x, np.nan)) == "the picture itself"
    assert objective.first_non_finite(x * 1e36).startswith("layer conv")
    assert objective.first_non_finite(x * 1e19).startswith("the term ")


def test_too_many_or_no_gpus_are_one_sentence():
    with pytest.raises(UsageError, match="device is 3, and there is one GPU, number 0"):
        GPUObjective(make_problem(shallow(), (8, 9)), device=3)


def test_normalized_gradients_are_known():
    assert normalized_layers(make_problem("gatys")) == set()
    recipe = load_preset("andersbll")
    assert normalized_layers(make_problem(recipe)) == {*recipe.content.layers, *recipe.style.layers}
    without = replace(recipe, style=replace(recipe.style, l1_epsilon=None))
    assert normalized_layers(make_problem(without)) == set(recipe.content.layers)
