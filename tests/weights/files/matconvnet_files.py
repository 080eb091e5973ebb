"""The variables of MatConvNet's files, of three generations, and MATLAB v5 around them.

Lists are cells, dicts are 1x1 structs, tuples are arrays of structs.
"""

import numpy as np
import scipy.io

from backpaint.vgg import HEAD_IMAGE_SIZE

MEAN_RGB = (123.68, 116.779, 103.939)


def mean_image(per_pixel):
    """The mean as the old files have it, (224, 224, 3), or as the new ones, (1, 1, 3)."""
    if not per_pixel:
        return np.array(MEAN_RGB).reshape(1, 1, 3)
    ramp = np.linspace(-3, 3, HEAD_IMAGE_SIZE)[:, np.newaxis, np.newaxis]
    return np.broadcast_to(np.array(MEAN_RGB) + ramp, (HEAD_IMAGE_SIZE, HEAD_IMAGE_SIZE, 3)).copy()


def matconvnet_layer(row, network, layout):
    """One element of `layers`: a dict is a struct with fields in order, a list is a cell."""
    if row.kind == "relu":
        new = {"name": row.name, "type": "relu", "leak": 0.0, "weights": [], "precious": 0.0}
        return new if layout == "new" else {"type": "relu", "name": row.name}
    if row.kind == "pool":
        size, edge = np.array([[2.0, 2.0]]), np.array([[0.0, 1.0, 0.0, 1.0]])
        old = {"name": row.name, "stride": size, "pad": edge, "type": "pool", "method": "max"}
        new = {"name": row.name, "type": "pool", "method": "max", "pool": size, "stride": size}
        return new | {"pad": edge, "precious": 0.0} if layout == "new" else old | {"pool": size}
    filters, bias = network.rgb_filters[row.name], network.biases[row.name]
    if row.kind == "linear":
        window = 7 if row.name == "fc6" else 1
        filters = filters.reshape(window, window, -1, row.channels_out)
    pad, stride = np.full((1, 4), float(row.kind == "conv")), np.array([[1.0, 1.0]])
    if layout == "new":
        size = np.array([filters.shape], dtype=float)
        return {
            "name": row.name,
            "type": "conv",
            "weights": [filters, bias.reshape(-1, 1)],
            "size": size,
            "pad": pad,
            "stride": stride,
            "precious": 0.0,
            "dilate": 1.0,
            "opts": [],
        }
    arrays = {"weights": [filters, bias.reshape(1, -1)]}
    if layout == "first":
        arrays = {"filters": filters, "biases": bias.reshape(1, -1)}
    return arrays | {"pad": pad, "type": "conv", "name": row.name, "stride": stride}


def matconvnet_variables(network, layout, per_pixel):
    """All variables of a file: lists are cells, dicts are 1x1 structs."""
    layers = [matconvnet_layer(row, network, layout) for row in network.layers]
    if "fc8" in network.filters:
        layers.append({"name": "prob", "type": "softmax"})
    names = [f"n{i:08}" for i in range(len(network.classes))]
    classes = {"name": names, "description": network.classes}
    size = np.array([[224.0, 224.0, 3.0]])
    if layout == "new":
        normalization = {
            "imageSize": size,
            "keepAspect": 1.0,
            "averageImage": mean_image(per_pixel),
            "border": np.array([[32.0, 32.0]]),
            "cropSize": np.array([[0.875, 0.875]]),
            "interpolation": "bicubic",
        }
        inputs = {"name": "data", "size": np.array([[224.0, 224.0, 3.0, 10.0]])}
        meta = {"inputs": inputs, "classes": classes, "normalization": normalization}
        return {"layers": layers, "meta": meta}
    normalization = {
        "averageImage": mean_image(per_pixel),
        "keepAspect": 1.0,
        "border": np.array([[32.0, 32.0]]),
        "imageSize": size,
        "interpolation": "bicubic",
    }
    return {"layers": layers, "classes": classes, "normalization": normalization}


def dagnn_variables(network):
    """As MatConvNet's `DagNN.saveobj`: arrays of structs (tuples here), parameters by name."""
    simple = matconvnet_variables(network, "new", False)
    layers, params, previous = [], [], "input"
    for layer in simple["layers"]:
        kind = {"conv": "dagnn.Conv", "relu": "dagnn.ReLU", "pool": "dagnn.Pooling"}[layer["type"]]
        names = [f"{layer['name']}f", f"{layer['name']}b"] if layer["type"] == "conv" else []
        ends = {"inputs": [previous], "outputs": [previous := layer["name"] + "x"]}
        layers.append({"name": layer["name"], "type": kind, **ends, "params": names, "block": {}})
        for name, value in zip(names, layer.get("weights", []), strict=True):
            params.append({"name": name, "value": value, "learningRate": 1.0})
    variables = ({"name": "input", "precious": 0.0}, {"name": previous, "precious": 0.0})
    return {"vars": variables, "params": tuple(params), "layers": tuple(layers)} | {
        "meta": simple["meta"]
    }


def scipy_value(value):
    """Turn lists into 1xN cells and tuples into 1xN arrays of structs, for savemat."""
    if isinstance(value, tuple):
        structs = np.empty((1, len(value)), dtype=[(name, object) for name in value[0]])
        for i, struct in enumerate(value):
            structs[0, i] = tuple(scipy_value(part) for part in struct.values())
        return structs
    if isinstance(value, dict):
        return {name: scipy_value(part) for name, part in value.items()}
    if isinstance(value, list):
        cell = np.empty((1, len(value)), dtype=object)
        for i, part in enumerate(value):
            cell[0, i] = scipy_value(part)
        return cell
    return value


def write_v5(path, variables, compressed=False):
    scipy.io.savemat(
        path, {k: scipy_value(v) for k, v in variables.items()}, do_compression=compressed
    )
    return path
