"""The style term of every statistic but the Gram matrix: distances of distributions."""

from dataclasses import dataclass

import numpy as np

from ..problem.term_constants import StyleConstants
from .arrays import Floats
from .moments import moments_backward, moments_forward
from .sliced import quantiles, random_directions, sliced_backward, sliced_forward
from .statistics import (
    Normal,
    added_variance,
    covariance_backward,
    covariance_forward,
    mean_deviation_backward,
    mean_deviation_forward,
    normal_backward,
    normal_forward,
    wasserstein_backward,
    wasserstein_forward,
)
from .symmetric_power import Matrix


def normal_of(features: Floats, weights: Floats | None = None) -> Normal:
    """Compute mean and covariance of a style's features.

    Parameters
    ----------
    features : (h, w, C) ndarray of float
    weights : (h, w) ndarray of float, optional
        How much each position counts; absent: all alike.

    Returns
    -------
    Normal
        In float64, whatever the features are.
    """
    moments = moments_forward(features.astype(np.float64), weights)
    return normal_forward(moments.astype(np.float64))


def statistic_term(
    features: Floats,
    target: Normal,
    constants: StyleConstants,
    weights: Floats | None = None,
) -> tuple[float, Floats]:
    """Compare features with those of one style at one layer.

    Parameters
    ----------
    features : (H, W, C) ndarray of float
    target : Normal
        See `normal_of`.
    constants : StyleConstants
        Which statistic, and its numbers; the term's weight is not applied.
    weights : (H, W) ndarray of float, optional
        How much each position counts; absent: all alike.

    Returns
    -------
    loss : float
    gradient : (H, W, C) ndarray of float
        With respect to `features`.
    """
    # in float32, Q / s - mu mu^T would cancel for features far from 0
    center = target.mean.astype(features.dtype)
    centered = features - center
    moments = moments_forward(centered, weights).astype(np.float64)
    loss, grad_moments = statistic_of_moments(moments, center.astype(np.float64), target, constants)
    return loss, moments_backward(grad_moments.astype(features.dtype), centered, weights)


@dataclass(frozen=True, eq=False)
class Quantiles:
    """A style's features along directions, rank by rank.

    Attributes
    ----------
    values : (M, V) ndarray of float
        Rising columns, for as many positions as the painting's features have.
    directions : (C, V) ndarray of float64
    """

    values: Floats
    directions: Floats


def wanted_covariance(target: Normal, constants: StyleConstants) -> Matrix:
    """Return the covariance that a style asks for: divided, and scaled for its area."""
    size = constants.style_positions / constants.target_gram_divisor * float(constants.area)
    return target.covariance * size


def directions_of(constants: StyleConstants, channels: int) -> Floats:
    """Return the directions along which a statistic sorts: random ones, or the channels."""
    if constants.statistic == "histogram":
        return np.eye(channels)
    return random_directions(channels, constants.directions)


def quantiles_of(features: Floats, constants: StyleConstants) -> Quantiles:
    """Sort a style's features along the statistic's directions, for the painting's positions."""
    directions = directions_of(constants, features.shape[2])
    return Quantiles(quantiles(features, directions, int(constants.positions)), directions)


def sliced_term(features: Floats, target: Quantiles) -> tuple[float, Floats]:
    """Compare features with a style's, rank by rank; the weight is not applied.

    Parameters
    ----------
    features : (H, W, C) ndarray of float
    target : Quantiles

    Returns
    -------
    loss : float
    gradient : (H, W, C) ndarray of float
    """
    form = features, target.values, target.directions
    return sliced_forward(*form), sliced_backward(1.0, *form)


def statistic_of_moments(
    moments: Matrix, center: Matrix, target: Normal, constants: StyleConstants
) -> tuple[float, Matrix]:
    """Compare moments with a style's distribution: all of the term that is C x C.

    Parameters
    ----------
    moments : (1 + C, 1 + C) ndarray of float64
        Of features from which `center` was subtracted.
    center : (C,) ndarray of float64
    target : Normal
    constants : StyleConstants

    Returns
    -------
    loss : float
    grad_moments : (1 + C, 1 + C) ndarray of float64
    """
    centered = normal_forward(moments)
    normal = Normal(centered.mean + center, centered.covariance)
    loss, grad_normal = _distance(normal, target, constants)
    return loss, normal_backward(grad_normal, moments)


def _distance(normal: Normal, target: Normal, constants: StyleConstants) -> tuple[float, Normal]:
    """Compute one of the distances, and its gradient."""
    if constants.statistic == "covariance":
        wanted = wanted_covariance(target, constants)
        form = (wanted, constants.positions / constants.gram_divisor, constants.divisor)
        return covariance_forward(normal, *form), covariance_backward(1.0, normal, *form)
    absolute, steps = constants.epsilon_form == "absolute", constants.root_steps
    epsilon = added_variance(target, constants.epsilon, absolute=absolute)
    if constants.statistic == "mean-deviation":
        return (
            mean_deviation_forward(normal, target, epsilon),
            mean_deviation_backward(1.0, normal, target, epsilon),
        )
    return (
        wasserstein_forward(normal, target, epsilon, steps),
        wasserstein_backward(1.0, normal, target, epsilon, steps, constants.root_backward),
    )
