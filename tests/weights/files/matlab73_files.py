"""MATLAB 7.3: HDF5 around the variables that `matconvnet_files` describes."""

from pathlib import Path

import h5py
import numpy as np


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
            # An empty array is stored as its sizes.
            data = array.T if array.size else np.array(array.shape, np.uint64)
            item = parent.create_dataset(name, data=data, **packing)
            if not array.size:
                item.attrs["MATLAB_empty"] = np.uint8(1)
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
