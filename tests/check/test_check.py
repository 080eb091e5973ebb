"""`backpaint check`: right gradients pass every proof, wrong ones fail those that see them."""

import re
import subprocess
import sys
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from click.testing import CliRunner

from backpaint.check import Plan, Result, find_operations, parse_size, presets, proofs, run
from backpaint.check.implementations.implementation import Implementation
from backpaint.check.libraries.libraries import installed_libraries
from backpaint.check.operations.operation import REFERENCE
from backpaint.check.operations.operations import OPERATIONS
from backpaint.check.operations.sizes import SIZES
from backpaint.check.operations.tolerances import relative_error
from backpaint.check.page import page
from backpaint.check.presets import (
    adjoint,
    autograd,
    consistent_problem,
    difference,
    engine,
    single_precision,
)
from backpaint.check.recipe_twin import factors, product, recipe_gradient
from backpaint.check.table import lines, summary
from backpaint.cli import cli
from backpaint.errors import UsageError
from backpaint.presets import preset_names, with_changes
from backpaint.reference.conv import conv_forward
from backpaint.reference.engine import Reference
from backpaint.reference.objective import ReferenceObjective

from ..conftest import thin_once


def invoke(*arguments):
    return CliRunner().invoke(cli, ["check", *arguments], catch_exceptions=False)


@pytest.fixture
def thin(monkeypatch):
    """Prove presets on networks of few channels, and leave nothing of these behind."""
    monkeypatch.setattr(presets, "_weights", thin_once)
    monkeypatch.setattr(presets, "_reference", cache(presets._reference.__wrapped__))


@pytest.fixture
def broken_conv(monkeypatch):
    """Plant an input gradient whose filters are not turned."""

    def wrong(grad_y, w):
        return conv_forward(grad_y, w.transpose(0, 1, 3, 2), np.zeros(w.shape[2], grad_y.dtype))

    monkeypatch.setitem(REFERENCE, "conv_backward_input", wrong)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_passes(operation):
    for result in run(Plan(operations=[operation], presets=[])):
        assert result.passed, result
        assert result.used < 0.5, result
        assert result.compared > result.skipped


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_row_has_numbers_to_compare(operation):
    """Where all is zero, whatever is compared agrees."""
    cases = list(operation.cases(ties=False))
    for name in ("y", *operation.gradients):
        found = [
            operation.run(REFERENCE, inputs)
            if name == "y"
            else operation.run_backward(REFERENCE, inputs, grad)[name]
            for _, inputs, grad in cases
        ]
        assert sum(map(np.any, found)) >= len(cases) / 3, name


def test_every_proof_sees_a_wrong_gradient(broken_conv):
    results = run(Plan(operations=find_operations(["conv"]), presets=[], dtypes=["float64"]))
    assert {"difference", "adjoint", "loops"} <= {result.proof for result in results}
    assert not any(result.passed for result in results)


def test_libraries_judge(broken_conv):
    libraries = installed_libraries()
    if not libraries:
        pytest.skip("neither PyTorch nor JAX nor TensorFlow is installed")
    (conv,) = find_operations(["conv"])
    for library in libraries:
        assert not proofs.autograd(conv, SIZES[:3], library).passed


def require_all_proofs(name):
    for result in (
        difference(name),
        adjoint(name),
        single_precision(name),
        engine(name, Reference(dtype="float64")),
    ):
        assert result.passed, result


@pytest.mark.parametrize("name", ["caffe-content", "andersbll"])
def test_presets_pass(name, thin):
    """One consistent in what it reports, one that is made so first."""
    require_all_proofs(name)


@pytest.mark.parametrize(
    "name",
    [
        "pytorch-tutorial",
        *(pytest.param(n, marks=pytest.mark.slow) for n in ("caffe-content", "andersbll")),
    ],
)
def test_presets_pass_with_real_weights(name):
    require_all_proofs(name)


def test_a_broken_network_fails(monkeypatch, thin):
    from backpaint.reference import network

    monkeypatch.setattr(network, "relu_backward", lambda grad_y, y: grad_y)
    assert not difference("caffe-content").passed
    assert not adjoint("caffe-content").passed
    for library in installed_libraries():
        assert not autograd("caffe-content", library).passed


@pytest.fixture
def library():
    libraries = installed_libraries()
    if not libraries:
        pytest.skip("neither PyTorch nor JAX nor TensorFlow is installed")
    return libraries[0]


def require_down_to_rounding(name, library):
    """Leave nothing of a recipe out on either side.

    crowsonkb's root is iterated: on its eigenvalues here, by products of matrices there.  A small
    eigenvalue grows by 3/2 a step, and rounding with it: by 130 in twelve, of which it may use 10.
    """
    result = autograd(name, library)
    assert result.compared == 2
    assert result.error < (1e-12 if name == "crowsonkb" else 1e-13), result


@pytest.mark.parametrize("name", preset_names())
def test_autograd_gives_every_preset(name, library, thin):
    require_down_to_rounding(name, library)


@pytest.mark.slow
@pytest.mark.parametrize("name", preset_names())
def test_autograd_gives_every_preset_with_real_weights(name, library):
    require_down_to_rounding(name, library)


@pytest.mark.parametrize(
    "change",
    [
        {"network.edge": "ceil"},
        {"network.pool": "average"},
        {"network.filters": "transposed"},
        {"network.filters": "turned"},
        {"style.gram_divisor": "1"},
        {"style.divisor": "36 P^2"},
        {"style.match_area": True},
        {"content.divisor": "4 C M"},
        {"content.divisor": "|P|^2"},
        {"style.divisor": "|A|^2"},
        {"content.weight": 0.5},
        {"style.layers.conv3_1": 0.3},
        {"input.oxford.swap_channels": True},
        {"input.oxford.mean": [1.0, 2.0, 3.0]},
        {"variable.scale": 0.5},
    ],
    ids=str,
)
def test_autograd_sees_every_part_of_a_recipe(change, library, thin):
    """Another recipe gives another gradient: a part that both sides ignore would not."""
    problem = consistent_problem("pytorch-tutorial")
    balanced = with_changes(problem.recipe, {"style.weight": 1.0})
    problem = replace(problem, recipe=balanced)
    changed = replace(problem, recipe=with_changes(problem.recipe, change))
    x = np.random.default_rng(3).uniform(0, 1, (*problem.shape, 3))
    loss, gradient = recipe_gradient(library, changed, x)
    ours = ReferenceObjective(changed).evaluate(x)
    before = ReferenceObjective(problem).evaluate(x)
    assert relative_error(ours.gradient, gradient) < 1e-12
    assert relative_error(ours.loss, loss) < 1e-12
    assert relative_error(before.gradient, gradient) > 1e-6


def test_a_target_of_zeros_has_the_divisor_1(library, thin):
    """Black pictures, of which filters without negative taps see nothing, and a bright painting."""
    problem = consistent_problem("pytorch-tutorial")
    relative = {"content.divisor": "|P|^2", "style.divisor": "|A|^2", "style.weight": 1.0}
    layers = {"content.layers": {"relu1_1": 1.0}, "style.layers": {"relu1_1": 1.0}}
    weights = replace(
        problem.weights,
        filters={"conv1_1": abs(problem.weights.filters["conv1_1"])},
        biases={"conv1_1": np.zeros_like(problem.weights.biases["conv1_1"])},
    )
    problem = replace(
        problem,
        recipe=with_changes(problem.recipe, relative | layers),
        weights=weights,
        content=np.zeros_like(problem.content),
        styles=tuple(np.zeros_like(style) for style in problem.styles),
    )
    x = np.random.default_rng(3).uniform(0.7, 1, (*problem.shape, 3))
    loss, gradient = recipe_gradient(library, problem, x)
    ours = ReferenceObjective(problem).evaluate(x)
    assert ours.loss > 1
    assert relative_error(ours.loss, loss) < 1e-12
    assert relative_error(ours.gradient, gradient) < 1e-12


def test_divisors_are_read_as_they_are_written():
    sizes = {"C": 3.0, "M": 5.0, "P": 7.0, "M_style": 11.0}
    for text, value in (
        ("1", 1), ("C M", 15), ("4 C^2 M^2", 900), ("4 C^2 M_style^2", 4356), ("36 P^2", 1764),
        ("C^4", 81),
    ):  # fmt: skip
        assert product(factors(text), sizes) == value


def test_a_room_is_held_against_the_reference():
    (conv,) = find_operations(["conv"])
    right = Implementation(
        "copy", {name: REFERENCE[name] for name in ("conv_forward", "conv_backward_bias")}
    )
    result = proofs.engine(conv, SIZES, right)
    assert result.passed
    assert result.compared == 2 * 2 * len(SIZES)  # forward and one gradient, random and ties
    wrong = replace(
        right, functions={"conv_forward": lambda x, w, b: 1.001 * conv_forward(x, w, b)}
    )
    assert not proofs.engine(conv, SIZES, wrong).passed
    assert not right.has(find_operations(["gram"])[0])


@pytest.mark.parametrize("name", ["conv", "max_pool", "average_pool", "gram"])
def test_the_cpu_engine_passes_operation_by_operation(name):
    plan = Plan(operations=find_operations([name]), presets=[], engines=["cpu"])
    results = run(plan)
    assert results
    assert all(result.passed for result in results), results
    assert all(result.proof.startswith("cpu") for result in results)


def test_a_broken_cpu_engine_fails(monkeypatch):
    """Averages that divide by 4 at an edge of 2 pixels."""
    from backpaint.check.implementations import cpu as cpu_room

    def by_four(size, pooled):
        return np.full((pooled[0], 1, 1), 0.5, "f4"), np.full((pooled[1], 1), 0.5, "f4")

    monkeypatch.setattr(cpu_room, "average_weights", by_four)
    floor, ceil = run(
        Plan(operations=find_operations(["average_pool"]), presets=[], engines=["cpu"])
    )
    assert floor.passed
    assert not ceil.passed


def test_nothing_to_check_is_refused():
    with pytest.raises(UsageError, match="there is nothing to check"):
        run(Plan(operations=find_operations(["linear"]), presets=[], engines=["cpu"]))


def test_nothing_compared_is_not_passed():
    assert not Result("conv", "loops", 0.0, 1e-12, 0).passed


def test_not_finite_is_wrong():
    assert not Result("conv", "loops", 0.0, 1e-12, 0).including(np.inf, "here").passed


def test_command_prints_a_table_and_writes_a_page(tmp_path):
    report = tmp_path / "report.html"
    done = invoke("--operation", "conv", "--size", "3x2x2", "--html", str(report))
    assert done.exit_code == 0
    assert re.search(r"loops +\S+ +1e-12 +\S+ % +\d+ +ok", done.output)
    assert max(map(len, done.output.splitlines())) <= 100
    html = report.read_text(encoding="utf-8")
    assert "http" not in html
    assert "prefers-color-scheme: dark" in html
    assert 'name="viewport"' in html
    assert '<th scope="rowgroup"' in html
    assert html.count("<tr") > 4


def test_page_says_what_is_wrong_without_colors():
    wrong = Result("conv", "loops", 0.5, 1e-12, 3, worst="grad_x of 3x3x2 <ties>")
    text = page([Result("relu", "loops", 0.0, 1e-12, 3), wrong], [], "here")
    assert ">WRONG<" in text
    assert "wrong: conv, loops: worst in grad_x of 3x3x2 &lt;ties&gt;" in text
    assert "&gt;1000 %" in text
    assert 'class="verdict wrong"' in text
    assert "width:100.0%" in text
    assert page([replace(wrong, error=np.nan)], [], "").count("WRONG") == 1


def test_command_exits_with_1_and_says_why(broken_conv):
    done = invoke("--operation", "conv")
    assert done.exit_code == 1
    assert "WRONG" in done.output
    assert "wrong: conv, loops: worst in" in done.output
    assert "kinks:" in done.output


def test_operations_and_presets_select(thin):
    done = invoke("--preset", "caffe-content", "--engine", "reference", "--dtype", "float32", "-q")
    assert done.output.startswith("1 check, 2 comparisons, 0 wrong, in ")


def test_each_engine_is_compared_with_the_reference(thin):
    done = invoke("--preset", "caffe-content", "--engine", "cpu", "--engine", "reference")
    assert done.exit_code == 0
    rows = [line.split()[:3] for line in done.output.splitlines()]
    assert ["cpu", "float32"] in [row[:2] for row in rows]
    assert ["preset", "caffe-content", "difference"] in rows


def test_table_fits_100_columns():
    widest = max(OPERATIONS, key=lambda operation: len(operation.name))
    result = replace(Result(widest.name, "TensorFlow", 1e-13, 1e-12, 100), skipped=99)
    assert max(map(len, lines([result]))) <= 100
    assert summary([result], ["jax"])[-1].endswith("jax")


@pytest.mark.parametrize("text", ["5x7", "0x1x1", "axbxc", "1x1x1x1"])
def test_odd_sizes_are_refused(text):
    with pytest.raises(UsageError, match="expected height, width, channels"):
        parse_size(text)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--operation", "convolution"], "there is no operation 'convolution'"),
        (["--operation", "max_pool", "--size", "1x5x1"], "needs at least 2 x 2"),
        (["--engine", "quantum"], "there is no engine"),
        (["--engine", "cpu", "--dtype", "float64"], "computes in float32"),
        (["--html", "/no/such/folder/a.html"], "expected a folder"),
    ],
)
def test_wrong_use_is_one_sentence(arguments, message):
    with pytest.raises(UsageError, match=message):
        invoke(*arguments)


def test_help_needs_no_numpy():
    code = (
        "import sys; from click.testing import CliRunner; from backpaint.cli import cli\n"
        "CliRunner().invoke(cli, ['check', '--help']); assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
