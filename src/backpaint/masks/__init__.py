"""Masks as people make them: pictures, arrays, maps of colors.

Read in this order: `picture` (one mask), `colors` and `color_map` (one picture that has all of
them), `given` (what a run was given), `settle` (what its problem gets).
"""

from .color_map import ColorMap
from .given import Masks, as_masks, read_masks
from .settle import MaskNames, Settled, described, settle

__all__ = [
    "ColorMap",
    "MaskNames",
    "Masks",
    "Settled",
    "as_masks",
    "described",
    "read_masks",
    "settle",
]
