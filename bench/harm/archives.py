"""Zip archives that unpack to much more than they are, and reach out of themselves."""

import io
import struct
import zipfile
from functools import cache

import numpy as np
from fuzz_files import mutated

from .pickles import harmful_objects, pickles

BOMB = 300 << 20
"""Bytes that an entry, or a chunk of HDF5, unpacks to; the worker would notice them."""

MANY = 100_000
"""Entries of an archive."""


@cache
def bomb(entry, start, filling=b"\0", packing=zipfile.ZIP_DEFLATED):
    """A small archive of an entry that unpacks to `BOMB` bytes."""
    packed = io.BytesIO()
    block = filling * ((1 << 20) // len(filling))
    with (
        zipfile.ZipFile(packed, "w", packing) as archive,
        archive.open(entry, "w") as f,
    ):
        f.write(start)
        for _ in range(BOMB >> 20):
            f.write(block)
    return packed.getvalue()


@cache
def crowded(name):
    """An archive of very many entries of the same few bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(MANY):
            archive.writestr(zipfile.ZipInfo(name % number), _npy("<f4", "(0,)"))
    return packed.getvalue()


def crafted_torch(path, secrets, chance):
    programs = pickles(secrets)
    choice = chance.randrange(len(programs) + 3)
    if choice == len(programs) + 2:
        path.write_bytes(crowded("archive/data/%d"))
        return
    if choice == len(programs):
        path.write_bytes(mutated(bomb("archive/data.pkl", b"\x80\x02"), chance))
        return
    with zipfile.ZipFile(path, "w") as archive:
        if choice < len(programs):
            archive.writestr("archive/data.pkl", programs[choice])
        else:
            archive.writestr("../../data.pkl", b"\x80\x02}.")
            archive.writestr("/etc/passwd", b"x")


def crafted_keras(path, secrets, chance):
    path.write_bytes(mutated(bomb("model.weights.h5", b"\x89HDF\r\n\x1a\n"), chance))


def crafted_npz(path, secrets, chance):
    bombs = (
        _header_bomb,
        _name_bomb,
        _packed_header_bomb,
        _filters_bomb,
        lambda: crowded("c%d.npy"),
    )
    if chance.random() < 0.4:
        path.write_bytes(mutated(chance.choice(bombs)(), chance))
        return
    objects = np.array(list(harmful_objects(secrets))[:3], dtype=object)
    hostile = io.BytesIO()
    np.lib.format.write_array(hostile, objects, allow_pickle=True)
    header = _npy("<f4", "(64, 3, 3, 3)")
    nested = "(" * 90 + "1" + ",)" * 90
    entry, content = chance.choice(
        [
            ("conv1_1/w.npy", hostile.getvalue()),
            ("conv1_1/w.npy", b"\x93NUMPY\x02\x00" + struct.pack("<I", 1 << 30) + b" " * 1000),
            ("conv1_1/w.npy", _npy("<f4", "(64, 3**999)  ")),
            ("conv1_1/w.npy", _npy("<f4", nested)),
            ("conv1_1/w.npy", _npy("[" * 80 + "]" * 80, "(64, 3, 3, 3)")),
            ("conv1_1/w.npy", _npy("<f4", f"({'1,' * 4000})")),
            ("normalization.npy", hostile.getvalue()),
            ("normalization.npy", _npy("<U1000000000", "()")),
            ("../../conv1_1/w.npy", header),
        ]
    )
    bias = io.BytesIO()
    np.save(bias, np.ones(64, np.float32))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, content)
        archive.writestr("conv1_1/b.npy", bias.getvalue())


def _npy(dtype, shape):
    """The header of a .npy file, of any texts."""
    kind = dtype if dtype.startswith("[") else repr(dtype)
    text = f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def _header_bomb():
    return bomb("conv1_1_W.npy", b"\x93NUMPY\x02\x00" + struct.pack("<I", BOMB), b" ")


def _packed_header_bomb():
    start = b"\x93NUMPY\x02\x00" + struct.pack("<I", BOMB)
    return bomb("conv1_1_W.npy", start, b" ", zipfile.ZIP_BZIP2)


def _name_bomb():
    return bomb("normalization.npy", _npy(f"<U{BOMB // 4}", "()"), b"A\0\0\0")


def _filters_bomb():
    return bomb("conv1_1/w.npy", _npy("<f4", "(64, 3, 3, 3)"))


def _many_arrays():
    return crowded("conv%d.npy")


BOMBS = (_header_bomb, _packed_header_bomb, _name_bomb, _filters_bomb, _many_arrays)
