"""Archives that would unpack, or list, more than anybody needs; and headers as long as they say."""

import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.weights import load_weights
from backpaint.weights.assembly.stored import UnsuitableFileError
from backpaint.weights.formats.archive import opened_archive, read_entry
from backpaint.weights.formats.npy import read_header

from ..files.named_arrays import npz_entries

MB = 1 << 20
LARGE = 16 * MB
MOST = 8 * MB


def refusal(path):
    """Return why a file is refused; it takes little memory until then."""
    tracemalloc.start()
    with pytest.raises(UsageError) as caught:
        load_weights(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST
    assert str(caught.value).isprintable()
    return str(caught.value)


def packed(path, name, start, size, method):
    """Write an archive of one entry: `start`, then spaces up to `size`."""
    with zipfile.ZipFile(path, "w", method) as archive, archive.open(name, "w") as entry:
        entry.write(start)
        for _ in range(size // MB):
            entry.write(b" " * MB)
    return path


def npy_start(length, version=2):
    size = struct.pack("<H" if version == 1 else "<I", length)
    return b"\x93NUMPY" + bytes([version, 0]) + size


@pytest.mark.parametrize("version", [2, 3])
def test_a_header_that_says_it_is_long_is_not_read(version, tmp_path):
    start = npy_start(LARGE, version)
    path = packed(tmp_path / "a.npz", "conv1_1_W.npy", start, LARGE, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < MB
    assert f"has a header of {LARGE} bytes; expected at most 1000" in refusal(path)


def test_a_header_of_a_single_array_is_bounded_as_well(tmp_path):
    path = tmp_path / "a.npy"
    with path.open("wb") as file:
        file.write(npy_start(LARGE))
        file.truncate(LARGE)
    assert f"has a header of {LARGE} bytes" in refusal(path)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_headers_of_every_version(version):
    text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 64), }\n"
    file = io.BytesIO(npy_start(len(text), version) + text + b"numbers")
    assert read_header(file) == ((3, 64), np.dtype("<f4"))
    assert file.read() == b"numbers"


def test_a_header_that_is_expensive_to_understand(tmp_path):
    nested = "(" * 90 + "1" + ",)" * 90
    text = f"{{'descr': {'[' * 80}{']' * 80}, 'fortran_order': False, 'shape': {nested}, }}"
    content = npy_start(9900, 1) + text.encode().ljust(9900)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("conv1_1_W.npy", content)
    assert "has a header of 9900 bytes" in refusal(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("conv1_1_W.npy", zipfile.ZIP_BZIP2),
        ("archive/data.pkl", zipfile.ZIP_LZMA),
        ("model.weights.h5", zipfile.ZIP_BZIP2),
    ],
)
def test_entries_that_unpack_without_limit_are_not_unpacked(name, method, tmp_path):
    """bzip2 gives all of it for the first bytes that are asked for: 45 MB a block of 40 bytes."""
    path = packed(tmp_path / "a", name, npy_start(100), LARGE, method)
    says = refusal(path)
    assert f"a is a zip archive, but its entry '{name}' is packed by method {method}" in says
    assert "expected none or deflate" in says


@pytest.mark.parametrize("name", ["data.pkl", "byteorder"])
def test_an_entry_that_lies_about_its_size(name, tmp_path):
    path = tmp_path / "a.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in ("data.pkl", "byteorder"):
            content = b" " * LARGE if each == name else b"little" if each == "byteorder" else b"}."
            archive.writestr(f"archive/{each}", content)
    content = bytearray(path.read_bytes())
    end = content.rindex(f"archive/{name}".encode())
    content[end - 22 : end - 18] = struct.pack("<I", 6)  # the size in the list of entries
    path.write_bytes(content)
    refusal(path)
    with path.open("rb") as file, opened_archive(file) as archive:
        archive.getinfo(f"archive/{name}").file_size = LARGE
        with pytest.raises(UnsuitableFileError, match="has more than 1000 bytes"):
            read_entry(archive, f"archive/{name}", most=1000)


def test_thousands_of_entries_are_not_listed(tmp_path):
    path = tmp_path / "a.npz"
    record = struct.pack("<4s6H3L5H2L", b"PK\1\2", *([0] * 9), 20, *([0] * 6)) + b"0" * 16 + b".npy"
    records = b"PK\3\4" + record * 100_000
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(records) - 4, 4, 0)
    path.write_bytes(records + tail)
    assert "its list of entries has more than 1048576 bytes" in refusal(path)


def test_more_arrays_than_any_network_has(small, tmp_path, monkeypatch):
    """Refused by their number, before the header of any is read."""
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(1001):
            archive.writestr(f"conv{i}.npy", b"no header")
    assert "holds 1001 arrays; expected at most 1000" in refusal(path)


@pytest.mark.parametrize("letters", [17, LARGE // 4])
def test_a_normalization_of_many_letters_is_not_read(letters, small, tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, **npz_entries(small))
    text = b"{'descr': '<U%d', 'fortran_order': False, 'shape': (), }" % letters
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("normalization.npy", "w") as entry,
    ):
        entry.write(npy_start(len(text), 1) + text)
        for start in range(0, 4 * letters, MB):
            entry.write(b"A\0\0\0" * (min(MB, 4 * letters - start) // 4))
    assert "its entry `normalization` is 'no string'" in refusal(path)
