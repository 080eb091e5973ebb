"""PyTorch's files of both forms, written by PyTorch; and pickles that mean harm."""

import dataclasses
import io
import pickle
import pickletools
import time
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.weights import OXFORD, TORCHVISION, load_weights
from backpaint.weights.assembly.stored import UnsuitableFileError
from backpaint.weights.formats.pickle_data import Call, read_pickle

from ..files.named_arrays import channels_first, torchvision_arrays, torchvision_names

torch = pytest.importorskip("torch", reason="the files are written by PyTorch")


@pytest.fixture
def state_dict():
    def build(network, names=None, dtype=torch.float32):
        names = names or torchvision_names(network.depth)
        state = OrderedDict()
        for layer, arrays in channels_first(network).items():
            for part, array in zip(("weight", "bias"), arrays, strict=True):
                state[f"{names[layer]}.{part}"] = torch.from_numpy(array.copy()).to(dtype)
        state._metadata = OrderedDict({"": {"version": 1}})  # as Module.state_dict leaves it
        return state

    return build


def save(state, path, is_zip=True, protocol=2):
    torch.save(state, path, _use_new_zipfile_serialization=is_zip, pickle_protocol=protocol)
    return path


both_forms = pytest.mark.parametrize("is_zip", [True, False], ids=["zip", "legacy"])


@both_forms
@pytest.mark.parametrize("protocol", [2, 4])
def test_numbers_come_back_bit_for_bit(
    is_zip, protocol, up_to_conv3_4, tmp_path, assert_same, state_dict
):
    path = save(state_dict(up_to_conv3_4), tmp_path / "vgg19.pth", is_zip, protocol)
    weights = load_weights(path)
    assert_same(weights, up_to_conv3_4.filters, up_to_conv3_4.biases)
    assert weights.format == "torch"
    assert weights.depth == 19
    assert weights.precision == "float32"
    assert weights.normalization == OXFORD  # Caffe's numbers under torchvision's names
    loaded = torch.load(path, weights_only=protocol == 2)
    for name, key in torchvision_names(19).items():
        if name in weights.filters:
            theirs = loaded[f"{key}.weight"].numpy().transpose(2, 3, 1, 0)
            assert np.array_equal(theirs, weights.filters[name])


@both_forms
@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_other_precisions(is_zip, dtype, small, tmp_path, assert_same, state_dict):
    state = state_dict(small, dtype=dtype)
    weights = load_weights(save(state, tmp_path / "vgg.pth", is_zip))
    rounded = [
        {
            name: torch.from_numpy(array.copy()).to(dtype).float().numpy()
            for name, array in a.items()
        }
        for a in (small.filters, small.biases)
    ]
    assert_same(weights, *rounded)
    assert weights.precision == str(dtype).removeprefix("torch.")


@both_forms
@pytest.mark.parametrize("prefix", ["", "module.", "vgg.net."])
def test_caffes_names_and_prefixes(is_zip, prefix, small, tmp_path, assert_same, state_dict):
    names = {name: prefix + name for name in small.filters}
    weights = load_weights(save(state_dict(small, names), tmp_path / "vgg.pth", is_zip))
    assert_same(weights, small.filters, small.biases)


@both_forms
def test_parameters_views_and_checkpoints(is_zip, small, tmp_path, assert_same, state_dict):
    """Parameters, two tensors in one storage, channels last, and a dict around all of it."""
    state = {key: torch.nn.Parameter(value) for key, value in state_dict(small).items()}
    state["features.2.weight"] = state["features.2.weight"].to(memory_format=torch.channels_last)
    both = torch.cat([state["features.0.bias"], state["features.2.bias"]]).detach()
    state["features.0.bias"], state["features.2.bias"] = both[:64], both[64:]
    weights = load_weights(save({"epoch": 3, "state_dict": state}, tmp_path / "c.pth", is_zip))
    assert_same(weights, small.filters, small.biases)


def with_first_rebuild_function(content):
    """Drop the arguments requires_grad and hooks, from NEWFALSE up to the end of the tuple."""
    content = content.replace(b"_rebuild_tensor_v2", b"_rebuild_tensor")
    start = io.BytesIO(content)
    for _ in range(3):
        read_pickle(start)
    begin = start.tell()
    kept, dropping = [content[:begin]], False
    instructions = list(pickletools.genops(content[begin:]))
    ends = [position for _, _, position in instructions[1:]]
    for (instruction, _, position), end in zip(instructions, ends, strict=False):
        dropping = instruction.name == "NEWFALSE" or (dropping and instruction.name != "TUPLE")
        if not dropping:
            kept.append(content[begin + position : begin + end])
    return b"".join([*kept, content[begin + ends[-1] :]])


def test_the_first_rebuild_function(small, tmp_path, assert_same, state_dict):
    """The published files of 2017 call `_rebuild_tensor`, which has four arguments."""
    path = save(state_dict(small), tmp_path / "old.pth", is_zip=False)
    path.write_bytes(with_first_rebuild_function(path.read_bytes()))
    assert b"_rebuild_tensor\n" in path.read_bytes()
    assert_same(load_weights(path), small.filters, small.biases)
    for key, tensor in torch.load(path, weights_only=False).items():
        assert torch.equal(tensor, state_dict(small)[key])


class Python2Dict:
    """An OrderedDict that is pickled as by Python 2.7: all items as lists, in one call."""

    def __init__(self, items):
        self.items = items

    def __reduce__(self):
        pairs = [[key, value] for key, value in self.items.items()]
        return OrderedDict, (pairs,), {"_metadata": {"": {"version": 1}}}


@both_forms
@pytest.mark.parametrize("is_checkpoint", [True, False])
def test_a_dict_of_python_2(is_zip, is_checkpoint, small, tmp_path, assert_same, state_dict):
    """The files of 2017, Gatys' vgg_conv.pth among them."""
    state = Python2Dict(state_dict(small))
    path = save({"state_dict": state} if is_checkpoint else state, tmp_path / "vgg.pth", is_zip)
    assert_same(load_weights(path), small.filters, small.biases)
    loaded = torch.load(path, weights_only=False)
    loaded = loaded["state_dict"] if is_checkpoint else loaded
    assert torch.equal(loaded["features.0.bias"], torch.from_numpy(small.biases["conv1_1"].copy()))


def test_a_dict_of_one_list_cannot_be_made_again_and_again():
    """A thousand entries and ten thousand calls would be ten million entries."""
    entries = b"".join(b"](X\x04\0\0\0%04dNe" % i for i in range(1000))
    start = b"\x80\x02ccollections\nOrderedDict\nq\0](" + entries + b"eq\1"
    calls = b"](" + b"h\0h\1\x85R" * 10 + b"e."
    result = read_pickle(io.BytesIO(start + calls))
    assert [len(made) for made in result] == [1000] + [0] * 9


@pytest.mark.parametrize("argument", [[1], [[1]], [(1, 2)], (), [["a", 1, 2]], {"a": 1}, [[(), 1]]])
def test_what_is_no_list_of_pairs_makes_no_dict(argument):
    class Made:
        def __reduce__(self):
            return OrderedDict, (argument,)

    with pytest.raises((ValueError, UnsuitableFileError)):
        read_pickle(io.BytesIO(pickle.dumps(Made(), 2)))


@both_forms
def test_palette(is_zip, small, tmp_path, assert_same):
    """256 values a layer, by k-means, and an index of 8 bits a weight."""
    state = {}
    for key, array in torchvision_arrays(small).items():
        if key.endswith("weight"):
            table, index = np.unique(array, return_inverse=True)
            padded = np.concatenate([table, np.full(256 - table.size, 9, "f4")])
            state[f"{key}_index"] = torch.from_numpy(index.reshape(array.shape).astype(np.uint8))
            state[f"{key}_table"] = torch.from_numpy(padded)
        else:
            state[key] = torch.from_numpy(array.copy())
    weights = load_weights(save(state, tmp_path / "vgg.pth", is_zip))
    assert_same(weights, small.filters, small.biases)
    assert weights.precision.startswith("8 bits")
    assert (tmp_path / "vgg.pth").stat().st_size < small.filters["conv2_1"].nbytes


@pytest.mark.parametrize("order", ["bgr", "rgb"])
@both_forms
def test_caffes_names_and_numbers(is_zip, order, small, tmp_path, assert_same, state_dict):
    """Oxford's numbers, 0..255 minus the mean, in either order: the first layer tells."""
    network = small if order == "bgr" else dataclasses.replace(small, filters=small.rgb_filters)
    names = {name: f"module.{name}" for name in network.filters}
    weights = load_weights(save(state_dict(network, names), tmp_path / "vgg.pth", is_zip))
    assert_same(weights, network.filters, network.biases)
    assert weights.normalization == dataclasses.replace(OXFORD, order=order)


@pytest.mark.slow
@both_forms
def test_whole_vgg16_with_its_head(is_zip, with_head, tmp_path, assert_same, state_dict):
    weights = load_weights(save(state_dict(with_head), tmp_path / "vgg16.pth", is_zip))
    assert_same(weights, with_head.filters, with_head.biases)
    assert weights.has_head


@pytest.mark.slow
def test_torchvisions_own_training(tmp_path, state_dict):
    source = Path(__file__).parents[3] / "../shared/weights/vgg16_torchvision_fp16.npz"
    if not source.exists():
        pytest.skip(f"{source.name} is not part of the repository")
    expected = load_weights(source)
    path = save(state_dict(expected, dtype=torch.float16), tmp_path / "v.pth", is_zip=False)
    weights = load_weights(path)
    assert weights.normalization == TORCHVISION
    assert weights.depth == 16
    assert all(np.array_equal(weights.filters[k], expected.filters[k]) for k in expected.filters)


# Refusals


class Shell:
    def __reduce__(self):
        import os

        return os.system, ("touch harm",)


def whole_module(state):
    return torch.nn.Sequential(torch.nn.Conv2d(3, 64, 3))


def batch_normalization(state):
    return state | {"features.1.running_mean": torch.zeros(64)}


def missing_bias(state):
    del state["features.2.bias"]
    return state


def sliced(state):
    return state | {"features.0.weight": torch.zeros(64, 3, 3, 6)[..., ::2]}


def broadcast(state):
    return state | {"features.0.weight": torch.zeros(1).expand(64, 3, 3, 3)}


def transposed(state):
    return state | {"features.2.weight": torch.ones(3, 3, 64, 64)}


def integers(state):
    return state | {"features.0.weight": torch.ones(64, 3, 3, 3, dtype=torch.int64)}


def not_finite(state):
    return state | {"features.0.bias": torch.full((64,), float("nan"))}


@both_forms
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda state: Shell(), "holds a pickled 'posix system'"),
        (lambda state: state | {"features.0.weight": Shell()}, "is no tensor but 'posix system'"),
        (lambda state: [1, 2], "holds no dict of tensors"),
        (lambda state: {}, "holds no layers with weights"),
        (lambda state: state | {"a\nb\x1b[2J": Shell()}, "is no tensor but 'posix system'"),
        (whole_module, "holds a pickled object"),
        (batch_normalization, "holds a network with batch normalization"),
        (missing_bias, "holds only filters of features.2; expected its filters and biases"),
        (sliced, "its tensor 'features.0.weight' has gaps"),
        (broadcast, "its tensor 'features.0.weight' has gaps"),
        (transposed, "conv1_2 have the shape (3, 3, 64, 64); expected (64, 64, 3, 3)"),
        (integers, "the numbers of conv1_1 are int64"),
        (not_finite, "conv1_1 holds NaN"),
    ],
)
def test_refusals_say_what_was_found(
    change, says, is_zip, small, tmp_path, monkeypatch, state_dict
):
    monkeypatch.chdir(tmp_path)
    path = save(change(state_dict(small)), tmp_path / "vgg.pth", is_zip)
    with pytest.raises(UsageError) as refusal:
        load_weights(path)
    assert says in str(refusal.value)
    assert "vgg.pth is a PyTorch file, but" in str(refusal.value)
    assert str(refusal.value).isprintable()
    assert not (tmp_path / "harm").exists()


class Rebuilt:
    """A tensor whose call has fewer or more arguments than PyTorch's of any version."""

    def __init__(self, tensor, parts):
        self.tensor, self.parts = tensor, parts

    def __reduce__(self):
        function, arguments = self.tensor.__reduce_ex__(2)
        return function, (*arguments, {}, None)[: self.parts]


@pytest.mark.parametrize("parts", [5, 8])
def test_a_tensor_has_as_many_parts_as_some_version_gives_it(parts, small, tmp_path, state_dict):
    tensor = torch.zeros(64, 3, 3, 3)
    state = state_dict(small) | {"features.0.weight": Rebuilt(tensor, parts)}
    with pytest.raises(UsageError, match=f"tensor 'features.0.weight' has {parts} parts"):
        load_weights(save(state, tmp_path / "vgg.pth"))


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_no_pickle_calls_anything(protocol, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    try:
        result = read_pickle(io.BytesIO(pickle.dumps(Shell(), protocol)))
    except Exception:
        assert protocol < 2 or protocol == 3
    else:
        assert isinstance(result, Call)
    assert not (tmp_path / "harm").exists()


def test_a_program_without_end_is_stopped():
    with pytest.raises(Exception, match="more than 100000 instructions"):
        read_pickle(io.BytesIO(b"N" * 200_000 + b"."))


def test_storages_called_by_tuples_of_tuples_are_refused_at_once(tmp_path):
    """Comparing or printing the key takes twice as long for each; a hundred take forever."""
    key = ()
    for _ in range(22):
        key = (key, key)
    parts = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, {}, [key]]
    content = b"".join(pickle.dumps(part, 2) for part in parts)
    (tmp_path / "vgg.pth").write_bytes(content + bytes(64))
    with pytest.raises(UsageError, match="lists storages by what is no string"):
        load_weights(tmp_path / "vgg.pth")


def test_a_file_is_read_by_its_beginning(small, tmp_path, state_dict, assert_same):
    """As PyTorch does, which knows nothing of an archive behind the five pickles."""
    zeros = {key: torch.zeros_like(value) for key, value in state_dict(small).items()}
    archive = save(zeros, tmp_path / "zeros.pth").read_bytes()
    path = save(state_dict(small), tmp_path / "vgg.pth", is_zip=False)
    path.write_bytes(path.read_bytes() + archive)
    assert zipfile.is_zipfile(path)
    assert torch.equal(torch.load(path)["features.0.bias"], state_dict(small)["features.0.bias"])
    assert_same(load_weights(path), small.filters, small.biases)


@both_forms
def test_cut_files_are_refused(is_zip, small, tmp_path, state_dict):
    whole = save(state_dict(small), tmp_path / "vgg.pth", is_zip).read_bytes()
    for length in (20, 100, 1000, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.pth").write_bytes(whole[:length])
        with pytest.raises(UsageError, match=r"cut\.pth is .*(cut short|damaged)"):
            load_weights(tmp_path / "cut.pth")


def test_a_flipped_bit_in_an_archive_is_found(small, tmp_path, state_dict):
    path = save(state_dict(small), tmp_path / "vgg.pth")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 16
    path.write_bytes(content)
    with pytest.raises(UsageError, match="CRC"):
        load_weights(path)


def test_an_archive_that_claims_more_than_it_holds(small, tmp_path, state_dict):
    """The bytes of a storage are fewer, or packed: both would be read before PyTorch noticed."""
    path = save(state_dict(small), tmp_path / "vgg.pth")
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    key = next(name for name in entries if name.endswith("data/2"))
    for content, packing in [(entries[key][4:], 0), (entries[key], zipfile.ZIP_DEFLATED)]:
        with zipfile.ZipFile(path, "w") as archive:
            for name, value in entries.items():
                changed = name == key
                archive.writestr(name, content if changed else value, packing if changed else 0)
        with pytest.raises(UsageError, match=r"its entry data/2 has .* bytes, or is compressed"):
            load_weights(path)


@pytest.mark.parametrize("multiple", [(1 << 61) - 1, -(1 << 61) + 1])
def test_keys_that_have_the_same_hash(multiple):
    """Twenty thousand multiples of 2^61 - 1 all hash to 0: each is compared with all before it."""
    keys = [multiple * (k + 1) for k in range(20_000)]
    content = pickled_dict(keys)
    begin = time.process_time()
    with pytest.raises(UnsuitableFileError, match="a key that is no string and no usual number"):
        read_pickle(io.BytesIO(content))
    assert time.process_time() - begin < 2


def pickled_dict(keys):
    """The pickle of a dict of these keys; making the dict would take as long as reading it."""
    made = [b"\x80\x02}("]
    for key in keys:
        digits = key.to_bytes(10, "little", signed=True)
        made.append(b"\x8a" + bytes([len(digits)]) + digits + b"N")
    return b"".join([*made, b"u."])


@pytest.mark.parametrize("start", [0, 140_000_000_000_000])
def test_numbers_and_addresses_are_keys(start):
    """Optimizers in a checkpoint count their parameters; before PyTorch 1.6, by `id`."""
    value = {"state": {start: {"step": 1}, start + 48: {"step": 1}}, "groups": [{"params": [0]}]}
    assert read_pickle(io.BytesIO(pickle.dumps(value, 2))) == value


@pytest.mark.parametrize("step", [1 << 20, 1 << 31, 1 << 45])
def test_keys_that_begin_alike_are_quick(step):
    """They meet in a table for a few steps alone, as each has a hash of its own."""
    begin = time.process_time()
    assert len(read_pickle(io.BytesIO(pickled_dict([step * k for k in range(40_000)])))) == 40_000
    assert time.process_time() - begin < 2
