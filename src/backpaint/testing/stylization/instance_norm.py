"""Checks somebody's instance normalization, forward and backward."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ...check.operations.sizes import Size
from ...reference.stylization.instance_norm import (
    instance_norm_backward_beta,
    instance_norm_backward_gamma,
    instance_norm_backward_input,
    instance_norm_forward,
)
from ..judging.battery import battery, incoming
from ..judging.examine import Part, examine
from ..judging.layouts import Array, FeatureLayout, Layout
from ..judging.mistakes import Mistake, Values
from ..judging.report import Report

Function = Callable[..., Any]
EPSILON = 0.125
"""Large, so that it matters where it is added."""


def check_instance_norm(
    forward: Function | None = None,
    backward_input: Function | None = None,
    backward_gamma: Function | None = None,
    backward_beta: Function | None = None,
    *,
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check instance normalization and its gradients, with an epsilon of 1/8.

    Parameters
    ----------
    forward : callable, optional
        ``forward(x, gamma, beta, epsilon)`` gives y.
    backward_input : callable, optional
        ``backward_input(grad_y, x, gamma, epsilon)`` gives the gradient with respect to x.
    backward_gamma : callable, optional
        ``backward_gamma(grad_y, x, epsilon)`` gives the gradient with respect to gamma.
    backward_beta : callable, optional
        ``backward_beta(grad_y)`` gives the gradient with respect to beta.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    """
    parts = (
        forward and Part("forward", forward, "x gamma beta epsilon", "y", right_forward, FORWARD),
        backward_input
        and Part("backward_input", backward_input, "grad_y x gamma epsilon", "x", right_input,
                 BACKWARD_INPUT),
        backward_gamma
        and Part("backward_gamma", backward_gamma, "grad_y x epsilon", "gamma", right_gamma,
                 BACKWARD_GAMMA),
        backward_beta
        and Part("backward_beta", backward_beta, "grad_y", "beta",
                 lambda v: instance_norm_backward_beta(v["grad_y"])),
    )  # fmt: skip
    layouts = Layout(layout, to_array=to_array, dtype=dtype)
    report = examine("instance_norm", parts, battery(draw), layouts)
    return report.required() if raises else report


def draw(rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    """Draw the values of a case.

    Of one pixel nothing would be left, so it is a pair; and a gradient that is one number may
    cancel to nothing in float32, so there is a channel more.
    """
    height, width, channels, _ = size
    channels += 1
    height = max(height, 2) if width == 1 else height
    return {
        "x": numbers(height, width, channels),
        "gamma": incoming(rng, channels),
        "beta": incoming(rng, channels),
        "grad_y": incoming(rng, height, width, channels),
        "epsilon": EPSILON,
    }


def right_forward(v: Values) -> Array:
    """Compute what is right."""
    return instance_norm_forward(v["x"], v["gamma"], v["beta"], v["epsilon"])


def right_input(v: Values) -> Array:
    """Compute what is right."""
    return instance_norm_backward_input(v["grad_y"], v["x"], v["gamma"], v["epsilon"])


def right_gamma(v: Values) -> Array:
    """Compute what is right."""
    return instance_norm_backward_gamma(v["grad_y"], v["x"], v["epsilon"])


def _normal(v: Values) -> tuple[Array, Array]:
    """Return n and s."""
    centered = v["x"] - v["x"].mean(axis=(0, 1))
    deviation = np.sqrt(np.square(centered).mean(axis=(0, 1)) + v["epsilon"])
    return centered / deviation, deviation


def _input(v: Values, *, mean: bool, deviation: bool) -> Array:
    """Leave out what goes through the mean, through the deviation, or both."""
    normal, s = _normal(v)
    grad = v["gamma"] * v["grad_y"]
    left = grad.copy()
    if mean:
        left -= grad.mean(axis=(0, 1))
    if deviation:
        left -= normal * (grad * normal).mean(axis=(0, 1))
    return np.asarray(left / s)


def _scaled(v: Values, deviation: Callable[[Array], Array]) -> Array:
    """Normalize with another deviation, from the centered map."""
    centered = v["x"] - v["x"].mean(axis=(0, 1))
    return np.asarray(v["gamma"] * centered / deviation(centered) + v["beta"])


def _together(v: Values) -> Array:
    """Normalize all channels together, as layer normalization does."""
    centered = v["x"] - v["x"].mean()
    return np.asarray(
        v["gamma"] * centered / np.sqrt(np.square(centered).mean() + v["epsilon"]) + v["beta"]
    )


def _count(x: Array) -> int:
    return int(x.shape[0] * x.shape[1])


FORWARD = (
    Mistake("epsilon is added to the deviation instead of the variance",
            lambda v: _scaled(v, lambda d: np.sqrt(np.square(d).mean(axis=(0, 1))) + v["epsilon"])),
    Mistake("the variance is divided by H W - 1 instead of H W",
            lambda v: _scaled(v, lambda d: np.sqrt(
                np.square(d).sum(axis=(0, 1)) / (_count(d) - 1) + v["epsilon"]))),
    Mistake("epsilon is missing",
            lambda v: _scaled(v, lambda d: np.sqrt(np.square(d).mean(axis=(0, 1))))),
    Mistake("it divides by the variance instead of its root",
            lambda v: _scaled(v, lambda d: np.square(d).mean(axis=(0, 1)) + v["epsilon"])),
    Mistake("all channels are normalized together (layer normalization)", _together),
    Mistake("gamma and beta are missing", lambda v: _normal(v)[0]),
    Mistake("gamma is missing", lambda v: _normal(v)[0] + v["beta"]),
    Mistake("beta is missing", lambda v: v["gamma"] * _normal(v)[0]),
    Mistake("gamma and beta are exchanged", lambda v: v["beta"] * _normal(v)[0] + v["gamma"]),
)  # fmt: skip

BACKWARD_INPUT = (
    Mistake("mean and deviation are taken for constants: both mean terms are missing",
            lambda v: _input(v, mean=False, deviation=False)),
    Mistake("the term through the deviation is missing: n times the mean of dn n",
            lambda v: _input(v, mean=True, deviation=False)),
    Mistake("the term through the mean is missing: the mean of dn",
            lambda v: _input(v, mean=False, deviation=True)),
    Mistake("gamma is missing: dn is gamma times dy",
            lambda v: right_input({**v, "gamma": np.ones_like(v["gamma"])})),
    Mistake("the division by the deviation is missing", lambda v: right_input(v) * _normal(v)[1]),
    Mistake("the incoming gradient is ignored, as if it were 1 everywhere",
            lambda v: right_input({**v, "grad_y": np.ones_like(v["grad_y"])})),
)  # fmt: skip

BACKWARD_GAMMA = (
    Mistake("it multiplies by x instead of by the normalized n",
            lambda v: (v["grad_y"] * v["x"]).sum(axis=(0, 1))),
    Mistake("it averages over positions: gamma is used at each, so they must sum",
            lambda v: right_gamma(v) / _count(v["x"])),
)  # fmt: skip
