"""safetensors, written by the library and by ourselves."""

import dataclasses
import json
import time

import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.weights import OXFORD, load_weights
from backpaint.weights.formats.safetensors import write

from ..files.matconvnet_files import matconvnet_variables, write_v5
from ..files.named_arrays import torchvision_arrays

numpy_writer = pytest.importorskip(
    "safetensors.numpy", reason="the files are written by safetensors"
)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_the_librarys_files(dtype, small, tmp_path, assert_same):
    arrays = torchvision_arrays(small)
    numpy_writer.save_file({k: v.astype(dtype) for k, v in arrays.items()}, tmp_path / "a.st")
    weights = load_weights(tmp_path / "a.st")
    rounded = [
        {name: array.astype(dtype).astype("f4") for name, array in a.items()}
        for a in (small.filters, small.biases)
    ]
    assert_same(weights, *rounded)
    assert weights.format == "safetensors"
    assert weights.precision == dtype
    assert weights.normalization == OXFORD


def test_bfloat16(small, tmp_path, assert_same):
    torch = pytest.importorskip("torch", reason="NumPy has no bfloat16")
    torch_writer = pytest.importorskip("safetensors.torch", reason="written by safetensors")
    arrays = torchvision_arrays(small)
    halves = {k: torch.from_numpy(v.copy()).bfloat16() for k, v in arrays.items()}
    torch_writer.save_file(halves, tmp_path / "a.st")
    weights = load_weights(tmp_path / "a.st")
    assert weights.precision == "bfloat16"
    expected = halves["features.2.weight"].float().numpy().transpose(2, 3, 1, 0)
    assert np.array_equal(weights.filters["conv1_2"], expected)


def test_ours_come_back_with_everything(small, tmp_path, assert_same):
    variables = matconvnet_variables(small, "new", True)
    original = load_weights(write_v5(tmp_path / "a.mat", variables))
    write(tmp_path / "a.safetensors", original)
    weights = load_weights(tmp_path / "a.safetensors")
    assert_same(weights, original.filters, original.biases)
    assert weights.normalization == original.normalization
    assert weights.classes == original.classes
    assert weights.precision == original.precision
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.mat", "a.safetensors"]
    theirs = numpy_writer.load_file(tmp_path / "a.safetensors")
    assert np.array_equal(theirs["conv1_2.filters"], original.filters["conv1_2"])


def test_what_lies_beside_is_left_out(small, tmp_path, assert_same):
    """Of types that VGG does not have, too."""
    beside = {"mask": np.ones(3, bool), "head.fc.weight": np.ones((10, 40), np.float16)}
    arrays = torchvision_arrays(small) | beside
    numpy_writer.save_file(arrays, tmp_path / "a.st")
    weights = load_weights(tmp_path / "a.st")
    assert_same(weights, small.filters, small.biases)
    assert weights.left_out == (
        "its classifier head (`head.fc.weight` has the shape (10, 40); VGG's has three layers with "
        "4096, 4096 and 1000 outputs)",
        "1 other array (mask)",
    )


@pytest.mark.slow
def test_whole_vgg16_with_a_head_of_convolutions(with_head, tmp_path, assert_same):
    """As timm's: fc6 has 7x7 filters over (channel, height, width)."""
    arrays = torchvision_arrays(with_head)
    for ours, theirs, window in [
        ("classifier.0", "pre_logits.fc1", (512, 7, 7)),
        ("classifier.3", "pre_logits.fc2", (4096, 1, 1)),
        ("classifier.6", "head.fc", (4096,)),
    ]:
        arrays[f"{theirs}.weight"] = arrays.pop(f"{ours}.weight").reshape(-1, *window)
        arrays[f"{theirs}.bias"] = arrays.pop(f"{ours}.bias")
    numpy_writer.save_file(arrays, tmp_path / "model.safetensors")
    assert_same(load_weights(tmp_path / "model.safetensors"), with_head.filters, with_head.biases)


@pytest.mark.slow
def test_a_converted_network_loads_at_once(tmp_path):
    write(tmp_path / "vgg19.safetensors", load_weights("vgg19"))
    times = []
    for _ in range(5):
        start = time.process_time()
        load_weights(tmp_path / "vgg19.safetensors")
        times.append(time.process_time() - start)
    assert min(times) < 0.3


@pytest.fixture
def few_layers(small):
    weights = load_weights("vgg16")
    return dataclasses.replace(weights, filters=small.filters, biases=small.biases)


@pytest.mark.parametrize(
    "change", [{"std": [1, 0, 1]}, {"mean": [1, float("nan"), 1]}, {"scale": float("inf")}]
)
def test_ours_with_pixels_that_there_are_not(change, few_layers, tmp_path):
    write(tmp_path / "a.safetensors", few_layers)

    def damage(header):
        said = header["__metadata__"]
        said["normalization"] = json.dumps(json.loads(said["normalization"]) | change)

    path = rewritten(tmp_path / "a.safetensors", damage)
    with pytest.raises(UsageError, match="expected finite numbers, scale and deviation above 0"):
        load_weights(path)


def test_words_of_ours_cannot_harm_a_terminal(few_layers, tmp_path):
    weights = dataclasses.replace(
        few_layers, classes=("a\nb\x1b[2J", "x" * 500), precision="\x1b[2J"
    )
    write(tmp_path / "a.safetensors", weights)
    weights = load_weights(tmp_path / "a.safetensors")
    assert weights.classes == ("a?b?[2J", "x" * 200 + "...")
    assert weights.precision == "?[2J"


def rewritten(path, change):
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    text = change(header)
    text = (text if isinstance(text, str) else json.dumps(header)).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + content[8 + length :])
    return path


@pytest.mark.parametrize("low_byte", [0x3C, 0x80, 0x0A, 0x08])
def test_a_length_that_looks_like_another_signature(low_byte, small, tmp_path, assert_same):
    """A web page begins with 3C, a pickle with 80, a protocol buffer with 0A or 08."""
    numpy_writer.save_file(torchvision_arrays(small), tmp_path / "a.st")

    def padded(header):
        text = json.dumps(header)
        return text + " " * ((low_byte - len(text)) % 256)

    path = rewritten(tmp_path / "a.st", padded)
    assert path.read_bytes()[0] == low_byte
    assert_same(load_weights(path), small.filters, small.biases)


def longer(header):
    header["features.0.weight"]["data_offsets"][1] += 4


def huge(header):
    header["features.0.weight"] |= {"shape": [1 << 40], "data_offsets": [0, 1 << 42]}


def negative(header):
    header["features.0.weight"]["data_offsets"] = [-6912, 0]


def behind(header):
    header["features.0.weight"]["data_offsets"] = [1 << 40, (1 << 40) + 6912]


def twice(header):
    return json.dumps(header)[:-1] + ', "features.0.bias": 3}'


def many_axes(header):
    """Their product would take a minute."""
    header["features.0.weight"]["shape"] = [9] * 300_000


def strange_type(header):
    header["features.0.weight"]["dtype"] = "C64"


def nested(header):
    return "[" * 100_000


def not_a_header(header):
    return '{"features.0.weight": 3}'


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (longer, "`features.0.weight` has another size than its shape"),
        (huge, "conv1_1 have the shape (1099511627776,)"),
        (negative, "`features.0.weight` has another size than its shape"),
        (behind, "is damaged or cut short (features.0.weight ends early)"),
        (twice, "its header has a name twice"),
        (many_axes, "holds an array of 300000 axes; expected at most 8"),
        (strange_type, "`features.0.weight` is of type 'C64'"),
        (nested, "is of no format that backpaint knows"),
        (not_a_header, "it cannot be read, so it is damaged"),
    ],
)
def test_refusals_say_what_was_found(change, says, small, tmp_path):
    numpy_writer.save_file(torchvision_arrays(small), tmp_path / "a.st")
    with pytest.raises(UsageError) as refusal:
        load_weights(rewritten(tmp_path / "a.st", change))
    assert says in str(refusal.value)
