"""Files that are made to harm, by format: bombs of memory and time, ways to run code."""

from collections.abc import Callable
from pathlib import Path
from random import Random

from . import archives, hdf5, matlab, messages, pickles, safetensors

Crafted = Callable[[Path, Path, Random], None]
"""Writes one harmful file, given its path, a folder of files that nobody may read, and chance."""

CRAFTED: dict[str, Crafted] = {
    "torch, zip": archives.crafted_torch,
    "torch, legacy": pickles.crafted_torch,
    "npy": pickles.crafted_npy,
    "npz": archives.crafted_npz,
    "keras-h5": hdf5.crafted,
    "keras-3": hdf5.crafted,
    "matconvnet-v5": matlab.crafted,
    "matconvnet-v5, DagNN": matlab.crafted,
    "matconvnet-v5, compressed": matlab.crafted_compressed,
    "matconvnet-v7.3": hdf5.crafted,
    "matconvnet-v7.3, DagNN": hdf5.crafted,
    "keras-archive": archives.crafted_keras,
    "caffe": messages.crafted,
    "onnx": messages.crafted,
    "safetensors": safetensors.crafted,
}
