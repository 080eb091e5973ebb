"""The table of operations: what each takes and gives, for the proofs in `test_operations.py`.

A row names functions instead of holding them: the loops (`naive.py`, `loops.py`), the PyTorch twins
(`twins.py`) and every engine have them under the same names, and go through the same proofs.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backpaint.reference import (
    average_pool,
    conv,
    gram,
    linear,
    max_pool,
    naive,
    overlapping_average_pool,
    preprocess,
    relu,
    smoothness,
    softmax,
    squared_error,
    total_variation,
)
from backpaint.reference.windows import Edge

from ..shapes import SIZES, Size
from . import loops
from .kinks import differences_signs, signs
from .loops import Array

Values = dict[str, Any]
Engine = Mapping[str, Callable[..., Any]]
Call = tuple[str, str]
"""A function's name and its arguments' names: ``("conv_forward", "x w b")``."""


def public_functions(*modules: Any) -> Engine:
    """Collect the functions that modules define, by name."""
    return {
        name: function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


REFERENCE = public_functions(
    average_pool,
    conv,
    gram,
    linear,
    max_pool,
    overlapping_average_pool,
    preprocess,
    relu,
    smoothness,
    softmax,
    squared_error,
    total_variation,
)
LOOPS = public_functions(naive, loops)


@dataclass(frozen=True)
class Operation:
    """One row.

    Attributes
    ----------
    name : str
        The file's name, and the variant.
    forward : Call
        Its result is called ``y`` in other calls.
    gradients : mapping of str to Call
        For each differentiable input, the function that gives its gradient; ``grad`` stands for
        the incoming gradient.
    inputs : callable
        The shapes of the inputs for a size.
    loops_backward : Call, optional
        In `naive.py`: gives the gradients in the order of `gradients`.  Absent: complex step.
    options : mapping
        Further arguments, by name.
    piece : callable, optional
        For functions with kinks: tells on which smooth piece the input lies (`kinks.py`).
    quadratic : bool
        Whether a smooth piece is a polynomial of degree 2 at most in each input, so that central
        differences have no error but rounding, whatever their step.
    smallest : int
        The smallest height and width.
    """

    name: str
    forward: Call
    gradients: Mapping[str, Call]
    inputs: Callable[[Size], Mapping[str, tuple[int, ...]]]
    loops_backward: Call | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    piece: Callable[[Array], bytes] | None = None
    quadratic: bool = True
    smallest: int = 1

    def cases(self) -> Iterator[tuple[str, Values, Array | float]]:
        """Yield (name, inputs, incoming gradient) at every size that fits, without and with ties.

        Ties are small whole numbers: zeros before a ReLU, equal values in a window, equal pixels.
        """
        for index, size in enumerate(SIZES):
            if min(size.height, size.width) < self.smallest:
                continue
            rng = np.random.default_rng(index)
            shapes = self.inputs(size)
            smooth = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
            ties = {name: rng.integers(-2, 3, shape) * 1.0 for name, shape in shapes.items()}
            for kind, inputs in (("random", smooth), ("ties", ties)):
                y = self.run(REFERENCE, inputs)
                grad = rng.standard_normal(y.shape) if isinstance(y, np.ndarray) else 0.75
                yield f"{self.name}, {kind}, {tuple(size)}", inputs, grad

    def arguments(self, inputs: Values) -> list[Any]:
        """List what the forward function takes."""
        values = {**self.options, **inputs}
        return [values[name] for name in self.forward[1].split()]

    def run(self, engine: Engine, inputs: Values) -> Any:
        """Compute the forward function."""
        return engine[self.forward[0]](*self.arguments(inputs))

    def run_backward(self, engine: Engine, inputs: Values, grad: Any) -> Values:
        """Compute the gradient with respect to every differentiable input."""
        values = {**self.options, **inputs, "grad": grad, "y": self.run(engine, inputs)}
        return {
            name: engine[function](*(values[argument] for argument in arguments.split()))
            for name, (function, arguments) in self.gradients.items()
        }

    def run_loops_backward(self, inputs: Values, grad: Any) -> Values:
        """Compute the same gradients by loops."""
        if self.loops_backward is None:
            return {name: self._complex_step(inputs, grad, name) for name in self.gradients}
        function, arguments = self.loops_backward
        values = {**self.options, **inputs, "grad": grad}
        found = LOOPS[function](*(values[argument] for argument in arguments.split()))
        return dict(
            zip(self.gradients, found if isinstance(found, tuple) else (found,), strict=True)
        )

    def _complex_step(self, inputs: Values, grad: Any, name: str) -> Array:
        def function(moved: Array) -> Any:
            return self.run(LOOPS, {**inputs, name: moved})

        return loops.gradient(function, inputs[name], grad)


def feature_map(size: Size) -> dict[str, tuple[int, ...]]:
    return {"x": (size.height, size.width, size.channels_in)}


def convolution(size: Size) -> dict[str, tuple[int, ...]]:
    filters = {"w": (3, 3, size.channels_in, size.channels_out), "b": (size.channels_out,)}
    return feature_map(size) | filters


def matrix(size: Size) -> dict[str, tuple[int, ...]]:
    length = size.height * size.width * size.channels_in
    return {"x": (length,), "w": (length, size.channels_out), "b": (size.channels_out,)}


def scores(size: Size) -> dict[str, tuple[int, ...]]:
    return {"z": (2 + size.height * size.width,)}


def picture(size: Size) -> dict[str, tuple[int, ...]]:
    return {"x": (size.height, size.width, 3)}


def pair(size: Size) -> dict[str, tuple[int, ...]]:
    return feature_map(size) | {"target": (size.height, size.width, size.channels_in)}


def winners(edge: Edge) -> Callable[[Array], bytes]:
    def find(x: Array) -> bytes:
        ones = np.ones_like(naive.max_pool_forward(x, edge))
        return naive.max_pool_backward(ones, x, edge).tobytes()

    return find


def pool_row(kind: str, edge: Edge) -> Operation:
    return Operation(
        f"{kind}_pool, {edge}",
        (f"{kind}_pool_forward", "x edge"),
        {"x": (f"{kind}_pool_backward", "grad x edge")},
        feature_map,
        (f"{kind}_pool_backward", "grad x edge"),
        options={"edge": edge},
        piece=winners(edge) if kind == "max" else None,
        smallest=2 if edge == "floor" else 1,
    )


def overlapping_row(count_padding: bool) -> Operation:
    return Operation(
        f"overlapping_average_pool, count_padding={count_padding}",
        ("overlapping_average_pool_forward", "x count_padding"),
        {"x": ("overlapping_average_pool_backward", "grad x count_padding")},
        feature_map,
        ("overlapping_average_pool_backward", "grad x count_padding"),
        options={"count_padding": count_padding},
    )


def preprocess_row(name: str, order: tuple[int, int, int]) -> Operation:
    return Operation(
        f"preprocess, {name}",
        ("preprocess_forward", "x scale offset order"),
        {"x": ("preprocess_backward", "grad scale order")},
        picture,
        options={"scale": (0.5, 2.0, -3.0), "offset": (7.0, -5.0, 0.25), "order": order},
    )


def variation_row(
    kind: str, variant: str = "", *, piece: Any = None, quadratic: bool = True, **options: Any
) -> Operation:
    names = " ".join(["x", *options])
    file = "total_variation" if options else "smoothness"
    return Operation(
        f"{file}, {kind}{variant}",
        (f"{kind}_variation_forward", names),
        {"x": (f"{kind}_variation_backward", f"grad {names}")},
        feature_map,
        options=options,
        piece=piece,
        quadratic=quadratic,
    )


def power_row(
    exponent: float, epsilon: float = 0.0, mean: bool = False, wrap: bool = False
) -> Operation:
    notes = [
        f" {exponent}",
        *([f"epsilon={epsilon}"] if epsilon else []),
        *(["mean"] if mean else []),
        *(["wrap"] if wrap else []),
    ]
    return variation_row(
        "power",
        ", ".join(notes),
        quadratic=exponent == 1,
        exponent=exponent,
        epsilon=epsilon,
        mean=mean,
        wrap=wrap,
    )


OPERATIONS = (
    Operation(
        "conv",
        ("conv_forward", "x w b"),
        {
            "x": ("conv_backward_input", "grad w"),
            "w": ("conv_backward_weights", "grad x"),
            "b": ("conv_backward_bias", "grad"),
        },
        convolution,
        ("conv_backward", "grad x w"),
    ),
    Operation(
        "relu",
        ("relu_forward", "x"),
        {"x": ("relu_backward", "grad y")},
        feature_map,
        piece=signs,
    ),
    pool_row("max", "floor"),
    pool_row("max", "ceil"),
    pool_row("average", "floor"),
    pool_row("average", "ceil"),
    overlapping_row(count_padding=False),
    overlapping_row(count_padding=True),
    Operation(
        "linear",
        ("linear_forward", "x w b"),
        {
            "x": ("linear_backward_input", "grad w"),
            "w": ("linear_backward_weights", "grad x"),
            "b": ("linear_backward_bias", "grad"),
        },
        matrix,
    ),
    Operation("softmax", ("softmax_forward", "z"), {}, scores),
    Operation(
        "softmax, cross_entropy",
        ("cross_entropy_forward", "z label"),
        {"z": ("cross_entropy_backward", "grad z label")},
        scores,
        options={"label": 1},
        quadratic=False,
    ),
    Operation(
        "gram",
        ("gram_forward", "x divisor"),
        {"x": ("gram_backward", "grad x divisor")},
        feature_map,
        options={"divisor": 6.5},
    ),
    Operation(
        "squared_error",
        ("squared_error_forward", "x target divisor"),
        {"x": ("squared_error_backward", "grad x target divisor")},
        pair,
        options={"divisor": 6.5},
    ),
    preprocess_row("RGB", (0, 1, 2)),
    preprocess_row("BGR", (2, 1, 0)),
    variation_row("absolute", piece=differences_signs, mean=False),
    variation_row("absolute", ", mean", piece=differences_signs, mean=True),
    variation_row("squared", mean=False),
    variation_row("squared", ", mean", mean=True),
    power_row(1.25),
    power_row(1.0, mean=True),
    power_row(0.5, epsilon=0.25, mean=True, wrap=True),
    power_row(1.25, wrap=True),
    variation_row("laplacian"),
    variation_row("nine_point"),
)
