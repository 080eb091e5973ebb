"""VGG weights from the files that people have, and the two networks that come with backpaint.

Reading order: `vgg_weights.py` beside this package (the value that every reader leads to),
`load.py` and `recognize.py` (which reader a file needs), `unchanged.py` (it stays the same
meanwhile), then `formats/`, one reader a format, and `assembly/`, which turns what a reader found
into a network.  `describe.py` tells about a file; `registry.py`, `fetch.py` and `transfer.py` know
the files that can be downloaded.  The two embedded networks are read by `assembly/embedded.py`.
"""

from ..vgg_weights import OXFORD, TORCHVISION, Normalization, VGGWeights
from .describe import WeightsSummary, describe
from .load import load_weights

__all__ = [
    "OXFORD",
    "TORCHVISION",
    "Normalization",
    "VGGWeights",
    "WeightsSummary",
    "describe",
    "load_weights",
]
