"""VGG weights from the files that people have, and the two networks that come with backpaint.

Read `vgg_weights.py` first (what every reader returns), then `load.py` (which reader), then the
readers, one a file format: `npz.py`, `keras_h5.py`, `matconvnet.py` with `matconvnet_v5.py` and
`matconvnet_v73.py`, and `embedded.py`.  What they share is in `assemble.py`.
"""

from .describe import WeightsSummary, describe
from .load import load_weights
from .vgg_weights import OXFORD, TORCHVISION, Normalization, VGGWeights

__all__ = [
    "OXFORD",
    "TORCHVISION",
    "Normalization",
    "VGGWeights",
    "WeightsSummary",
    "describe",
    "load_weights",
]
