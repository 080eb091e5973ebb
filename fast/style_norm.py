"""Conditional instance normalization: the style tells each channel's scale and shift."""

from ..reference.arrays import Floats
from ..reference.linear import linear_backward_input, linear_forward
from ..reference.stylization.instance_norm import (
    instance_norm_backward_beta,
    instance_norm_backward_gamma,
    instance_norm_backward_input,
    instance_norm_forward,
)
from .stages import Kept, Stage

EPSILON = 1e-5
"""Added to every variance."""


class StyleNorm(Stage):
    """Instance normalization, whose gamma and beta are linear in the style's 100 numbers.

    Parameters
    ----------
    of_gamma : (1, 1, 100, C) ndarray of float
    bias_of_gamma : (C,) ndarray of float
    of_beta : (1, 1, 100, C) ndarray of float
    bias_of_beta : (C,) ndarray of float
        Stored as 1x1 convolutions.
    """

    def __init__(
        self, of_gamma: Floats, bias_of_gamma: Floats, of_beta: Floats, bias_of_beta: Floats
    ) -> None:
        self.of_gamma, self.bias_of_gamma = of_gamma[0, 0], bias_of_gamma
        self.of_beta, self.bias_of_beta = of_beta[0, 0], bias_of_beta

    def parameters(self, style: Floats) -> tuple[Floats, Floats]:
        """Compute gamma and beta, (C,) each, from the style (100,)."""
        gamma = linear_forward(style, self.of_gamma, self.bias_of_gamma)
        return gamma, linear_forward(style, self.of_beta, self.bias_of_beta)

    def forward(self, x: Floats, style: Floats) -> tuple[Floats, Kept]:
        """Normalize; see `Stage`."""
        gamma, beta = self.parameters(style)
        return instance_norm_forward(x, gamma, beta, EPSILON), (x, gamma)

    def backward(self, grad_y: Floats, kept: Kept, grad_style: Floats) -> Floats:
        """Go back to the map, and through gamma and beta to the style."""
        x, gamma = kept
        grad_gamma = instance_norm_backward_gamma(grad_y, x, EPSILON)
        grad_beta = instance_norm_backward_beta(grad_y)
        # forward:  gamma = style @ of_gamma + bias, beta likewise
        # so:       dstyle += dgamma @ of_gamma.T + dbeta @ of_beta.T
        grad_style += linear_backward_input(grad_gamma, self.of_gamma)
        grad_style += linear_backward_input(grad_beta, self.of_beta)
        return instance_norm_backward_input(grad_y, x, gamma, EPSILON)
