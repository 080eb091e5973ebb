"""Measures the worst files that the readers' bounds let through, and writes them into a table.

    python bench/bounds.py --output docs/fuzz.md

Each is made for one bound: as large as that allows.  A fresh process reads it, and tells its own
time and by how much it grew at its peak (Linux only: its kernel forgets earlier peaks on demand),
or what its child process took in all, if that is more.
"""

import argparse
import json
import os
import pickle
import re
import resource
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import bounds_runs
import numpy as np

from backpaint.errors import UsageError
from backpaint.images import read, read_metadata, write_image
from backpaint.isolation import decode_picture
from backpaint.isolation.whole.png import unpacked_share
from backpaint.vgg import layer_table
from backpaint.weights import load_weights

BEGIN, END = "| file | bounded | at most |", "\n<!-- end of the bounds -->"


class Bound(NamedTuple):
    """A row: what is bounded in which file, by how much, and who writes and reads the worst."""

    file: str
    bounded: str
    most: str
    write: Callable[[Path], object]
    read: Callable[[Path], object]


def load(path):
    load_weights(path, trust=True)


def whole_network(path):
    """VGG-19 with its head in float64, every number the same, so that deflate packs it well."""
    arrays = {}
    for row in layer_table(19, head=True):
        if row.kind in ("conv", "linear"):
            shape = (row.channels_in, row.channels_out)
            filters = (3, 3, *shape) if row.kind == "conv" else shape
            arrays[f"{row.name}_W"] = np.broadcast_to(0.01, filters)
            arrays[f"{row.name}_b"] = np.zeros(row.channels_out)
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def npy(text):
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def headers(path):
    """A thousand arrays whose headers have a thousand bytes, of shapes with hundreds of axes."""
    text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (" + b"1," * 470 + b"), }"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(1000):
            archive.writestr(f"conv{i}.npy", npy(text.ljust(1000)))


def entries(path):
    """As many entries as a list of a megabyte names."""
    with zipfile.ZipFile(path, "w") as archive:
        for i in range((1 << 20) // 56):
            archive.writestr(f"{i:06}.npy", b"")


def instructions(count):
    """A pickle of so many instructions, which builds a list of lists."""
    return b"\x80\x02](" + b"]N\x86" * ((count - 5) // 3) + b"e."


def torch_archive(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", instructions(100_000))


def keys(path):
    """An older .pth whose pickle is a dict of as many keys as instructions allow."""
    magic = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2)
    pairs = b"".join(b"\x8a\x08" + struct.pack("<q", k << 45) + b"N" for k in range(31_000))
    path.write_bytes(magic + (b"\x80\x02}(" + pairs + b"u.") * 3)


def dictionary(path):
    """VGG-16 without its head, as tensorflow-vgg keeps it."""
    network = load_weights("vgg16")
    value = {name: [network.filters[name], network.biases[name]] for name in network.filters}
    with path.open("wb") as file:
        np.save(file, np.array(value, dtype=object), allow_pickle=True)


def varint(value):
    return bytes([value & 127 | 128]) + varint(value >> 7) if value > 127 else bytes([value])


def message(path):
    """A .caffemodel of as many fields as may be looked at, in layers of nine thousand."""
    layer = b"\x22\x01a" + b"\x08\x01" * 9_000
    path.write_bytes((b"\x12" + varint(len(layer)) + layer) * 12)


def header(path):
    """A safetensors file whose header has a megabyte."""
    entry = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    text = json.dumps({f"{i:06}": entry for i in range(16_000)}).encode()[: 1 << 20]
    path.write_bytes(len(text).to_bytes(8, "little") + text)


def png(path, width, height, rows):
    def chunk(tag, data):
        return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + parts)


def unpack(path):
    with path.open("rb") as file:
        assert unpacked_share(file) == 1


def decoded(path):
    """Decode a picture here instead of in a child process."""
    values, _ = decode_picture.decode(str(path), 100_000_000)
    if "refused" in values:
        raise UsageError(values["refused"])


def settings(path):
    """A painting whose settings have almost as many bytes as a child may answer."""
    text = json.dumps({"notes": ["a" * 1000] * 4_100})
    write_image(path.with_suffix(".png"), np.zeros((1, 1, 3)), metadata={"backpaint": text})
    path.with_suffix(".png").rename(path)


BOUNDS = (
    Bound("`.npz`", "numbers", "those of VGG-19 with its head, float64", whole_network, load),
    Bound("`.npz`, `.npy`", "headers", "1000 of 1000 bytes", headers, load),
    Bound("zip archives", "list of entries; packing", "1 MiB; none or deflate", entries, load),
    Bound("`.pth`", "pickle", "1 MiB, 100,000 instructions", torch_archive, load),
    Bound("`.pth`", "keys", "text, or numbers below 2^61 - 1", keys, load),
    Bound("`.npy`", "pickled numbers", "the size of the file, 1.2 GB", dictionary, load),
    Bound("`.caffemodel`, `.onnx`", "fields; names", "100,000; 1000 bytes", message, load),
    Bound("`.safetensors`", "header", "1 MiB", header, load),
    Bound("PNG", "unpacked bytes", "100 megapixels, three bytes each",
          lambda path: png(path, 10_000, 10_000, bytes(300_010_000)), unpack),
    Bound("PNG", "rows that are missing", "none",
          lambda path: png(path, 1, 99_000_000, bytes(4)), decoded),
    Bound("a painting's settings", "text", "4 MiB", settings, read_metadata),
    *(Bound(*row) for row in bounds_runs.ROWS),
)  # fmt: skip


def memory(which):
    """Tell what this process uses, or used at its peak, in millions of bytes."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{which}:\s+(\d+) kB", status)[1]) * 1024 / 1e6


def attempt(bound, path):
    """Read a file in this process; return a cell for each column that is measured."""
    load_weights("vgg16")  # modules and tables are not the file's
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak
    used = memory("VmRSS")
    others = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    begin = time.process_time()
    try:
        bound.read(path)
        result = "read"
    except UsageError:
        result = "refused"
    grown = memory("VmHWM") - used
    read._DECODER.close()  # the child that decodes pictures
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = time.process_time() - begin + children.ru_utime + children.ru_stime
    if children.ru_maxrss > others:
        grown = max(grown, children.ru_maxrss * 1024 / 1e6)
    return [f"{path.stat().st_size:,}", result, f"{seconds:.1f} s", f"{grown:.0f} MB"]


def measured(number, folder):
    kind = re.search(r"`(\.toml|\.npz)`", BOUNDS[number].file)  # which some readers ask for
    path = folder / f"worst{kind[1] if kind else ''}"
    BOUNDS[number].write(path)
    command = [sys.executable, __file__, "--attempt", str(number), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    path.unlink()
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attempt", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help="a page to write the table into")
    options = parser.parse_args()
    if options.attempt:
        number, path = options.attempt
        print(json.dumps(attempt(BOUNDS[int(number)], Path(path))))
        return
    lines = [
        f"{BEGIN} worst file, bytes | result | time | memory |",
        "|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for number, bound in enumerate(BOUNDS):
            cells = [bound.file, bound.bounded, bound.most, *measured(number, Path(folder))]
            lines.append(f"| {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    if options.output:
        page = options.output.read_text()
        begin, end = page.index(BEGIN), page.index(END)
        options.output.write_text(page[:begin] + "\n".join(lines) + "\n" + page[end:])


if __name__ == "__main__":
    main()
