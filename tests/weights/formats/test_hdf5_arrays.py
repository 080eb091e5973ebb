"""Arrays of HDF5 files: packed, in chunks, in parts, of any kind of number."""

import h5py
import numpy as np
import pytest

from backpaint.weights import load_weights
from backpaint.weights.formats.hdf5 import stored_array

from ..files.keras_files import write_keras
from .keras_damages import KERNEL, replace


@pytest.mark.parametrize(
    "packing",
    [
        {"shuffle": True},
        {"fletcher32": True},
        {"shuffle": True, "fletcher32": True, "chunks": (2, 3, 17, 33)},
        {"chunks": (4, 4, 80, 80), "maxshape": (None, None, None, None)},
    ],
)
def test_packed_filters(packing, small, tmp_path, assert_same):
    path = write_keras(tmp_path / "vgg.h5", small)
    with h5py.File(path, "r+") as file:
        del file[KERNEL]
        file.create_dataset(KERNEL, data=small.filters["conv1_2"], compression="gzip", **packing)
    assert_same(load_weights(path), small.filters, small.biases)


def test_an_array_without_numbers_needs_no_chunk(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        packing = {"dtype": "f4", "compression": "gzip", "maxshape": (None, 3)}
        for options in (packing, {"dtype": "f4"}):
            empty = file.create_dataset(f"empty {len(options)}", (0, 3), **options)
            assert stored_array(empty).read().shape == (0, 3)
        endless = file.create_dataset("endless", (1 << 60, 0), "f4")
        assert list(stored_array(endless).parts()) == []


@pytest.mark.parametrize("chunks", [None, (2, 3), (5, 1), (700, 8)])
def test_parts_are_the_whole(chunks, tmp_path):
    """In chunks, in a row, and with a first axis that 1 MiB does not divide."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        content = np.arange(3 * 700 * 1000, dtype=np.float32).reshape(2100, 1000)
        if chunks is not None:
            content = content[:13, :17]
            chunks = tuple(map(min, chunks, content.shape))
        stored = stored_array(file.create_dataset("a", data=content, chunks=chunks))
        parts = [part.copy() for part in stored.parts()]
        assert np.array_equal(np.concatenate(parts), content)
        assert len(parts) > 1 or chunks is not None
        assert (stored.place is None) == (chunks is not None)
        [scalar] = stored_array(file.create_dataset("b", data=np.float32(7))).parts()
        assert scalar == 7


@pytest.mark.parametrize("kind", ["<f2", ">f4", "<f8", ">f8"])
@pytest.mark.parametrize("userblock", [0, 512])
def test_numbers_of_any_kind_are_found_at_their_place(
    kind, userblock, small, tmp_path, assert_same
):
    path = write_keras(tmp_path / "plain.h5", small)
    with (
        h5py.File(path, "r") as plain,
        h5py.File(tmp_path / "vgg.h5", "w", userblock_size=userblock) as file,
    ):
        for name in plain:
            plain.copy(name, file)
        file.attrs.update(plain.attrs)
        replace(file, KERNEL, small.filters["conv1_2"].astype(kind))
        assert stored_array(file[KERNEL]).place is not None
    expected = {"conv1_2": small.filters["conv1_2"].astype(kind).astype("f4")}
    assert_same(load_weights(tmp_path / "vgg.h5"), small.filters | expected, small.biases)


def test_numbers_of_a_kind_that_only_hdf5_knows(small, tmp_path, assert_same):
    """Floats whose exponent has a bit more: HDF5 converts them."""
    path = write_keras(tmp_path / "vgg.h5", small)
    with h5py.File(path, "r+") as file:
        del file[KERNEL]
        kind = h5py.h5t.IEEE_F32LE.copy()
        kind.set_fields(31, 22, 9, 0, 22)
        kind.set_ebias(255)
        space = h5py.h5s.create_simple((3, 3, 64, 64))
        stored = h5py.h5d.create(file.id, KERNEL.encode(), kind, space)
        stored.write(h5py.h5s.ALL, h5py.h5s.ALL, small.filters["conv1_2"])
        assert stored_array(file[KERNEL]).place is None
        expected = {"conv1_2": file[KERNEL][()].astype("f4")}
    assert_same(load_weights(path), small.filters | expected, small.biases)


def test_a_chunk_that_was_not_packed(small, tmp_path, assert_same):
    """HDF5 leaves a chunk as it is where packing does not help."""
    path = write_keras(tmp_path / "vgg.h5", small)
    filters = small.filters["conv1_2"]
    with h5py.File(path, "r+") as file:
        del file[KERNEL]
        dataset = file.create_dataset(
            KERNEL, filters.shape, "f4", chunks=filters.shape, compression="gzip"
        )
        dataset.id.write_direct_chunk((0, 0, 0, 0), filters.tobytes(), filter_mask=1)
    assert_same(load_weights(path), small.filters, small.biases)
