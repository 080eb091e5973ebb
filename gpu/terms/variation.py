"""The penalty on rough pictures, of whichever kind a recipe has."""

from ...problem.problem import TOTAL_VARIATION
from ...problem.recipe import TotalVariation
from ..device.device import Array
from ..operations.smoothness import (
    launch_laplacian_variation_backward,
    launch_laplacian_variation_forward,
    launch_nine_point_variation_backward,
    launch_nine_point_variation_forward,
)
from ..operations.total_variation import (
    Launch,
    launch_absolute_variation_backward,
    launch_absolute_variation_forward,
    launch_power_variation_backward,
    launch_power_variation_forward,
    launch_squared_variation_backward,
    launch_squared_variation_forward,
)
from .numbers import Numbers

LAUNCHERS: dict[str, tuple[Launch, Launch]] = {
    "absolute": (launch_absolute_variation_forward, launch_absolute_variation_backward),
    "squared": (launch_squared_variation_forward, launch_squared_variation_backward),
    "power": (launch_power_variation_forward, launch_power_variation_backward),
    "laplacian": (launch_laplacian_variation_forward, launch_laplacian_variation_backward),
    "nine-point": (launch_nine_point_variation_forward, launch_nine_point_variation_backward),
}
"""Forward and backward, by `TotalVariation.kind`."""


def launch_variation(
    x: Array, variation: TotalVariation, *, gradient: Array, numbers: Numbers
) -> None:
    """Write the weighted penalty to its place, and add its gradient.

    Parameters
    ----------
    x : (H, W, 3) device array
        The picture, in units of the variable.
    variation : TotalVariation
        The recipe's table.
    gradient : (H, W, 3) device array
        Added to.
    numbers : Numbers
        With a place for `TOTAL_VARIATION`; 0 where the recipe reports only the gradient.
    """
    forward, backward = LAUNCHERS[variation.kind]
    factor = variation.weight if variation.reported else 0.0
    options = variation.options
    forward(x, **options, factor=factor, parts=numbers.parts, out=numbers[TOTAL_VARIATION])
    backward(x, **options, factor=variation.weight, out=gradient, add=True)
