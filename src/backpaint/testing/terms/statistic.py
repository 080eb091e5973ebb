"""Checks somebody's style loss of covariances, deviations, or Wasserstein's, and its gradient."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import DTypeLike

from ...check.operations import statistic_loss
from ...check.operations.sizes import Size
from ...errors import UsageError, require_choice
from ...reference.symmetric_power import symmetric_power
from ..judging.battery import battery
from ..judging.examine import Part, examine
from ..judging.layouts import Array, FeatureLayout, Layout
from ..judging.mistakes import Mistake, Values
from ..judging.report import Report
from .gram import matrix

Statistic = Literal["covariance", "mean-deviation", "wasserstein"]
EPSILON = 0.25
"""Added to every variance, times 1 plus the style's mean variance, where there are roots."""


def check_statistic_loss(
    loss: Callable[..., Any] | None = None,
    gradient: Callable[..., Any] | None = None,
    *,
    statistic: Statistic = "wasserstein",
    root_steps: int | None = None,
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check a style loss on means and covariances of features, and its gradient.

    Parameters
    ----------
    loss : callable, optional
        ``loss(x, style)`` gives a number; both are features, of different sizes.
    gradient : callable, optional
        ``gradient(x, style)`` gives the loss's gradient with respect to x.
    statistic : {"wasserstein", "mean-deviation", "covariance"}
        The squared Wasserstein distance of two normal distributions, or the squared distance of
        means and deviations, both divided by C, with 0.25 (1 + the style's mean variance) added
        to every variance; or the sum of squared differences of covariances.  Covariances are
        divided by height * width.
    root_steps : int, optional
        Of ``"wasserstein"``: roots, and their gradient, are those of so many Newton-Schulz steps.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    UsageError
        If there is no such statistic, or it has no roots.
    """
    require_choice("statistic", statistic, get_args(Statistic))
    right, slope = partial(_loss, statistic), partial(_gradient, statistic)
    losses, gradients = LOSSES[statistic], _gradients(statistic)
    if root_steps is not None:
        if statistic != "wasserstein":
            raise UsageError(
                f"root_steps goes with wasserstein, not with {statistic}; leave it out"
            )
        right, slope = partial(_steps_loss, root_steps), partial(_steps_gradient, root_steps)
        losses, gradients = EXACT_LOSS, _steps_gradients(root_steps)
    parts = (
        loss and Part("loss", loss, "x style", "loss", right, losses),
        gradient and Part("gradient", gradient, "x style", "x", slope, gradients),
    )
    layouts = Layout(layout, to_array=to_array, dtype=dtype)
    report = examine(f"style loss ({statistic})", parts, battery(_draw), layouts)
    return report.required() if raises else report


def _draw(rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    del rng
    height, width = max(size.height, 2), max(size.width, 2)  # one position has no covariance
    return {
        "x": numbers(height, width, size.channels),
        "style": 2 * numbers(height + 1, width + 2, size.channels) + 1,
    }


def _loss(statistic: Statistic, v: Values) -> float:
    name = f"{statistic.replace('-', '_')}_loss_forward"
    number: float = getattr(statistic_loss, name)(v["x"], v["style"], *_options(statistic))
    return number


def _gradient(statistic: Statistic, v: Values) -> Array:
    name = f"{statistic.replace('-', '_')}_loss_backward"
    found: Array = getattr(statistic_loss, name)(1.0, v["x"], v["style"], *_options(statistic))
    return found


def _steps_loss(root_steps: int, v: Values) -> float:
    return statistic_loss.wasserstein_steps_loss_forward(v["x"], v["style"], EPSILON, root_steps)


def _steps_gradient(
    root_steps: int, v: Values, way: Literal["steps", "equation"] = "steps"
) -> Array:
    form = v["x"], v["style"], EPSILON, root_steps, way
    return statistic_loss.wasserstein_steps_loss_backward(1.0, *form)


def _options(statistic: Statistic) -> tuple[float, ...]:
    return (1.0, 1.0) if statistic == "covariance" else (EPSILON,)


def _clouds(v: Values, ddof: int = 0) -> tuple[Array, Array, Array, Array, float]:
    """Return means and covariances of both, and what is added to variances."""
    f, g = matrix(v["x"]), matrix(v["style"])
    mean, wanted = f.mean(axis=0), g.mean(axis=0)
    a = (f - mean).T @ (f - mean) / max(len(f) - ddof, 1)
    b = (g - wanted).T @ (g - wanted) / max(len(g) - ddof, 1)
    return mean, wanted, a, b, EPSILON * (1 + float(np.trace(b)) / len(b))


def _commuting(v: Values) -> Any:
    """Take the trace of the product of roots, which is right for matrices that commute."""
    mean, wanted, a, b, added = _clouds(v)
    a, b = (one + added * np.eye(len(one)) for one in (a, b))
    roots = symmetric_power(a, 0.5, 0.0), symmetric_power(b, 0.5, 0.0)
    traces = np.trace(a) + np.trace(b) - 2 * np.trace(roots[0] @ roots[1])
    return (np.sum((mean - wanted) ** 2) + traces) / len(mean)


def _without_means(v: Values) -> Any:
    mean, wanted, *_ = _clouds(v)
    return _loss("wasserstein", v) - np.sum((mean - wanted) ** 2) / len(mean)


def _deviations(v: Values, epsilon: float) -> Any:
    mean, wanted, a, b, added = _clouds(v)
    sigma, tau = (np.sqrt(np.maximum(np.diag(one), 0) + epsilon * added) for one in (a, b))
    return np.mean((mean - wanted) ** 2 + (sigma - tau) ** 2)


def _variances(v: Values) -> Any:
    mean, wanted, a, b, _ = _clouds(v)
    return np.mean((mean - wanted) ** 2 + (np.diag(a) - np.diag(b)) ** 2)


def _uncentered(v: Values) -> Any:
    f, g = matrix(v["x"]), matrix(v["style"])
    return np.sum((f.T @ f / len(f) - g.T @ g / len(g)) ** 2)


def _unbiased(v: Values) -> Any:
    _, _, a, b, _ = _clouds(v, ddof=1)
    return np.sum((a - b) ** 2)


LOSSES: dict[Statistic, tuple[Mistake, ...]] = {
    "covariance": (
        Mistake("the means are not subtracted: that compares Gram matrices", _uncentered),
        Mistake("covariances are divided by height * width - 1, instead of by height * width",
                _unbiased),
    ),
    "mean-deviation": (
        Mistake("epsilon is missing under the roots: a silent channel has no slope",
                lambda v: _deviations(v, 0.0)),
        Mistake("variances are compared instead of deviations", _variances),
    ),
    "wasserstein": (
        Mistake("the trace of V^1/2 W^1/2 is taken instead of that of (W^1/2 V W^1/2)^1/2: they "
                "agree only for matrices that commute",
                _commuting),
        Mistake("the distance of the means is missing", _without_means),
    ),
}  # fmt: skip
"""What a loss may be instead."""


def _gradients(statistic: Statistic) -> tuple[Mistake, ...]:
    """List what a gradient may be instead."""

    def right(v: Values) -> Array:
        return _gradient(statistic, v)

    shared = (
        Mistake("sign: it is the gradient with the roles of the two pictures exchanged",
                lambda v: -right(v)),
        Mistake("half is missing: a covariance depends on the features twice, and a square has a "
                "slope of 2",
                lambda v: right(v) / 2),
        Mistake("the division by height * width is missing",
                lambda v: right(v) * (v["x"].shape[0] * v["x"].shape[1])),
    )  # fmt: skip
    if statistic != "covariance":
        return shared
    return (
        *shared,
        Mistake("the mean is not subtracted from the features before the matrix is applied",
                _uncentered_gradient),
    )  # fmt: skip


def _uncentered_gradient(v: Values) -> Any:
    _, _, a, b, _ = _clouds(v)
    f = matrix(v["x"])
    return (4 / len(f) * f @ (a - b)).reshape(v["x"].shape)


EXACT_LOSS = (
    Mistake("the roots are exact: those of so few steps are others, and smaller",
            partial(_loss, "wasserstein")),
)  # fmt: skip


def _steps_gradients(root_steps: int) -> tuple[Mistake, ...]:
    """List what the gradient of a root that was cut off may be instead."""
    right = partial(_steps_gradient, root_steps)
    return (
        Mistake("it is the gradient of an exact root: what was computed is another function",
                partial(_gradient, "wasserstein")),
        Mistake("it solves the equation of an exact root's gradient at a root that was cut off: "
                "that is the gradient of no function",
                partial(right, way="equation")),
        Mistake("sign: it is the gradient with the roles of the two pictures exchanged",
                lambda v: -right(v)),
        Mistake("half is missing: a covariance depends on the features twice, and a square has a "
                "slope of 2",
                lambda v: right(v) / 2),
    )  # fmt: skip
