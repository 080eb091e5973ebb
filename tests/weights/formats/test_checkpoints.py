"""What trainings leave: networks within dicts, beside optimizers, wrapped, more than one."""

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.weights import load_weights

from ..files.named_arrays import torchvision_arrays
from ..files.pytorch_files import write_pth

both_forms = pytest.mark.parametrize("is_zip", [True, False], ids=["zip", "legacy"])


@pytest.fixture(scope="module")
def state(small):
    return torchvision_arrays(small)


def optimizer(state):
    """Adam's, as `torch.optim.Optimizer.state_dict` gives it: arrays of the same shapes."""
    moments = {
        i: {"step": 3, "exp_avg": array * 0.1, "exp_avg_sq": array**2}
        for i, array in enumerate(state.values())
    }
    groups = [{"lr": 1e-3, "betas": (0.9, 0.999), "amsgrad": False, "params": list(moments)}]
    return {"state": moments, "param_groups": groups}


@both_forms
@pytest.mark.parametrize(
    "key", ["state_dict", "model", "model_state_dict", "net", "weight", "params", "netE", "module"]
)
def test_the_entry_that_is_a_network_is_told_by_its_content(
    key, is_zip, state, small, tmp_path, assert_same
):
    tree = {"epoch": 3, "best": 70.1, "arch": "vgg16", "optimizer": optimizer(state), key: state}
    weights = load_weights(write_pth(tmp_path / "a.pth", tree, is_zip))
    assert_same(weights, small.filters, small.biases)
    assert weights.left_out == ("12 other arrays (optimizer)",)


SHAPES_OF_TREES = {
    "a dict in a dict": lambda state: {"checkpoint": {"model": state, "epoch": 1}},
    "a list": lambda state: [state, {"epoch": 3}],
    "a tuple in a list": lambda state: {"models": [("first", state)]},
    "layers as dicts": lambda state: {
        "features": {
            key: {part: state[f"features.{key}.{part}"] for part in ("weight", "bias")}
            for key in ("0", "2", "5")
        }
    },
    "whole numbers as names": lambda state: {0: state},
    "the same dict twice": lambda state: {"model": state, "best": state},
    "Lightning's": lambda state: {
        "state_dict": {f"model.{key}": array for key, array in state.items()},
        "hyper_parameters": {"lr": 0.1, "name": None, "sizes": (1, 2)},
    },
}


@pytest.mark.parametrize("shape", SHAPES_OF_TREES)
def test_a_network_may_lie_at_any_depth(shape, state, small, tmp_path, assert_same):
    weights = load_weights(write_pth(tmp_path / "a.pth", SHAPES_OF_TREES[shape](state)))
    assert_same(weights, small.filters, small.biases)
    assert weights.left_out == ()


@both_forms
def test_moments_by_the_networks_own_names(is_zip, state, small, tmp_path, assert_same):
    moments = {key: array * 0.1 for key, array in state.items()}
    tree = {"optimizer": {"exp_avg": moments, "exp_avg_sq": dict(moments)}, "model": state}
    weights = load_weights(write_pth(tmp_path / "a.pth", tree, is_zip))
    assert_same(weights, small.filters, small.biases)
    assert weights.left_out == ("12 other arrays (optimizer)",)


def test_two_networks_are_refused_by_their_names(state, tmp_path):
    path = write_pth(tmp_path / "a.pth", {"model": state, "model_ema": dict(state), "epoch": 3})
    with pytest.raises(UsageError) as refusal:
        load_weights(path)
    assert (
        "a.pth is a PyTorch file, but holds 2 networks, with `model.features.0.weight` and "
        "`model_ema.features.0.weight`; expected one, saved alone"
    ) in str(refusal.value)


def test_an_array_twice_under_one_name(state, tmp_path):
    tree = state | {"features": {"0": {"weight": state["features.0.weight"]}}}
    with pytest.raises(UsageError, match=r"holds 'features\.0\.weight' twice"):
        load_weights(write_pth(tmp_path / "a.pth", tree))


def test_arrays_of_other_types_beside(state, small, tmp_path, assert_same):
    tree = state | {"mask": np.ones(3, bool), "features.mean": np.zeros(3), "steps": np.arange(3)}
    weights = load_weights(write_pth(tmp_path / "a.pth", tree, is_zip=False))
    assert_same(weights, small.filters, small.biases)
    assert weights.left_out == ("3 other arrays (mask, features.mean, steps)",)
    assert weights.precision == "float32"


def test_tensors_of_other_kinds_beside(state, small, tmp_path, assert_same):
    """Sparse and quantized ones are made by functions of their own."""
    sparse = b"ctorch._utils\n_rebuild_sparse_tensor\n)R"
    weights = load_weights(write_pth(tmp_path / "a.pth", state | {"mask": sparse}))
    assert_same(weights, small.filters, small.biases)
    assert weights.left_out == ("1 other array (mask)",)
    with pytest.raises(UsageError, match=r"its tensor 'features\.0\.weight' is of a kind that VGG"):
        load_weights(write_pth(tmp_path / "a.pth", state | {"features.0.weight": sparse}))


@pytest.mark.parametrize(
    "other",
    [
        (b"FloatStorage", b"QUInt8Storage"),
        (b"X\x01\x00\x00\x000", b"X\x04\x00\x00\x00../0"),
    ],
    ids=["kind", "key"],
)
def test_storages_of_another_kind_or_key(other, state, tmp_path):
    """What is a number type that VGG has none of, or no name of a file in the archive."""
    with pytest.raises(UsageError, match="holds a tensor of a kind that VGG does not have"):
        load_weights(write_pth(tmp_path / "a.pth", state, other=other))


def test_words_of_a_file_cannot_harm_a_terminal(state, tmp_path, caplog):
    weights = load_weights(write_pth(tmp_path / "a.pth", state | {"a\nb\x1b[2J": np.ones(1)}))
    assert weights.left_out == ("1 other array (a?b?[2J)",)
    assert caplog.messages == [f"note: {tmp_path / 'a.pth'}: left out 1 other array (a?b?[2J)"]


def test_a_dict_that_contains_itself(state, small, tmp_path, assert_same):
    tree = {"model": state}
    tree["again"] = tree
    assert_same(load_weights(write_pth(tmp_path / "a.pth", tree)), small.filters, small.biases)


def test_dicts_that_contain_each_other_many_times(state, small, tmp_path, assert_same):
    """Walked on every way, sixty of them would take forever."""
    tree = {"model": state}
    for _ in range(60):
        tree = {"left": tree, "right": tree}
    path = write_pth(tmp_path / "a.pth", tree)
    assert_same(load_weights(path), small.filters, small.biases)


def test_names_that_grow_with_every_dict(state, tmp_path):
    tree = dict(state)
    for i in range(100):
        tree = {f"a rather long name {i}": tree}
    with pytest.raises(UsageError, match=r"has a name of \d+ letters"):
        load_weights(write_pth(tmp_path / "a.pth", tree))


def test_a_number_as_a_tensor_and_objects_far_from_the_network(state, small, tmp_path, assert_same):
    """`best_acc1` of PyTorch's own training script, and a schedule's milestones."""
    counter = b"ccollections\nCounter\n)R"
    tree = {"best_acc1": np.float32(70).reshape(()), "milestones": counter, "state_dict": state}
    weights = load_weights(write_pth(tmp_path / "a.pth", tree))
    assert_same(weights, small.filters, small.biases)
    assert weights.left_out == ("1 other array (best_acc1)",)


def test_objects_among_tensors_are_refused_and_numbers_are_not(state, small, tmp_path, assert_same):
    scalar = b"cnumpy.core.multiarray\nscalar\n)R"
    weights = load_weights(write_pth(tmp_path / "a.pth", state | {"best": scalar}))
    assert_same(weights, small.filters, small.biases)
    shell = b"cposix\nsystem\n(X\x0a\0\0\0touch harmtR"
    with pytest.raises(UsageError, match="its entry 'best' is no tensor but 'posix system'"):
        load_weights(write_pth(tmp_path / "a.pth", {"model": state | {"best": shell}}))
    assert not (tmp_path / "harm").exists()


@both_forms
def test_pytorch_reads_these_files_alike(is_zip, state, tmp_path):
    torch = pytest.importorskip("torch", reason="compares with PyTorch")
    tree = {"epoch": 3, "model": state, "optimizer": optimizer(state)}
    loaded = torch.load(write_pth(tmp_path / "a.pth", tree, is_zip), weights_only=True)
    assert loaded["epoch"] == 3
    for key, array in state.items():
        assert np.array_equal(loaded["model"][key].numpy(), array)
    assert loaded["optimizer"]["param_groups"][0]["betas"] == (0.9, 0.999)
