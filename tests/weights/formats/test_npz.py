"""NumPy archives: plain, as a palette, in other precisions; and what is no such archive."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.weights import OXFORD, TORCHVISION, load_weights
from backpaint.weights.formats import npz

from ..files.named_arrays import npz_entries, torchvision_arrays

SHARED = Path(__file__).parents[3] / "../shared/weights"


@pytest.fixture
def save(tmp_path):
    def save_entries(entries, name="vgg.npz"):
        np.savez(tmp_path / name, **entries)
        return tmp_path / name

    return save_entries


@pytest.fixture
def entries(small):
    return npz_entries(small)


def test_float32_reads_bit_for_bit(save, entries, small, assert_same):
    weights = load_weights(save(entries))
    assert_same(weights, small.filters, small.biases)
    assert weights.format == "npz"
    assert weights.precision == "float32"
    assert weights.normalization == OXFORD
    assert weights.depth == 16


def test_compressed_and_fortran_order(entries, small, tmp_path, assert_same):
    ordered = {name: np.asfortranarray(array) for name, array in entries.items()}
    np.savez_compressed(tmp_path / "vgg.npz", **ordered)
    assert_same(load_weights(tmp_path / "vgg.npz"), small.filters, small.biases)


@pytest.mark.parametrize("dtype", ["float16", "float64", ">f4"])
def test_other_precisions_become_float32(dtype, save, entries, small, assert_same):
    stored = {name: array.astype(dtype) for name, array in entries.items()}
    weights = load_weights(save(stored))
    assert_same(
        weights,
        {name: array.astype(dtype).astype("f4") for name, array in small.filters.items()},
        {name: array.astype(dtype).astype("f4") for name, array in small.biases.items()},
    )
    assert weights.precision == np.dtype(dtype).name


def test_palette(save, entries, small, assert_same):
    palettes = {}
    for name in small.filters:
        table, index = np.unique(entries[f"{name}/w"], return_inverse=True)  # 8 bits: 256 values
        assert table.size <= 256
        padded = np.concatenate([table, np.full(256 - table.size, 9, "f4")])
        palettes[f"{name}/w_index"] = index.reshape(entries[f"{name}/w"].shape).astype(np.uint8)
        palettes[f"{name}/w_table"] = padded
        palettes[f"{name}/b"] = entries[f"{name}/b"]
    weights = load_weights(save(palettes))
    assert_same(weights, small.filters, small.biases)
    assert weights.precision.startswith("8 bits")


def test_tensorflows_order_and_names(save, small, assert_same):
    """vgg16_weights.npz of Davi Frossard: (3, 3, in, out), the first layer R, G, B."""
    entries = {f"{name}_W": array for name, array in small.rgb_filters.items()}
    entries |= {f"{name}_b": array for name, array in small.biases.items()}
    weights = load_weights(save(entries))
    assert_same(weights, small.rgb_filters, small.biases)
    assert (weights.normalization.family, weights.normalization.order) == ("oxford", "rgb")


@pytest.mark.slow
def test_whole_vgg16_with_its_head_in_tensorflows_order(save, with_head, assert_same):
    entries = {f"{name}_W": array for name, array in with_head.rgb_filters.items()}
    entries |= {f"{name}_b": array for name, array in with_head.biases.items()}
    assert_same(load_weights(save(entries)), with_head.rgb_filters, with_head.biases)


def test_torchvisions_names(save, small, assert_same):
    assert_same(load_weights(save(torchvision_arrays(small))), small.filters, small.biases)


def test_what_lies_beside_is_left_out(save, entries, small, assert_same):
    """Arrays of any type: objects, which would need pickle, are not looked at."""
    beside = {
        "mean": np.ones(3),
        "labels": np.array(["cat", "dog"]),
        "settings": np.array({"size": 3}, dtype=object),
        "fc8/w": np.ones((365, 40), "f4"),
        "fc8/b": np.ones(365, "f4"),
    }
    weights = load_weights(save(entries | beside))
    assert_same(weights, small.filters, small.biases)
    assert weights.left_out == (
        "its classifier head (`fc8/w` has the shape (365, 40); VGG's has three layers with 4096, "
        "4096 and 1000 outputs)",
        "3 other arrays (mean, labels, settings)",
    )


@pytest.mark.parametrize("is_scoped", [True, False])
def test_keras_and_tensorflows_names(is_scoped, save, small, assert_same):
    entries = {}
    for name, filters in small.filters.items():
        block = name.replace("conv", "block").replace("_", "_conv")
        scope = f"vgg_16/{name[:5]}/{name}" if is_scoped else f"{block}/{block}"
        parts = ("weights", "biases") if is_scoped else ("kernel:0", "bias:0")
        entries |= {f"{scope}/{parts[0]}": filters, f"{scope}/{parts[1]}": small.biases[name]}
    assert_same(load_weights(save(entries)), small.filters, small.biases)


def test_vgg19_by_its_layers_and_by_its_numbers(save, up_to_conv3_4, tmp_path):
    entries = npz_entries(up_to_conv3_4)
    assert load_weights(save(entries)).depth == 19
    beginning = {name: array for name, array in entries.items() if name.startswith("conv1_")}
    assert load_weights(save(beginning)).depth == 19


def test_another_training_is_taken_for_torchvisions(save, entries):
    entries["conv1_1/w"] = np.random.default_rng(0).standard_normal((64, 3, 3, 3), dtype="f4")
    assert load_weights(save(entries)).normalization == TORCHVISION


def test_oxfords_filters_with_red_first(save, entries):
    entries["conv1_1/w"] = entries["conv1_1/w"][:, ::-1]
    normalization = load_weights(save(entries)).normalization
    assert (normalization.family, normalization.order) == ("oxford", "rgb")
    assert normalization.mean == OXFORD.mean


@pytest.mark.parametrize(("name", "expected"), [("oxford", OXFORD), ("torchvision", TORCHVISION)])
def test_an_entry_decides_the_normalization(name, expected, save, entries):
    entries["normalization"] = name
    path = save(entries)
    assert load_weights(path, trust=True).normalization == expected
    if expected is TORCHVISION:
        with pytest.raises(UsageError, match="its numbers are Oxford's, not torchvision's"):
            load_weights(path)


def rename(entries):
    entries["kernel"] = entries.pop("conv1_1/w")


def no_bias(entries):
    del entries["conv1_2/b"]


def both_forms(entries):
    entries["conv1_2/w_index"] = np.zeros((64, 64, 3, 3), np.uint8)


def wide_index(entries):
    entries["conv1_2/w_index"] = entries.pop("conv1_2/w").astype(np.int16)
    entries["conv1_2/w_table"] = np.zeros(256, "f4")


def short_table(entries):
    entries["conv1_2/w_index"] = entries.pop("conv1_2/w").astype(np.uint8)
    entries["conv1_2/w_table"] = np.zeros(16, "f4")


def house_order(entries):
    entries["conv1_2/w"] = np.ones((3, 3, 64, 64), "f4")


def pickled(entries):
    entries["conv1_2/b"] = np.array([{"a": 1}] * 64, dtype=object)


def unknown_normalization(entries):
    entries["normalization"] = "caffe"


def number_as_normalization(entries):
    entries["normalization"] = 3


def first_layer_missing(entries):
    del entries["conv1_1/w"], entries["conv1_1/b"]


def nothing(entries):
    entries.clear()
    entries["normalization"] = "oxford"


def other_network(entries):
    entries["conv7_1/w"], entries["conv7_1/b"] = entries["conv1_2/w"], entries["conv1_2/b"]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (rename, "holds only biases of conv1_1; expected its filters and biases"),
        (no_bias, "holds only filters of conv1_2; expected its filters and biases"),
        (both_forms, "holds only biases, filters, filters_index of conv1_2"),
        (wide_index, "the palette of conv1_2 has indices of int16"),
        (short_table, "the palette of conv1_2 has indices of uint8 and a table of (16,)"),
        (house_order, "conv1_2 have the shape (3, 3, 64, 64); expected (64, 64, 3, 3)"),
        (pickled, "the numbers of conv1_2 are object"),
        (unknown_normalization, "`normalization` is 'caffe'; expected 'oxford' or 'torchvision'"),
        (number_as_normalization, "`normalization` is 'no string'"),
        (first_layer_missing, "holds conv2_1 without conv1_1"),
        (nothing, "holds no layers with weights"),
        (other_network, "holds the unknown layers conv7_1"),
    ],
)
def test_refusals_say_what_was_found(damage, says, save, entries):
    damage(entries)
    with pytest.raises(UsageError) as refusal:
        load_weights(save(entries))
    sentence = str(refusal.value)
    assert says in sentence
    assert "vgg.npz is a NumPy .npz archive, but" in sentence
    assert "\n" not in sentence


def add_header(path, name, shape):
    """Add an array without its numbers."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode()
    start = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"{name}.npy", start + header)


def test_a_head_without_the_layers_before_it_is_refused_by_its_name(entries, save):
    path = save(entries)
    add_header(path, "fc6/w", (4096, 25088))
    add_header(path, "fc6/b", (4096,))
    says = r"holds fc6 without conv2_2, conv3_1, conv3_2, conv3_3, \.\.\.; expected a VGG"
    with pytest.raises(UsageError, match=rf"vgg\.npz is a NumPy \.npz archive, but .*{says}"):
        load_weights(path)


def test_a_huge_array_is_refused_by_its_header(entries, save):
    path = save(entries)
    add_header(path, "conv2_2/w", (99999999, 99999999))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("conv2_2/b.npy", archive.read("conv2_1/b.npy"))
    with pytest.raises(UsageError, match=r"conv2_2 have the shape \(99999999, 99999999\)"):
        load_weights(path)


def test_an_array_that_comes_twice(entries, save):
    path = save(entries)
    with zipfile.ZipFile(path, "a") as archive:
        content = archive.read("conv1_1/b.npy")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("conv1_1/b.npy", content)
    with pytest.raises(UsageError, match=r"vgg\.npz is a zip archive that holds an entry twice"):
        load_weights(path)


def test_a_machine_without_enough_memory(entries, save, monkeypatch):
    """The file is not to blame."""

    def too_much(*arguments, **options):
        raise MemoryError("Unable to allocate 392. MiB")

    monkeypatch.setattr(npz.npy_format, "read_array", too_much)
    with pytest.raises(UsageError) as refusal:
        load_weights(save(entries))
    assert "cannot be read (Unable to allocate 392. MiB); expected more free memory" in str(
        refusal.value
    )
    assert "damaged" not in str(refusal.value)


def test_flipped_and_cut_archives_are_refused(entries, save, tmp_path):
    whole = save(entries).read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 16]) + whole[middle + 1 :]
    cuts = [whole[:length] for length in (1, 3, 4, 5, 100, 1000, middle, len(whole) - 1)]
    for i, damaged in enumerate([flipped, *cuts]):
        (tmp_path / "damaged.npz").write_bytes(damaged)
        with pytest.raises(UsageError, match=r"damaged\.npz") as refusal:
            load_weights(tmp_path / "damaged.npz")
        assert i == 0 or "cut short" in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "depth", "normalization", "precision"),
    [
        pytest.param("vgg16_caffe_fp32", 16, OXFORD, "float32", marks=pytest.mark.slow),
        ("vgg16_torchvision_fp16", 16, TORCHVISION, "float16"),
        ("vgg19_caffe_palette8", 19, OXFORD, "8 bits (a table of 256 values a layer)"),
        pytest.param("vgg19_caffe_fp32_to_conv3_4", 19, OXFORD, "float32", marks=pytest.mark.slow),
    ],
)
def test_real_files(name, depth, normalization, precision):
    path = SHARED / f"{name}.npz"
    if not path.exists():
        pytest.skip(f"{path.name} is not part of the repository")
    weights = load_weights(path)
    assert (weights.depth, weights.normalization) == (depth, normalization)
    assert weights.precision == precision
    with np.load(path) as arrays:
        assert np.array_equal(weights.biases["conv3_1"], arrays["conv3_1/b"])
