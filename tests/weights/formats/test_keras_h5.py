"""Keras .h5 files, and the guard: nothing outside of the file may be read."""

import h5py
import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.weights import OXFORD, load_weights

from ..files.keras_files import write_keras
from . import keras_damages as harm
from .keras_damages import add_layer


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("naming", ["W_1", "kernel"])
def test_both_namings_read_bit_for_bit(naming, nested, up_to_conv3_4, tmp_path, assert_same):
    path = write_keras(tmp_path / "vgg.h5", up_to_conv3_4, naming, nested)
    weights = load_weights(path)
    assert_same(weights, up_to_conv3_4.filters, up_to_conv3_4.biases)
    assert weights.format == "keras-h5"
    assert weights.depth == 19
    assert weights.normalization == OXFORD
    assert weights.classes == ()
    with h5py.File(path) as file:
        root = file["model_weights"] if nested else file
        inner = "block3_conv4/kernel:0" if naming == "kernel" else "block3_conv4_W_1:0"
        assert root[f"block3_conv4/{inner}"].shape == (3, 3, 256, 256)


def test_names_of_variable_length(small, tmp_path, assert_same):
    path = write_keras(tmp_path / "vgg.h5", small)
    with h5py.File(path, "r+") as file:
        for item in (file, *file.values()):
            for attribute in ("layer_names", "weight_names"):
                if attribute in item.attrs:
                    names = [name.decode() for name in item.attrs[attribute]]
                    item.attrs.create(attribute, names, dtype=h5py.string_dtype())
    assert_same(load_weights(path), small.filters, small.biases)


@pytest.mark.slow
@pytest.mark.parametrize("naming", ["W_1", "kernel"])
def test_whole_vgg16_with_its_head(naming, with_head, tmp_path, assert_same):
    path = write_keras(tmp_path / "vgg.h5", with_head, naming)
    with h5py.File(path) as file:
        assert len(file["fc1"].attrs["weight_names"]) == 2
    weights = load_weights(path)
    assert_same(weights, with_head.filters, with_head.biases)
    assert weights.has_head


@pytest.mark.parametrize("name", ["predictions", "dense", "dense_1", "fc_classes"])
def test_another_head_is_left_out(name, small, tmp_path, assert_same):
    path = write_keras(tmp_path / "vgg.h5", small)
    head = {"kernel:0": np.ones((40, 365), np.float32), "bias:0": np.ones(365, np.float32)}
    with h5py.File(path, "r+") as file:
        add_layer(file, name, head)
        add_layer(file, "adapt", {"mean:0": np.ones(3), "variance:0": np.ones(3), "count:0": 1})
    weights = load_weights(path)
    assert_same(weights, small.filters, small.biases)
    assert weights.left_out == (
        f"its classifier head (`{name}/kernel` has the shape (40, 365); VGG's has three layers "
        "with 4096, 4096 and 1000 outputs)",
        "3 other arrays (adapt/adapt/mean:0, adapt/adapt/variance:0, adapt/adapt/count:0)",
    )


def test_a_network_as_a_layer_of_another(small, tmp_path, assert_same):
    """`Sequential([VGG16(include_top=False), Flatten(), Dense(10)])`: one group for all of VGG."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["layer_names"] = np.array([b"vgg16"])
        names = []
        for name in small.filters:
            block = name.replace("conv", "block").replace("_", "_conv")
            for part, arrays in (("kernel", small.filters), ("bias", small.biases)):
                file[f"vgg16/{block}/{part}:0"] = arrays[name]
                names.append(f"{block}/{part}:0".encode())
        file["vgg16"].attrs["weight_names"] = np.array(names)
        normalization = ("gamma:0", "beta:0", "moving_mean:0", "moving_variance:0")
        add_layer(file, "batch_normalization", dict.fromkeys(normalization, np.ones(5)))
        add_layer(file, "dense", {"kernel:0": np.ones((5, 10)), "bias:0": np.ones(10)})
    weights = load_weights(tmp_path / "a.h5")
    assert_same(weights, small.filters, small.biases)
    assert weights.left_out == ("6 other arrays (batch_normalization, dense)",)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (harm.no_layer_names, "holds no `layer_names`; expected a Keras VGG"),
        (harm.theano_order, "conv1_2 have the shape (64, 32, 3, 3); expected (3, 3, 64, 64)"),
        (harm.theano_2015, "is a file of 2015 for Theano"),
        (harm.nothing_but_a_link, "`x` is a link to elsewhere"),
        (harm.between_2_and_3, "is laid out as Keras did between 2 and 3"),
        (harm.many_names, "lists 10001 names as `layer_names`"),
        (harm.many_letters, "holds a name of 1001 letters in `layer_names`; expected at most 1000"),
        (harm.many_letters_elsewhere, "holds a name of 1001 letters in `layer_names`"),
        (harm.names_of_numbers, "`layer_names` of `/` is int64; expected names"),
        (harm.one_group_many_times, "lists 11000 arrays; expected at most 10000"),
        (harm.circles, "names an array 33 groups deep; expected 32"),
        (harm.missing_group, "lists a layer `block1_conv2` but holds no such group"),
        (harm.missing_array, "does not hold all of them"),
        (harm.array_is_a_group, "does not hold all of them"),
        (harm.never_written, "block1_conv2/kernel:0` was never written, or not all of it"),
        (harm.written_in_part, "block1_conv2/kernel:0` was never written, or not all of it"),
        (harm.never_written_but_filled, "block1_conv2/kernel:0` was never written"),
        (harm.many_chunks, "lies in 12672 chunks of 12 bytes; expected at most 10000 below 1024"),
        (harm.enormous, "conv1_2 have the shape (1048576, 1048576, 64, 64)"),
        (harm.text, "the filters of conv1_2 have the shape ()"),
        (harm.structs, "the numbers of conv1_2 are void64; expected float16, float32 or float64"),
        (harm.times, "the numbers of conv1_2 are void"),
        (harm.null, "is empty"),
        (harm.soft_link, "`block1_conv2/kernel:0` is a link to elsewhere"),
        (harm.external_link, "`block1_conv2/kernel:0` is a link to elsewhere"),
        (harm.external_group, "`block1_conv2` is a link to elsewhere"),
        (harm.external_storage, "keeps its numbers in another file"),
        (harm.virtual, "keeps its numbers in another file"),
        (harm.other_filter, "is packed by HDF5 filters [32000]; expected gzip or none"),
        (harm.bomb, "kernel:0` unpacks to more than 147460 bytes; expected 147456"),
        (harm.bomb_behind_a_checksum, "kernel:0` unpacks to more than 147460 bytes"),
        (harm.one_number_too_many, "kernel:0` unpacks to more than 147460 bytes"),
        (harm.large_chunks, "lies in 1 chunks of 2415919104 bytes; expected at most 10000 below"),
        (harm.shuffled_behind_gzip, "is packed by HDF5 filters [1, 2]; expected gzip or none"),
        (harm.gzip_twice, "is packed by HDF5 filters [1, 1]; expected gzip or none"),
        (harm.resnet, "holds a ResNet"),
        (harm.batch_normalization, "holds a network with batch normalization"),
        (harm.octave, "was written by Octave's `save -hdf5` (write it anew with `save -v7`)"),
    ],
)
def test_refusals_say_what_was_found(damage, says, small, tmp_path):
    path = write_keras(tmp_path / "vgg.h5", small)
    with h5py.File(path, "r+") as file:
        damage(file, tmp_path)
    with pytest.raises(UsageError) as refusal:
        load_weights(path)
    sentence = str(refusal.value)
    assert says in sentence
    assert "vgg.h5 is an HDF5 file, but" in sentence
    assert "\n" not in sentence


def test_a_cut_file_is_refused_wherever_it_ends(small, tmp_path):
    whole = write_keras(tmp_path / "whole.h5", small).read_bytes()
    for length in [1, 7, 8, 9, 100, 1000, len(whole) // 2, len(whole) - 1]:
        (tmp_path / "cut.h5").write_bytes(whole[:length])
        with pytest.raises(UsageError, match=r"cut\.h5"):
            load_weights(tmp_path / "cut.h5")
