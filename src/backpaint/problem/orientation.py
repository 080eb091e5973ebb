"""Filters as some systems read them: with height and width exchanged, or turned."""

import numpy as np
from numpy.typing import NDArray

from .recipe import NetworkOptions

Floats = NDArray[np.floating]


def oriented(w: Floats, options: NetworkOptions) -> Floats:
    """Turn filters as some systems do: (3, 3, C, K) in, the same shape out.

    Parameters
    ----------
    w : ndarray of float
        Filters of a convolution (3, 3, C, K); a matrix (N, K) is returned as it is.
    options : NetworkOptions
        ``filters`` says how.
    """
    if w.ndim != 4 or options.filters == "upright":
        return w
    return w.transpose(1, 0, 2, 3) if options.filters == "transposed" else w[::-1, ::-1]
