"""Checks of your content loss and its gradient."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike

from ...check.operations.sizes import Size
from ...problem.divisors import content_divisor
from ...reference.squared_error import squared_error_backward, squared_error_forward
from ..judging.battery import battery
from ..judging.divisor import require_divisor
from ..judging.examine import Part, examine
from ..judging.layouts import Array, FeatureLayout, Layout
from ..judging.mistakes import Mistake, Values
from ..judging.report import Report

ContentDivisor = Literal["1", "2", "C M", "4 C M"]


def check_content_loss(
    loss: Callable[..., Any] | None = None,
    gradient: Callable[..., Any] | None = None,
    *,
    divisor: ContentDivisor = "2",
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check ``sum((x - target)^2) / divisor`` and its gradient.

    Parameters
    ----------
    loss : callable, optional
        ``loss(x, target)`` gives a number.
    gradient : callable, optional
        ``gradient(x, target)`` gives the loss's gradient with respect to x.
    divisor : {"2", "1", "C M", "4 C M"}
        2 is the paper's; C M makes it a mean.  The paper's N is taken for C.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    UsageError
        If there is no such divisor.
    """
    divisor = require_divisor("divisor", divisor, ContentDivisor)
    parts = (
        loss
        and Part("loss", loss, "x target", "loss", partial(_content, divisor), _CONTENT_LOSS),
        gradient
        and Part("gradient", gradient, "x target", "x", partial(_content_gradient, divisor),
                 _content_gradients(divisor)),
    )  # fmt: skip
    layouts = Layout(layout, to_array=to_array, dtype=dtype)
    report = examine(f"content loss (divisor {divisor})", parts, battery(_draw_pair), layouts)
    return report.required() if raises else report


def _draw_pair(rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    del rng
    return {"x": numbers(*size[:3]), "target": numbers(*size[:3])}


def _by(divisor: str, x: Array) -> float:
    return content_divisor(divisor, channels=x.shape[2], positions=x.shape[0] * x.shape[1])


def _content(divisor: str, v: Values) -> float:
    return squared_error_forward(v["x"], v["target"], _by(divisor, v["x"]))


def _content_gradient(divisor: str, v: Values) -> Array:
    return squared_error_backward(1.0, v["x"], v["target"], _by(divisor, v["x"]))


_CONTENT_LOSS = (
    Mistake("it is the length of the difference: the square root is too many",
            lambda v: np.linalg.norm(v["x"] - v["target"])),
    Mistake("it sums absolute differences instead of squares",
            lambda v: np.abs(v["x"] - v["target"]).sum()),
    Mistake("it compares the sums, not the elements",
            lambda v: (v["x"].sum() - v["target"].sum()) ** 2 / 2),
)  # fmt: skip


def _content_gradients(divisor: str) -> tuple[Mistake, ...]:
    def right(v: Values) -> Array:
        return _content_gradient(divisor, v)

    def averaged(v: Values) -> Any:
        return right(v) / v["x"].size

    return (
        Mistake("sign: it is the gradient with respect to the target", lambda v: -right(v)),
        Mistake("a factor 2 is missing: the derivative of (x - target)^2 is 2 (x - target)",
                lambda v: right(v) / 2),
        Mistake("a factor 2 is too many: the divisor 2 of the loss cancels the 2 of the derivative"
                if divisor == "2" else "a factor 2 is too many",
                lambda v: 2 * right(v)),
        *([Mistake("the loss sums but the gradient averages: it is divided by C M, the number of "
                   "elements", averaged)] if "C M" not in divisor else
          [Mistake("the loss averages but the gradient sums: the division by C M, the number of "
                   "elements, is missing", lambda v: right(v) * v["x"].size)]),
        Mistake("it is zero where x is negative: that is the ReLU's part (equation 2 of the paper "
                "has it, for features after the ReLU)",
                lambda v: right(v) * (v["x"] > 0)),
        Mistake("the target is missing: it is the gradient of sum(x^2)",
                lambda v: _content_gradient(divisor, {**v, "target": 0 * v["target"]})),
        Mistake("it is divided by the sum of its absolute values (normalized gradient)",
                lambda v: right(v) / np.abs(right(v)).sum()),
    )  # fmt: skip
