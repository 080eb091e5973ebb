"""An operation as a check sees it: the names of its functions, for any implementation."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...reference import (
    average_pool,
    content_laplacian,
    conv,
    edge_pad,
    gram,
    linear,
    masked_squared_error,
    max_pool,
    moments,
    naive,
    overlapping_average_pool,
    preprocess,
    relu,
    sliced,
    smoothness,
    softmax,
    squared_error,
    total_variation,
    value_range,
)
from ...reference.stylization import (
    depthwise_conv,
    instance_norm,
    reflection_pad,
    relu6,
    sigmoid,
    strided_conv,
    upsample,
)
from ...reference.stylization import naive as stylization_naive
from . import statistic_loss, style_loss
from .kinks import Piece
from .sizes import SIZES, Size
from .tolerances import STEP

Array = NDArray[Any]
Values = dict[str, Any]
Functions = Mapping[str, Callable[..., Any]]
"""An implementation: its functions by name."""
Case = tuple[str, Values, Any]
"""Where it is, the inputs, the incoming gradient."""
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
    average_pool, content_laplacian, conv, edge_pad, gram, linear, masked_squared_error, max_pool,
    moments, overlapping_average_pool, preprocess, relu, sliced, smoothness, softmax, squared_error,
    statistic_loss, style_loss, total_variation, value_range,
    depthwise_conv, instance_norm, reflection_pad, relu6, sigmoid, strided_conv, upsample,
)  # fmt: skip
LOOPS = public_functions(naive, stylization_naive)


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
    has_ties : bool
        Whether it has one right answer where numbers are equal.
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
    has_ties: bool = True

    @property
    def step(self) -> float:
        """The step of a central difference; short where the third derivative is not zero."""
        return STEP if self.quadratic else STEP / 10

    def fits(self, size: Size) -> bool:
        """Whether the operation accepts features of a size."""
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

    def cases(self, sizes: Sequence[Size] = SIZES, *, ties: bool = True) -> Iterator[Case]:
        """Draw inputs at every size that fits, random and (if wanted) full of ties."""
        for size in sizes:
            if self.fits(size):
                for kind in ("random", "ties") if ties and self.has_ties else ("random",):
                    inputs, grad = self.draw(size, kind)
                    yield f"{size} ({kind})", inputs, grad

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
        if "weights" in inputs:  # of positions: some count nothing
            inputs["weights"] = np.maximum(inputs["weights"], 0)
        y = self.run(REFERENCE, inputs)
        return inputs, rng.normal(size=y.shape) if isinstance(y, np.ndarray) else 0.75


def _call(functions: Functions, call: Call, values: Values) -> Any:
    name, arguments = call
    return functions[name](*(values[argument] for argument in arguments.split()))
