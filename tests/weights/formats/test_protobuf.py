"""Caffe's and ONNX' files, written by Google's protobuf, read by our own few lines."""

import dataclasses
import io

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.vgg import layer_table
from backpaint.weights import OXFORD, load_weights
from backpaint.weights.assembly.find_network import find_network
from backpaint.weights.assembly.stored import StoredArray
from backpaint.weights.formats.protobuf import wire
from backpaint.weights.formats.protobuf.file_bytes import WireError, whole
from backpaint.weights.formats.protobuf.wire import fields, numbers, packed_integers, text

from ..files.networks import beginning
from ..files.protobuf_files import (
    ONNX_TYPES,
    onnx_numbers,
    varint,
    write_caffe,
    write_onnx,
)

pytest.importorskip("google.protobuf", reason="the files are written by protobuf")


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("v1", [True, False])
def test_caffe_reads_bit_for_bit(v1, double, small_vgg19, tmp_path, assert_same):
    weights = load_weights(write_caffe(tmp_path / "a.caffemodel", small_vgg19, v1, double))
    assert_same(weights, small_vgg19.filters, small_vgg19.biases)
    assert weights.format == "caffe"
    assert weights.depth == 19
    assert weights.normalization == OXFORD
    assert weights.precision == ("float64" if double else "float32")


@pytest.mark.slow
def test_vgg19_of_caffe_is_known_by_its_layers(up_to_conv3_4, tmp_path, assert_same):
    weights = load_weights(write_caffe(tmp_path / "a.caffemodel", up_to_conv3_4))
    assert_same(weights, up_to_conv3_4.filters, up_to_conv3_4.biases)
    assert weights.depth == 19


@pytest.mark.parametrize("raw", [True, False])
def test_onnx_reads_bit_for_bit(raw, small, tmp_path, assert_same):
    weights = load_weights(write_onnx(tmp_path / "a.onnx", small, raw))
    assert_same(weights, small.filters, small.biases)
    assert weights.format == "onnx"
    assert weights.normalization == OXFORD


@pytest.mark.parametrize("kind", ONNX_TYPES)
@pytest.mark.parametrize("raw", [True, False])
def test_onnx_types_in_both_legal_forms(raw, kind, small, tmp_path, assert_same):
    """Sixteen bits lie in `int32_data` as the integers of their bits."""
    weights = load_weights(write_onnx(tmp_path / "a.onnx", small, raw, kind=kind))
    rounded = []
    for arrays in (small.filters, small.biases):
        stored = {name: onnx_numbers(np.ascontiguousarray(a), kind) for name, a in arrays.items()}
        if kind == "bfloat16":
            stored = {name: (a.astype("<u4") << 16).view("<f4") for name, a in stored.items()}
        elif kind == "float16":
            stored = {name: a.view("<f2") for name, a in stored.items()}
        rounded.append({name: a.astype("f4") for name, a in stored.items()})
    assert_same(weights, *rounded)
    assert weights.precision == kind


def test_onnx_whose_integers_are_all_of_three_bytes(small, tmp_path):
    """Those of negative numbers: their highest bit is set."""
    filters = {name: -np.abs(array) for name, array in small.filters.items()}
    network = dataclasses.replace(small, filters=filters)
    weights = load_weights(write_onnx(tmp_path / "a.onnx", network, raw=False, kind="float16"))
    rounded = {name: array.astype("f2").astype("f4") for name, array in filters.items()}
    assert all(np.array_equal(weights.filters[name], rounded[name]) for name in rounded)


@pytest.mark.parametrize("count", [0, 1, 5, 300_000])
def test_packed_integers_of_16_bits(count, monkeypatch):
    """Of one, two and three bytes, whole at the borders of the pieces that are decoded at once."""
    values = np.random.default_rng(1).integers(0, 1 << 16, count).astype(np.uint16)
    values[: count // 3] &= 127
    packed = whole(io.BytesIO(b"".join(map(varint, values.tolist()))))
    for block in (3, 1000, 1 << 20):
        if count * 3 // block < 10_000:
            monkeypatch.setattr(wire, "_BLOCK", block)
            assert np.array_equal(wire.packed_uint16(packed, count), values)


@pytest.mark.parametrize(
    ("packed", "count"),
    [("80", 1), ("0101", 1), ("01", 2), ("ffff04", 1), ("8080808001", 1), ("ff" * 9 + "01", 1)],
)
def test_packed_integers_that_are_not_of_16_bits(packed, count):
    with pytest.raises(WireError):
        wire.packed_uint16(message(packed), count)


def test_onnx_with_too_few_integers(small, tmp_path):
    content = write_onnx(tmp_path / "a.onnx", small, raw=False, kind="float16").read_bytes()
    dims = b"\x0a\x04\x40\x03\x03\x03"  # 64, 3, 3, 3
    assert content.count(dims) == 1
    (tmp_path / "a.onnx").write_bytes(content.replace(dims, b"\x0a\x04\x40\x40\x03\x03"))
    with pytest.raises(UsageError, match=r"`features\.0\.weight` of shape \(64, 64, 3, 3\) has"):
        load_weights(tmp_path / "a.onnx")


@pytest.mark.parametrize("v1", [True, False])
def test_caffe_with_other_layers_beside(v1, small, tmp_path, assert_same):
    """vgg16_places365.caffemodel ends with 365 classes; detectors add layers of their own."""
    beside = {
        "fc8a": (np.ones((365, 40), np.float32), np.ones(365, np.float32)),
        "rpn_conv/3x3": (np.ones((5, 6, 3, 3), np.float32), np.ones(5, np.float32)),
        "upscore": (np.ones((2, 2, 4, 4), np.float32),),
    }
    weights = load_weights(write_caffe(tmp_path / "a.caffemodel", small, v1, beside=beside))
    assert_same(weights, small.filters, small.biases)
    assert weights.left_out == (
        "its classifier head (`fc8a.weight` has the shape (365, 40); VGG's has three layers with "
        "4096, 4096 and 1000 outputs)",
        "3 other arrays (rpn_conv/3x3.weight, rpn_conv/3x3.bias, upscore.0)",
    )


@pytest.mark.parametrize("name", ["bn1_1", "conv1_1/bn"])
def test_caffe_with_batch_normalization(name, small, tmp_path):
    """Mean, variance and a factor."""
    beside = {name: [np.ones(64, np.float32)] * 2 + [np.ones(1, np.float32)]}
    with pytest.raises(UsageError, match="holds a network with batch normalization"):
        load_weights(write_caffe(tmp_path / "a.caffemodel", small, beside=beside))


@pytest.mark.parametrize("style", ["gluon", "caffe2"])
def test_onnx_of_the_model_zoo(style, up_to_conv3_4, tmp_path, assert_same):
    """vgg19-7.onnx counts its layers; vgg19-caffe2.onnx calls them as Caffe does."""
    names = {
        name: (f"vgg0_conv{i}_weight", f"vgg0_conv{i}_bias")
        if style == "gluon"
        else (f"{name}_w_0", f"{name}_b_0")
        for i, name in enumerate(up_to_conv3_4.filters)
    }
    if style == "gluon":  # eight convolutions might be VGG-16's too, with other sizes
        up_to_conv3_4 = beginning(up_to_conv3_4, "conv3_3")
    path = write_onnx(tmp_path / "a.onnx", up_to_conv3_4, names=names)
    assert_same(load_weights(path), up_to_conv3_4.filters, up_to_conv3_4.biases)


@pytest.mark.parametrize("depth", [16, 19])
def test_counted_names_tell_the_depth(depth):
    convolutions = [row for row in layer_table(depth, head=True) if row.kind == "conv"]
    shapes = {f"vgg0_conv{i}": () for i in range(depth - 3)} | {
        f"vgg0_dense{i}": shape
        for i, shape in enumerate([(4096, 25088), (4096, 4096), (1000, 4096)])
    }
    arrays = {}
    for layer, shape in shapes.items():
        arrays[f"{layer}_weight"] = StoredArray(shape, np.dtype("f4"), lambda: np.zeros(()))
        arrays[f"{layer}_bias"] = StoredArray(shape[:1], np.dtype("f4"), lambda: np.zeros(()))
    network = find_network(arrays)
    assert list(network.layers) == [row.name for row in convolutions] + ["fc6", "fc7", "fc8"]
    assert network.left_out == ()


def test_biases_do_not_stay_in_the_file(small, tmp_path):
    """Biases need no reordering, so they could remain a view into a mapped file."""
    path = write_caffe(tmp_path / "a.caffemodel", small)
    weights = load_weights(path)
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
    assert weights.biases["conv1_1"].any()


@pytest.mark.slow
@pytest.mark.parametrize("v1", [True, False])
def test_whole_vgg16_with_its_head(v1, with_head, tmp_path, assert_same):
    weights = load_weights(write_caffe(tmp_path / "a.caffemodel", with_head, v1))
    assert_same(weights, with_head.filters, with_head.biases)


def message(digits):
    return whole(io.BytesIO(bytes.fromhex(digits)))


def test_fields_of_every_encoding():
    found = list(fields(message("08ac02 11 0102030405060708 1a03616263 25 01020304 2003")))
    assert [number for number, _ in found] == [1, 2, 3, 4, 4]
    assert found[0][1] == 300
    assert found[2][1].read() == b"abc"
    assert text(found[2][1]) == "abc"
    assert packed_integers([message("03ac02"), 7]) == [3, 300, 7]


@pytest.mark.parametrize(
    "digits", ["08", "08ff", "0a05616263", "0b", "0f", "02", "0affffffffffffffffffff01"]
)
def test_what_is_no_message(digits):
    with pytest.raises(WireError):
        list(fields(message(digits)))


def test_fields_are_counted_in_the_whole_file():
    """A message of ten thousand messages of ten thousand fields would take minutes."""
    inner = b"\x08\x01" * 9_000
    file = whole(io.BytesIO((b"\x0a" + varint(len(inner)) + inner) * 12))
    with pytest.raises(WireError, match="more than 100000 fields"):
        list(map(len, (list(fields(value)) for _, value in fields(file))))
    with pytest.raises(WireError, match="more than 10000 fields"):
        list(fields(whole(io.BytesIO(b"\x08\x01" * 10_001))))


def test_a_name_of_many_letters_is_not_read():
    with pytest.raises(WireError, match="a name of 1001 bytes"):
        text(whole(io.BytesIO(b"a" * 1001)))
    assert text(whole(io.BytesIO(b"a" * 1000))) == "a" * 1000


def test_numbers_of_a_file_that_became_shorter():
    """A file that was mapped into memory instead would end the process."""
    part = whole(io.BytesIO(np.arange(6, dtype="<f4").tobytes()))
    assert numbers(part, np.dtype("<f4"), (2, 3)).tolist() == [[0, 1, 2], [3, 4, 5]]
    part.file.truncate(20)
    with pytest.raises(EOFError, match="shorter"):
        numbers(part, np.dtype("<f4"), (2, 3))


def test_another_network_and_a_wrong_size(small, tmp_path):
    content = write_caffe(tmp_path / "a.caffemodel", small).read_bytes()
    for old, new, says in [
        (b"conv1_2", b"conv9_2", "holds the unknown layers conv9_2"),
        (b"conv1_2", b"conv1_1", "its layer `conv1_1` comes twice"),
        (b"\x08\x40\x10\x40", b"\x08\x40\x10\x41", "an array of shape (64, 65, 3, 3) has 147456"),
    ]:
        (tmp_path / "b.caffemodel").write_bytes(content.replace(old, new))
        with pytest.raises(UsageError) as refusal:
            load_weights(tmp_path / "b.caffemodel")
        assert f"b.caffemodel is a Caffe model, but {says}" in str(refusal.value)


def test_a_shape_of_many_axes(small, tmp_path):
    """Their product, of numbers of 63 bits, would take minutes."""
    content = write_caffe(tmp_path / "a.caffemodel", small, v1=False).read_bytes()
    lengths = (b"\xff" * 8 + b"\x7f") * 9_000
    field = bytes([1 * 8 + 2]) + varint(len(lengths)) + lengths
    blob = bytes([7 * 8 + 2]) + varint(len(field)) + field + b"\x2a\x04\0\0\0\0"
    blob = bytes([7 * 8 + 2]) + varint(len(blob)) + blob
    layer = b"\x0a\x07conv9_9" + blob * 2
    layer = varint(100 * 8 + 2) + varint(len(layer)) + layer
    (tmp_path / "b.caffemodel").write_bytes(content + layer)
    with pytest.raises(UsageError, match="holds an array of 9000 axes"):
        load_weights(tmp_path / "b.caffemodel")


def test_onnx_with_an_array_twice(small, tmp_path):
    content = write_onnx(tmp_path / "a.onnx", small).read_bytes()
    twice = content.replace(b"features.0.bias", b"features.2.bias")
    (tmp_path / "a.onnx").write_bytes(twice)
    with pytest.raises(UsageError, match=r"holds `features\.2\.bias` twice"):
        load_weights(tmp_path / "a.onnx")


def test_onnx_with_numbers_elsewhere(small, tmp_path):
    content = write_onnx(tmp_path / "a.onnx", small).read_bytes()
    name = b"features.0.bias"
    at = content.index(name) + len(name)
    assert content[at] == 0x4A  # raw_data, which begins with a length of two bytes
    begin = at + 3 + 256
    assert content[begin] != 0x70
    changed = content[:at] + b"\x70\x01" + b"\x4a\xfe\x01" + content[at + 3 : begin - 2]
    (tmp_path / "a.onnx").write_bytes(changed + content[begin:])
    with pytest.raises(UsageError, match=r"`features\.0\.bias` keeps its numbers in another file"):
        load_weights(tmp_path / "a.onnx")
