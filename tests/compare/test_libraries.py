"""Other libraries compute the very objective that ours do."""

import shutil
from itertools import product

import numpy as np
import pytest

from backpaint.compare.processes.contestant import build
from backpaint.compare.subject.competitors import competitor
from backpaint.compare.subject.scene import compared_recipe, flops, make_problem, start
from backpaint.gpu.device import device
from backpaint.presets import with_changes
from backpaint.reference.objective import ReferenceObjective

PRESETS = ("gatys", "tf-tutorial", "jcjohnson")

thin = pytest.mark.usefixtures("thin_networks")
"""What libraries and engines make of a recipe does not depend on the number of channels."""


def problem_of(preset):
    """A small picture whose sides no pool divides."""
    return make_problem(compared_recipe(preset), (35, 42))


def distance(actual, expected):
    return np.linalg.norm(actual - expected) / np.linalg.norm(expected)


FORMS = {
    "pytorch/contiguous": "torch",
    "pytorch/channels_last": "torch",
    "tensorflow": "tensorflow",
    "tensorflow/xla": "tensorflow",
    "jax": "jax",
}
ONCE = {"pytorch/contiguous": "gatys", "pytorch/channels_last": "jcjohnson"}
"""These are compared in float64 with every preset."""


def cases_in_float32():
    """Every form with every preset; what float64 shows better is slow."""
    for name, preset in product(FORMS, PRESETS):
        marks = [pytest.mark.slow] if ONCE.get(name, preset) != preset else []
        yield pytest.param(FORMS[name], name, preset, marks=marks, id=f"{name} {preset}")


@thin
@pytest.mark.parametrize(("module", "name", "preset"), list(cases_in_float32()))
def test_a_library_computes_the_same_in_float32(module, name, preset):
    pytest.importorskip(module, reason=f"{module} is not installed")
    problem = problem_of(preset)
    made = build(competitor(name), problem, 1)
    loss, gradient = made.evaluate(start(problem))
    expected_loss, expected = ReferenceObjective(problem)(start(problem))
    assert loss == pytest.approx(expected_loss, rel=1e-5)
    assert distance(gradient, expected) < 1e-3
    assert made.again() == pytest.approx(loss, rel=1e-6)


@thin
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("layout", ["contiguous", "channels_last"])
def test_pytorch_in_float64_agrees_to_the_last_digits(layout, preset):
    require_the_last_digits(layout, preset)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layout", "preset"), [("contiguous", "gatys"), ("channels_last", "jcjohnson")]
)
def test_so_it_does_on_real_networks(layout, preset):
    require_the_last_digits(layout, preset)


def require_the_last_digits(layout, preset):
    torch = pytest.importorskip("torch", reason="PyTorch: pip install '.[crosscheck]'")
    from backpaint.compare.libraries.pytorch import PyTorchObjective

    problem = problem_of(preset)
    double = {"inside": torch.float64, "outside": torch.float64}
    loss, gradient = PyTorchObjective(problem, layout=layout, **double)(start(problem))
    expected_loss, expected = ReferenceObjective(problem)(start(problem))
    assert loss == pytest.approx(expected_loss, rel=1e-12)
    assert distance(gradient, expected) < 1e-10


@thin
def test_pytorch_on_a_device_keeps_its_picture_there():
    pytest.importorskip("torch", reason="PyTorch: pip install '.[crosscheck]'")
    from backpaint.compare.libraries.pytorch_device import PyTorchOnDevice

    problem = problem_of("gatys")
    function = PyTorchOnDevice(problem, "fp64", "eager", "cpu")
    loss, gradient = function(start(problem))
    expected_loss, expected = ReferenceObjective(problem)(start(problem))
    assert loss == pytest.approx(expected_loss, rel=1e-12)
    assert distance(gradient, expected) < 1e-10
    assert float(function.evaluate().detach()) == loss
    np.testing.assert_array_equal(function.gradient(), gradient)


@pytest.mark.skipif(shutil.which("g++") is None, reason="the emulator needs g++")
@pytest.mark.slow
def test_the_gpu_engine_evaluates_again_where_its_picture_lies():
    shallow = {"style.layers": {"relu1_1": 1.0}, "content.layers": {"relu1_1": 1.0}}
    problem = make_problem(with_changes(compared_recipe("gatys"), shallow), (16, 16))
    with device.emulate():
        made = build(competitor("gpu/exact"), problem, 1)
        loss, gradient = made.evaluate(start(problem))
        again = made.again()
        assert made.device_bytes() > 0
    expected_loss, expected = ReferenceObjective(problem)(start(problem))
    assert loss == pytest.approx(expected_loss, rel=1e-5)
    assert again == pytest.approx(loss, rel=1e-6)
    assert distance(gradient, expected) < 1e-3


def test_operations_are_counted_forward_and_back():
    problem = make_problem(compared_recipe("gatys"), (32, 32))
    first = 2 * 2 * 9 * 3 * 64 * 32 * 32
    assert flops(problem) > first
    quadruple = make_problem(compared_recipe("gatys"), (64, 64))
    assert flops(quadruple) == 4 * flops(problem)
