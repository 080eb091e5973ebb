"""`backpaint check`: right gradients pass every proof, wrong ones fail those that see them."""

import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from backpaint.check import Plan, Result, find_operations, parse_size, proofs, run
from backpaint.check.libraries import installed_libraries
from backpaint.check.operation import REFERENCE
from backpaint.check.operations import OPERATIONS
from backpaint.check.presets import difference, engine, single_precision
from backpaint.check.sizes import SIZES
from backpaint.check.table import lines, summary
from backpaint.cli import cli
from backpaint.errors import UsageError
from backpaint.reference.conv import conv_forward


def invoke(*arguments):
    return CliRunner().invoke(cli, ["check", *arguments], catch_exceptions=False)


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


@pytest.mark.parametrize("name", ["caffe-content", "andersbll"])
def test_presets_pass(name):
    """One consistent in what it reports, one that is made so first."""
    for result in (difference(name), single_precision(name), engine(name, "reference", "float64")):
        assert result.passed, result


def test_a_broken_network_fails(monkeypatch):
    from backpaint.reference import network

    monkeypatch.setattr(network, "relu_backward", lambda grad_y, y: grad_y)
    assert not difference("caffe-content").passed


def test_nothing_compared_is_not_passed():
    assert not Result("conv", "loops", 0.0, 1e-12, 0).passed


def test_not_finite_is_wrong():
    assert not Result("conv", "loops", 0.0, 1e-12, 0).including(np.inf, "here").passed


def test_command_prints_a_table_and_writes_a_page(tmp_path):
    page = tmp_path / "report.html"
    done = invoke("--operation", "conv", "--size", "3x2x2", "--html", str(page))
    assert done.exit_code == 0
    assert re.search(r"loops +\S+ +1e-12 +\S+ % +\d+ +ok", done.output)
    assert max(map(len, done.output.splitlines())) <= 100
    html = page.read_text(encoding="utf-8")
    assert "http" not in html
    assert html.count("<tr") > 4


def test_command_exits_with_1_and_says_why(broken_conv):
    done = invoke("--operation", "conv")
    assert done.exit_code == 1
    assert "WRONG" in done.output
    assert "wrong: conv, loops: worst in" in done.output
    assert "kinks:" in done.output


def test_operations_and_presets_select():
    done = invoke("--preset", "caffe-content", "--engine", "reference", "--dtype", "float32", "-q")
    assert done.output.startswith("1 checks, 2 comparisons, 0 wrong.")


def test_each_engine_is_compared_with_the_reference():
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
        (["--html", "/no/such/folder/a.html"], "does not exist"),
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
