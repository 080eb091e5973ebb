"""The proofs of `tests/reference` for the operations on the device, and a few of its own.

That a gradient is the adjoint, autograd's and the slope follows from the first proof: the device
has the numbers of the loops, for which `tests/reference` shows all of that.  That arguments stay is
looked at in every call (`on_device`).
"""

import inspect
from functools import partial
from typing import Any

import numpy as np
import pytest

from backpaint.check.operations.operation import Operation
from backpaint.check.operations.stylization import STYLIZATION
from backpaint.gpu.device import device

from ...reference.operations import OPERATIONS, REFERENCE
from ...reference.test_operations import (  # noqa: F401
    test_agrees_with_loops,
    test_wrong_shapes_are_refused,
)
from ...reference.test_operations import test_float32_stays_float32 as float32_stays_float32
from ..conftest import REGIONS, on_device, twin_functions

pytestmark = pytest.mark.usefixtures("emulated")

HERE = tuple(
    operation
    for operation in OPERATIONS
    if operation.forward[0] in twin_functions() and operation.name not in REGIONS
)

STORED_HALF = tuple(
    operation
    for operation in HERE
    if operation.name.startswith(("relu", "max_pool", "average_pool", "over", "squared_error"))
)
HALF = 2**-11
"""Half a unit in the last of float16's 11 bits: one rounding, when the result is stored."""


def test_every_operation_of_a_painting_is_here():
    missing = {operation.name for operation in OPERATIONS} - {operation.name for operation in HERE}
    assert missing == {
        *("linear", "softmax", "cross_entropy"),  # the classifier's
        *("style_loss", "style_loss shifted"),  # whole terms
        *("edge_pad", "wasserstein_steps_loss", "histogram_loss"),
        *("moments", "covariance_loss", "mean_deviation_loss", "wasserstein_loss"),
        *("laplacian 1", "laplacian 2", "range 2", "range 6", "sliced"),
        *("masked_squared_error", *REGIONS),
        *(operation.name for operation in STYLIZATION),
    }


@pytest.mark.parametrize("name", sorted(twin_functions()))
def test_signature_is_the_references(name):
    def plain(function: Any) -> list[tuple[str, Any, Any]]:
        parameters = inspect.signature(function).parameters.values()
        return [(p.name, p.kind, p.default) for p in parameters if p.name != "weights"]

    assert plain(twin_functions()[name]) == plain(REFERENCE[name])


@pytest.mark.parametrize("operation", HERE, ids=lambda operation: operation.name)
def test_every_schedule_gives_the_same_bits(operation, engine):
    *_, (case, inputs, grad) = operation.cases()
    results = []
    for schedule in range(4):
        with device.emulate(schedule=schedule):
            found = operation.run_backward(engine, inputs, grad)
            results.append([operation.run(engine, inputs), *found.values()])
    for other in results[1:]:
        for first, second in zip(results[0], other, strict=True):
            assert np.asarray(first).tobytes() == np.asarray(second).tobytes(), case


PROVED_ELSEWHERE = (
    *("tv laplacian", "tv nine-point", "overlapping_average_pool"),  # in float64, the same lines
    *("conv", "gram"),  # in float32, by `test_kernels.py` and `test_gram.py`
)


def quick(operations: tuple[Operation, ...]) -> list[Any]:
    """Mark what other tests prove as slow; the emulator compiles most of it for these alone."""
    return [
        pytest.param(
            operation,
            id=operation.name,
            marks=[pytest.mark.slow] * operation.name.startswith(PROVED_ELSEWHERE),
        )
        for operation in operations
    ]


@pytest.mark.parametrize("operation", quick(HERE))
def test_float32_stays_float32(operation, engine, close):
    """Against the reference in float64, which is quicker than the device in float64."""

    def call(name, *arguments):
        dtypes = {x.dtype for x in arguments if isinstance(x, np.ndarray)}
        return (REFERENCE if np.dtype(np.float64) in dtypes else engine)[name](*arguments)

    float32_stays_float32(operation, {name: partial(call, name) for name in engine}, close)


@pytest.mark.parametrize("operation", quick(STORED_HALF))
def test_numbers_stored_in_16_bits(operation, engine, close):
    for case, inputs, grad in operation.cases():
        half = {name: value.astype(np.float16) for name, value in inputs.items()}
        double = {name: value.astype(np.float64) for name, value in half.items()}
        if isinstance(grad, np.ndarray):
            grad = grad.astype(np.float16)
        close(case, operation.run(engine, half), operation.run(REFERENCE, double), HALF)
        found = operation.run_backward(engine, half, grad)["x"]
        assert found.dtype == np.float16
        expected = operation.run_backward(REFERENCE, double, np.float64(grad))["x"]
        close(f"{case}: grad_x", found, expected, HALF)


def test_a_sum_of_many_blocks():
    rng = np.random.default_rng(0)
    x, target = rng.standard_normal((2, 61, 47, 5)).astype(np.float32)
    function = on_device(twin_functions()["squared_error_forward"])
    expected = np.sum((x - target).astype(np.float64) ** 2)
    assert abs(function(x, target, 1.0) - expected) < 1e-12 * expected


def test_the_wider_of_two_types_is_taken():
    function = on_device(twin_functions()["relu_backward"])
    found = function(np.full(3, 0.1), np.ones(3, np.float32))
    assert np.array_equal(found, np.full(3, 0.1))


def test_whole_numbers_are_refused():
    with pytest.raises(ValueError, match="dtype int64; expected float32 or float64"):
        on_device(twin_functions()["relu_forward"])(np.arange(3))


def test_a_view_is_put_in_one_piece():
    x = device.xp().asarray(np.arange(24.0).reshape(2, 3, 4) - 12)
    y = twin_functions()["relu_forward"](x.transpose(2, 0, 1))
    expected = np.maximum(np.arange(24.0).reshape(2, 3, 4) - 12, 0).transpose(2, 0, 1)
    assert np.array_equal(device.to_host(y), expected)
