"""VGG weights from the files that people have, and the two networks that come with backpaint.

Read `vgg_weights.py` first (what every reader returns), then `load.py` and `recognize.py` (which
reader), then the readers, one a file format.  HDF5: `keras_h5.py` (and `keras_3.py`),
`keras_archive.py`, `matconvnet_v73.py`, with the guard in `hdf5.py`.  SciPy's parser for
`matconvnet_v5.py` runs in a child process, see `backpaint.isolation.child`.  Named arrays
(`state_dict.py`, `layer_names.py`) are what `torch_file.py` (with `torch_tensors.py`) and `npy.py`
(pickles: `pickle_data.py`), `npz.py`, `caffe.py` and `onnx_file.py` (both on `wire.py`) and
`safetensors_file.py` find.  The rest: `embedded.py`.  `assemble.py` checks what all of them found;
`identify.py` whether the numbers are in order.
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
