"""MatConvNet's .mat files of three generations, in both of MATLAB's containers."""

import copy

import h5py
import numpy as np
import pytest
import scipy.io

from backpaint.errors import UsageError
from backpaint.isolation.returned import Refusal
from backpaint.vgg import layer_table
from backpaint.weights import load_weights
from backpaint.weights.formats.matconvnet import v73
from backpaint.weights.formats.matconvnet.networks import find_network

from ..files.matconvnet_files import dagnn_variables, matconvnet_variables, write_v5
from ..files.matlab73_files import write_v73
from ..files.networks import Network

LAYOUTS = ["new", "old", "first"]
CONTAINERS = {"v5": write_v5, "v73": write_v73}


@pytest.fixture
def write(tmp_path):
    def write_file(container, variables):
        return CONTAINERS[container](tmp_path / "vgg.mat", variables)

    return write_file


@pytest.mark.parametrize("per_pixel", [True, False])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("container", CONTAINERS)
def test_every_layout_reads_bit_for_bit(container, layout, per_pixel, write, small, assert_same):
    path = write(container, matconvnet_variables(small, layout, per_pixel))
    weights = load_weights(path)
    assert_same(weights, small.rgb_filters, small.biases)
    assert weights.format == {"v5": "matconvnet-v5", "v73": "matconvnet-v7.3"}[container]
    assert weights.depth == 16
    assert weights.classes == ("tench, Tinca tinca", "goldfish", "día")
    assert weights.normalization.order == "rgb"
    assert weights.normalization.family == "oxford"
    assert (weights.normalization.scale, weights.normalization.std) == (1, (1, 1, 1))
    assert weights.normalization.mean == pytest.approx((123.68, 116.779, 103.939), rel=1e-12)


@pytest.mark.parametrize("container", CONTAINERS)
def test_vgg19_is_known_by_its_layers(container, write, up_to_conv3_4, assert_same):
    variables = matconvnet_variables(up_to_conv3_4, "new", False)
    weights = load_weights(write(container, variables))
    assert_same(weights, up_to_conv3_4.rgb_filters, up_to_conv3_4.biases)
    assert weights.depth == 19
    assert [row.name for row in weights.layers][-2:] == ["relu3_4", "pool3"]


def test_compressed_v5(small, tmp_path, assert_same):
    variables = matconvnet_variables(small, "new", False)
    path = write_v5(tmp_path / "vgg.mat", variables, compressed=True)
    assert_same(load_weights(path), small.rgb_filters, small.biases)


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_network_saved_as_one_variable(container, write, small, assert_same):
    path = write(container, {"net": matconvnet_variables(small, "new", False)})
    assert_same(load_weights(path), small.rgb_filters, small.biases)


@pytest.mark.parametrize(
    "nest",
    [
        lambda net: {"vgg": net},
        lambda net: {"data": {"vgg_net": net}},
        lambda net: {"nets": [net, {"a": 1.0}]},
    ],
)
@pytest.mark.parametrize("container", CONTAINERS)
def test_a_network_in_a_struct_of_any_name(container, nest, write, small, assert_same):
    """Other variables lie beside it, as `save -append` leaves them."""
    beside = {"opts": {"sizes": np.ones((2, 2)), "layer": "conv1_1"}, "x": np.ones((3, 1))}
    path = write(container, beside | nest(matconvnet_variables(small, "new", False)))
    weights = load_weights(path)
    assert_same(weights, small.rgb_filters, small.biases)
    assert weights.classes == ("tench, Tinca tinca", "goldfish", "día")


@pytest.mark.parametrize("container", CONTAINERS)
def test_layers_as_an_array_of_structs(container, write, small, assert_same):
    variables = matconvnet_variables(small, "new", False)
    fields = ("name", "type", "weights")
    layers = tuple({key: layer.get(key, []) for key in fields} for layer in variables["layers"])
    weights = load_weights(write(container, variables | {"layers": layers}))
    assert_same(weights, small.rgb_filters, small.biases)


@pytest.mark.parametrize("container", CONTAINERS)
def test_two_networks_are_refused_by_their_names(container, write, small):
    network = matconvnet_variables(small, "new", False)
    for variables, names in [
        ({"before": network, "after": network}, ("before", "after")),
        (network | {"tuned": network}, ("the variables", "tuned")),
    ]:
        with pytest.raises(UsageError, match=r"holds 2 networks \(") as refusal:
            load_weights(write(container, variables))
        assert all(name in str(refusal.value) for name in names)


@pytest.mark.parametrize("container", CONTAINERS)
def test_variables_that_are_no_network_are_named(container, write):
    with pytest.raises(UsageError, match=r"holds no `layers`, only opts, x; expected"):
        load_weights(write(container, {"opts": {"a": 1.0}, "x": np.ones((3, 1))}))


@pytest.mark.parametrize("name", ["fc8", "fc8_scenes", "predictions"])
@pytest.mark.parametrize("container", CONTAINERS)
def test_another_head_is_left_out(container, name, write, small, assert_same):
    variables = matconvnet_variables(small, "new", False)
    weights = [np.ones((1, 1, 40, 365), np.float32), np.ones((365, 1), np.float32)]
    variables["layers"].append({"name": name, "type": "conv", "weights": weights})
    loaded = load_weights(write(container, variables))
    assert_same(loaded, small.rgb_filters, small.biases)
    assert (
        f"its classifier head (`{name}.weight` has the shape (1, 1, 40, 365)" in loaded.left_out[0]
    )


@pytest.mark.parametrize("container", CONTAINERS)
def test_dagnn_with_batch_normalization(container, write, small):
    variables = dagnn_variables(small)
    names = ["bn1m", "bn1b", "bn1x"]
    variables["layers"] = (
        *variables["layers"],
        variables["layers"][0] | {"name": "n", "params": names},
    )
    values = tuple(variables["params"][1] | {"name": name} for name in names)
    variables["params"] = (*variables["params"], *values)
    with pytest.raises(UsageError, match="holds a network with batch normalization"):
        load_weights(write(container, variables))


@pytest.mark.parametrize("is_one_variable", [False, True])
@pytest.mark.parametrize("container", CONTAINERS)
def test_dagnn(container, is_one_variable, write, small_vgg19, assert_same):
    """As `dagnn.DagNN.fromSimpleNN(net).saveobj()` leaves it."""
    variables = dagnn_variables(small_vgg19)
    weights = load_weights(write(container, {"net": variables} if is_one_variable else variables))
    assert_same(weights, small_vgg19.rgb_filters, small_vgg19.biases)
    assert weights.classes == ("tench, Tinca tinca", "goldfish", "día")
    assert weights.normalization.mean == pytest.approx((123.68, 116.779, 103.939), rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("container", CONTAINERS)
def test_whole_vgg16_with_its_head(container, write, with_head, assert_same):
    variables = matconvnet_variables(with_head, "new", False)
    fc6 = next(layer for layer in variables["layers"] if layer["name"] == "fc6")
    assert fc6["weights"][0].shape == (7, 7, 512, 4096)
    weights = load_weights(write(container, variables))
    assert_same(weights, with_head.rgb_filters, with_head.biases)
    assert weights.has_head
    assert weights.layers[-1].name == "fc8"
    assert weights.classes[999] == "class 999"


# The very expressions by which published programs read these files: that ours answer to them shows
# that the layout is the true one.


def test_the_new_layout_answers_the_indices_of_published_programs(small, tmp_path):
    data = scipy.io.loadmat(
        write_v5(tmp_path / "vgg.mat", matconvnet_variables(small, "new", False))
    )
    layers = data["layers"]
    for i, name in [(0, "conv1_1"), (2, "conv1_2"), (5, "conv2_1")]:
        assert np.array_equal(layers[0][i][0][0][2][0][0], small.rgb_filters[name])
        assert np.array_equal(layers[0][i][0][0][2][0][1].ravel(), small.biases[name])
        assert layers[0][i][0][0][0][0] == name
    mean = data["meta"]["normalization"][0][0][0][0][2][0][0]
    assert mean.tolist() == [123.68, 116.779, 103.939]


def test_the_old_layout_answers_the_indices_of_published_programs(small, tmp_path):
    data = scipy.io.loadmat(
        write_v5(tmp_path / "vgg.mat", matconvnet_variables(small, "old", True))
    )
    layers = data["layers"]
    for i, name in [(0, "conv1_1"), (2, "conv1_2"), (5, "conv2_1")]:
        assert np.array_equal(layers[0][i][0][0][0][0][0], small.rgb_filters[name])
        assert np.array_equal(layers[0][i][0][0][0][0][1].ravel(), small.biases[name])
        assert layers[0][i][0][0][-2][0] == name
    assert data["normalization"][0][0][0].shape == (224, 224, 3)


# Refusals


def drop_layers(variables):
    del variables["layers"]


def drop_mean(variables):
    del variables["meta"]["normalization"]["averageImage"]


def drop_normalization(variables):
    del variables["meta"]["normalization"]


def drop_meta(variables):
    del variables["meta"]


def gray_mean(variables):
    variables["meta"]["normalization"]["averageImage"] = np.array([[[128.0]]])


def empty_mean(variables):
    variables["meta"]["normalization"]["averageImage"] = np.empty((0, 0))


def wild_mean(variables):
    variables["meta"]["normalization"]["averageImage"] = np.array([[[1e6, 0.0, 0.0]]])


def text_for_filters(variables):
    variables["layers"][0]["weights"][0] = "filters"


def three_arrays(variables):
    variables["layers"][0]["weights"].append(np.zeros((1, 64)))


def whole_numbers(variables):
    variables["layers"][0]["weights"][0] = np.ones((3, 3, 3, 64), dtype=np.int32)


def not_a_number(variables):
    variables["layers"][2]["weights"][0][1, 1, 7, 7] = np.nan


def infinite_bias(variables):
    variables["layers"][2]["weights"][1][5] = np.inf


def too_large_for_float32(variables):
    variables["layers"][2]["weights"][0] = np.full((3, 3, 64, 64), 1e300)


def all_zero(variables):
    variables["layers"][2]["weights"][0] = np.zeros((3, 3, 64, 64), dtype=np.float32)


def few_filters(variables):
    variables["layers"][2]["weights"][0] = np.ones((3, 3, 64, 63), dtype=np.float32)


def few_biases(variables):
    variables["layers"][2]["weights"][1] = np.ones((63, 1), dtype=np.float32)


def gap(variables):
    del variables["layers"][2]


def twice(variables):
    variables["layers"][2]["name"] = "conv1_1"


def nameless(variables):
    del variables["layers"][0]["name"]


def no_weights(variables):
    variables["layers"] = [{"name": "relu1_1", "type": "relu"}]


def numbers_for_layers(variables):
    variables["layers"] = np.ones((1, 4))


def vgg_f(variables):
    first = {"name": "conv1", "type": "conv", "weights": [np.ones((11, 11, 3, 64)), np.ones(64)]}
    variables["layers"] = [first]


def vgg_m(variables):
    first = {"name": "conv1", "type": "conv", "weights": [np.ones((7, 7, 3, 96)), np.ones(96)]}
    variables["layers"] = [first]


def resnet(variables):
    names = ["res2a_branch2a_filter", "res2a_branch2a_bias"]
    variables["layers"] = ({"name": "res2a_branch2a", "type": "dagnn.Conv", "params": names},)
    variables["params"] = tuple({"name": name, "value": np.ones((1, 1))} for name in names)


def dag_without_arrays(variables):
    variables["layers"] = ({"name": "conv1_1", "params": ["f", "b"]}, {"name": "x", "params": []})
    variables["params"] = ({"name": "f", "value": "text"}, {"name": "b", "value": np.ones(64)})


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (drop_layers, "holds no `layers`, only meta; expected a MatConvNet VGG-16 or VGG-19"),
        (drop_mean, "neither `meta.normalization.averageImage` nor"),
        (drop_normalization, "neither `meta.normalization.averageImage` nor"),
        (drop_meta, "neither `meta.normalization.averageImage` nor"),
        (gray_mean, "its averageImage is float64 of shape"),
        (empty_mean, "64 of shape (0, 0)"),
        (wild_mean, "expected colors between 0 and 255"),
        (text_for_filters, "its layer 1 holds 2 parts, 1 of them arrays"),
        (three_arrays, "its layer 1 holds 3 parts, 3 of them arrays"),
        (whole_numbers, "the numbers of conv1_1 are int32; expected float16, float32 or float64"),
        (not_a_number, "conv1_2 holds NaN or infinity"),
        (infinite_bias, "conv1_2 holds NaN or infinity"),
        (too_large_for_float32, "conv1_2 holds NaN or infinity"),
        (all_zero, "the filters of conv1_2 are all zero"),
        (few_filters, "conv1_2 have the shape (3, 3, 64, 63); expected (3, 3, 64, 64)"),
        (few_biases, "the biases of conv1_2 have the shape (63, 1); expected (64,)"),
        (gap, "holds conv2_1 without conv1_2"),
        (twice, "holds two layers `conv1_1`; expected each layer once"),
        (nameless, "its element 1 has weights but no name"),
        (no_weights, "holds no layers with weights"),
        (numbers_for_layers, "holds no layers with weights"),
        (vgg_f, "holds VGG-F"),
        (vgg_m, "holds VGG-M or VGG-S"),
        (resnet, "holds a ResNet"),
        (dag_without_arrays, "its layer 1 has parameters that are no arrays"),
    ],
)
@pytest.mark.parametrize("container", CONTAINERS)
def test_refusals_say_what_was_found(container, damage, says, write, small):
    variables = matconvnet_variables(copy.deepcopy(small), "new", False)
    damage(variables)
    with pytest.raises(UsageError) as refusal:
        load_weights(write(container, variables))
    sentence = str(refusal.value)
    assert says in sentence
    assert "vgg.mat is a MATLAB v" in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("compressed", [False, True])
def test_a_cut_v5_file_is_refused_wherever_it_ends(compressed, small, tmp_path):
    path = write_v5(tmp_path / "whole.mat", matconvnet_variables(small, "new", False), compressed)
    whole = path.read_bytes()
    assert load_weights(path).depth == 16
    # The last 8 bytes may be padding, which nobody misses.
    for length in [1, 127, 130, 1000, len(whole) // 2, len(whole) - 9]:
        (tmp_path / "cut.mat").write_bytes(whole[:length])
        with pytest.raises(UsageError, match=r"cut\.mat"):
            load_weights(tmp_path / "cut.mat")


def test_a_file_that_crashes_scipy_is_refused(small, tmp_path):
    """One changed byte: the flags of the first array are said to be of another type."""
    path = write_v5(tmp_path / "a.mat", matconvnet_variables(small, "new", False))
    damaged = bytearray(path.read_bytes())
    assert damaged[144] == 1  # what savemat writes; MATLAB itself writes 6
    damaged[144] = 9
    path.write_bytes(damaged)
    with pytest.raises(UsageError, match=r"parser crashes \(SIGSEGV\); expected a complete"):
        load_weights(path)


def test_modules_of_the_current_folder_are_not_imported(small, tmp_path, monkeypatch, assert_same):
    (tmp_path / "scipy.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    path = write_v5(tmp_path / "a.mat", matconvnet_variables(small, "new", False))
    assert_same(load_weights(path), small.rgb_filters, small.biases)


def test_a_cell_whose_size_overflows_is_refused(small, tmp_path):
    """2^64 references, which 64 bits count as none."""
    path = write_v73(tmp_path / "a.mat", matconvnet_variables(small, "new", False))
    with h5py.File(path, "r+") as file:
        del file["layers"]
        shape, chunks = (1 << 32, 1 << 32), (1, 1024)
        cells = file.create_dataset("layers", shape, h5py.ref_dtype, chunks=chunks)
        cells.attrs["MATLAB_class"] = np.bytes_("cell")
    with pytest.raises(UsageError, match="has 18446744073709551616 entries; expected at most"):
        load_weights(path)


def test_cells_that_share_their_parts_are_refused_in_time(small, tmp_path, monkeypatch):
    """Layers that all refer to one large cell: their number times its size would be followed."""
    path = write_v73(tmp_path / "a.mat", dagnn_variables(small))
    with h5py.File(path, "r+") as file:
        names = file["layers/params"]
        cell = file.create_dataset("#refs#/many", (900, 1), h5py.ref_dtype)
        cell[...] = file[names[0, 0]][0, 0]
        cell.attrs["MATLAB_class"] = np.bytes_("cell")
        names[...] = cell.ref
    monkeypatch.setattr(v73, "_MOST_STEPS", 1000)
    with pytest.raises(Refusal) as refusal:
        v73.parse(str(path))
    assert refusal.value.found == "refers to its own parts too often"


def test_text_is_not_read_where_it_is_no_text(small, tmp_path):
    path = write_v73(tmp_path / "a.mat", matconvnet_variables(small, "new", False))
    with h5py.File(path, "r+") as file:
        name = file[file["layers"][0, 0]]["name"].name
        del file[name]
        file[name] = np.array([["conv1_1"]], dtype=object)
        file[name].attrs["MATLAB_class"] = np.bytes_("char")
    with pytest.raises(UsageError, match=r"its text `.*name` is object; expected uint16"):
        load_weights(path)


def test_steps_through_a_whole_network_are_well_below_their_limit(tmp_path):
    """VGG-19, with as many steps as a thousand classes need; a DagNN needs the most."""
    rows = [row.name for row in layer_table(19) if row.kind == "conv"]
    full = Network(
        19,
        {name: np.ones((1, 1, 1, 1), np.float32) for name in rows},
        {name: np.ones(1, np.float32) for name in rows},
        [f"class {i}" for i in range(100)],
    )
    for variables in (dagnn_variables(full), matconvnet_variables(full, "new", False)):
        path = write_v73(tmp_path / "a.mat", variables)
        budget = v73._Budget()
        with h5py.File(path) as file:
            network = find_network(v73._Value(file, budget))
        assert len(network.layers) == 16
        assert 100 < v73._MOST_STEPS - budget._left < v73._MOST_STEPS / 2 - 900


def test_a_cut_v73_file_is_refused_wherever_it_ends(small, tmp_path):
    path = write_v73(tmp_path / "whole.mat", matconvnet_variables(small, "new", False))
    whole = path.read_bytes()
    for length in [1, 100, 512, 519, 520, 600, 2000, len(whole) // 2, len(whole) - 1]:
        (tmp_path / "cut.mat").write_bytes(whole[:length])
        with pytest.raises(UsageError, match=r"cut\.mat"):
            load_weights(tmp_path / "cut.mat")
