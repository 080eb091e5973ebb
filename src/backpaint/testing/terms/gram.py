"""Checks of your Gram matrix, forward and backward."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike

from ...check.operations.sizes import Size
from ...problem.divisors import gram_divisor
from ...reference.gram import gram_backward, gram_forward
from ..judging.battery import battery, incoming
from ..judging.divisor import require_divisor
from ..judging.examine import Part, examine
from ..judging.layouts import Array, FeatureLayout, Layout
from ..judging.mistakes import Mistake, Values
from ..judging.report import Report

GramDivisor = Literal["1", "M", "C M"]


def check_gram(
    forward: Callable[..., Any] | None = None,
    backward: Callable[..., Any] | None = None,
    *,
    shift: float = 0.0,
    divisor: GramDivisor = "1",
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check a Gram matrix and its gradient.

    Parameters
    ----------
    forward : callable, optional
        ``forward(x)`` gives the Gram matrix (C, C).
    backward : callable, optional
        ``backward(grad_gram, x)`` gives the gradient with respect to x.  The incoming gradient is
        not symmetric, as that of a style loss would be: f (R + R^T) must be written out.
    divisor : {"1", "M", "C M"}
        What the matrix is divided by: nothing, height * width, or channels * height * width.
    shift : float
        Added to all features before; `x` comes without it.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    UsageError
        If there is no such divisor.
    """
    divisor = require_divisor("divisor", divisor, GramDivisor)
    forward_right, forward_wrong = _shifted(
        shift, partial(_forward, divisor), _forward_mistakes(divisor)
    )
    backward_right, backward_wrong = _shifted(
        shift, partial(_backward, divisor), _backward_mistakes(divisor)
    )
    parts = (
        forward and Part("forward", forward, "x", "gram", forward_right, forward_wrong),
        backward and Part("backward", backward, "grad_gram x", "x", backward_right, backward_wrong),
    )
    layouts = Layout(layout, to_array=to_array, dtype=dtype)
    report = examine(f"gram (divisor {divisor})", parts, battery(_draw), layouts)
    return report.required() if raises else report


def _shifted(
    shift: float, right: Callable[[Values], Array], known: tuple[Mistake, ...]
) -> tuple[Callable[[Values], Array], tuple[Mistake, ...]]:
    """Let what is right, and what may be instead, see shifted features."""
    if not shift:
        return right, known

    def moved(compute: Callable[[Values], Any], v: Values) -> Any:
        return compute({**v, "x": v["x"] + shift})

    forgotten = Mistake(f"the features are not shifted: {shift:g} is to be added to each", right)
    mistakes = (Mistake(one.name, partial(moved, one.compute)) for one in known)
    return partial(moved, right), (forgotten, *mistakes)


def scale(divisor: str, x: Array) -> float:
    """Evaluate a divisor for features."""
    return gram_divisor(divisor, channels=x.shape[2], positions=x.shape[0] * x.shape[1])


def matrix(x: Array) -> Array:
    """Return the features as a matrix, (H*W, C)."""
    return x.reshape(-1, x.shape[2])


def misread(x: Array) -> Array:
    """Read (H, W, C) as if channels came first, (C, H*W), and transpose: mixes up everything."""
    return x.reshape(x.shape[2], -1).T


def _draw(rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    return {"x": numbers(*size[:3]), "grad_gram": incoming(rng, size.channels, size.channels)}


def _forward(divisor: str, v: Values) -> Array:
    return gram_forward(v["x"], scale(divisor, v["x"]))


def _backward(divisor: str, v: Values) -> Array:
    return gram_backward(v["grad_gram"], v["x"], scale(divisor, v["x"]))


def divisor_mistakes(divisor: str, compute: Callable[[str, Values], Any]) -> tuple[Mistake, ...]:
    """List what it would be with other divisors than the agreed one."""
    words = {
        "1": "nothing",
        "M": "M = height * width",
        "C M": "C M = channels * height * width",
    }
    missing = "normalization CHW missing: you divide by nothing, instead of by " + words["C M"]
    return tuple(
        Mistake(
            missing
            if (divisor, other) == ("C M", "1")
            else f"you divide by {words[other]}, instead of by {words[divisor]}",
            partial(compute, other),
        )
        for other in ("1", "M", "C M")
        if other != divisor
    )


def _forward_mistakes(divisor: str) -> tuple[Mistake, ...]:
    def gram(v: Values, f: Array) -> Array:
        return f.T @ f / scale(divisor, v["x"])

    return (
        *divisor_mistakes(divisor, _forward),
        Mistake("axes mixed up: (H, W, C) is reshaped to (C, H*W) without moving the channels "
                "first",
                lambda v: gram(v, misread(v["x"]))),
        Mistake("the mean of each channel is subtracted: that is a covariance",
                lambda v: gram(v, matrix(v["x"]) - matrix(v["x"]).mean(axis=0))),
        Mistake("only the upper triangle is filled: the matrix is symmetric",
                lambda v: np.triu(_forward(divisor, v))),
        Mistake("only the lower triangle is filled: the matrix is symmetric",
                lambda v: np.tril(_forward(divisor, v))),
        Mistake("the diagonal is missing",
                lambda v: _forward(divisor, v) * (1 - np.eye(v["x"].shape[2]))),
    )  # fmt: skip


def _backward_mistakes(divisor: str) -> tuple[Mistake, ...]:
    def times(v: Values, f: Array, r: Array) -> Any:
        return (f @ r / scale(divisor, v["x"])).reshape(v["x"].shape)

    def misread_backward(v: Values) -> Any:
        r = v["grad_gram"]
        grad = misread(v["x"]) @ (r + r.T) / scale(divisor, v["x"])
        return grad.T.reshape(v["x"].shape)

    return (
        Mistake("the transpose half is missing: it is 2 f R instead of f (R + R^T), which agree "
                "only for a symmetric incoming gradient",
                lambda v: times(v, matrix(v["x"]), 2 * v["grad_gram"])),
        Mistake("the transpose half is missing: it is 2 f R^T instead of f (R + R^T), which agree "
                "only for a symmetric incoming gradient",
                lambda v: times(v, matrix(v["x"]), 2 * v["grad_gram"].T)),
        Mistake("half of the product rule is missing: it is f R instead of f (R + R^T)",
                lambda v: times(v, matrix(v["x"]), v["grad_gram"])),
        Mistake("half of the product rule is missing: it is f R^T instead of f (R + R^T)",
                lambda v: times(v, matrix(v["x"]), v["grad_gram"].T)),
        *divisor_mistakes(divisor, _backward),
        Mistake("axes mixed up: (H, W, C) is reshaped to (C, H*W) without moving the channels "
                "first",
                misread_backward),
        Mistake("the incoming gradient is ignored, as if it were 1 everywhere",
                lambda v: _backward(divisor, {**v, "grad_gram": np.ones_like(v["grad_gram"])})),
    )  # fmt: skip
