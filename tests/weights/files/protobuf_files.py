"""Caffe's and ONNX' files: written by Google's protobuf, with the messages described here."""

import numpy as np

from .named_arrays import channels_first, torchvision_arrays


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
            field.options.packed = bool(repeated) and kind in (FLOAT, DOUBLE, INT64, INT32)
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
        "int32_data": (5, INT32, True),
        "name": (8, STRING),
        "raw_data": (9, BYTES),
        "double_data": (10, DOUBLE, True),
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


def write_caffe(path, network, v1=True, double=False, beside=None):
    """`v1` as the published files: layers of the first generation, shapes of four numbers.

    Other layers may stand `beside` the network: their arrays by name.
    """
    net = message_classes("caffe", CAFFE)["NetParameter"](name="VGG_ILSVRC_layers", input=["data"])
    layers = net.layers if v1 else net.layer
    layers.add(name="relu0")
    for name, arrays in (channels_first(network) | (beside or {})).items():
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


ONNX_TYPES = {
    "float32": (1, "float_data", np.float32),
    "float64": (11, "double_data", np.float64),
    "float16": (10, "int32_data", np.float16),
    "bfloat16": (16, "int32_data", np.float32),
}
"""Number, the field of its numbers, and what NumPy rounds to first."""


def onnx_numbers(array, kind):
    """Numbers as they lie in `raw_data`; of 16 bits, as the integers that `int32_data` takes."""
    rounded = array.astype(ONNX_TYPES[kind][2])
    if kind == "bfloat16":
        return (rounded.view("<u4") >> 16).astype("<u2")
    return rounded.view("<u2") if kind == "float16" else rounded


def write_onnx(path, network, raw=True, names=None, kind="float32"):
    """`raw` as PyTorch exports: bytes instead of a list of numbers.  Other `names` by layer."""
    model = message_classes("onnx", ONNX)["ModelProto"](ir_version=8)
    model.graph.name = "main_graph"
    model.graph.initializer.add(name="shape", dims=[2], data_type=7, raw_data=bytes(16))
    arrays = torchvision_arrays(network)
    if names:
        pairs = channels_first(network).items()
        arrays = {key: a for name, both in pairs for key, a in zip(names[name], both, strict=True)}
    number, field, _ = ONNX_TYPES[kind]
    for name, array in arrays.items():
        tensor = model.graph.initializer.add(name=name, dims=array.shape, data_type=number)
        stored = onnx_numbers(array, kind)
        if raw:
            tensor.raw_data = stored.tobytes()
        else:
            getattr(tensor, field).extend(stored.ravel().tolist())
    path.write_bytes(model.SerializeToString())
    return path
