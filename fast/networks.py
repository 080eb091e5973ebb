"""Both networks, ready to be used by an engine: read a style, paint a content."""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import DTypeLike

from ..reference.arrays import Floats
from .architecture import predictor, transformer
from .weights import load_weights

Size = tuple[int, int]
"""Height and width."""

NUMBERS_A_PIXEL = 72
"""Of the reference at its widest, before `expand2`: 16 channels as they are, padded and shifted,
and 8 of the result and of a product twice."""
WEIGHTS = 2_500_000
"""Numbers of both networks."""


class Networks(ABC):
    """The interface of an engine that paints in one pass.

    Attributes
    ----------
    sha256 : str
        Of the weights.
    """

    sha256: str

    @abstractmethod
    def read_style(self, style: Floats) -> Floats:
        """Read a style.

        Parameters
        ----------
        style : (256, 256, 3) ndarray of float
            R, G, B in 0..1.

        Returns
        -------
        (100,) ndarray of float
        """

    @abstractmethod
    def paint(self, content: Floats, numbers: Floats) -> Floats:
        """Paint a content.

        Parameters
        ----------
        content : (H, W, 3) ndarray of float
            R, G, B in 0..1; H and W are multiples of 4, and at least 8.
        numbers : (100,) ndarray of float
            The style.

        Returns
        -------
        (H, W, 3) ndarray of float
            R, G, B in 0..1.
        """

    @abstractmethod
    def bytes_at(self, shape: Size) -> int:
        """Estimate the memory that painting takes, without Python and its libraries."""


class ReferenceNetworks(Networks):
    """The networks as the reference computes them.

    Parameters
    ----------
    dtype : dtype
        float32 or float64.
    """

    def __init__(self, dtype: DTypeLike) -> None:
        weights = load_weights(dtype)
        self.sha256 = weights.sha256
        self._dtype = np.dtype(dtype)
        self._predictor, self._transformer = predictor(weights), transformer(weights)

    def read_style(self, style: Floats) -> Floats:
        """Read a style; see `Networks`."""
        nothing = np.zeros(0, self._dtype)  # the predictor has no norm that a style could tell
        return self._predictor.run(style.astype(self._dtype), nothing).ravel()

    def paint(self, content: Floats, numbers: Floats) -> Floats:
        """Paint a content; see `Networks`."""
        return self._transformer.run(content.astype(self._dtype), numbers.astype(self._dtype))

    def bytes_at(self, shape: Size) -> int:
        """Estimate the memory; see `Networks`."""
        return self._dtype.itemsize * (WEIGHTS + NUMBERS_A_PIXEL * shape[0] * shape[1])
