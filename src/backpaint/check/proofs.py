"""The proofs of one operation: each compares its gradient with one found in another way."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .implementations.implementation import Implementation
from .libraries.twins import Library
from .operations.kinks import smooth_step
from .operations.operation import LOOPS, REFERENCE, Array, Operation, Values
from .operations.sizes import Size
from .operations.tolerances import DIRECTIONAL_DERIVATIVE, OPERATION, STEP, relative_error
from .result import Result


def directional_derivative(operation: Operation, sizes: Sequence[Size]) -> Result:
    """Compare <gradient, v> with the central difference along v.

    Parameters
    ----------
    operation : Operation
    sizes : sequence of Size

    Returns
    -------
    Result

    Notes
    -----
    v is random, with the gradient's signs, so that the parts of the product do not cancel.  Where
    the step crosses a kink, the comparison is skipped and counted.
    """
    result = Result(operation.name, "difference", 0.0, DIRECTIONAL_DERIVATIVE, 0)
    skipped = 0
    for where, inputs, grad in operation.cases(sizes, ties=operation.piece is None):
        for name, gradient in operation.run_backward(REFERENCE, inputs, grad).items():
            v = np.copysign(_direction(gradient.shape), gradient)
            step = operation.step
            if _step(operation, inputs[name], v, step) < step:
                skipped += 1
                continue
            slope = np.sum(_central(operation, inputs, name, step * v) * grad) / step
            error = relative_error(slope, np.sum(gradient * v))
            result = result.including(error, f"{name} of {where}")
    return replace(result, skipped=skipped)


def adjoint(operation: Operation, sizes: Sequence[Size]) -> Result:
    """Compare <J v, u> with <v, J' u>; J v is a central difference that is exact to rounding.

    Parameters
    ----------
    operation : Operation
        `Operation.quadratic`, or the difference would not be exact.
    sizes : sequence of Size
    """
    result = Result(operation.name, "adjoint", 0.0, OPERATION["float64"], 0)
    skipped = 0
    for where, inputs, u in operation.cases(sizes):
        for name, gradient in operation.run_backward(REFERENCE, inputs, u).items():
            v = _direction(gradient.shape)
            step = _step(operation, inputs[name], v, 1.0)
            if step == 0:
                skipped += 1
                continue
            jv = _central(operation, inputs, name, step * v) / step
            # The norms set the scale, since the products themselves may cancel.
            scale = float(np.linalg.norm(v) * np.linalg.norm(gradient))
            left, right = [np.sum(jv * u), scale], [np.sum(v * gradient), scale]
            result = result.including(relative_error(left, right), f"{name} of {where}")
    return replace(result, skipped=skipped)


def loops(operation: Operation, sizes: Sequence[Size]) -> Result:
    """Compare values and gradients with the formulas written as loops (`reference/naive.py`)."""
    result = Result(operation.name, "loops", 0.0, OPERATION["float64"], 0)
    for where, inputs, grad in operation.cases(sizes):
        expected = operation.run_loops_backward(inputs, grad)
        result = _compared(operation, result, where, inputs, grad,
                           operation.run(LOOPS, inputs), expected)  # fmt: skip
    return result


def autograd(operation: Operation, sizes: Sequence[Size], library: Library) -> Result:
    """Compare values and gradients with those of a library that differentiates by itself."""
    functions = library.functions()
    result = Result(operation.name, library.name, 0.0, OPERATION["float64"], 0)
    fitting = [size for size in sizes if operation.fits(size)]
    some = fitting[:: -library.every]  # backwards, so that one size is always there
    for where, inputs, grad in operation.cases(some):
        y, expected = library.gradients(
            lambda tensors: operation.run(functions, tensors), inputs, [*operation.gradients], grad
        )
        result = _compared(operation, result, where, inputs, grad, y, expected)
    return result


def single_precision(operation: Operation, sizes: Sequence[Size]) -> Result:
    """Compare values and gradients in float32 with those in float64."""
    result = Result(operation.name, "float32", 0.0, OPERATION["float32"], 0)
    for where, inputs, grad in operation.cases(sizes):
        single = {name: value.astype(np.float32) for name, value in inputs.items()}
        double = {name: value.astype(np.float64) for name, value in single.items()}
        grad = grad.astype(np.float32) if isinstance(grad, np.ndarray) else grad
        expected = operation.run_backward(REFERENCE, double, grad)
        y = operation.run(REFERENCE, double)
        result = _compared(operation, result, where, single, grad, y, expected)
    return result


def engine(operation: Operation, sizes: Sequence[Size], theirs: Implementation) -> Result:
    """Compare an engine's own version of an operation, in float32, with the reference's."""
    result = Result(operation.name, theirs.name, 0.0, theirs.tolerance(operation), 0)
    part = replace(operation, gradients=theirs.gradients(operation))
    for where, drawn, grad in operation.cases(sizes):
        inputs = theirs.inputs(operation, drawn)
        single = {name: value.astype(np.float32) for name, value in inputs.items()}
        double = {name: value.astype(np.float64) for name, value in single.items()}
        grad = grad.astype(np.float32) if isinstance(grad, np.ndarray) else grad
        error = relative_error(
            operation.run(theirs.functions, single), operation.run(REFERENCE, double)
        )
        result = result.including(error, f"forward of {where}")
        found = part.run_backward(theirs.functions, single, grad)
        for name, gradient in part.run_backward(REFERENCE, double, grad).items():
            error = relative_error(found[name], gradient)
            result = result.including(error, f"grad_{name} of {where}")
    return result


def _compared(
    operation: Operation,
    result: Result,
    where: str,
    inputs: Values,
    grad: Any,
    y: Array,
    expected: Values,
) -> Result:
    """Take in the comparison of the forward value and of each gradient."""
    error = relative_error(operation.run(REFERENCE, inputs), y)
    result = result.including(error, f"forward of {where}")
    found = operation.run_backward(REFERENCE, inputs, grad)
    for name, gradient in expected.items():
        error = relative_error(found[name], gradient)
        result = result.including(error, f"grad_{name} of {where}")
    return result


def _direction(shape: tuple[int, ...]) -> Array:
    """Draw a direction in which every element moves."""
    rng = np.random.default_rng(7)
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 1.5, shape)


def _step(operation: Operation, x: Array, v: Array, step: float) -> float:
    if operation.piece is None:
        return step
    return smooth_step(operation.piece, x, v, step, min(step, STEP))


def _central(operation: Operation, inputs: Values, name: str, v: Array) -> Any:
    """Move one input by v and by -v."""
    ahead = operation.run(REFERENCE, {**inputs, name: inputs[name] + v})
    behind = operation.run(REFERENCE, {**inputs, name: inputs[name] - v})
    return (ahead - behind) / 2
