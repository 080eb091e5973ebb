"""HDF5 files whose objects lead elsewhere, unpack to gigabytes, or repeat one thing endlessly."""

import struct
import zlib
from functools import cache

import h5py
import numpy as np

from .archives import BOMB

REPEATS = 4000
KINDS = [*range(13)] * 9 + [13]
"""The last fills two gigabytes, and is seldom for that."""


def crafted(path, secrets, chance):
    """Change one object of a true file, which lies at `path`, into something that reaches out."""
    with h5py.File(path, "r+") as file:
        names = []
        file.visit(names.append)
        name = chance.choice(names)
        kind = chance.choice(KINDS)
        if kind < 11:
            _replace(file, name, kind, secrets, chance)
        elif kind == 11:
            _never_written(file, name)
        else:
            _shared(file)
    if kind == 13:
        one_name(path)


@cache
def inflating():
    """Deflated zeros."""
    deflate = zlib.compressobj(9)
    return b"".join(deflate.compress(bytes(1 << 20)) for _ in range(BOMB >> 20)) + deflate.flush()


def _replace(file, name, kind, secrets, chance):
    attributes = dict(file[name].attrs)
    shape = getattr(file[name], "shape", None) or (64,)
    dtype = np.dtype("f4")
    if kind == 8:  # a cycle of hard links
        file[name.split("/")[0] + "/self" if "/" in name else "self"] = file["/"]
        return
    del file[name]
    if kind == 0:
        file[name] = h5py.ExternalLink(str(secrets / "secret.h5"), "/")
    elif kind == 1:
        file[name] = h5py.ExternalLink(str(secrets / "secret.h5"), "secret")
    elif kind == 2:
        file[name] = h5py.SoftLink(chance.choice(["/", f"/{name}", "/nowhere"]))
    elif kind == 3:
        raw = [(str(secrets / "secret.bin"), 0, h5py.h5f.UNLIMITED)]
        file.create_dataset(name, shape, dtype, external=raw)
    elif kind == 4:
        layout = h5py.VirtualLayout(shape, dtype)
        layout[...] = h5py.VirtualSource(str(secrets / "secret.h5"), "secret", shape)
        file.create_virtual_dataset(name, layout)
    elif kind == 5:
        file.create_dataset(name, (1 << 40, 64), dtype, chunks=(1, 64))
    elif kind == 6:
        file[name] = file["/"]
    elif kind in (9, 10):  # a chunk that unpacks to more than it says, or that is larger than all
        wide = (*shape[:-1], BOMB // 4) if kind == 10 else tuple(max(n, 1) for n in shape)
        most = (*shape[:-1], None) if kind == 10 else None
        packed = file.create_dataset(
            name, shape, dtype, chunks=wide, maxshape=most, compression="gzip"
        )
        packed.id.write_direct_chunk((0,) * len(shape), inflating())
    else:
        file.create_group(name + "/x" * 500)
    for key, value in attributes.items():
        if kind in (3, 4, 5, 9, 10):
            file[name].attrs[key] = value


def _never_written(file, name):
    """A dataset of many tiny chunks, none of which is there: the file chooses the number."""
    shape = getattr(file[name], "shape", None) or (64,)
    attributes = dict(file[name].attrs)
    del file[name]
    options = {"chunks": (1,) * len(shape), "fillvalue": 0.01, "compression": "gzip"}
    file.create_dataset(name, tuple(max(length, 1) for length in shape), "f4", **options)
    file[name].attrs.update(attributes)


def _shared(file):
    """Cells of MATLAB 7.3, each with thousands of references to its first part."""
    cells = []
    file.visititems(
        lambda name, item: (
            cells.append(name)
            if isinstance(item, h5py.Dataset) and item.dtype == h5py.ref_dtype
            else None
        )
    )
    for name in cells:
        first, attributes = file[name][()].flat[0], dict(file[name].attrs)
        del file[name]
        repeated = np.full((10_000, 1), first, dtype=object)
        file.create_dataset(name, data=repeated, dtype=h5py.ref_dtype).attrs.update(attributes)


def one_name(path):
    """Let an attribute list one text of a megabyte very often, which the file holds once."""
    size = 1 << 20
    with h5py.File(path, "r+") as file:
        file.attrs.pop("layer_names", None)
        names = np.array(["B" * size] + ["x"] * (REPEATS - 1), dtype=object)
        file.attrs.create("layer_names", names, dtype=h5py.string_dtype())
    content = bytearray(path.read_bytes())
    at = content.find(struct.pack("<I", size))
    while at >= 0:
        place = struct.unpack_from("<Q", content, at + 4)[0] if at + 12 <= len(content) else 0
        if content[place : place + 4] == b"GCOL" or content[place + 512 :][:4] == b"GCOL":
            content[at : at + 16 * REPEATS] = content[at : at + 16] * REPEATS
            break
        at = content.find(struct.pack("<I", size), at + 1)
    path.write_bytes(content)
