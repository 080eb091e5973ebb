"""Writers of the files that people have, each laid out as the program that made it lays it out."""

from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io

from backpaint.vgg import HEAD_IMAGE_SIZE, layer_table
from backpaint.weights import load_weights

MEAN_RGB = (123.68, 116.779, 103.939)


@dataclass
class Network:
    """Real numbers to be written and read back, in the house's order, first layer B, G, R."""

    depth: int
    filters: dict
    biases: dict
    classes: list = field(default_factory=lambda: ["tench, Tinca tinca", "goldfish", "día"])

    @property
    def rgb_filters(self):
        """The filters as MatConvNet has them: the first layer expects R, G, B."""
        first = np.ascontiguousarray(self.filters["conv1_1"][:, :, ::-1])
        return self.filters | {"conv1_1": first}

    @property
    def layers(self):
        """The rows of the VGG table up to the last layer that is there."""
        table = layer_table(self.depth, head="fc8" in self.filters)
        last = [row.name for row in table].index(list(self.filters)[-1])
        return table[: last + 2]  # with its ReLU


def beginning(network, last):
    """The layers of a network up to one of them."""
    names = list(network.filters)
    kept = names[: names.index(last) + 1]
    return Network(
        network.depth,
        {name: network.filters[name] for name in kept},
        {name: network.biases[name] for name in kept},
    )


def first_layers(name, last):
    return beginning(load_weights(name), last)


@pytest.fixture(scope="session")
def small():
    """The first three layers of VGG-16: quick to write."""
    return first_layers("vgg16", "conv2_1")


@pytest.fixture(scope="session")
def up_to_conv3_4():
    """The first layers of VGG-19, up to the first that VGG-16 does not have."""
    return first_layers("vgg19", "conv3_4")


@pytest.fixture(scope="session")
def with_head():
    """All of VGG-16; the head, which is not embedded, has its true shapes and random numbers."""
    network = first_layers("vgg16", "conv5_3")
    random = np.random.default_rng(6)
    for row in layer_table(16, head=True):
        if row.kind == "linear":
            shape = (row.channels_in, row.channels_out)
            network.filters[row.name] = random.standard_normal(shape, dtype=np.float32)
            network.biases[row.name] = random.standard_normal(row.channels_out, dtype=np.float32)
    network.classes = [f"class {i}" for i in range(1000)]
    return network


# MatConvNet


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


class Matlab73Writer:
    """HDF5 as MATLAB 7.3 lays it out (axes reversed, cells as references into ``#refs#``)."""

    def __init__(self, file):
        self.file = file
        self.references = file.create_group("#refs#")

    def put(self, parent, name, value):
        if isinstance(value, dict):
            item = parent.create_group(name)
            for key, part in value.items():
                self.put(item, key, part)
            kind = "struct"
        elif isinstance(value, tuple):
            item, kind = parent.create_group(name), "struct"
            for key in value[0]:
                self._references(item, key, [struct[key] for struct in value])
        elif isinstance(value, list):
            item, kind = self._cell(parent, name, value), "cell"
        elif isinstance(value, str):
            units = np.frombuffer(value.encode("utf-16-le"), dtype="<u2")
            item = parent.create_dataset(name, data=units.reshape(-1, 1))
            item.attrs["MATLAB_int_decode"] = np.int32(2)
            kind = "char"
        else:
            array = np.atleast_2d(value)
            # MATLAB packs all large arrays; the head's would take a minute here.
            packed = 10_000 < array.size < 1_000_000
            packing = {"chunks": True, "compression": "gzip"} if packed else {}
            item = parent.create_dataset(name, data=array.T, **packing)
            kind = "single" if array.dtype == np.float32 else "double"
        item.attrs["MATLAB_class"] = np.bytes_(kind)
        return item

    def _cell(self, parent, name, parts):
        if not parts:
            item = parent.create_dataset(name, data=np.array([0, 0], dtype=np.uint64))
            item.attrs["MATLAB_empty"] = np.uint8(1)
            return item
        return self._references(parent, name, parts)

    def _references(self, parent, name, parts):
        item = parent.create_dataset(name, (len(parts), 1), dtype=h5py.ref_dtype)
        for i, part in enumerate(parts):
            item[i, 0] = self.put(self.references, f"r{len(self.references)}", part).ref
        return item


def write_v73(path, variables):
    with h5py.File(path, "w", userblock_size=512) as file:
        writer = Matlab73Writer(file)
        for name, value in variables.items():
            writer.put(file, name, value)
    header = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Jun  1 12:00:00 2020"
    with Path(path).open("r+b") as file:
        file.write(header.ljust(116) + bytes(8) + b"\x00\x02IM")
    return path


# Keras


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


# Caffe and ONNX: written by Google's protobuf, with the messages described here


def message_classes(package, described):
    """Build message classes: {message: {field: (number, type, repeated, packed)}}."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package)
    for message, described_fields in described.items():
        added = file.message_type.add(name=message)
        for name, (number, kind, *repeated) in described_fields.items():
            field = added.field.add(name=name, number=number, label=3 if repeated else 1)
            if isinstance(kind, str):
                field.type, field.type_name = 11, f".{package}.{kind}"
            else:
                field.type = kind
            field.options.packed = bool(repeated) and kind in (FLOAT, DOUBLE, INT64)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        message: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{message}"))
        for message in described
    }


DOUBLE, FLOAT, INT64, INT32, STRING, BYTES = 1, 2, 3, 5, 9, 12
CAFFE = {
    "BlobShape": {"dim": (1, INT64, True)},
    "BlobProto": {
        **{name: (i + 1, INT32) for i, name in enumerate(("num", "channels", "height", "width"))},
        "data": (5, FLOAT, True),
        "diff": (6, FLOAT, True),
        "shape": (7, "BlobShape"),
        "double_data": (8, DOUBLE, True),
    },
    "V1LayerParameter": {"name": (4, STRING), "type": (5, INT32), "blobs": (6, "BlobProto", True)},
    "LayerParameter": {"name": (1, STRING), "type": (2, STRING), "blobs": (7, "BlobProto", True)},
    "NetParameter": {
        "name": (1, STRING),
        "layers": (2, "V1LayerParameter", True),
        "input": (3, STRING, True),
        "layer": (100, "LayerParameter", True),
    },
}
ONNX = {
    "TensorProto": {
        "dims": (1, INT64, True),
        "data_type": (2, INT32),
        "float_data": (4, FLOAT, True),
        "name": (8, STRING),
        "raw_data": (9, BYTES),
        "data_location": (14, INT32),
    },
    "GraphProto": {"name": (2, STRING), "initializer": (5, "TensorProto", True)},
    "ModelProto": {"ir_version": (1, INT64), "graph": (7, "GraphProto")},
}


def varint(value):
    encoded = b""
    while value > 127:
        encoded += bytes([value & 127 | 128])
        value >>= 7
    return encoded + bytes([value])


def write_caffe(path, network, v1=True, double=False):
    """`v1` as the published files: layers of the first generation, shapes of four numbers."""
    net = message_classes("caffe", CAFFE)["NetParameter"](name="VGG_ILSVRC_layers", input=["data"])
    layers = net.layers if v1 else net.layer
    layers.add(name="relu0")
    for name, arrays in channels_first(network).items():
        layer = layers.add(name=name)
        for array in arrays:
            blob = layer.blobs.add()
            if v1:
                sizes = (1,) * (4 - array.ndim) + array.shape
                blob.num, blob.channels, blob.height, blob.width = sizes
            else:
                blob.shape.dim.extend(array.shape)
            if array.size > 1_000_000:  # protobuf's `extend` would take a minute
                blob.MergeFromString(b"\x2a" + varint(array.nbytes) + array.tobytes())
            else:
                (blob.double_data if double else blob.data).extend(array.ravel())
    path.write_bytes(net.SerializeToString())
    return path


def write_onnx(path, network, raw=True, names=None):
    """`raw` as PyTorch exports: bytes instead of a list of floats.  Other `names` by layer."""
    model = message_classes("onnx", ONNX)["ModelProto"](ir_version=8)
    model.graph.name = "main_graph"
    model.graph.initializer.add(name="shape", dims=[2], data_type=7, raw_data=bytes(16))
    arrays = torchvision_arrays(network)
    if names:
        pairs = channels_first(network).items()
        arrays = {key: a for name, both in pairs for key, a in zip(names[name], both, strict=True)}
    for name, array in arrays.items():
        tensor = model.graph.initializer.add(name=name, dims=array.shape, data_type=1)
        if raw:
            tensor.raw_data = array.tobytes()
        else:
            tensor.float_data.extend(array.ravel())
    path.write_bytes(model.SerializeToString())
    return path


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


@pytest.fixture(scope="session")
def files():
    """The writers, for tests."""

    class Writers:
        beginning = staticmethod(beginning)
        matconvnet_variables = staticmethod(matconvnet_variables)
        dagnn_variables = staticmethod(dagnn_variables)
        v5 = staticmethod(write_v5)
        v73 = staticmethod(write_v73)
        keras = staticmethod(write_keras)
        npz_entries = staticmethod(npz_entries)
        channels_first = staticmethod(channels_first)
        torchvision_names = staticmethod(torchvision_names)
        torchvision_arrays = staticmethod(torchvision_arrays)
        caffe = staticmethod(write_caffe)
        varint = staticmethod(varint)
        onnx = staticmethod(write_onnx)
        keras_3 = staticmethod(write_keras_3)

    return Writers


@pytest.fixture(scope="session")
def assert_same():
    """Bit for bit, contiguous, float32."""

    def check(weights, filters, biases):
        assert list(weights.filters) == list(filters)
        assert list(weights.biases) == list(biases)
        for arrays, expected in ((weights.filters, filters), (weights.biases, biases)):
            for name, array in arrays.items():
                assert array.dtype == np.float32
                assert array.flags.c_contiguous
                assert array.shape == expected[name].shape, name
                assert array.tobytes() == np.ascontiguousarray(expected[name]).tobytes(), name

    return check
