"""Arrays by the names and in the order in which PyTorch, Caffe, ONNX and .npz have them."""

import numpy as np

from backpaint.vgg import layer_table


def npz_entries(network):
    """Entries of the .npz layout: (out, in, 3, 3)."""
    entries = {}
    for name, filters in network.filters.items():
        entries[f"{name}/w"] = filters.transpose(3, 2, 0, 1)
        entries[f"{name}/b"] = network.biases[name]
    return entries


def channels_first(network):
    """Filters (out, in, 3, 3) and biases, as PyTorch, Caffe and ONNX have them."""
    arrays = {}
    for name, filters in network.filters.items():
        if filters.ndim == 4:
            stored = filters.transpose(3, 2, 0, 1)
        elif name == "fc6":
            stored = filters.reshape(7, 7, 512, -1).transpose(3, 2, 0, 1).reshape(-1, 25088)
        else:
            stored = filters.T
        arrays[name] = (np.ascontiguousarray(stored), network.biases[name])
    return arrays


def torchvision_names(depth):
    """``conv1_2`` is ``features.2``."""
    rows = layer_table(depth)
    head = {"fc6": "classifier.0", "fc7": "classifier.3", "fc8": "classifier.6"}
    return {row.name: f"features.{i}" for i, row in enumerate(rows) if row.kind == "conv"} | head


def torchvision_arrays(network):
    """Arrays by the names that torchvision gives them."""
    names = torchvision_names(network.depth)
    return {
        f"{names[layer]}.{part}": array
        for layer, arrays in channels_first(network).items()
        for part, array in zip(("weight", "bias"), arrays, strict=True)
    }
