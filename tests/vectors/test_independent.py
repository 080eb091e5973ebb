"""The file of test vectors in the hands of a stranger, who has h5py, NumPy and SciPy only.

Nothing of backpaint is imported here.  Values are computed again from the conventions that stand in
the file; gradients by the complex step, which is exact to rounding: f(x + ih) has the slope of f in
its imaginary part.
"""

import hashlib
import json
import subprocess
import sys
from functools import reduce
from types import FunctionType

import h5py
import numpy as np
import pytest
from scipy import ndimage, special

from .stranger import layers, terms
from .stranger.layers import average_pool, conv, max_pool, relu
from .stranger.terms import cross_entropy

H = 1e-30
DOUBLE, NETWORK = 1e-12, 1e-10


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("vectors") / "vectors.h5"
    command = [sys.executable, "-m", "backpaint", "vectors", "-o", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    with h5py.File(path, "r") as opened:
        yield opened


def read(group):
    """Read what a group holds, groups as dictionaries."""
    return {
        name: read(item) if isinstance(item, h5py.Group) else np.asarray(item[()])
        for name, item in group.items()
    }


@pytest.fixture(scope="module")
def content(file):
    """Read thousands of data sets once."""
    return read(file)


FUNCTIONS = {
    name: function
    for room in (layers, terms)
    for name, function in vars(room).items()
    if isinstance(function, FunctionType)
}


def operations(file):
    return json.loads(file.attrs["operations"])


def call(description, inputs):
    name, arguments = description["forward"].rstrip(")").split("(")
    values = {**description["options"], **inputs}
    return FUNCTIONS[name.removesuffix("_forward")](*(values[a] for a in arguments.split(", ")))


def slope_gradient(description, inputs, name):
    """Differentiate sum(grad * y), one number of an input after the other."""
    x, gradient = inputs[name], np.zeros(inputs[name].shape)
    for index in np.ndindex(x.shape):
        moved = x.astype(complex)
        moved[index] += 1j * H
        y = call(description, {**inputs, name: moved})
        gradient[index] = np.sum(inputs["grad"] * y).imag / H
    return gradient


def assert_near(found, expected, tolerance, what):
    assert np.shape(found) == np.shape(expected), what
    assert np.abs(found - expected).max() <= tolerance * np.abs(expected).max(), what


NAMES = (
    "conv", "relu", "max_pool floor", "max_pool ceil", "average_pool floor", "average_pool ceil",
    "overlapping_average_pool inside", "overlapping_average_pool nine", "linear", "cross_entropy",
    "gram", "gram region", "squared_error", "squared_error region", "masked_squared_error",
    "style_loss", "style_loss shifted", "moments", "covariance_loss", "mean_deviation_loss",
    "wasserstein_loss", "wasserstein_steps_loss", "histogram_loss", "edge_pad", "preprocess RGB",
    "preprocess BGR", "tv absolute", "tv absolute mean", "tv squared", "tv squared mean",
    "tv power 1.25", "tv power 1 mean", "tv power 0.5 mean wrap", "tv laplacian", "tv nine-point",
    "laplacian 1", "sliced", "laplacian 2", "range 2", "range 6", "strided_conv stride 1",
    "strided_conv stride 2", "depthwise_conv stride 1", "depthwise_conv stride 2",
    "reflection_pad 1", "reflection_pad 2", "instance_norm", "upsample", "sigmoid", "relu6",
)  # fmt: skip


def test_this_file_knows_every_operation(file):
    assert set(operations(file)) == set(NAMES)
    assert {name for name in file if not name.startswith("small VGG")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_computed_again(file, content, name):
    description = operations(file)[name]
    for case, group in content[name].items():
        inputs = group["inputs"]
        y = call(description, inputs)
        gradients = {each: slope_gradient(description, inputs, each)
                     for each in description["gradients"]}  # fmt: skip
        for dtype, tolerance in (("float64", DOUBLE), ("float32", 2e-6)):
            stored = dict(group[dtype])
            assert_near(stored.pop("y"), y, tolerance, f"{name}/{case}/{dtype}")
            assert stored.keys() == {f"grad_{each}" for each in gradients}
            for each, gradient in gradients.items():
                what = f"{name}/{case}/{dtype}/grad_{each}"
                assert_near(stored[f"grad_{each}"], gradient, tolerance, what)


def network(inputs, picture, pool_layer):
    """Run the small VGG from the file's filters; blocks of 2, 2, 3, 3, 3 convolutions."""
    outputs, x = {}, picture
    for block, count in enumerate((2, 2, 3, 3, 3), start=1):
        for index in range(1, count + 1):
            name = f"{block}_{index}"
            x = conv(x, inputs[f"filter conv{name}"], inputs[f"bias conv{name}"])
            outputs[f"conv{name}"] = x
            x = outputs[f"relu{name}"] = relu(x)
        x = outputs[f"pool{block}"] = pool_layer(x)
    return outputs


@pytest.mark.parametrize(
    ("name", "pool_layer"),
    [
        ("small VGG-16, max pooling, edge floor", lambda x: max_pool(x, "floor")),
        pytest.param(
            "small VGG-16, average pooling, edge ceil",
            lambda x: average_pool(x, "ceil"),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_the_small_network_is_computed_again(content, name, pool_layer):
    """Every layer's output; and each gradient along a random direction, filters included."""
    inputs, stored = content[name]["inputs"], content[name]["float64"]
    outputs = network(inputs, inputs["picture"], pool_layer)
    for layer, y in outputs.items():
        assert_near(stored[f"output {layer}"], y, DOUBLE, layer)
    rng = np.random.default_rng(0)
    moving = [key for key in inputs if key.startswith(("picture", "filter", "bias"))]
    for key in moving:
        v = rng.normal(size=inputs[key].shape)
        moved = {**inputs, key: inputs[key] + 1j * H * v}
        slope = sum(
            np.sum(inputs[f"grad {layer}"] * y).imag / H
            for layer, y in network(moved, moved["picture"], pool_layer).items()
        )
        gradient = stored[f"grad_{key}"]
        scale = np.linalg.norm(gradient) * np.linalg.norm(v)
        assert abs(slope - np.sum(gradient * v)) <= NETWORK * scale, key


def paths(group, prefix=""):
    for name, item in group.items():
        yield from paths(item, f"{prefix}{name}/") if isinstance(item, dict) else [prefix + name]


def test_the_hash_is_that_of_its_description(file, content):
    """As docs/vectors.md describes it, so that another language can verify a file."""
    digest = hashlib.sha256()
    for path in sorted(paths(content)):
        array = reduce(dict.get, path.split("/"), content)
        digest.update(f"{path} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    assert digest.hexdigest() == file.attrs["sha256"]


def test_sizes_are_nasty(file):
    """One pixel, one row, one column, odd, even, one channel, and more out than in."""
    shapes = [group["inputs/x"].shape for group in file["conv"].values()]
    filters = [group["inputs/w"].shape for group in file["conv"].values()]
    assert (1, 1, 1) in shapes
    assert any(h == 1 < w for h, w, _ in shapes)
    assert any(w == 1 < h for h, w, _ in shapes)
    assert {h % 2 for h, _, _ in shapes} == {0, 1}
    assert any(k > c for _, _, c, k in filters)
    assert any(k < c for _, _, c, k in filters)
    ties = file["max_pool floor/4x5x2 ties/inputs/x"][()]
    assert len(np.unique(ties)) < ties.size / 2


def test_conv_is_the_usual_correlation():
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(5, 4, 3)), rng.normal(size=(3, 3, 3, 2)), rng.normal(size=2)
    for k in range(2):
        maps = [ndimage.correlate(x[:, :, c], w[:, :, c, k], mode="constant") for c in range(3)]
        np.testing.assert_allclose(conv(x, w, b)[:, :, k], sum(maps) + b[k], rtol=1e-12)


def test_cross_entropy_is_the_usual_one():
    z = np.array([0.5, -2.0, 3.0])
    assert cross_entropy(z, 1) == pytest.approx(special.logsumexp(z) - z[1])
