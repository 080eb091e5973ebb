"""The gradient at a band's features: that of the rows that it keeps, and zeros beyond."""

from dataclasses import dataclass

import numpy as np

from ...engine.bands import Band
from ..network.features import LayerGradient
from ..threads.workspace import Float32


@dataclass(frozen=True)
class BandGradient:
    """A layer's gradient, for a network that sees a band of it.

    Attributes
    ----------
    gradient : LayerGradient
        Of the whole layer.
    band : Band
        Rows of the layer.
    """

    gradient: LayerGradient
    band: Band

    def of(self, features: Float32, rows: slice, columns: slice) -> Float32:
        """Compute a part of it; `rows` are those of the band's window.  See `FeatureGradient`."""
        grad = np.zeros_like(features)
        here, there = overlap(rows, self.band)
        if here.start < here.stop:
            grad[here] = self.gradient.of(features[here], there, columns)
        return grad


def overlap(rows: slice, band: Band) -> tuple[slice, slice]:
    """Find the rows of a part that a band keeps: of the part, and of the whole.

    Parameters
    ----------
    rows : slice
        Of the band's window.
    band : Band
    """
    first = max(rows.start + band.top, band.first)
    last = min(rows.stop + band.top, band.last)
    before = rows.start + band.top
    return slice(first - before, last - before), slice(first, last)
