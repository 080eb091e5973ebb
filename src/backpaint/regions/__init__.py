"""Regions of pictures, and how much of each a layer's positions see; `backpaint.masks` reads them.

Read in this order: `regions` (what a problem is given), `propagate` (a mask along the network).
"""

from .propagate import at_layers
from .regions import Mask, Regions, same_array

__all__ = ["Mask", "Regions", "at_layers", "same_array"]
