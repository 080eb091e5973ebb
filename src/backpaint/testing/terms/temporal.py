"""Checks of your temporal loss, a squared error behind a mask, and its gradient."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ...check.operations.sizes import Size
from ...reference.masked_squared_error import (
    masked_squared_error_backward,
    masked_squared_error_forward,
)
from ..judging.battery import battery
from ..judging.examine import Part, examine
from ..judging.layouts import Array, FeatureLayout, Layout
from ..judging.mistakes import Mistake, Values
from ..judging.report import Report


def check_temporal_loss(
    loss: Callable[..., Any] | None = None,
    gradient: Callable[..., Any] | None = None,
    *,
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check ``mean(mask * (x - target)^2)`` and its gradient, with masks between 0 and 1.

    Parameters
    ----------
    loss : callable, optional
        ``loss(x, target, mask)`` gives a number; the mask is (H, W) in every layout.
    gradient : callable, optional
        ``gradient(x, target, mask)`` gives the loss's gradient with respect to x.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    """
    arguments = "x target mask"
    parts = (
        loss and Part("loss", loss, arguments, "loss", _loss, LOSS),
        gradient and Part("gradient", gradient, arguments, "x", _gradient, GRADIENT),
    )
    layouts = Layout(layout, to_array=to_array, dtype=dtype)
    report = examine("temporal loss", parts, battery(_draw), layouts)
    return report.required() if raises else report


def _draw(rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    mask = rng.choice([0.0, 0.25, 0.5, 1.0], size[:2])
    mask.flat[0] = 0.25  # a soft one is always there
    return {"x": numbers(*size[:3]), "target": numbers(*size[:3]), "mask": mask}


def _loss(v: Values) -> float:
    return masked_squared_error_forward(v["x"], v["target"], v["mask"])


def _gradient(v: Values) -> Array:
    return masked_squared_error_backward(1.0, v["x"], v["target"], v["mask"])


def _with(v: Values, mask: Array) -> Values:
    return {**v, "mask": mask}


LOSS = (
    Mistake("the mask is not applied", lambda v: _loss(_with(v, np.ones_like(v["mask"])))),
    Mistake("the mask is squared with the difference", lambda v: _loss(_with(v, v["mask"] ** 2))),
    Mistake("it sums instead of averaging", lambda v: _loss(v) * v["x"].size),
    Mistake("it is divided by the number of pixels, not of elements",
            lambda v: _loss(v) * v["x"].shape[2]),
)  # fmt: skip
GRADIENT = (
    Mistake("it is the gradient with respect to x times the mask's root: the factor sqrt(mask) of "
            "the chain rule is missing (right for masks of 0 and 1 alone)",
            lambda v: _gradient(_with(v, np.sqrt(v["mask"])))),
    Mistake("the mask is not applied", lambda v: _gradient(_with(v, np.ones_like(v["mask"])))),
    Mistake("the mask is applied twice", lambda v: _gradient(_with(v, v["mask"] ** 2))),
    Mistake("sign: it is the gradient with respect to the target", lambda v: -_gradient(v)),
    Mistake("a factor 2 is missing: the derivative of (x - target)^2 is 2 (x - target)",
            lambda v: _gradient(v) / 2),
    Mistake("the loss averages but the gradient sums: the division by the number of elements is "
            "missing", lambda v: _gradient(v) * v["x"].size),
)  # fmt: skip
