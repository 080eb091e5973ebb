"""Checks of your style loss and its gradient."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike

from ...check.operations.sizes import Size
from ...check.operations.style_loss import style_loss_backward, style_loss_forward
from ...problem.divisors import style_divisor
from ...reference.gram import gram_forward
from ..judging.battery import battery
from ..judging.divisor import require_divisor
from ..judging.examine import Part, examine
from ..judging.layouts import Array, FeatureLayout, Layout
from ..judging.mistakes import Mistake, Values
from ..judging.report import Report
from .gram import GramDivisor, matrix, misread, scale

StyleDivisor = Literal["1", "4", "C^2", "4 C^2", "4 C^2 M^2"]


def check_style_loss(
    loss: Callable[..., Any] | None = None,
    gradient: Callable[..., Any] | None = None,
    *,
    divisor: StyleDivisor = "4 C^2 M^2",
    gram_divisor: GramDivisor = "1",
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check ``sum((G - gram)^2) / divisor``, with G the Gram matrix of x, and its gradient.

    Parameters
    ----------
    loss : callable, optional
        ``loss(x, gram)`` gives a number; `gram` is the wanted matrix (C, C).
    gradient : callable, optional
        ``gradient(x, gram)`` gives the loss's gradient with respect to x.
    divisor : {"4 C^2 M^2", "1", "4", "C^2", "4 C^2"}
        C channels, M = height * width; the first is the paper's, which writes N for C: that is
        taken, too.
    gram_divisor : {"1", "M", "C M"}
        What G is divided by.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    UsageError
        If there is no such divisor.
    """
    divisor = require_divisor("divisor", divisor, StyleDivisor)
    gram_divisor = require_divisor("gram_divisor", gram_divisor, GramDivisor)
    form = (divisor, gram_divisor)
    parts = (
        loss
        and Part("loss", loss, "x gram", "loss", partial(_style, *form), _style_losses(*form)),
        gradient
        and Part("gradient", gradient, "x gram", "x", partial(_style_gradient, *form),
                 _style_gradients(*form), factors=STYLE_FACTORS),
    )  # fmt: skip
    name = f"style loss (divisor {divisor}, Gram matrix divided by {gram_divisor})"
    cases = battery(partial(_draw_style, gram_divisor))
    report = examine(name, parts, cases, Layout(layout, to_array=to_array, dtype=dtype))
    return report.required() if raises else report


def _draw_style(
    by: str, rng: np.random.Generator, size: Size, numbers: Callable[..., Any]
) -> Values:
    del rng
    other = numbers(size.height + 1, size.width + 2, size.channels)
    gram = gram_forward(other, scale(by, other))
    gram = gram.astype(np.float32).astype(np.float64)  # what a float32 function will be given
    return {"x": numbers(*size[:3]), "gram": gram}


def _divisors(divisor: str, by: str, x: Array) -> tuple[float, float]:
    positions = x.shape[0] * x.shape[1]
    number = style_divisor(
        divisor,
        channels=x.shape[2],
        positions=positions,
        style_positions=positions,
        image_positions=positions,
    )
    return scale(by, x), number


def _style(divisor: str, by: str, v: Values) -> float:
    return style_loss_forward(v["x"], v["gram"], *_divisors(divisor, by, v["x"]))


def _style_gradient(divisor: str, by: str, v: Values) -> Array:
    return style_loss_backward(1.0, v["x"], v["gram"], *_divisors(divisor, by, v["x"]))


def _with_gram(v: Values, divisor: str, by: str, gram: Array) -> Any:
    _, number = _divisors(divisor, by, v["x"])
    return np.sum((gram - v["gram"]) ** 2) / number


def _style_losses(divisor: str, by: str) -> tuple[Mistake, ...]:
    def loss(v: Values, f: Array) -> Any:
        return _with_gram(v, divisor, by, f.T @ f / scale(by, v["x"]))

    return (
        *(
            Mistake(_other_gram(other, by), partial(_other_gram_loss, divisor, by, other))
            for other in ("1", "M", "C M")
            if other != by
        ),
        Mistake("axes mixed up: (H, W, C) is reshaped to (C, H*W) without moving the channels "
                "first",
                lambda v: loss(v, misread(v["x"]))),
        Mistake("the mean of each channel is subtracted: that compares covariances",
                lambda v: loss(v, matrix(v["x"]) - matrix(v["x"]).mean(axis=0))),
    )  # fmt: skip


def _other_gram_loss(divisor: str, by: str, other: str, v: Values) -> Any:
    return _with_gram(v, divisor, by, gram_forward(v["x"], scale(other, v["x"])))


def _other_gram(other: str, by: str) -> str:
    if (by, other) == ("C M", "1"):
        return "normalization CHW missing: the Gram matrix of x is not divided by C M"
    return f"the Gram matrix of x is divided by {other}, that of the target by {by}"


def _style_gradients(divisor: str, by: str) -> tuple[Mistake, ...]:
    def right(v: Values) -> Array:
        return _style_gradient(divisor, by, v)

    def masked(v: Values) -> Any:
        return right(v) * (v["x"] > 0)

    return (
        Mistake("factor 2 instead of 4: half is missing, since G depends on x twice "
                "(f (R + R^T)) and the square gives another 2",
                lambda v: right(v) / 2),
        Mistake("factor 1 instead of 4: the derivatives of the square (2) and of the Gram matrix "
                "(2) are both missing",
                lambda v: right(v) / 4),
        Mistake("sign: it is the gradient for A - G", lambda v: -right(v)),
        Mistake("the Gram matrix's own divisor is missing on the way back",
                lambda v: right(v) * scale(by, v["x"])),
        Mistake("the Gram matrix's own divisor is applied twice on the way back",
                lambda v: right(v) / scale(by, v["x"])),
        Mistake("it is zero where x is negative: that is the ReLU's part (equation 6 of the paper "
                "has it, for features after the ReLU)",
                masked),
        Mistake("the target is missing: it is the gradient of sum(G^2)",
                lambda v: _style_gradient(divisor, by, {**v, "gram": 0 * v["gram"]})),
        Mistake("it is divided by the sum of its absolute values (normalized gradient)",
                lambda v: right(v) / np.abs(right(v)).sum()),
    )  # fmt: skip


STYLE_FACTORS = {
    "4": "factor 4 instead of 1: the 1/4 of the loss cancels the 4 of the derivative",
    "2": "a factor 2 is too many",
    "C^2 M^2": "the division by C^2 M^2 is missing: the loss has it, the gradient has not",
    "4 C^2 M^2": "the division by 4 C^2 M^2 is missing: the loss has it, the gradient has not",
    "1 / (C M)": "the loss sums but the gradient averages: it is divided by C M as well",
    "1 / C^2": "the loss sums but the gradient averages: it is divided by C^2 as well",
}
