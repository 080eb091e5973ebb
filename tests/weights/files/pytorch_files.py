"""PyTorch's files of both forms, written without PyTorch: trees of dicts, lists and arrays."""

import struct
import zipfile

import numpy as np

STORAGES = {"f4": "Float", "f2": "Half", "f8": "Double", "i8": "Long", "b1": "Bool"}


class Pickled:
    """A pickle of protocol 2; the numbers of its tensors are kept beside it."""

    def __init__(self, tree, view=()):
        self.view = view  # of a storage; the older form says that there is none
        self.storages = []
        self.kept = {}
        self.code = b"\x80\x02" + self.put(tree) + b"."

    def put(self, value):
        if isinstance(value, bytes):  # a pickle already
            return value
        if isinstance(value, str):
            encoded = value.encode()
            return b"X" + struct.pack("<i", len(encoded)) + encoded
        if isinstance(value, bool) or value is None:
            return {True: b"\x88", False: b"\x89", None: b"N"}[value]
        if isinstance(value, int):
            return b"J" + struct.pack("<i", value)
        if isinstance(value, float):
            return b"G" + struct.pack(">d", value)
        if isinstance(value, tuple):
            return b"(" + b"".join(map(self.put, value)) + b"t"
        if isinstance(value, list):
            return b"](" + b"".join(map(self.put, value)) + b"e"
        if isinstance(value, dict):
            return self.put_dict(value)
        return self.put_tensor(np.ascontiguousarray(value))

    def put_dict(self, value):
        """The same dict again is the same dict for whoever reads it."""
        if id(value) in self.kept:
            return b"j" + struct.pack("<I", self.kept[id(value)][0])
        self.kept[id(value)] = (len(self.kept), value)
        memo = b"r" + struct.pack("<I", len(self.kept) - 1)
        items = b"".join(self.put(part) for item in value.items() for part in item)
        return b"}" + memo + b"(" + items + b"u"

    def put_tensor(self, array):
        key = str(len(self.storages))
        self.storages.append(array)
        kind = f"ctorch\n{STORAGES[array.dtype.str[1:]]}Storage\n".encode()
        storage = self.put(("storage", kind, key, "cpu", array.size, *self.view)) + b"Q"
        strides = tuple(step // array.itemsize for step in array.strides)
        hooks = b"ccollections\nOrderedDict\n)R"
        parts = (storage, 0, array.shape, strides, False, hooks)
        return b"ctorch._utils\n_rebuild_tensor_v2\n" + self.put(parts) + b"R"


def write_pth(path, tree, is_zip=True, other=()):
    """Some bytes of the pickle may be `other` ones: (those of PyTorch, those instead)."""
    pickled = Pickled(tree, view=() if is_zip else (None,))
    if other:
        pickled.code = pickled.code.replace(*other)
    if is_zip:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickled.code)
            for key, array in enumerate(pickled.storages):
                archive.writestr(f"archive/data/{key}", array.tobytes())
            archive.writestr("archive/version", "3\n")
        return path
    sizes = {"protocol_version": 1001, "little_endian": True, "type_sizes": {}}
    with path.open("wb") as file:
        file.write(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")
        for part in (1001, sizes):
            file.write(Pickled(part).code)
        file.write(pickled.code)
        file.write(Pickled([str(key) for key in range(len(pickled.storages))]).code)
        for array in pickled.storages:
            file.write(array.size.to_bytes(8, "little") + array.tobytes())
    return path
