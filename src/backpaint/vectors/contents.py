"""The content of the test vectors: every operation at nasty sizes, and two small networks."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..check.operations.operation import REFERENCE, Operation, Values
from ..check.operations.operations import OPERATIONS
from ..check.operations.sizes import SIZES
from .network import network_arrays

FORMAT = 1
"""Raised when names or meanings change; new operations alone do not raise it."""

CONVENTIONS = {
    "features": "x, y and their gradients are (height, width, channels), without a batch axis",
    "filters": "w is (height, width, in, out), not turned (cross-correlation); depthwise ones "
    "(height, width, channels); linear layers (in, out)",
    "padding": "conv has stride 1 and one row or column of zeros on each side; strided_conv and "
    "depthwise_conv have no border",
    "pooling": "2x2, stride 2; edge floor drops a last odd row or column, ceil pools what is there",
    "average": "divides by the number of pixels in the window: 4, at a ceil edge 2 or 1",
    "ties": "max pooling gives the gradient to the first maximum in reading order",
    "relu": "its slope at 0 is 0; so is that of absolute differences",
    "gram": "sum over positions of x[i] x[j], divided by the option divisor; (channels, channels)",
    "losses": "are sums, divided by the option divisor; grad is what comes for the loss itself",
    "names": "grad is the gradient of some loss with respect to y; grad_x that with respect to x",
    "precision": "all inputs are exact in float32; float64 and float32 results have the same ones",
    "tolerance": "compare max|a - b| with 1e-12 (float64) or 2e-6 (float32) times max|b|; "
    "whole networks with 1e-10 and 1e-5",
}

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Vectors:
    """Test vectors with their description.

    Attributes
    ----------
    arrays : dict of str to ndarray
        By path: ``"max_pool ceil/5x4x3 ties/float32/grad_x"``.
    about : dict
        ``format``, ``conventions``, ``operations`` (options of each), ``sha256`` of everything,
        and ``sha256_inputs``, which is the same on every machine; results differ in their last
        digit with the library that multiplies matrices.
    """

    arrays: Arrays
    about: Mapping[str, Any]


def make_vectors() -> Vectors:
    """Compute all test vectors by the reference.

    Returns
    -------
    Vectors
        The same at every call.
    """
    arrays: Arrays = {}
    for operation in OPERATIONS:
        arrays |= _operation_arrays(operation)
    arrays |= network_arrays("max", "floor")
    arrays |= network_arrays("average", "ceil")
    inputs = {path: array for path, array in arrays.items() if "/inputs/" in path}
    about = {
        "format": FORMAT,
        "conventions": CONVENTIONS,
        "operations": {operation.name: _describe(operation) for operation in OPERATIONS},
        "sha256_inputs": content_hash(inputs),
        "sha256": content_hash(arrays),
    }
    return Vectors(arrays, about)


def content_hash(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Hash names, types, shapes and numbers, whatever file they are in.

    Parameters
    ----------
    arrays : mapping of str to ndarray

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for path in sorted(arrays):
        array = arrays[path]
        digest.update(f"{path} {array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _operation_arrays(operation: Operation) -> Arrays:
    """Compute one operation at every size, random and full of ties, in both precisions."""
    arrays: Arrays = {}
    for size in SIZES:
        if not operation.fits(size):
            continue
        for kind in ("random", "ties") if operation.has_ties else ("random",):
            inputs, grad = _exact_in_float32(*operation.draw(size, kind))
            case = f"{operation.name}/{size} {kind}"
            given = {**inputs, "grad": grad}
            arrays |= {f"{case}/inputs/{name}": np.asarray(v) for name, v in given.items()}
            for dtype in ("float64", "float32"):
                results = _results(operation, inputs, grad, dtype)
                arrays |= {f"{case}/{dtype}/{name}": value for name, value in results}
    return arrays


def _exact_in_float32(inputs: Values, grad: Any) -> tuple[Values, Any]:
    rounded = {name: value.astype(np.float32).astype(float) for name, value in inputs.items()}
    if isinstance(grad, np.ndarray):
        grad = grad.astype(np.float32).astype(float)
    return rounded, grad


def _results(
    operation: Operation, inputs: Values, grad: Any, dtype: str
) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the output, and the gradient of every input; losses are float64 in both precisions."""
    cast = {name: value.astype(dtype) for name, value in inputs.items()}
    grad = grad.astype(dtype) if isinstance(grad, np.ndarray) else grad
    yield "y", np.asarray(operation.run(REFERENCE, cast))
    for name, gradient in operation.run_backward(REFERENCE, cast, grad).items():
        yield f"grad_{name}", gradient


def _describe(operation: Operation) -> dict[str, Any]:
    """Return what an operation is and which options it ran with, as JSON can."""
    return {
        "forward": f"{operation.forward[0]}({', '.join(operation.forward[1].split())})",
        "gradients": list(operation.gradients),
        "options": json.loads(json.dumps(operation.options)),
    }
