"""The files of `fuzz_weights`: small ones of true layout, changed at random, and made to harm."""

import io
import json
import pickle
import random
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace

import h5py
import numpy as np

ROOT = Path(__file__).parents[1]
INTERESTING = (0, 1, 2, 7, 9, 14, 127, 128, 255)
INTERESTING_32 = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x10000, 0xFFFFFF, 0x40000000)
BOMB = 300 << 20
"""Bytes that a zip bomb, or a chunk of HDF5, unpacks to; the worker would notice them."""

Crafted = Callable[[Path, Path, random.Random], None]
"""Writes one harmful file, given its path, a folder of files that nobody may read, and chance."""


WRITERS = "networks named_arrays matconvnet_files matlab73_files keras_files protobuf_files"


def writers():
    """The tests' writers of all formats, from their folder, which no installed package is."""
    package = ModuleType("weights_files")
    package.__path__ = [str(ROOT / "tests/weights/files")]
    sys.modules[package.__name__] = package
    modules = [import_module(f"{package.__name__}.{name}") for name in WRITERS.split()]
    return SimpleNamespace(
        **{key: value for module in modules for key, value in vars(module).items()}
    )


def seeds(folder):
    """Write a true file of each format with the first layer alone; return contents by format."""
    write = writers()
    network = write.first_layers("vgg16", "conv1_1")
    variables = write.matconvnet_variables(network, "new", False)
    old = write.matconvnet_variables(network, "first", False)
    write.write_v5(folder / "matconvnet-v5", variables)
    write.write_v5(folder / "matconvnet-v5, compressed", old, compressed=True)
    write.write_v73(folder / "matconvnet-v7.3", variables)
    dag = write.dagnn_variables(network)
    write.write_v5(folder / "matconvnet-v5, DagNN", dag)
    write.write_v73(folder / "matconvnet-v7.3, DagNN", dag)
    write.write_keras(folder / "keras-h5", network)
    write.write_keras_3(folder / "keras-3", network)
    with zipfile.ZipFile(folder / "keras-archive", "w") as archive:
        archive.write(folder / "keras-3", "model.weights.h5")
    with (folder / "npz").open("wb") as file:
        np.savez(file, **write.npz_entries(network))
    layers = {name: [network.filters[name], network.biases[name]] for name in network.filters}
    with (folder / "npy").open("wb") as file:
        np.save(file, np.array(layers, dtype=object), allow_pickle=True)
    write.write_caffe(folder / "caffe", network)
    write.write_onnx(folder / "onnx", network)
    arrays = write.torchvision_arrays(network)
    from safetensors.numpy import save_file

    save_file(arrays, folder / "safetensors")
    import torch

    state = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
    torch.save(state, folder / "torch, zip")
    torch.save(state, folder / "torch, legacy", _use_new_zipfile_serialization=False)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def mutated(content, chance):
    """Change a file at random; four times of five outside of long rows of numbers."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        at = _place(content, chance) % max(len(data), 1)
        kind = chance.randrange(8)
        if not data:
            break
        if kind == 0:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            data[at] = chance.choice(INTERESTING)
        elif kind == 2:
            data[at] = chance.randrange(256)
        elif kind == 3:
            at -= at % 4
            order = chance.choice("<>")
            data[at : at + 4] = struct.pack(f"{order}I", chance.choice(INTERESTING_32))
        elif kind == 4:
            data[at : at + 8] = struct.pack("<Q", chance.choice((0, 1, 1 << 40, 2**63, 2**64 - 1)))
        elif kind == 5:
            del data[at : at + chance.randrange(1, 64)]
        elif kind == 6:
            data[at:at] = data[at : at + chance.randrange(1, 64)]
        elif chance.random() < 0.3:
            del data[at:]
    return bytes(data)


def _place(content, chance):
    """Choose a byte; numbers look alike in all formats: their bytes are seldom zero or ASCII."""
    for _ in range(12):
        at = chance.randrange(len(content))
        around = content[max(at - 8, 0) : at + 8]
        plain = sum(byte in (0, 1, 255) or 32 <= byte < 127 for byte in around)
        if plain > 10 or chance.random() < 0.05:
            break
    return at


@cache
def bomb(entry, start):
    """A small archive of an entry that unpacks to `BOMB` bytes."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(entry, "w") as f,
    ):
        f.write(start)
        for _ in range(BOMB >> 20):
            f.write(bytes(1 << 20))
    return packed.getvalue()


class Shell:
    """Runs a command when it is unpickled by a real unpickler."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def harmful_objects(secrets):
    import os

    harm = f"touch '{secrets / 'harm'}'"
    yield Shell(os.system, harm)
    yield Shell(open, str(secrets / "secret.bin"))
    yield Shell(eval, f"open({str(secrets / 'secret.bin')!r}).read()")
    yield {"features.0.weight": Shell(exec, "import os; os.mkfifo('x')")}
    yield Shell(__import__, "antigravity")


def pickles(secrets):
    """Programs that run code, or grow without end."""
    for value in harmful_objects(secrets):
        for protocol in range(6):
            yield pickle.dumps(value, protocol)
    yield b"\x80\x02" + b"]" * 90_000 + b"a" * 89_999 + b"."  # nested lists
    yield b"\x80\x02N" + b"\x85" * 90_000 + b"."  # nested tuples
    yield b"\x80\x02]q\x00" + b"h\x00a" * 30_000 + b"."  # a list of itself
    yield b"\x80\x02]q\x00" + b"(" + b"h\x00h\x00h\x00h\x00lq\x00" * 20_000 + b"."
    yield b"\x80\x04\x8d" + struct.pack("<Q", 1 << 40) + b"x."  # a string of a terabyte
    yield b"\x80\x02\x8b" + struct.pack("<i", 1 << 30) + b"\xff."  # an integer of a gigabyte
    yield b"\x80\x02I" + b"9" * 500_000 + b"\n."
    yield b"\x80\x02(c__builtin__\neval\nX\x01\x00\x00\x001o."
    yield b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85\x81."  # NEWOBJ
    yield b"\x80\x02}" + b"K\x01\x85K\x02s."  # a tuple as key
    doubled = ()
    for _ in range(100):  # to hash or print it would take 2^100 steps
        doubled = (doubled, doubled)
    for value in ([doubled], doubled, {"state_dict": doubled}, {"features.0.weight": doubled}):
        yield pickle.dumps(value, 2)


def crafted_torch_zip(path, secrets, chance):
    programs = list(pickles(secrets))
    choice = chance.randrange(len(programs) + 2)
    if choice == len(programs):
        path.write_bytes(mutated(bomb("archive/data.pkl", b"\x80\x02"), chance))
        return
    with zipfile.ZipFile(path, "w") as archive:
        if choice < len(programs):
            archive.writestr("archive/data.pkl", programs[choice])
        else:
            archive.writestr("../../data.pkl", b"\x80\x02}.")
            archive.writestr("/etc/passwd", b"x")


def crafted_torch_legacy(path, secrets, chance):
    magic = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
    parts = [magic, pickle.dumps(1001, 2), pickle.dumps({"little_endian": True}, 2)]
    parts.append(pickle.dumps({}, 2))
    parts.insert(chance.randrange(1, 5), chance.choice(list(pickles(secrets))))
    path.write_bytes(b"".join(parts) + bytes(64))


def crafted_npy(path, secrets, chance):
    header = io.BytesIO()
    described = {"descr": "|O", "fortran_order": False, "shape": ()}
    np.lib.format.write_array_header_1_0(header, described)
    path.write_bytes(header.getvalue() + chance.choice(list(pickles(secrets))))


def crafted_npz(path, secrets, chance):
    objects = np.array(list(harmful_objects(secrets))[:3], dtype=object)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": (64, 3, 3, 3)}
    )
    hostile = io.BytesIO()
    np.lib.format.write_array(hostile, objects, allow_pickle=True)
    long_header = b"\x93NUMPY\x02\x00" + struct.pack("<I", 1 << 30)
    entry, content = chance.choice(
        [
            ("conv1_1/w.npy", hostile.getvalue()),
            ("conv1_1/w.npy", None),
            ("conv1_1/w.npy", long_header + b" " * 1000),
            ("conv1_1/w.npy", header.getvalue().replace(b"(64, 3, 3, 3)", b"(64, 3**999)  ")),
            ("normalization.npy", hostile.getvalue()),
            ("../../conv1_1/w.npy", header.getvalue()),
        ]
    )
    bias = io.BytesIO()
    np.save(bias, np.ones(64, np.float32))
    if content is None:
        path.write_bytes(mutated(bomb(entry, header.getvalue()), chance))
        return
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, content)
        archive.writestr("conv1_1/b.npy", bias.getvalue())


def crafted_hdf5(path, secrets, chance):
    """Change one object of a true file, which lies at `path`, into something that reaches out."""
    with h5py.File(path, "r+") as file:
        names = []
        file.visit(names.append)
        name = chance.choice(names)
        _replace(file, name, secrets, chance)


@cache
def inflating():
    """Deflated zeros."""
    deflate = zlib.compressobj(9)
    return b"".join(deflate.compress(bytes(1 << 20)) for _ in range(BOMB >> 20)) + deflate.flush()


def _replace(file, name, secrets, chance):
    kind = chance.randrange(11)
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


def crafted_keras_archive(path, secrets, chance):
    path.write_bytes(mutated(bomb("model.weights.h5", b"\x89HDF\r\n\x1a\n"), chance))


def crafted_messages(path, secrets, chance):
    def field(number, content):
        return _varint(number * 8 + 2) + _varint(len(content)) + content

    nested = b""
    for _ in range(2000):
        nested = field(2, nested)
    many, number = _varint(2**63 - 25) * 9_000, field(5, bytes(4))  # axes; their product is huge
    path.write_bytes(
        chance.choice(
            [
                nested,
                field(2, b"\x22\x07conv1_1" + field(6, b"\x08" + _varint(1 << 60)) * 2),
                field(100, field(1, b"conv1_1") + field(7, field(7, field(1, b"\xff" * 9))) * 2),
                b"\x08\x07" + field(7, field(5, b"\x10\x01" + field(8, b"a\nb\x1b[2J"))),
                b"\x0a\x00" * 500_000 + field(2, b""),
                b"\x12" + _varint(1 << 62) + b"x",
                field(100, field(1, b"conv1_1") + field(7, field(7, field(1, many)) + number) * 2),
                b"\x08\x07" + field(7, field(5, field(1, many) + b"\x10\x01" + field(9, number))),
                field(100, b"\x0a\x00" * 90_000) * 20,
            ]
        )
    )


def _varint(value):
    encoded = b""
    while value > 127:
        encoded += bytes([value & 127 | 128])
        value >>= 7
    return encoded + bytes([value])


def crafted_safetensors(path, secrets, chance):
    entry = {"dtype": "F32", "shape": [64, 3, 3, 3], "data_offsets": [0, 6912]}
    header = chance.choice(
        [
            '{"a":' * 90_000,
            '{"a":' + "9" * 500_000 + "}",
            json.dumps({"features.0.weight": entry | {"shape": [2**62, 2**62]}}),
            json.dumps({"features.0.weight": entry | {"data_offsets": [2**62, 2**62 + 6912]}}),
            json.dumps({"features.0.weight": entry | {"shape": [0] * 1000}}),
            json.dumps({"features.0.weight": entry | {"shape": [9] * 300_000}}),
            json.dumps({"__metadata__": {"format": "backpaint-1"}, "conv1_1.filters": entry}),
            json.dumps({"__metadata__": 3, "features.0.weight": entry}),
            json.dumps({"features.0.weight": entry | {"dtype": ["F32"]}}),
            '{"features.0.weight": NaN}',
        ]
    ).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(6912))


CRAFTED: dict[str, Crafted] = {
    "torch, zip": crafted_torch_zip,
    "torch, legacy": crafted_torch_legacy,
    "npy": crafted_npy,
    "npz": crafted_npz,
    "keras-h5": crafted_hdf5,
    "keras-3": crafted_hdf5,
    "matconvnet-v7.3": crafted_hdf5,
    "matconvnet-v7.3, DagNN": crafted_hdf5,
    "keras-archive": crafted_keras_archive,
    "caffe": crafted_messages,
    "onnx": crafted_messages,
    "safetensors": crafted_safetensors,
}
