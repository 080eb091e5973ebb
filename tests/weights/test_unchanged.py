"""Numbers and their hash come from one file, which stays the same meanwhile."""

import hashlib
import os

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.weights import load, load_weights
from backpaint.weights.formats import npz
from backpaint.weights.unchanged import unchanged_file

from .files.keras_files import write_keras
from .files.named_arrays import npz_entries


@pytest.fixture
def files(small, tmp_path):
    """Two networks of the same shapes, in files of the same size."""
    for name, factor in (("good", 1), ("other", 2)):
        entries = npz_entries(small)
        np.savez(tmp_path / f"{name}.npz", **{key: factor * entries[key] for key in entries})
    return tmp_path / "good.npz", tmp_path / "other.npz"


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def while_reading(monkeypatch, change):
    """Do something after the numbers were read, before their file is closed."""
    real = npz.read

    def read(file):
        contents = real(file)
        change()
        return contents

    monkeypatch.setattr(npz, "read", read)


def test_a_file_that_is_exchanged_while_it_is_read_is_refused(files, monkeypatch):
    good, other = files
    while_reading(monkeypatch, lambda: good.replace(other))
    with pytest.raises(UsageError, match=r"other\.npz was changed or exchanged while it was read"):
        load_weights(other, trust=True)


@pytest.mark.parametrize("kind", ["longer", "the same length and time", "removed"])
def test_a_file_that_changes_while_it_is_read_is_refused(kind, files, monkeypatch):
    good, other = files
    before = good.stat()

    def change():
        if kind == "removed":
            good.unlink()
            return
        with good.open("r+b") as file:
            file.write(other.read_bytes() + b"more" * (kind == "longer"))
        os.utime(good, ns=(before.st_atime_ns, before.st_mtime_ns))

    while_reading(monkeypatch, change)
    with pytest.raises(UsageError, match=r"good\.npz was changed or exchanged while it was read"):
        load_weights(good)


def test_the_hash_is_that_of_the_numbers_that_were_read(files, small, monkeypatch):
    """Even if the file is exchanged right afterwards."""
    good, other = files
    expected = digest(other)
    monkeypatch.setattr(load, "_check_arrangement", lambda *_: good.replace(other))
    weights = load_weights(other)
    assert weights.sha256 == expected != digest(other)
    assert np.array_equal(weights.filters["conv2_1"], 2 * small.filters["conv2_1"])


def test_formats_whose_readers_open_a_path_are_watched_as_well(small, tmp_path, monkeypatch):
    path, other = write_keras(tmp_path / "a.h5", small), write_keras(tmp_path / "b.h5", small)
    assert load_weights(path).sha256 == digest(path)
    real = load._reader("keras-h5")

    def read(path):
        other.replace(path)
        return real(path)

    monkeypatch.setattr("backpaint.weights.formats.keras.h5.read", read)
    with pytest.raises(UsageError, match="was changed or exchanged while it was read"):
        load_weights(path)


def test_a_file_that_is_cut_off_while_it_is_read_is_refused(files, monkeypatch):
    """One that was mapped into memory would end the process."""
    real = npz.opened_archive
    good, _ = files
    monkeypatch.setattr(npz, "opened_archive", lambda file: os.truncate(good, 100) or real(file))
    with pytest.raises(UsageError, match="the archive cannot be read, so it is damaged or cut"):
        load_weights(good)


def test_a_pipe_in_the_place_of_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with (
        pytest.raises(UsageError, match="expected a file, found a folder, pipe"),
        unchanged_file(tmp_path / "pipe"),
    ):
        pass
