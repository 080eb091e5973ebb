"""The file of test vectors in the hands of a stranger, who has h5py, NumPy and SciPy only.

Nothing of backpaint is imported here.  Values are computed again from the conventions that stand in
the file; gradients by the complex step, which is exact to rounding: f(x + ih) has the slope of f in
its imaginary part.
"""

import hashlib
import json
import subprocess
import sys

import h5py
import numpy as np
import pytest
from scipy import signal, special

H = 1e-30
DOUBLE, NETWORK = 1e-12, 1e-10


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("vectors") / "vectors.h5"
    command = [sys.executable, "-m", "backpaint", "vectors", "-o", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    with h5py.File(path, "r") as opened:
        yield opened


def greater(a, b):
    """Compare real parts: the imaginary part is only a direction."""
    return np.real(a) > np.real(b)


def conv(x, w, b):
    height, width, _ = x.shape
    y = np.zeros((height, width, w.shape[3]), np.result_type(x, w, b)) + b
    for c in range(w.shape[2]):
        for k in range(w.shape[3]):
            # correlate2d conjugates its second argument; undo it, or directions change their sign
            y[:, :, k] += signal.correlate2d(x[:, :, c], np.conj(w[:, :, c, k]), mode="same")
    return y


def relu(x):
    return np.where(greater(x, 0), x, 0)


def windows(x, edge):
    """Yield where a window's result goes, and the window."""
    height, width, channels = x.shape
    up = 1 if edge == "ceil" else 0
    for i in range((height + up) // 2):
        for j in range((width + up) // 2):
            for c in range(channels):
                yield (i, j, c), x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c].ravel()


def pool(x, edge, take):
    found = {place: take(window) for place, window in windows(x, edge)}
    shape = tuple(np.max(list(found), axis=0) + 1)
    return np.array([found[place] for place in np.ndindex(shape)]).reshape(shape)


def max_pool(x, edge):
    return pool(x, edge, lambda window: window[np.argmax(np.real(window))])


def average_pool(x, edge):
    return pool(x, edge, np.mean)


def overlapping_average_pool(x, count_padding):
    height, width, channels = x.shape
    y = np.zeros(((height + 1) // 2, (width + 1) // 2, channels), x.dtype)
    for i, j in np.ndindex(y.shape[:2]):
        rows = slice(max(2 * i - 1, 0), 2 * i + 2)
        columns = slice(max(2 * j - 1, 0), 2 * j + 2)
        window = x[rows, columns]
        y[i, j] = window.sum(axis=(0, 1)) / (9 if count_padding else window[:, :, 0].size)
    return y


def gram(x, divisor, weights=1.0):
    return np.tensordot(x * np.atleast_3d(weights), x, axes=((0, 1), (0, 1))) / divisor


def squared_error(x, target, divisor, weights=1.0):
    return np.sum(np.atleast_3d(weights) * (x - target) ** 2) / divisor


def masked_squared_error(x, target, mask):
    return np.mean(mask[..., np.newaxis] * (x - target) ** 2)


def style_loss(x, gram_, gram_divisor, divisor, shift=0):
    return squared_error(gram(x + shift, gram_divisor), gram_, divisor)


def moments(x, weights):
    p = np.concatenate([np.ones_like(x[..., :1]), x], axis=2)
    return np.tensordot(p * weights[..., np.newaxis], p, axes=((0, 1), (0, 1)))


def cloud(x):
    centered = x - x.mean(axis=(0, 1))
    return x.mean(axis=(0, 1)), gram(centered, x.shape[0] * x.shape[1])


def covariance_loss(x, style, area, divisor):
    return squared_error(cloud(x)[1], area * cloud(style)[1], divisor)


def two_clouds(x, style, epsilon):
    (mean, v), (wanted, w) = cloud(x), cloud(style)
    added = epsilon * (1 + np.trace(w) / len(w)) * np.eye(len(w))
    return np.mean((mean - wanted) ** 2), v + added, w + added


def mean_deviation_loss(x, style, epsilon):
    means, v, w = two_clouds(x, style, epsilon)
    return means + np.mean((np.sqrt(np.diag(v)) - np.sqrt(np.diag(w))) ** 2)


def wasserstein_loss(x, style, epsilon):
    """The root of L^T V L, with W = L L^T, by Newton's iteration: sums and inverses alone."""
    means, v, w = two_clouds(x, style, epsilon)
    half = np.linalg.cholesky(w)
    y, z = half.T @ v @ half, np.eye(len(w))
    for _ in range(40):
        y, z = (y + np.linalg.inv(z)) / 2, (z + np.linalg.inv(y)) / 2
    return means + np.trace(v + w - 2 * y) / len(w)


def after_steps(matrix, steps):
    """The root of Newton and Schulz, as far as it has come."""
    norm, identity = np.sqrt(np.sum(matrix**2)), np.eye(len(matrix))
    y, z = matrix / norm, identity
    for _ in range(steps):
        y, z = y @ (3 * identity - z @ y) / 2, (3 * identity - z @ y) @ z / 2
    return np.sqrt(norm) * y


def wasserstein_steps_loss(x, style, epsilon, root_steps):
    means, v, w = two_clouds(x, style, epsilon)
    half = after_steps(w, root_steps)
    return means + np.trace(v + w - 2 * after_steps(half @ v @ half, root_steps)) / len(w)


def histogram_loss(x, style):
    """Equal ranks side by side, the style's read at the painting's by straight lines."""
    loss = 0
    for y, wanted in zip(x.T, style.T, strict=True):
        y, wanted = y.ravel(), np.sort(wanted.ravel())
        middles = (np.arange(len(wanted)) + 0.5) / len(wanted)
        ranks = (np.argsort(np.argsort(y.real)) + 0.5) / len(y)
        loss += np.sum((y - np.interp(ranks, middles, wanted)) ** 2)
    return loss / x.size


def edge_pad(x):
    return np.pad(x, ((1, 1), (1, 1), (0, 0)), mode="edge")


def cross_entropy(z, label):
    largest = np.real(z).max()
    return np.log(np.sum(np.exp(z - largest))) + largest - z[label]


def preprocess(x, scale, offset, order):
    return (x * np.array(scale) + np.array(offset))[:, :, list(order)]


def differences(x):
    return x[:, 1:] - x[:, :-1], x[1:] - x[:-1]


def total(values, mean):
    return values.sum() / (values.size if mean and values.size else 1)


def absolute_variation(x, mean):
    return sum(total(d * np.sign(np.real(d)), mean) for d in differences(x))


def squared_variation(x, mean):
    return sum(total(d * d, mean) for d in differences(x))


def power_variation(x, exponent, epsilon, mean, wrap):
    if wrap:
        x = np.pad(x, ((0, 1), (0, 1), (0, 0)), mode="wrap")
    dx, dy = differences(x)
    lengths = dx[:-1] ** 2 + dy[:, :-1] ** 2 + epsilon
    powers = np.zeros_like(lengths)
    powers[lengths != 0] = lengths[lengths != 0] ** exponent
    return total(powers, mean)


def laplacian_variation(x):
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    dx, dy = differences(padded)
    return ((dx**2).sum() + (dy**2).sum()) / 16


def nine_point_variation(x):
    x = np.pad(x, ((1, 1), (1, 1), (0, 0)), mode="edge")
    straight = np.mean((x[1:-1, 2:] - x[1:-1, 1:-1]) ** 2)
    straight += np.mean((x[2:, 1:-1] - x[1:-1, 1:-1]) ** 2)
    diagonal = np.mean((x[1:, 1:] - x[:-1, :-1]) ** 2) + np.mean((x[1:, :-1] - x[:-1, 1:]) ** 2)
    return straight * 2 / 3 + diagonal / 6


def sliced(x, wanted, directions):
    y = np.einsum("hwc,cv->hwv", x, directions).reshape(wanted.shape)
    rank = (y.real[:, None] > y.real[None]).sum(axis=1)
    return np.mean((y - np.take_along_axis(wanted, rank, axis=0)) ** 2)


def content_laplacian(x, content, pool):
    """As two second differences: 4 d less four neighbors is minus their sum."""
    rows, columns = (
        np.kron(np.eye(length // pool), np.full((1, pool), 1 / pool)) for length in x.shape[:2]
    )
    gray = (x - content).sum(axis=2)
    d = rows @ gray[: rows.shape[1], : columns.shape[1]] @ columns.T
    if min(d.shape) < 3:
        return 0 * x.sum()
    return np.mean((np.diff(d, 2, axis=0)[:, 1:-1] + np.diff(d, 2, axis=1)[1:-1]) ** 2)


def value_range(x, center, half, power):
    y = (x - np.array(center)) / np.array(half)
    return np.sum((y * y) ** (power / 2))


def linear(x, w, b):
    return x @ w + b


def met(x, w, stride):
    """Yield a filter's positions, each with the pixels that it meets."""
    for i, j in np.ndindex(w.shape[:2]):
        yield (i, j), x[i : x.shape[0] - w.shape[0] + i + 1 : stride,
                        j : x.shape[1] - w.shape[1] + j + 1 : stride]  # fmt: skip


def strided_conv(x, w, b, stride):
    return b + sum(pixels @ w[place] for place, pixels in met(x, w, stride))


def depthwise_conv(x, w, b, stride):
    return b + sum(pixels * w[place] for place, pixels in met(x, w, stride))


def reflection_pad(x, border):
    return np.pad(x, ((border, border), (border, border), (0, 0)), mode="reflect")


def instance_norm(x, gamma, beta, epsilon):
    centered = x - x.mean(axis=(0, 1))
    return gamma * centered / np.sqrt((centered**2).mean(axis=(0, 1)) + epsilon) + beta


def upsample(x, factor):
    return np.kron(x, np.ones((factor, factor, 1)))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def relu6(x, ceiling):
    return np.where(greater(x, 0) & greater(ceiling, x), x, greater(x, 0) * ceiling)


FUNCTIONS = {
    function.__name__: function
    for function in (
        conv, relu, max_pool, average_pool, overlapping_average_pool, gram, squared_error,
        masked_squared_error, style_loss, moments, covariance_loss, mean_deviation_loss,
        wasserstein_loss, wasserstein_steps_loss, histogram_loss, edge_pad,
        cross_entropy, preprocess, absolute_variation, squared_variation,
        power_variation, laplacian_variation, nine_point_variation, content_laplacian,
        value_range, sliced, linear, strided_conv,
        depthwise_conv, reflection_pad, instance_norm, upsample, sigmoid, relu6,
    )
}  # fmt: skip


def read(group):
    return {name: np.asarray(dataset[()]) for name, dataset in group.items()}


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
def test_everything_is_computed_again(file, name):
    description = operations(file)[name]
    for case, group in file[name].items():
        inputs = read(group["inputs"])
        y = call(description, inputs)
        gradients = {each: slope_gradient(description, inputs, each)
                     for each in description["gradients"]}  # fmt: skip
        for dtype, tolerance in (("float64", DOUBLE), ("float32", 2e-6)):
            stored = read(group[dtype])
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
        ("small VGG-16, average pooling, edge ceil", lambda x: average_pool(x, "ceil")),
    ],
)
def test_the_small_network_is_computed_again(file, name, pool_layer):
    """Every layer's output; and each gradient along a random direction, filters included."""
    inputs, stored = read(file[f"{name}/inputs"]), read(file[f"{name}/float64"])
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


def test_the_hash_is_that_of_its_description(file):
    """As docs/vectors.md describes it, so that another language can verify a file."""
    digest = hashlib.sha256()
    paths = []
    file.visititems(lambda path, node: paths.append(path) if hasattr(node, "shape") else None)
    for path in sorted(paths):
        array = np.asarray(file[path][()])
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


def test_cross_entropy_is_the_usual_one():
    z = np.array([0.5, -2.0, 3.0])
    assert cross_entropy(z, 1) == pytest.approx(special.logsumexp(z) - z[1])
