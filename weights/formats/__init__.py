"""Readers, one a file format; `backpaint.weights.load` imports the one that a file needs.

Of HDF5 are `keras/` and `matconvnet/v73.py`, with the guard in `hdf5/`; that library and SciPy's
parser for `matconvnet/v5.py` run in a child process (`isolated.py`).  Named arrays
(`state_dict.py`) are found by `pytorch/`, `npy.py` (pickles: `pickle_data.py`), `npz.py`,
`safetensors.py` and `protobuf/` (Caffe and ONNX); rows of numbers are read by `stored_numbers.py`,
zip archives are opened by `archive.py`.
"""
