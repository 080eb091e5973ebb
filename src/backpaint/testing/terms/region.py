"""Checks somebody's style loss in a region, whose positions count by a mask, and its gradient."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ...check.operations.sizes import Size
from ...reference.gram import gram_backward, gram_forward
from ...reference.squared_error import squared_error_backward, squared_error_forward
from ..judging.battery import battery
from ..judging.examine import Part, examine
from ..judging.layouts import Array, FeatureLayout, Layout
from ..judging.mistakes import Mistake, Values
from ..judging.report import Report


def check_region_loss(
    loss: Callable[..., Any] | None = None,
    gradient: Callable[..., Any] | None = None,
    *,
    layout: FeatureLayout = "HWC",
    to_array: Callable[[Array], Any] | None = None,
    dtype: DTypeLike = np.float64,
    raises: bool = True,
) -> Report:
    """Check a style loss in which a mask says how much each position counts, and its gradient.

    Parameters
    ----------
    loss : callable, optional
        ``loss(x, weights, gram)`` gives ``sum((G - gram)^2)`` with ``G = sum w_i f_i f_i^T / sum
        w_i`` over the positions of x; weights (H, W) are a mask at x's layer, 0 to 1, not all 0.
    gradient : callable, optional
        ``gradient(x, weights, gram)`` gives the loss's gradient with respect to x.
    layout, to_array, dtype, raises
        As for `check_conv`.

    Raises
    ------
    WrongGradient
        If a function is wrong.
    """
    names = "x weights gram"
    parts = (
        loss and Part("loss", loss, names, "loss", _loss, _losses()),
        gradient and Part("gradient", gradient, names, "x", _gradient, _gradients()),
    )
    layouts = Layout(layout, to_array=to_array, dtype=dtype)
    report = examine("style loss in a region", parts, battery(_draw), layouts)
    return report.required() if raises else report


def _draw(rng: np.random.Generator, size: Size, numbers: Callable[..., Any]) -> Values:
    other = numbers(size.height + 1, size.width + 2, size.channels)
    gram = gram_forward(other, other.shape[0] * other.shape[1])
    weights = rng.random(size[:2]).astype(np.float32).astype(np.float64)
    weights[rng.random(size[:2]) < 0.25] = 0  # outside of the region
    weights.flat[0] = 0.75
    return {
        "x": numbers(*size[:3]),
        "weights": weights,
        "gram": gram.astype(np.float32).astype(np.float64),
    }


def _loss(v: Values) -> float:
    return _of(v, v["weights"], v["weights"].sum())


def _of(v: Values, weights: Array, divisor: float) -> float:
    return squared_error_forward(gram_forward(v["x"], divisor, weights), v["gram"], 1.0)


def _gradient(v: Values) -> Array:
    return _slope(v, v["weights"], v["weights"].sum())


def _slope(v: Values, weights: Array, divisor: float, back: Array | None = None) -> Array:
    """Compute the gradient; with `back`, by other weights on the way back."""
    gram = gram_forward(v["x"], divisor, weights)
    grad_gram = squared_error_backward(1.0, gram, v["gram"], 1.0)
    return gram_backward(grad_gram, v["x"], divisor, weights if back is None else back)


SQUARED = (
    "features are multiplied by the mask, so that it counts squared: where two masks meet softly, "
    "both styles fade"
)
WHOLE = "it is divided by all positions M, instead of by those that count, sum w"


def _losses() -> tuple[Mistake, ...]:
    ones = np.ones_like
    return (
        Mistake(SQUARED, lambda v: _of(v, v["weights"] ** 2, (v["weights"] ** 2).sum())),
        Mistake(f"{SQUARED}; it is divided by sum w all the same",
                lambda v: _of(v, v["weights"] ** 2, v["weights"].sum())),
        Mistake(WHOLE, lambda v: _of(v, v["weights"], v["weights"].size)),
        Mistake("the mask is not in the loss: every position counts alike",
                lambda v: _of(v, ones(v["weights"]), v["weights"].size)),
        Mistake("the mask is cut off at 1/2: gray is taken for black or white",
                lambda v: _of(v, 1.0 * (v["weights"] > 0.5), max(1, (v["weights"] > 0.5).sum()))),
    )  # fmt: skip


def _gradients() -> tuple[Mistake, ...]:
    def unmasked(v: Values) -> Array:
        ones = np.ones_like(v["weights"])
        return _slope(v, ones, ones.size)

    def alone(v: Values) -> Array:
        masked: Array = unmasked(v) * v["weights"][..., np.newaxis]
        return masked

    return (
        Mistake(SQUARED, lambda v: _slope(v, v["weights"] ** 2, (v["weights"] ** 2).sum())),
        Mistake("the mask is applied twice on the way back: it is a factor of the Gram matrix once",
                partial(_with_back, lambda w: w**2)),
        Mistake("the mask is missing on the way back: positions outside get a gradient",
                partial(_with_back, np.ones_like)),
        Mistake("the mask is on the gradient only: the Gram matrix is that of the whole picture",
                alone),
        Mistake("there is no mask at all: every position counts alike", unmasked),
        Mistake(WHOLE, lambda v: _slope(v, v["weights"], v["weights"].size)),
        Mistake("factor 2 instead of 4: half is missing, since G depends on x twice",
                lambda v: _gradient(v) / 2),
        Mistake("sign: it is the gradient for A - G", lambda v: -_gradient(v)),
    )  # fmt: skip


def _with_back(back: Callable[[Array], Array], v: Values) -> Array:
    return _slope(v, v["weights"], v["weights"].sum(), back(v["weights"]))
