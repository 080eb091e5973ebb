"""HDF5 files of the newer format, changed where it hurts: in structures with a checksum.

Since HDF5 1.8, groups of many links and attributes lie in fractal heaps that B-trees of another
kind index, and chunks have five kinds of index.  h5py writes the older format by itself.
"""

import io
import struct
import zipfile
from functools import cache

import h5py
import numpy as np
from hdf5_checksums import repaired, structures

VERSIONS = ("v108", "v110", "latest")
INTERESTING = (0, 1, 2, 3, 4, 7, 8, 16, 31, 32, 64, 127, 128, 255)
INTERESTING_WORDS = (0, 1, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
MANY = 12
"""Links of a group, or attributes, that no longer fit into its header."""


def packings(shape):
    """How a dataset may lie in a file: an index of chunks each, and filters."""
    half = tuple(max(length // 2, 1) for length in shape)
    open_first, open_all = (None, *shape[1:]), (None,) * len(shape)
    return {
        "contiguous": {},
        "one chunk": {"chunks": shape},
        "one packed chunk": {"chunks": shape, "compression": "gzip", "fletcher32": True},
        "fixed array": {"chunks": half, "fletcher32": True},
        "packed fixed array": {"chunks": half, "compression": "gzip", "shuffle": True},
        "extensible array": {"chunks": half, "maxshape": open_first, "fletcher32": True},
        "B-tree": {"chunks": half, "maxshape": open_all},
        "packed B-tree": {"chunks": half, "maxshape": open_all, "compression": "gzip"},
    }


def modern(path, version, packing):
    """Copy the HDF5 file at a path into one of a newer format, crowded with links and attributes.

    Returns
    -------
    bytes
    """
    content = io.BytesIO()
    with (
        h5py.File(path) as old,
        h5py.File(content, "w", libver=(version, version), track_order=version == "v110") as new,
    ):
        _copy_attributes(old, new)
        old.visititems(lambda name, item: _copy(new, name, item, packing))
        for number in range(MANY):
            new.create_group(f"other {number}")
            new.attrs[f"attribute {number}"] = np.arange(number)
    return content.getvalue()


def _copy(new, name, item, packing):
    if isinstance(item, h5py.Dataset):
        options = packings(item.shape)[packing] if item.ndim else {}
        copy = new.create_dataset(name, data=item[()], **options)
    else:
        copy = new.require_group(name)
    _copy_attributes(item, copy)


def _copy_attributes(item, copy):
    for name, value in item.attrs.items():
        copy.attrs[name] = value


@cache
def seed(path, version, packing):
    """Return a file in a newer version and packing, and its structures."""
    content = modern(path, version, packing)
    return content, structures(content)


def mutated(paths, chance):
    """Change some bytes of structures of a file, and make their checksums right."""
    packing = chance.choice(list(packings(())))
    content, found = seed(chance.choice(paths), chance.choice(VERSIONS), packing)
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        start, end, _ = chance.choice(found)
        at = chance.randrange(start + 4, end)  # behind the signature
        kind = chance.randrange(6)
        if kind == 0:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            data[at] = chance.choice(INTERESTING)
        elif kind == 2:
            data[at] = chance.randrange(256)
        elif kind == 3:
            _put(data, at, end, struct.pack("<I", chance.choice(INTERESTING_WORDS)))
        elif kind == 4:
            _put(data, at, end, struct.pack("<Q", chance.choice((0, 1, len(data), 2**64 - 1))))
        else:  # what another structure has there: addresses and types of B-trees, for instance
            other = chance.choice(found).start + at - start
            _put(data, at, end, data[other : other + chance.randrange(1, 9)])
    return repaired(bytes(data), content, found)


def _put(data, at, end, piece):
    piece = piece[: end - at]
    data[at : at + len(piece)] = piece


def archived(content):
    """Put an HDF5 file into a .keras archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("model.weights.h5", content)
    return archive.getvalue()
