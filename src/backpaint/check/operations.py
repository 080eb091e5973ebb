"""The table of operations: what each takes and gives.

A row names functions instead of holding them.  The reference, its loops (`naive.py`) and the twins
in PyTorch, JAX and TensorFlow have them under the same names, so one row serves every proof.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reference import (
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
from . import style_loss
from .kinks import Piece, difference_signs, signs, winners
from .sizes import Size
from .tolerances import STEP

Array = NDArray[Any]
Values = dict[str, Any]
Functions = Mapping[str, Callable[..., Any]]
"""An implementation: its functions by name."""
Shapes = Mapping[str, tuple[int, ...]]
Call = tuple[str, str]
"""A function's name and its arguments' names: ``("conv_forward", "x w b")``."""


def public_functions(*modules: ModuleType) -> Functions:
    """Collect the functions that modules define, by name."""
    return {
        name: function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


REFERENCE = public_functions(
    average_pool, conv, gram, linear, max_pool, overlapping_average_pool, preprocess, relu,
    smoothness, softmax, squared_error, style_loss, total_variation,
)  # fmt: skip
LOOPS = public_functions(naive)


@dataclass(frozen=True)
class Operation:
    """One row.

    Attributes
    ----------
    name : str
        As the user asks for it, with the variant: ``"max_pool ceil"``.
    forward : Call
        Its result is called ``y`` in other calls.
    gradients : mapping of str to Call
        For each differentiable input, the function that gives its gradient; ``grad`` stands for
        the incoming gradient.
    shapes : callable
        The shapes of the inputs for a size.
    loops_backward : Call, optional
        In `naive.py`: gives the gradients in the order of `gradients`.
    options : mapping
        Further arguments, by name.
    piece : callable, optional
        For functions with kinks: tells on which smooth piece the input lies.
    quadratic : bool
        Whether a smooth piece is a polynomial of degree 2 at most in each input, so that central
        differences have no error but rounding, whatever their step.
    smallest : int
        The smallest height and width.
    """

    name: str
    forward: Call
    gradients: Mapping[str, Call]
    shapes: Callable[[Size], Shapes]
    loops_backward: Call | None = None
    options: Values = field(default_factory=dict)
    piece: Piece | None = None
    quadratic: bool = True
    smallest: int = 1

    @property
    def step(self) -> float:
        """The step of a central difference; short where the third derivative is not zero."""
        return STEP if self.quadratic else STEP / 10

    def fits(self, size: Size) -> bool:
        """Tell whether the operation accepts features of a size."""
        return min(size.height, size.width) >= self.smallest

    def run(self, functions: Functions, inputs: Values) -> Any:
        """Compute the forward function of one implementation."""
        return _call(functions, self.forward, {**self.options, **inputs})

    def run_backward(self, functions: Functions, inputs: Values, grad: Any) -> Values:
        """Compute the gradient with respect to every differentiable input."""
        values = {**self.options, **inputs, "grad": grad, "y": self.run(functions, inputs)}
        return {name: _call(functions, call, values) for name, call in self.gradients.items()}

    def run_loops_backward(self, inputs: Values, grad: Any) -> Values:
        """Compute the same gradients by loops, where `naive.py` has them."""
        if self.loops_backward is None:
            return {}
        found = _call(LOOPS, self.loops_backward, {**self.options, **inputs, "grad": grad})
        each = found if isinstance(found, tuple) else (found,)
        return dict(zip(self.gradients, each, strict=True))

    def draw(self, size: Size, kind: str) -> tuple[Values, Any]:
        """Draw inputs and an incoming gradient.

        Parameters
        ----------
        size : Size
            How large.
        kind : {"random", "ties"}
            Normally distributed, or small whole numbers: zeros before a ReLU, equal values in a
            window, equal neighbors.
        """
        rng = np.random.default_rng([*size, kind == "ties"])
        inputs: Values = {
            name: rng.integers(-2, 3, shape) * 1.0 if kind == "ties" else rng.normal(size=shape)
            for name, shape in self.shapes(size).items()
        }
        y = self.run(REFERENCE, inputs)
        return inputs, rng.normal(size=y.shape) if isinstance(y, np.ndarray) else 0.75


def _call(functions: Functions, call: Call, values: Values) -> Any:
    name, arguments = call
    return functions[name](*(values[argument] for argument in arguments.split()))


def features(size: Size) -> Shapes:
    """Give the shapes for operations on one feature map."""
    return {"x": size[:3]}


def _convolution(size: Size) -> Shapes:
    filters = {"w": (3, 3, size.channels, size.channels_out), "b": (size.channels_out,)}
    return {"x": size[:3], **filters}


def _matrix(size: Size) -> Shapes:
    length = size.height * size.width * size.channels
    return {"x": (length,), "w": (length, size.channels_out), "b": (size.channels_out,)}


def _scores(size: Size) -> Shapes:
    return {"z": (2 + size.height * size.width,)}


def _picture(size: Size) -> Shapes:
    return {"x": (size.height, size.width, 3)}


def _pair(size: Size) -> Shapes:
    return {"x": size[:3], "target": size[:3]}


def _features_and_gram(size: Size) -> Shapes:
    return {"x": size[:3], "gram": (size.channels, size.channels)}


def _with_bias(kind: str, shapes: Callable[[Size], Shapes], loops: Call | None) -> Operation:
    """Make the row of a convolution or of a linear layer."""
    gradients = {
        "x": (f"{kind}_backward_input", "grad w"),
        "w": (f"{kind}_backward_weights", "grad x"),
        "b": (f"{kind}_backward_bias", "grad"),
    }
    return Operation(kind, (f"{kind}_forward", "x w b"), gradients, shapes, loops)


def _pool(kind: str, variant: str, **options: Any) -> Operation:
    names = " ".join(options)
    backward = (f"{kind}_backward", f"grad x {names}")
    return Operation(
        f"{kind} {variant}",
        (f"{kind}_forward", f"x {names}"),
        {"x": backward},
        features,
        backward,
        options,
        winners(options["edge"]) if kind == "max_pool" else None,
        smallest=2 if variant == "floor" else 1,
    )


def _preprocess(variant: str, order: tuple[int, int, int]) -> Operation:
    return Operation(
        f"preprocess {variant}",
        ("preprocess_forward", "x scale offset order"),
        {"x": ("preprocess_backward", "grad scale order")},
        _picture,
        options={"scale": (0.5, 2.0, -3.0), "offset": (7.0, -5.0, 0.25), "order": order},
    )


def _variation(
    name: str, piece: Piece | None = None, quadratic: bool = True, **options: Any
) -> Operation:
    kind = name.split()[0].replace("-", "_")
    arguments = " ".join(["x", *options])
    return Operation(
        f"tv {name}",
        (f"{kind}_variation_forward", arguments),
        {"x": (f"{kind}_variation_backward", f"grad {arguments}")},
        features,
        options=options,
        piece=piece,
        quadratic=quadratic,
    )


def _power(
    name: str, exponent: float, epsilon: float = 0.0, mean: bool = False, wrap: bool = False
) -> Operation:
    return _variation(
        name,
        quadratic=exponent == 1,
        exponent=exponent,
        epsilon=epsilon,
        mean=mean,
        wrap=wrap,
    )


OPERATIONS = (
    _with_bias("conv", _convolution, ("conv_backward", "grad x w")),
    Operation(
        "relu", ("relu_forward", "x"), {"x": ("relu_backward", "grad y")}, features, piece=signs
    ),
    _pool("max_pool", "floor", edge="floor"),
    _pool("max_pool", "ceil", edge="ceil"),
    _pool("average_pool", "floor", edge="floor"),
    _pool("average_pool", "ceil", edge="ceil"),
    _pool("overlapping_average_pool", "inside", count_padding=False),
    _pool("overlapping_average_pool", "nine", count_padding=True),
    _with_bias("linear", _matrix, None),
    Operation(
        "cross_entropy",
        ("cross_entropy_forward", "z label"),
        {"z": ("cross_entropy_backward", "grad z label")},
        _scores,
        options={"label": 1},
        quadratic=False,
    ),
    Operation(
        "gram",
        ("gram_forward", "x divisor"),
        {"x": ("gram_backward", "grad x divisor")},
        features,
        options={"divisor": 6.5},
    ),
    Operation(
        "squared_error",
        ("squared_error_forward", "x target divisor"),
        {"x": ("squared_error_backward", "grad x target divisor")},
        _pair,
        options={"divisor": 6.5},
    ),
    Operation(
        "style_loss",
        ("style_loss_forward", "x gram gram_divisor divisor"),
        {"x": ("style_loss_backward", "grad x gram gram_divisor divisor")},
        _features_and_gram,
        options={"gram_divisor": 6.5, "divisor": 4.0},
        quadratic=False,
    ),
    _preprocess("RGB", (0, 1, 2)),
    _preprocess("BGR", (2, 1, 0)),
    _variation("absolute", difference_signs, mean=False),
    _variation("absolute mean", difference_signs, mean=True),
    _variation("squared", mean=False),
    _variation("squared mean", mean=True),
    _power("power 1.25", 1.25),
    _power("power 1 mean", 1.0, mean=True),
    _power("power 0.5 mean wrap", 0.5, epsilon=0.25, mean=True, wrap=True),
    _variation("laplacian"),
    _variation("nine-point"),
)
"""All operations of `backpaint.reference`; ``tv`` stands for the penalties on rough pictures."""
