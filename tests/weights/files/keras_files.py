"""HDF5 as Keras of three generations lays it out."""

import h5py
import numpy as np


def keras_name(row):
    if row.kind == "conv":
        return row.name.replace("conv", "block").replace("_", "_conv")
    return {"fc6": "fc1", "fc7": "fc2", "fc8": "predictions"}[row.name]


def write_keras(path, network, naming="kernel", nested=False):
    """`naming`: ``"W_1"`` as in the published files of 2016, ``"kernel"`` as since Keras 2."""
    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights") if nested else file
        names = []
        for row in network.layers:
            if row.kind == "relu":
                continue
            if row.kind == "pool":
                name, arrays = f"{row.name.replace('pool', 'block')}_pool", {}
            else:
                name = keras_name(row)
                parts = ("kernel:0", "bias:0") if naming == "kernel" else ("W_1:0", "b_1:0")
                joint = f"{name}/" if naming == "kernel" else f"{name}_"
                values = (network.filters[row.name], network.biases[row.name])
                arrays = {joint + part: value for part, value in zip(parts, values, strict=True)}
            group = root.create_group(name)
            group.attrs["weight_names"] = np.array([key.encode() for key in arrays], dtype="S")
            for key, value in arrays.items():
                group.create_dataset(key, data=value)
            names.append(name)
        root.attrs["layer_names"] = np.array([b"input_1", *(name.encode() for name in names)])
        root.create_group("input_1").attrs["weight_names"] = np.array([], dtype="S1")
    return path


def write_keras_3(path, network):
    """As Keras 3.15 writes .weights.h5: groups named after classes, names in an attribute."""
    with h5py.File(path, "w") as file:
        file.create_group("vars").attrs["name"] = "vgg"
        layers, counts = file.create_group("layers"), {}
        for row in network.layers:
            kind = {"conv": "conv2d", "linear": "dense", "pool": "max_pooling2d"}.get(row.kind)
            if kind is None:
                continue
            count = counts[kind] = counts.get(kind, -1) + 1
            group = layers.create_group(f"{kind}_{count}/vars" if count else f"{kind}/vars")
            if row.kind == "pool":
                group.attrs["name"] = f"{row.name.replace('pool', 'block')}_pool"
                continue
            group.attrs["name"] = keras_name(row)
            group["0"], group["1"] = network.filters[row.name], network.biases[row.name]
    return path
