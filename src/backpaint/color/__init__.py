"""The colors of a painting: before painting, while painting, and afterwards.

Read in this order: `linear` (mean and covariance), `histogram`, `luma`, `match` (which of them a
recipe asks for), `keep` (afterwards).

All of it works on levels 0..255 as files store them, not on light: the network was trained on
stored levels, and its statistics are what a style is.
"""

from .keep import keep_color
from .match import Shown, shown_pictures

__all__ = ["Shown", "keep_color", "shown_pictures"]
