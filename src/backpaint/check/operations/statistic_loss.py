"""The style losses of one layer that compare distributions, each as one function."""

from dataclasses import replace
from fractions import Fraction
from typing import Literal

from ...problem.term_constants import StyleConstants
from ...reference.arrays import Floats, check_shape
from ...reference.statistic_term import normal_of, quantiles_of, sliced_term, statistic_term


def covariance_loss_forward(x: Floats, style: Floats, area: float, divisor: float) -> float:
    """Compare the covariances of two pictures' features.

    Parameters
    ----------
    x, style : (H, W, C) ndarray of float
        Each of its own height and width.
    area : float
        Multiplies the style's.
    divisor : float

    Returns
    -------
    float
        ``sum((V - area W)^2) / divisor``.
    """
    constants = _constants("covariance", x, style, area, divisor)
    return statistic_term(x, normal_of(style), constants)[0]


def covariance_loss_backward(
    grad_loss: float, x: Floats, style: Floats, area: float, divisor: float
) -> Floats:
    """Carry a gradient from `covariance_loss_forward` back to `x`, same shape."""
    constants = _constants("covariance", x, style, area, divisor)
    return _gradient(grad_loss, x, style, constants)


def mean_deviation_loss_forward(x: Floats, style: Floats, epsilon: float) -> float:
    """Compare means and standard deviations of two pictures' features.

    Parameters
    ----------
    x, style : (H, W, C) ndarray of float
        Each of its own height and width.
    epsilon : float
        Times 1 plus the style's mean variance, it is added to every variance.

    Returns
    -------
    float
        See `backpaint.reference.statistics.mean_deviation_forward`.
    """
    constants = _constants("mean-deviation", x, style, epsilon=epsilon)
    return statistic_term(x, normal_of(style), constants)[0]


def mean_deviation_loss_backward(
    grad_loss: float, x: Floats, style: Floats, epsilon: float
) -> Floats:
    """Carry a gradient from `mean_deviation_loss_forward` back to `x`, same shape."""
    constants = _constants("mean-deviation", x, style, epsilon=epsilon)
    return _gradient(grad_loss, x, style, constants)


def wasserstein_loss_forward(x: Floats, style: Floats, epsilon: float) -> float:
    """Compute how far features are, as normal distributions, from those of a style.

    Parameters
    ----------
    x, style, epsilon
        As for `mean_deviation_loss_forward`.

    Returns
    -------
    float
        See `backpaint.reference.statistics.wasserstein_forward`.
    """
    constants = _constants("wasserstein", x, style, epsilon=epsilon)
    return statistic_term(x, normal_of(style), constants)[0]


def wasserstein_loss_backward(grad_loss: float, x: Floats, style: Floats, epsilon: float) -> Floats:
    """Carry a gradient from `wasserstein_loss_forward` back to `x`, same shape."""
    constants = _constants("wasserstein", x, style, epsilon=epsilon)
    return _gradient(grad_loss, x, style, constants)


def wasserstein_steps_loss_forward(
    x: Floats, style: Floats, epsilon: float, root_steps: int
) -> float:
    """Compute `wasserstein_loss_forward` with roots that are cut off.

    Parameters
    ----------
    x, style, epsilon
        As for `mean_deviation_loss_forward`.
    root_steps : int
        Newton-Schulz steps for each root.

    Returns
    -------
    float
        See `backpaint.reference.newton_schulz`.
    """
    constants = _constants("wasserstein", x, style, epsilon=epsilon, root_steps=root_steps)
    return statistic_term(x, normal_of(style), constants)[0]


def wasserstein_steps_loss_backward(
    grad_loss: float,
    x: Floats,
    style: Floats,
    epsilon: float,
    root_steps: int,
    root_backward: Literal["steps", "equation"] = "steps",
) -> Floats:
    """Carry a gradient from `wasserstein_steps_loss_forward` back to `x`, same shape.

    Under ``equation`` it is what some systems take for that gradient.
    """
    constants = replace(
        _constants("wasserstein", x, style, epsilon=epsilon, root_steps=root_steps),
        root_backward=root_backward,
    )
    return _gradient(grad_loss, x, style, constants)


def histogram_loss_forward(x: Floats, style: Floats) -> float:
    """Compare each channel's histogram with a style's: sorted numbers, rank by rank.

    Parameters
    ----------
    x, style : (H, W, C) ndarray of float
        Each of its own height and width; the style is read at the painting's ranks.

    Returns
    -------
    float
        See `backpaint.reference.sliced.sliced_forward`, along the channels.
    """
    return sliced_term(x, quantiles_of(style, _constants("histogram", x, style)))[0]


def histogram_loss_backward(grad_loss: float, x: Floats, style: Floats) -> Floats:
    """Carry a gradient from `histogram_loss_forward` back to `x`, same shape."""
    _, gradient = sliced_term(x, quantiles_of(style, _constants("histogram", x, style)))
    return gradient * x.dtype.type(grad_loss)


def _gradient(grad_loss: float, x: Floats, style: Floats, constants: StyleConstants) -> Floats:
    _, gradient = statistic_term(x, normal_of(style), constants)
    return gradient * x.dtype.type(grad_loss)


def _constants(
    statistic: Literal["covariance", "mean-deviation", "wasserstein", "histogram"],
    x: Floats,
    style: Floats,
    area: float = 1.0,
    divisor: float = 1.0,
    epsilon: float = 1e-4,
    root_steps: int | None = None,
) -> StyleConstants:
    """Return one layer's constants as a recipe has them: covariances are divided by positions."""
    check_shape("x", x, (None, None, None))
    check_shape("style", style, (None, None, x.shape[2]))
    positions, own = x.shape[0] * x.shape[1], style.shape[0] * style.shape[1]
    return StyleConstants(
        layer="",
        style=0,
        weight=1.0,
        divisor=divisor,
        gram_divisor=positions,
        target_gram_divisor=own,
        area=Fraction(area),
        statistic=statistic,
        epsilon=epsilon,
        root_steps=root_steps,
        positions=positions,
        style_positions=own,
    )
