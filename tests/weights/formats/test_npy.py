"""Dictionaries of arrays in .npy files, of NumPy for Python 2 and 3; and pickles that mean harm."""

import os
import pickle
import struct

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.weights import OXFORD, load_weights

from ..files.named_arrays import torchvision_arrays


def pairs(network):
    return {name: [network.filters[name], network.biases[name]] for name in network.filters}


def save(path, value, protocol=4):
    """As `numpy.save`, whose versions chose protocols 2, 3 and 4."""
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "|O", "fortran_order": False, "shape": ()}
        )
        pickle.dump(np.array(value, dtype=object), file, protocol)
    return path


class Python2:
    """The pickle of Python 2.7 at protocol 2: every string is bytes (BINSTRING)."""

    def __init__(self, value):
        self.code = b"\x80\x02" + self.array(value, "O8", [value]) + b"."

    def put(self, value):
        if isinstance(value, str | bytes):
            data = value.encode() if isinstance(value, str) else value
            return b"T" + struct.pack("<i", len(data)) + data
        if isinstance(value, bool):
            return b"\x88" if value else b"\x89"
        if isinstance(value, int):
            return b"J" + struct.pack("<i", value)
        if isinstance(value, tuple):
            return b"(" + b"".join(map(self.put, value)) + b"t"
        if isinstance(value, list):
            return b"](" + b"".join(map(self.put, value)) + b"e"
        if isinstance(value, dict):
            return b"}(" + b"".join(self.put(x) for item in value.items() for x in item) + b"u"
        if value is None:
            return b"N"
        return self.array(value, value.dtype.str[1:], value.tobytes("A"))

    def array(self, array, kind, content):
        made = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n"
        made += self.put((0,)) + self.put("b") + b"tR"
        order = "|" if kind == "O8" else "<"
        dtype = b"cnumpy\ndtype\n" + self.put((kind, 0, 1)) + b"R"
        flags = (3, order, None, None, None, -1, -1, 63 if kind == "O8" else 0)
        dtype += self.put(flags) + b"b"
        is_fortran = kind != "O8" and not array.flags.c_contiguous
        state = self.put(1) + self.put(getattr(array, "shape", ())) + dtype
        return made + b"(" + state + self.put(is_fortran) + self.put(content) + b"tb"


def save_as_python2(path, value):
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "|O", "fortran_order": False, "shape": ()}
        )
        file.write(Python2(value).code)
    return path


@pytest.mark.parametrize("protocol", [2, 3, 4, "Python 2"])
def test_numbers_come_back_bit_for_bit(protocol, small_vgg19, tmp_path, assert_same):
    value = pairs(small_vgg19)
    if protocol == "Python 2":
        path = save_as_python2(tmp_path / "vgg19.npy", value)
        theirs = np.load(path, allow_pickle=True, encoding="latin1").item()
        assert np.array_equal(theirs["conv2_1"][0], small_vgg19.filters["conv2_1"])
    else:
        path = save(tmp_path / "vgg19.npy", value, protocol)
    weights = load_weights(path)
    assert_same(weights, small_vgg19.filters, small_vgg19.biases)
    assert (weights.format, weights.depth, weights.normalization) == ("npy", 19, OXFORD)


def test_other_shapes_of_dictionary(small, tmp_path, assert_same):
    named = {
        name: {"weights": np.asfortranarray(small.filters[name]), "biases": small.biases[name]}
        for name in small.filters
    }
    for path in (save(tmp_path / "a.npy", named), save_as_python2(tmp_path / "b.npy", named)):
        assert_same(load_weights(path), small.filters, small.biases)
    flat = torchvision_arrays(small)
    assert_same(load_weights(save(tmp_path / "e.npy", flat)), small.filters, small.biases)
    tuples = {name: tuple(value) for name, value in pairs(small).items()}
    assert_same(load_weights(save(tmp_path / "c.npy", tuples)), small.filters, small.biases)
    whole = {name: value.astype("f8") for name, value in small.filters.items()}
    doubles = {name: [whole[name], small.biases[name]] for name in whole}
    weights = load_weights(save(tmp_path / "d.npy", doubles))
    assert_same(weights, small.filters, small.biases)
    assert weights.precision == "float64"


def test_what_lies_beside_is_left_out(small, tmp_path, assert_same):
    beside = {
        "data": [np.ones((3, 3)), np.ones(3)],
        "fc8": {"weights": np.ones((40, 365), "f4"), "biases": np.ones(365, "f4")},
        "mean": np.ones(3),
        "version": 2,
        "name": "vgg",
    }
    weights = load_weights(save(tmp_path / "a.npy", pairs(small) | beside))
    assert_same(weights, small.filters, small.biases)
    assert weights.left_out == (
        "its classifier head (`fc8.weights` has the shape (40, 365); VGG's has three layers with "
        "4096, 4096 and 1000 outputs)",
        "3 other arrays (data.weight, data.bias, mean)",
    )


@pytest.mark.slow
def test_whole_vgg16_with_its_head(with_head, tmp_path, assert_same):
    path = save(tmp_path / "vgg16.npy", pairs(with_head))
    assert_same(load_weights(path), with_head.filters, with_head.biases)


class Shell:
    def __reduce__(self):
        return os.system, ("touch harm",)


class Array(np.ndarray):
    """Not NumPy's own class."""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda layers: Shell(), "holds no dictionary"),
        (lambda layers: [1, 2], "holds no dictionary"),
        (lambda layers: layers | {"conv1_1": Shell()}, "its entry 'conv1_1' is no layer"),
        (lambda layers: layers | {"conv1_1": [Shell(), Shell()]}, "a layer that holds no arrays"),
        (lambda layers: layers | {"conv1_1": [3, 4]}, "a layer that holds no arrays"),
        (lambda layers: layers | {"conv1_1": [np.array(["a"])] * 2}, "an array of something else"),
        (lambda layers: layers | {"conv1_1": [np.array([None])] * 2}, "array of something else"),
        (
            lambda layers: layers | {"conv1_1": [np.ones((3, 3), "f4")] * 2},
            "conv1_1 have the shape",
        ),
        (lambda layers: {}, "holds no layers with weights"),
    ],
)
def test_refusals_say_what_was_found(change, says, small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = save(tmp_path / "vgg.npy", change(pairs(small)))
    with pytest.raises(UsageError) as refusal:
        load_weights(path)
    assert says in str(refusal.value)
    assert "vgg.npy is a NumPy .npy file, but" in str(refusal.value)
    assert not (tmp_path / "harm").exists()


def test_a_single_array_and_a_cut_file(small, tmp_path):
    np.save(tmp_path / "a.npy", small.filters["conv1_1"])
    with pytest.raises(UsageError, match="holds a single array of float32; expected a dictionary"):
        load_weights(tmp_path / "a.npy")
    whole = save(tmp_path / "b.npy", pairs(small)).read_bytes()
    for length in (10, 100, 128, 200, 10_000, len(whole) - 1):
        (tmp_path / "cut.npy").write_bytes(whole[:length])
        with pytest.raises(UsageError, match=r"cut\.npy is a NumPy.*(cut short|damaged)"):
            load_weights(tmp_path / "cut.npy")


def test_more_numbers_than_any_network_has_are_not_read(small, tmp_path):
    path = save(tmp_path / "a.npy", pairs(small))
    os.truncate(path, 1_200_000_001)  # takes no place on the disk
    with pytest.raises(UsageError, match="has 1200000001 bytes; expected at most 1200000000"):
        load_weights(path)


@pytest.mark.parametrize("length", [1 << 40, (1 << 63) - 1])
def test_a_pickle_that_announces_more_than_there_is(length, tmp_path):
    path = tmp_path / "a.npy"
    with path.open("wb") as file:
        header = {"descr": "|O", "fortran_order": False, "shape": ()}
        np.lib.format.write_array_header_1_0(file, header)
        file.write(b"\x80\x04\x8e" + struct.pack("<Q", length) + b"short")
    with pytest.raises(UsageError, match="so it is damaged or cut short"):
        load_weights(path)
