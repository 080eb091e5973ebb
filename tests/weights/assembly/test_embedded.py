"""The embedded networks: their size, identity and errors; and how they were packed."""

import re
import runpy
import shutil
from functools import cache
from importlib.resources import files as resources
from pathlib import Path

import h5py
import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.vgg import layer_table
from backpaint.weights import OXFORD, describe, load_weights
from backpaint.weights.assembly import embedded

from ...conftest import load

ROOT = Path(__file__).parents[3]
SHARED = ROOT / "../shared/weights"
BENCH = runpy.run_path(str(ROOT / "bench/quantize_weights.py"))
quantize, relative_error = BENCH["quantize"], BENCH["relative_error"]
SHA256 = {
    "vgg16": "8f32083a77fd20064defd9b64d22a24b8de436d64084f2c98c54611a7274f280",
    "vgg19": "4939b0d83604e41def81ad2b60a210ae36d07b107cb489a2c969e9a83b4628b1",
}


@pytest.fixture(autouse=True)
def networks_are_unpacked_once(monkeypatch):
    """Unpack them every time: that is what is tested here."""
    monkeypatch.setattr(embedded, "load", load)


@pytest.fixture(autouse=True)
def layers_are_unpacked_once():
    """Unpack these as well."""


@pytest.fixture
def folder():
    return Path(str(resources("backpaint.weights"))) / "embedded"


@cache
def unpacked(name):
    return load_weights(name)


@pytest.mark.parametrize(("name", "depth"), [("vgg16", 16), ("vgg19", 19)])
def test_all_convolutions_are_there(name, depth):
    weights = unpacked(name)
    rows = [row for row in layer_table(depth) if row.kind == "conv"]
    assert list(weights.filters) == list(weights.biases) == [row.name for row in rows]
    for row in rows:
        filters = weights.filters[row.name]
        assert filters.shape == (3, 3, row.channels_in, row.channels_out)
        assert filters.dtype == weights.biases[row.name].dtype == np.float32
        assert filters.flags.c_contiguous
        assert 100 < np.unique(filters).size <= 256
    assert weights.layers == layer_table(depth)
    assert weights.normalization == OXFORD
    assert not weights.has_head
    assert weights.sha256 == SHA256[name]
    assert weights.parameters == {16: 14_714_688, 19: 20_024_384}[depth]


def test_first_numbers_are_those_that_keras_users_print():
    """The filters that many pages show for Keras' VGG-16; there, too, B comes first."""
    published = [0.42947057, 0.117273867, 0.0340129584]
    ours = unpacked("vgg16").filters["conv1_1"][0, 0, 0, :3]
    assert ours == pytest.approx(published, abs=2e-3)


def test_together_they_stay_small(folder):
    assert sum((folder / f"{name}.h5").stat().st_size for name in SHA256) < 33e6


def test_the_license_names_the_authors(folder):
    text = (folder / "LICENSE").read_text()
    for words in ("Karen Simonyan", "Andrew Zisserman", "rounded to 8 bits", "CC-BY-4.0"):
        assert words in text
    assert "Karen Simonyan and Andrew Zisserman" in describe(unpacked("vgg16")).attribution


@pytest.mark.parametrize("name", ["vgg16", "vgg19"])
def test_a_damaged_installation_is_reported(name, folder, tmp_path, monkeypatch):
    whole = (folder / f"{name}.h5").read_bytes()
    (tmp_path / "embedded").mkdir()
    monkeypatch.setattr(embedded, "files", lambda package: tmp_path)
    place = len(whole) // 2
    flipped = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
    for damaged in (flipped, whole[:place], b""):
        (tmp_path / "embedded" / f"{name}.h5").write_bytes(damaged)
        with pytest.raises(UsageError, match=f"embedded network {name} cannot be read"):
            load_weights(name)
    shutil.rmtree(tmp_path / "embedded")
    with pytest.raises(UsageError, match="install backpaint again"):
        load_weights(name)


def test_one_changed_number_is_noticed(folder, tmp_path, monkeypatch):
    (tmp_path / "embedded").mkdir()
    copy = shutil.copy(folder / "vgg16.h5", tmp_path / "embedded" / "vgg16.h5")
    with h5py.File(copy, "r+") as file:
        file["conv3_1/bias"][7] += 1e-6
    monkeypatch.setattr(embedded, "files", lambda package: tmp_path)
    with pytest.raises(UsageError, match="its checksum is wrong"):
        load_weights("vgg16")


def test_errors_are_stored_where_full_precision_is_known():
    for depth, last in ((16, "5_3"), (19, "3_4")):
        weights, activations = embedded.weight_errors(depth), embedded.activation_errors(depth)
        assert list(weights)[-1] == f"conv{last}"
        assert list(activations)[-1] == f"relu{last}"
        assert all(0.003 < error < 0.01 for error in weights.values())
        assert all(0.001 < error < 0.015 for error in activations.values())


@pytest.mark.parametrize(
    ("name", "source"), [("vgg16", "vgg16_caffe_fp32"), ("vgg19", "vgg19_caffe_fp32_to_conv3_4")]
)
def test_stored_errors_against_the_source(name, source):
    path = SHARED / f"{source}.npz"
    if not path.exists():
        pytest.skip(f"{path.name} is not part of the repository")
    exact, rounded = load_weights(path), unpacked(name)
    for layer, error in embedded.weight_errors(rounded.depth).items():
        assert relative_error(rounded.filters[layer], exact.filters[layer]) == pytest.approx(error)
        assert np.array_equal(rounded.biases[layer], exact.biases[layer])


def test_the_documentation_shows_the_stored_errors():
    text = (ROOT / "docs/weights.md").read_text()
    for depth in (16, 19):
        activations = embedded.activation_errors(depth)
        for layer, error in embedded.weight_errors(depth).items():
            behind = activations[layer.replace("conv", "relu")]
            assert re.search(rf"\| {layer} \|.*{error:.2%} \| {behind:.2%}", text), layer


# quantize


@pytest.mark.slow
def test_a_known_distribution_reaches_the_theoretical_error():
    """Panter and Dite, 1951: for n levels the squared error tends to I^3 / (12 n^2), where I is
    the integral of p^(1/3); for p(x) = 2x on 0..1, I^3 = 27/32, and the mean square is 1/2."""
    values = np.sqrt((np.arange(50_000) + 0.5) / 50_000).astype(np.float32)
    index, table = quantize(values)
    expected = np.sqrt(27 / 32 / 12 / (1 / 2)) / 256
    assert relative_error(table[index], values) == pytest.approx(expected, rel=0.005)


def test_every_value_gets_the_nearest_entry_and_every_entry_is_a_mean():
    values = np.random.default_rng(2).laplace(size=(3, 3, 8, 12)).astype(np.float32)
    index, table = quantize(values)
    assert index.shape == values.shape
    assert index.dtype == np.uint8
    assert np.all(np.diff(table) > 0)
    distance = np.abs(values.reshape(-1, 1) - table)
    assert np.array_equal(np.abs(table[index] - values).ravel(), distance.min(axis=1))
    for level in range(256):
        assert table[level] == pytest.approx(values[index == level].mean(dtype=float), abs=1e-6)


def test_no_random_table_is_better():
    """A local optimum would show against tables trained from many other starts."""
    values = np.random.default_rng(3).laplace(size=1000).astype(np.float32)
    index, table = quantize(values)
    ours = relative_error(table[index], values)
    for seed in range(20):
        start = np.sort(np.random.default_rng(seed).choice(values, 256, replace=False))
        for _ in range(50):
            nearest = np.searchsorted((start[1:] + start[:-1]) / 2, values)
            sums = np.bincount(nearest, values, minlength=256)
            counts = np.bincount(nearest, minlength=256)
            start = np.where(counts > 0, sums / np.maximum(counts, 1), start)
        nearest = np.searchsorted((start[1:] + start[:-1]) / 2, values)
        assert ours < relative_error(start[nearest].astype(np.float32), values)
