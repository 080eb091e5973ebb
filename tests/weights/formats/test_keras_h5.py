"""Keras .h5 files, and the guard: nothing outside of the file may be read."""

import zlib

import h5py
import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.weights import OXFORD, load_weights
from backpaint.weights.formats.hdf5 import stored_array

from ..files.keras_files import write_keras


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


def add_layer(file, name, arrays):
    group = file.create_group(name)
    group.attrs["weight_names"] = np.array([f"{name}/{key}".encode() for key in arrays])
    for key, value in arrays.items():
        group[f"{name}/{key}"] = value
    file.attrs["layer_names"] = np.array([*file.attrs["layer_names"], name.encode()])


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


def batch_normalization(file, tmp_path):
    parts = ("gamma:0", "beta:0", "moving_mean:0", "moving_variance:0")
    add_layer(file, "batch_normalization", dict.fromkeys(parts, np.ones(64)))


def octave(file, tmp_path):
    del file.attrs["layer_names"]
    file["block1_conv1"].attrs["OCTAVE_NEW_FORMAT"] = np.uint8(1)


def replace(file, name, value):
    del file[name]
    file[name] = value


KERNEL = "block1_conv2/block1_conv2/kernel:0"


def no_layer_names(file, tmp_path):
    del file.attrs["layer_names"]


def theano_order(file, tmp_path):
    replace(file, KERNEL, np.ones((64, 64, 3, 3), dtype=np.float32)[:, :32])


def theano_2015(file, tmp_path):
    del file.attrs["layer_names"]
    file.attrs["nb_layers"] = 37


def nothing_but_a_link(file, tmp_path):
    """What wrote the file is told by its objects, and those of another file are none."""
    file.clear()
    del file.attrs["layer_names"]
    file["x"] = h5py.ExternalLink(elsewhere(tmp_path), "secret")


def between_2_and_3(file, tmp_path):
    del file.attrs["layer_names"]
    file.create_group("_layer_checkpoint_dependencies")


def many_names(file, tmp_path):
    file.attrs["layer_names"] = np.full(10_001, b"x")


def missing_group(file, tmp_path):
    del file["block1_conv2"]


def missing_array(file, tmp_path):
    del file[KERNEL]


def array_is_a_group(file, tmp_path):
    del file[KERNEL]
    file.create_group(KERNEL)


def never_written(file, tmp_path):
    del file[KERNEL]
    file.create_dataset(KERNEL, (3, 3, 64, 64), dtype="f4")


def written_in_part(file, tmp_path):
    """What is missing would be numbers that the file chooses."""
    del file[KERNEL]
    options = {"chunks": (1, 3, 64, 64), "fillvalue": 0.01}
    dataset = file.create_dataset(KERNEL, (3, 3, 64, 64), "f4", **options)
    dataset[:2] = 1


def never_written_but_filled(file, tmp_path):
    del file[KERNEL]
    file.create_dataset(KERNEL, (3, 3, 64, 64), "f4", fillvalue=0.01)


def many_chunks(file, tmp_path):
    del file[KERNEL]
    file.create_dataset(KERNEL, data=np.ones((3, 3, 64, 64), "f4"), chunks=(1, 1, 1, 3))


def many_letters(file, tmp_path):
    file.attrs["layer_names"] = np.array([b"x" * 1001])


def many_letters_elsewhere(file, tmp_path):
    file.attrs["layer_names"] = np.array(["x" * 1001], dtype=object)


def names_of_numbers(file, tmp_path):
    file.attrs["layer_names"] = np.arange(2)


def one_group_many_times(file, tmp_path):
    """Eleven layers of a thousand arrays each would be found in one group of two."""
    names = [f"block1_conv1{i}" for i in range(11)]
    group = file["block1_conv1"]
    group.attrs["weight_names"] = np.full(1000, b"block1_conv1/kernel:0")
    for name in names:
        file[name] = group
    file.attrs["layer_names"] = np.array([name.encode() for name in names])


def circles(file, tmp_path):
    file["block1_conv1/again"] = file["block1_conv1"]
    name = "block1_conv1" + "/again" * 32
    file.attrs["layer_names"] = np.array([name.encode()])


def enormous(file, tmp_path):
    del file[KERNEL]
    file.create_dataset(KERNEL, (1 << 20, 1 << 20, 64, 64), dtype="f4", chunks=(1, 1, 64, 64))


def text(file, tmp_path):
    replace(file, KERNEL, np.bytes_(b"filters"))


def structs(file, tmp_path):
    replace(file, KERNEL, np.zeros((3, 3, 64, 64), [("real", "f4"), ("imaginary", "f4")]))


def times(file, tmp_path):
    opaque = np.zeros((3, 3, 64, 64), "<M8[s]").astype(h5py.opaque_dtype(np.dtype("<M8[s]")))
    replace(file, KERNEL, opaque)


def null(file, tmp_path):
    replace(file, KERNEL, h5py.Empty("f4"))


def soft_link(file, tmp_path):
    replace(file, KERNEL, h5py.SoftLink("/block1_conv1/block1_conv1/kernel:0"))


def external_link(file, tmp_path):
    replace(file, KERNEL, h5py.ExternalLink(elsewhere(tmp_path), "/secret"))


def external_group(file, tmp_path):
    replace(file, "block1_conv2", h5py.ExternalLink(elsewhere(tmp_path), "/"))


def external_storage(file, tmp_path):
    del file[KERNEL]
    raw = tmp_path / "secret.bin"
    np.ones((3, 3, 64, 64), dtype=np.float32).tofile(raw)
    file.create_dataset(KERNEL, (3, 3, 64, 64), dtype="f4", external=[(str(raw), 0, 147456)])


def virtual(file, tmp_path):
    del file[KERNEL]
    layout = h5py.VirtualLayout((3, 3, 64, 64), dtype="f4")
    layout[:] = h5py.VirtualSource(elsewhere(tmp_path), "secret", (3, 3, 64, 64))
    file.create_virtual_dataset(KERNEL, layout)


def other_filter(file, tmp_path):
    del file[KERNEL]
    file.create_dataset(KERNEL, data=np.ones((3, 3, 64, 64), dtype="f4"), compression="lzf")


def packed(file, *written, chunks=(3, 3, 64, 64), **options):
    """Replace the filters by one chunk of bytes as they are."""
    del file[KERNEL]
    options = {"chunks": chunks, "compression": "gzip"} | options
    dataset = file.create_dataset(KERNEL, (3, 3, 64, 64), "f4", **options)
    for content in written:
        dataset.id.write_direct_chunk((0, 0, 0, 0), content)


def bomb(file, tmp_path):
    packed(file, zlib.compress(bytes(64 << 20)))


def bomb_behind_a_checksum(file, tmp_path):
    packed(file, zlib.compress(bytes(64 << 20)) + bytes(4), fletcher32=True)


def one_number_too_many(file, tmp_path):
    packed(file, zlib.compress(bytes(4 * 3 * 3 * 64 * 64 + 8)))


def large_chunks(file, tmp_path):
    packed(file, chunks=(3, 3, 64, 1 << 20), maxshape=(3, 3, 64, None))


def gzip_twice(file, tmp_path):
    packed_by(file, "set_deflate", "set_deflate")


def shuffled_behind_gzip(file, tmp_path):
    """What is stored need not look like what gzip unpacks."""
    packed_by(file, "set_deflate", "set_shuffle")


def packed_by(file, *filters):
    del file[KERNEL]
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((3, 3, 64, 64))
    for name in filters:
        getattr(properties, name)()
    space = h5py.h5s.create_simple((3, 3, 64, 64))
    name = KERNEL.encode()
    h5py.h5d.create(file.id, name, h5py.h5t.IEEE_F32LE, space, properties)


def resnet(file, tmp_path):
    file.move("block1_conv2", "res2a_branch2a")
    file.attrs["layer_names"] = np.array([b"block1_conv1", b"res2a_branch2a"])


def elsewhere(tmp_path):
    path = tmp_path / "elsewhere.h5"
    with h5py.File(path, "w") as file:
        file["secret"] = np.ones((3, 3, 64, 64), dtype=np.float32)
    return str(path)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (no_layer_names, "holds no `layer_names`; expected a Keras VGG"),
        (theano_order, "conv1_2 have the shape (64, 32, 3, 3); expected (3, 3, 64, 64)"),
        (theano_2015, "is a file of 2015 for Theano"),
        (nothing_but_a_link, "`x` is a link to elsewhere"),
        (between_2_and_3, "is laid out as Keras did between 2 and 3"),
        (many_names, "lists 10001 names as `layer_names`"),
        (many_letters, "holds a name of 1001 letters in `layer_names`; expected at most 1000"),
        (many_letters_elsewhere, "holds a name of 1001 letters in `layer_names`"),
        (names_of_numbers, "`layer_names` of `/` is int64; expected names"),
        (one_group_many_times, "lists 11000 arrays; expected at most 10000"),
        (circles, "names an array 33 groups deep; expected 32"),
        (missing_group, "lists a layer `block1_conv2` but holds no such group"),
        (missing_array, "does not hold all of them"),
        (array_is_a_group, "does not hold all of them"),
        (never_written, "block1_conv2/kernel:0` was never written, or not all of it"),
        (written_in_part, "block1_conv2/kernel:0` was never written, or not all of it"),
        (never_written_but_filled, "block1_conv2/kernel:0` was never written"),
        (many_chunks, "lies in 12672 chunks of 12 bytes; expected at most 10000 below 1024"),
        (enormous, "conv1_2 have the shape (1048576, 1048576, 64, 64)"),
        (text, "the filters of conv1_2 have the shape ()"),
        (structs, "the numbers of conv1_2 are void64; expected float16, float32 or float64"),
        (times, "the numbers of conv1_2 are void"),
        (null, "is empty"),
        (soft_link, "`block1_conv2/kernel:0` is a link to elsewhere"),
        (external_link, "`block1_conv2/kernel:0` is a link to elsewhere"),
        (external_group, "`block1_conv2` is a link to elsewhere"),
        (external_storage, "keeps its numbers in another file"),
        (virtual, "keeps its numbers in another file"),
        (other_filter, "is packed by HDF5 filters [32000]; expected gzip or none"),
        (bomb, "kernel:0` unpacks to more than 147460 bytes; expected 147456"),
        (bomb_behind_a_checksum, "kernel:0` unpacks to more than 147460 bytes"),
        (one_number_too_many, "kernel:0` unpacks to more than 147460 bytes"),
        (large_chunks, "lies in 1 chunks of 2415919104 bytes; expected at most 10000 below"),
        (shuffled_behind_gzip, "is packed by HDF5 filters [1, 2]; expected gzip or none"),
        (gzip_twice, "is packed by HDF5 filters [1, 1]; expected gzip or none"),
        (resnet, "holds a ResNet"),
        (batch_normalization, "holds a network with batch normalization"),
        (octave, "was written by Octave's `save -hdf5` (write it anew with `save -v7`)"),
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


def test_a_cut_file_is_refused_wherever_it_ends(small, tmp_path):
    whole = write_keras(tmp_path / "whole.h5", small).read_bytes()
    for length in [1, 7, 8, 9, 100, 1000, len(whole) // 2, len(whole) - 1]:
        (tmp_path / "cut.h5").write_bytes(whole[:length])
        with pytest.raises(UsageError, match=r"cut\.h5"):
            load_weights(tmp_path / "cut.h5")
