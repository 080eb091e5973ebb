"""The terms of an objective: each gives its weighted loss and the gradient that belongs to it."""

from dataclasses import dataclass

import numpy as np

from ..problem.divisors import content_divisor, gram_divisor, style_divisor
from ..problem.recipe import Content, Style, TotalVariation
from .arrays import Floats
from .gram import gram_backward, gram_forward
from .smoothness import (
    laplacian_variation_backward,
    laplacian_variation_forward,
    nine_point_variation_backward,
    nine_point_variation_forward,
)
from .squared_error import squared_error_backward, squared_error_forward
from .total_variation import (
    absolute_variation_backward,
    absolute_variation_forward,
    power_variation_backward,
    power_variation_forward,
    squared_variation_backward,
    squared_variation_forward,
)

LossAndGradient = tuple[float, Floats]
"""A weighted loss as it is reported, and the gradient with respect to the term's features."""


@dataclass(frozen=True)
class StyleTarget:
    """One style image at one layer.

    Attributes
    ----------
    gram : (C, C) ndarray of float
        Its Gram matrix, divided as the recipe says.
    positions : int
        Height * width of its features: M_style.
    """

    gram: Floats
    positions: int


def style_target(features: Floats, style: Style, content_positions: int) -> StyleTarget:
    """Compute what the painted image's Gram matrix at one layer shall become.

    Parameters
    ----------
    features : (h, w, C) ndarray of float
        The style image's features.
    style : Style
        The recipe's style table.
    content_positions : int
        Height * width of the painted image's features at this layer: M.

    Returns
    -------
    StyleTarget
    """
    height, width, channels = features.shape
    positions = height * width
    divisor = gram_divisor(style.gram_divisor, channels=channels, positions=positions)
    gram = gram_forward(features, divisor)
    if style.match_area:
        gram = gram * features.dtype.type(content_positions / positions)
    return StyleTarget(gram, positions)


def content_term(
    features: Floats, target: Floats, weight: float, content: Content
) -> LossAndGradient:
    """Compare features with those of the content image at one layer.

    Parameters
    ----------
    features, target : (H, W, C) ndarray of float
        F and P of the paper.
    weight : float
        The term's weight times the layer's.
    content : Content
        The recipe's content table.

    Returns
    -------
    loss : float
    gradient : (H, W, C) ndarray of float
        With respect to `features`.

    References
    ----------
    .. [1] L. Gatys, A. Ecker, M. Bethge, arXiv:1508.06576, equations 1 and 2.
    """
    height, width, channels = features.shape
    divisor = content_divisor(content.divisor, channels=channels, positions=height * width)
    loss = squared_error_forward(features, target, divisor)
    gradient = squared_error_backward(1.0, features, target, divisor)
    if content.l1_epsilon is not None:
        loss, gradient = l1_normalized(loss, gradient, content.l1_epsilon)
    if content.reported == "half-norm":
        loss = 0.5 * float(np.sqrt(squared_error_forward(features, target, 1.0)))
    return weight * loss, gradient * gradient.dtype.type(weight)


def style_term(
    features: Floats, target: StyleTarget, weight: float, style: Style, image_positions: int
) -> LossAndGradient:
    """Compare the Gram matrix of features with that of one style image at one layer.

    Parameters
    ----------
    features : (H, W, C) ndarray of float
        F of the paper.
    target : StyleTarget
        A of the paper.
    weight : float
        The term's weight times the layer's times the style's share.
    style : Style
        The recipe's style table.
    image_positions : int
        Height * width of the painted image: P.

    Returns
    -------
    loss : float
    gradient : (H, W, C) ndarray of float
        With respect to `features`.

    References
    ----------
    .. [1] L. Gatys, A. Ecker, M. Bethge, arXiv:1508.06576, equations 3 to 6.
    """
    height, width, channels = features.shape
    positions = height * width
    by = gram_divisor(style.gram_divisor, channels=channels, positions=positions)
    divisor = style_divisor(
        style.divisor,
        channels=channels,
        positions=positions,
        style_positions=target.positions,
        image_positions=image_positions,
    )
    gram = gram_forward(features, by)
    loss = squared_error_forward(gram, target.gram, divisor)
    grad_gram = squared_error_backward(1.0, gram, target.gram, divisor)
    gradient = gram_backward(grad_gram, features, by)
    if style.l1_epsilon is not None:
        loss, gradient = l1_normalized(loss, gradient, style.l1_epsilon)
    return weight * loss, gradient * gradient.dtype.type(weight)


def variation_term(x: Floats, variation: TotalVariation) -> LossAndGradient:
    """Penalize differences between neighboring pixels.

    Parameters
    ----------
    x : (H, W, 3) ndarray of float
        The picture, in units of the variable.
    variation : TotalVariation
        The recipe's table.

    Returns
    -------
    loss : float
        0 where the recipe reports only the gradient.
    gradient : (H, W, 3) ndarray of float
        With respect to `x`.
    """
    weight, mean = variation.weight, variation.mean
    if variation.kind == "absolute":
        loss = absolute_variation_forward(x, mean)
        gradient = absolute_variation_backward(weight, x, mean)
    elif variation.kind == "squared":
        loss = squared_variation_forward(x, mean)
        gradient = squared_variation_backward(weight, x, mean)
    elif variation.kind == "power":
        form = (variation.exponent, variation.epsilon, mean, variation.wrap)
        loss = power_variation_forward(x, *form)
        gradient = power_variation_backward(weight, x, *form)
    elif variation.kind == "laplacian":
        loss = laplacian_variation_forward(x)
        gradient = laplacian_variation_backward(weight, x)
    else:
        loss = nine_point_variation_forward(x)
        gradient = nine_point_variation_backward(weight, x)
    return weight * loss if variation.reported else 0.0, gradient


def l1_normalized(loss: float, gradient: Floats, epsilon: float) -> LossAndGradient:
    """Divide a loss and its gradient by the sum of the gradient's absolute values.

    Parameters
    ----------
    loss : float
    gradient : ndarray of float
    epsilon : float
        Added to the divisor.

    Returns
    -------
    loss, gradient
        Divided; the divisor counts as a constant, although it depends on the picture, so the
        gradient is *not* that of the loss.  A gradient of zeros stays zero.

    References
    ----------
    .. [1] A. B. L. Larsen, andersbll/neural_artistic_style.
    """
    total = float(np.abs(gradient).sum(dtype=np.float64)) + epsilon
    factor = 1.0 / total if total > 0 else 0.0
    return loss * factor, gradient * gradient.dtype.type(factor)
