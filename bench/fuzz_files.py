"""The files of `fuzz_weights`: small ones of true layout, changed at random, and made to harm."""

import os
import struct
import sys
import zipfile
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np

ROOT = Path(__file__).parents[1]
INTERESTING = (0, 1, 2, 7, 9, 14, 127, 128, 255)
INTERESTING_32 = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x10000, 0xFFFFFF, 0x40000000)


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
    """Write a true file of each format with the first layer alone; return contents by format.

    PyTorch's half a gigabyte would make each fork of this process slow.
    """
    return written_elsewhere(_write_seeds, folder)


def written_elsewhere(write, folder):
    """Let another process write true files into a folder; return contents by name.

    Libraries that only writing needs would make each fork of this one slow, and leave threads.
    """
    child = os.fork()
    if child == 0:
        try:
            write(folder)
        except BaseException as error:
            os.write(2, f"seeds: {error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise RuntimeError("the files cannot be written")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def _write_seeds(folder):
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


HARMFUL_FROM = 100
"""Number of the first file that is made to harm; the tests' short run ends before."""

SMALL = 20_000
"""Bytes up to which a harmful file is also changed."""


def nth_file(number, true, change, harmful, chance):
    """Return a changed file or a harmful one; the first ones are quick to make and to read.

    Parameters
    ----------
    number : int
    true : list of bytes
        Files to change.
    change : callable
        Of `structures`, of bytes and chance; one in four is changed anywhere.
    harmful : callable
        Makes those that are made to harm: each comes once, and one in twenty of the later files is
        a changed one of them.
    chance : random.Random
    """
    if number >= HARMFUL_FROM and number - HARMFUL_FROM < len(harmful()):
        return harmful()[number - HARMFUL_FROM]
    if number > HARMFUL_FROM and chance.random() < 0.05:
        small = [content for content in harmful() if len(content) < SMALL]
        return mutated(chance.choice(small), chance)
    return (change if chance.random() < 0.75 else mutated)(chance.choice(true), chance)


def _place(content, chance):
    """Choose a byte; numbers look alike in all formats: their bytes are seldom zero or ASCII."""
    for _ in range(12):
        at = chance.randrange(len(content))
        around = content[max(at - 8, 0) : at + 8]
        plain = sum(byte in (0, 1, 255) or 32 <= byte < 127 for byte in around)
        if plain > 10 or chance.random() < 0.05:
            break
    return at
