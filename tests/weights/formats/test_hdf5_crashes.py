"""Files that crash HDF5 itself, or would if they could: made here, with right checksums."""

import random
import struct
import sys
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.weights import load_weights
from backpaint.weights.formats import isolated

from ..files.keras_files import write_keras

BENCH = Path(__file__).parents[3] / "bench"
SHARED = Path(__file__).parents[3] / "../shared/cases/harm"


@pytest.fixture(autouse=True)
def parsers_keep_their_child():
    """Give every file its own, as the program does: here they end."""


@pytest.fixture(scope="module")
def checksums():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCH))
        import hdf5_checksums

        yield hdf5_checksums


@pytest.fixture(scope="module")
def fuzz(checksums):
    import fuzz_hdf5

    return fuzz_hdf5


@pytest.fixture(scope="module")
def plain(small, tmp_path_factory):
    return write_keras(tmp_path_factory.mktemp("plain") / "plain.h5", small)


def test_checksums_of_published_examples(checksums):
    """They stand at the end of lookup3.c."""
    assert checksums.lookup3(b"") == 0xDEADBEEF
    assert checksums.lookup3(b"Four score and seven years ago") == 0x17770551


def test_lengths_are_independent(checksums):
    data = random.Random(0).randbytes(40)
    together = checksums.prefix_checksums(data, range(41))
    assert together.tolist() == [checksums.lookup3(data[:length]) for length in range(41)]


INDEXES = ("fixed array", "extensible array", "packed B-tree")
"""Of chunks, in the latest format; version 1.8 knows one alone, which has no checksum."""


@pytest.mark.parametrize(("version", "packings"), [("v108", INDEXES[:1]), ("latest", INDEXES)])
def test_every_structure_of_a_file_is_found(version, packings, fuzz, checksums, plain):
    """That is: for each signature, what is computed is what HDF5 stored."""
    kinds = set()
    for packing in packings:
        content = fuzz.modern(plain, version, packing)
        found = checksums.structures(content)
        signatures = (*checksums.SIGNATURES, checksums.HEAP_BLOCK)
        assert len(found) == sum(map(content.count, signatures))
        assert checksums.repaired(content, content, found) == content
        kinds |= {content[structure.start : structure.start + 4] for structure in found}
    expected = {b"\x89HDF", b"OHDR", b"OCHK", b"FRHP", b"FHDB", b"BTHD", b"BTLF", b"FSHD", b"FSSE"}
    indexes = {b"FAHD", b"FADB", b"EAHD", b"EAIB", b"BTIN"} if version == "latest" else set()
    assert kinds >= expected | indexes


@pytest.fixture(scope="module")
def crowded(fuzz, checksums, plain):
    content = fuzz.modern(plain, "v108", "contiguous")
    return content, checksums.structures(content)


def test_only_a_right_checksum_gets_through(checksums, crowded, tmp_path):
    content, found = crowded
    at = content.index(b"BTLF") + 8
    changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    repaired = checksums.repaired(changed, content, found)
    assert [a != b for a, b in zip(changed, repaired, strict=True)].count(True) in (3, 4)
    for data, is_stopped in ((changed, True), (repaired, False)):
        (tmp_path / "vgg.h5").write_bytes(data)
        sentence = "loaded"
        try:
            load_weights(tmp_path / "vgg.h5")
        except UsageError as error:
            sentence = str(error)
        assert ("incorrect metadata checksum" in sentence) == is_stopped


RECORD_SIZE, TREE_TYPE, DEPTH = 10, 5, 12
"""Places in the header of a B-tree of version 2."""


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (RECORD_SIZE, struct.pack("<H", 0)),  # a division by zero, in HDF5 2.0
        (TREE_TYPE, b"\x01"),  # a null pointer
        (TREE_TYPE, b"\x0a"),
        (DEPTH, b"\xff\xff"),
    ],
)
def test_a_broken_tree_ends_nobody_but_its_reader(
    place, value, checksums, crowded, plain, small, tmp_path, assert_same
):
    content, found = crowded
    changed = bytearray(content)
    for structure in found:
        if content[structure.start : structure.start + 4] == b"BTHD":
            at = structure.start + place
            changed[at : at + len(value)] = value
    path = tmp_path / "broken.h5"
    path.write_bytes(checksums.repaired(bytes(changed), content, found))
    with pytest.raises(UsageError) as refusal:
        load_weights(path)
    sentence = str(refusal.value)
    assert "broken.h5 is an HDF5 file, but" in sentence
    assert "its parser crashes (SIG" in sentence or "so it is damaged or cut short" in sentence
    assert "\n" not in sentence
    assert_same(load_weights(plain), small.filters, small.biases)


def test_each_file_has_a_reader_of_its_own(plain, monkeypatch):
    """What a file did to the library's memory ends with it."""
    readers = []

    class Reader(isolated.Child):
        def __init__(self, *arguments):
            readers.append(self)
            super().__init__(*arguments)

    monkeypatch.setattr(isolated, "Child", Reader)
    for _ in range(2):
        load_weights(plain)
    assert len(readers) == 2
    assert not any(reader.is_running for reader in readers)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit address space")
def test_names_that_are_all_one_large_name(tmp_path):
    """Four thousand times the same megabyte, of which the file holds one."""
    size, count = 1 << 20, 4000
    path = tmp_path / "vlen.h5"
    with h5py.File(path, "w") as file:
        names = np.array(["B" * size] + ["x"] * (count - 1), dtype=object)
        file.attrs.create("layer_names", names, dtype=h5py.string_dtype())
    content = bytearray(path.read_bytes())
    at = next(
        at
        for at in range(0, len(content), 4)
        if content[at : at + 4] == struct.pack("<I", size)
        and content.startswith(b"GCOL", *struct.unpack_from("<Q", content, at + 4))
    )
    content[at : at + 16 * count] = content[at : at + 16] * count
    path.write_bytes(content)
    with pytest.raises(UsageError, match="memory"):
        load_weights(path)


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the collected files beside the repository")
def test_files_that_others_found(plain, small, assert_same):
    """Each crashed HDF5 once, alone or after others; some are whole, and say so."""
    for path in sorted(SHARED.glob("crash*")):
        with suppress(UsageError):
            assert load_weights(path).format in ("keras-h5", "keras-archive")
    assert_same(load_weights(plain), small.filters, small.biases)
