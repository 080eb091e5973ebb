"""Powers of two that feature maps and gradients are multiplied by, so that float16 holds them.

float16 ends at 65504, and has all of its 11 bits down to 6e-5.  A scale puts the root of the mean
square well inside, with more room above for features, which can grow, and more below for gradients,
which become smaller while a picture is painted.  With float32 and float64 all scales stay 1.
"""

import math
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

FEATURES_RMS = 8.0
GRADIENTS_RMS = 4.0
ATTEMPTS = 12
LEAP = 2.0**8
"""By how much a scale changes when all that is known is that it was far too great or too small."""


class Scales:
    """One scale for the output of each layer, and one for its gradient.

    Parameters
    ----------
    layers : iterable of str
        Their names.

    Attributes
    ----------
    features, gradients : dict of str to float
        By the layer's name; a convolution, its ReLU and its pool share theirs.
    """

    def __init__(self, layers: Iterable[str]) -> None:
        self.features = dict.fromkeys(layers, 1.0)
        self.gradients = dict(self.features)

    def numbers(self) -> NDArray[np.float64]:
        """Return all scales, features first, in the order of the layers."""
        return np.array([*self.features.values(), *self.gradients.values()], np.float64)

    def set_numbers(self, numbers: NDArray[np.float64]) -> None:
        """Take what `numbers` has returned."""
        features, gradients = np.split(numbers, 2)
        self.features.update(zip(self.features, features.tolist(), strict=True))
        self.gradients.update(zip(self.gradients, gradients.tolist(), strict=True))


def fit_scale(scale: float, run: Callable[[float], float], wanted: float) -> float:
    """Find the power of two that gives a result the wanted size.

    Parameters
    ----------
    scale : float
        The first to try.
    run : callable
        Computes with a scale; returns the root mean square of what was stored, NaN or infinity if
        it was too great.
    wanted : float
        The root mean square to come close to.

    Returns
    -------
    float
        The scale that `run` was last called with; the first one if everything is zero.
    """
    first = scale
    for _ in range(ATTEMPTS):
        size = run(scale)
        if not math.isfinite(size):
            better = scale / LEAP
        elif size == 0:
            better = scale * LEAP
        else:
            better = scale * nearest_power(wanted, size)
        if better == scale:
            return scale
        scale = better
    run(first)
    return first


def nearest_power(wanted: float, size: float) -> float:
    """Return the power of two by which a size comes close to the wanted one; 1 if nothing does.

    Examples
    --------
    >>> nearest_power(8.0, 3.0), nearest_power(8.0, 0.0)
    (2.0, 1.0)
    """
    return 2.0 ** round(math.log2(wanted / size)) if 0 < size < math.inf else 1.0
