"""Keras 3: .weights.h5 and .keras."""

import zipfile

import h5py
import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.weights import OXFORD, load_weights

from ..files.keras_files import write_keras_3


def archived(path, packing=zipfile.ZIP_STORED):
    archive_path = path.with_suffix(".keras")
    with zipfile.ZipFile(archive_path, "w", packing) as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", '{"module": "os", "class_name": "system"}')
        archive.write(path, "model.weights.h5")
    return archive_path


@pytest.mark.parametrize("is_archive", [False, True])
def test_reads_bit_for_bit(is_archive, up_to_conv3_4, tmp_path, assert_same):
    path = write_keras_3(tmp_path / "vgg.weights.h5", up_to_conv3_4)
    weights = load_weights(archived(path) if is_archive else path)
    assert_same(weights, up_to_conv3_4.filters, up_to_conv3_4.biases)
    assert weights.format == ("keras-archive" if is_archive else "keras-h5")
    assert weights.normalization == OXFORD
    assert weights.depth == 19


@pytest.mark.slow
def test_whole_vgg16_with_its_head(with_head, tmp_path, assert_same):
    path = archived(write_keras_3(tmp_path / "vgg.weights.h5", with_head))
    assert_same(load_weights(path), with_head.filters, with_head.biases)


def test_another_head_and_a_network_as_a_layer(small, tmp_path, assert_same):
    plain = write_keras_3(tmp_path / "vgg.weights.h5", small)
    with h5py.File(plain, "r+") as file:
        variables = file["layers"].create_group("dense/vars")
        variables.attrs["name"] = "dense"
        variables["0"], variables["1"] = np.ones((40, 365), "f4"), np.ones(365, "f4")
    nested = tmp_path / "nested.weights.h5"
    with h5py.File(plain) as inner, h5py.File(nested, "w") as file:
        inner.copy("layers", file.create_group("layers/functional"), "layers")
        inner.copy("layers/dense", file["layers"], "dense")
    for path, words in [
        (plain, "its classifier head (`dense/kernel` has the shape (40, 365); VGG's has three"),
        (nested, "its classifier head (`functional/dense/kernel` has the shape (40, 365)"),
    ]:
        weights = load_weights(path)
        assert_same(weights, small.filters, small.biases)
        assert weights.left_out[0].startswith(words)
    assert weights.left_out[1] == "2 other arrays (dense/kernel, dense/bias)"


def test_packed_and_flipped_archives_are_refused(small, tmp_path):
    path = write_keras_3(tmp_path / "vgg.weights.h5", small)
    with pytest.raises(UsageError, match=r"its model\.weights\.h5 is compressed"):
        load_weights(archived(path, zipfile.ZIP_DEFLATED))
    flipped = archived(path)
    content = bytearray(flipped.read_bytes())
    content[len(content) // 2] ^= 1
    flipped.write_bytes(content)
    with pytest.raises(UsageError, match="CRC"):
        load_weights(flipped)


def test_links_and_nameless_layers(small, tmp_path):
    for change, says in [("link", "is a link to elsewhere"), ("name", "its layer `conv2d` has 2")]:
        path = write_keras_3(tmp_path / "vgg.weights.h5", small)
        with h5py.File(path, "r+") as file:
            variables = file["layers/conv2d/vars"]
            if change == "name":
                del variables.attrs["name"]
            else:
                with h5py.File(tmp_path / "secret.h5", "w") as other:
                    other["0"] = np.ones((3, 3, 3, 64), np.float32)
                del variables["0"]
                variables["0"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "0")
        with pytest.raises(UsageError, match=says):
            load_weights(path)
