"""Mistakes as people make them: whole wrong functions, each with the name that it must be given."""

import numpy as np
from scipy.linalg import sqrtm

from backpaint.check.operations.statistic_loss import (
    wasserstein_loss_backward,
    wasserstein_loss_forward,
    wasserstein_steps_loss_backward,
)
from backpaint.reference.average_pool import average_pool_backward, average_pool_forward
from backpaint.reference.conv import (
    conv_backward_bias,
    conv_backward_input,
    conv_backward_weights,
    conv_forward,
)
from backpaint.reference.gram import gram_backward, gram_forward
from backpaint.reference.max_pool import max_pool_backward, max_pool_forward
from backpaint.reference.relu import relu_backward
from backpaint.reference.total_variation import squared_variation_backward


def border(mode):
    def forward(x, w, b):
        padded = np.pad(x, ((1, 1), (1, 1), (0, 0)), mode=mode)
        height, width, _ = x.shape
        shifts = [(i, j) for i in range(3) for j in range(3)]
        return b + sum(padded[i : i + height, j : j + width] @ w[i, j] for i, j in shifts)

    return forward


def valid(x, w, b):
    return conv_forward(x, w, b)[1:-1, 1:-1]


def convolve(y, w):
    return conv_forward(y, w, np.zeros(w.shape[3]))


def scattered(grad_y, w):
    """Scatter as the forward pass gathers, with the offsets' signs not turned."""
    height, width, _ = grad_y.shape
    padded = np.pad(grad_y, ((1, 1), (1, 1), (0, 0)))
    return sum(
        padded[i : i + height, j : j + width] @ w[i, j].T for i in range(3) for j in range(3)
    )


def weights_of_inner_windows(grad_y, x):
    """Correlate without any padding."""
    height, width, channels = x.shape
    grad_w = np.zeros((3, 3, channels, grad_y.shape[2]))
    for i in range(1, height - 1):
        for j in range(1, width - 1):
            window = x[i - 1 : i + 2, j - 1 : j + 2]
            grad_w += window[..., np.newaxis] * grad_y[i, j]
    return grad_w


CONV = (
    ("forward", lambda x, w, b: conv_forward(x, w[::-1, ::-1], b),
     "convolution instead of cross-correlation"),
    ("forward", border("edge"), "padding by replication instead of zeros"),
    ("forward", border("wrap"), "padding wraps around instead of zeros"),
    ("forward", lambda x, w, b: conv_forward(x, w, 0 * b), "the bias is missing"),
    ("forward", lambda x, w, b: conv_forward(x, w.swapaxes(0, 1), b),
     "the filters' height and width are exchanged"),
    ("forward", valid, "there is no padding"),
    ("backward_input", scattered, "filters not turned by 180 degrees"),
    ("backward_input", lambda g, w: convolve(g, w[::-1, ::-1]), "channel axes not exchanged"),
    ("backward_input", convolve, "it is the forward pass"),
    ("backward_input", lambda g, w: convolve(g, w.swapaxes(0, 1).swapaxes(2, 3)),
     "height and width are exchanged instead of turned"),
    ("backward_input", lambda g, w: -conv_backward_input(g, w), "the sign is wrong"),
    ("backward_input", lambda g, w: conv_backward_input(g, w) / g.shape[2],
     "it is 1 / K times the right result"),
    ("backward_input", lambda g, w: 2 * scattered(g, w), "not turned by 180 degrees"),
    ("backward_input", lambda g, w: conv_backward_input(g.astype("f"), w.astype("f")),
     "float32's rounding"),
    ("backward_weights", lambda g, x: conv_backward_weights(g, x)[::-1, ::-1],
     "turned by 180 degrees"),
    ("backward_weights", weights_of_inner_windows, "border dropped"),
    ("backward_weights", lambda g, x: conv_backward_weights(g, x) / (x.shape[0] * x.shape[1]),
     "it averages where it should sum"),
    ("backward_weights", lambda g, x: conv_backward_weights(g, x).transpose(3, 2, 0, 1),
     "another order; see the argument filters"),
    ("backward_bias", lambda g: g.mean(axis=(0, 1)), "averages over positions"),
    ("backward_bias", lambda g: conv_backward_bias(g) * np.nan, "NaN or infinity"),
)  # fmt: skip


def folded(grad_y, corners=1):
    """Add what lies outside, row by row and column by column; corners as often as asked for."""
    grad_x = grad_y[1:-1, 1:-1].copy()
    for row, column in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        grad_x[row, column] += corners * grad_y[row, column]
    for side in (0, -1):
        grad_x[side] += grad_y[side, 1:-1]
        grad_x[:, side] += grad_y[1:-1, side]
    return grad_x


def replaced(grad_y):
    grad_x = grad_y.copy()
    grad_x[1], grad_x[-2] = grad_y[0], grad_y[-1]
    grad_y = grad_x.copy()
    grad_x[:, 1], grad_x[:, -2] = grad_y[:, 0], grad_y[:, -1]
    return grad_x[1:-1, 1:-1]


def circular(x):
    return np.concatenate([x[-1:], x, x[:1]])


EDGE_PAD = (
    ("forward", lambda x: np.pad(x, ((1, 1), (1, 1), (0, 0))), "zeros instead of the edge"),
    ("forward", lambda x: circular(circular(x).swapaxes(0, 1)).swapaxes(0, 1), "wraps around"),
    ("backward", lambda g: g[1:-1, 1:-1].copy(), "the border's gradient is lost"),
    ("backward", lambda g: folded(g, 0), "the gradient of the corners is lost"),
    ("backward", lambda g: 2 * folded(g), "it is 2 times the right result"),
    ("backward", replaced, "both must be added"),
)

RELU = (
    ("forward", np.abs, "the absolute value"),
    ("backward", lambda g, x: g * (x >= 0), "ReLU's gradient at 0 is 1"),
    ("backward", lambda g, x: np.where(g > 0, g, 0), "mask from gradient instead of input"),
    ("backward", lambda g, x: np.where((g > 0) & (x > 0), g, 0), "guided backpropagation"),
    ("backward", lambda g, x: g, "no mask at all"),
    ("backward", lambda g, x: g * np.maximum(x, 0), "multiplies by the value"),
)


def all_winners(grad_y, x):
    """Compare with the repeated maximum: every winner gets everything."""
    grad_x = np.zeros_like(x)
    height, width = (2 * n for n in grad_y.shape[:2])
    y = max_pool_forward(x, "floor").repeat(2, 0).repeat(2, 1)
    grad_x[:height, :width] = grad_y.repeat(2, 0).repeat(2, 1) * (x[:height, :width] == y)
    return grad_x


def zero_filled(x):
    height, width = x.shape[:2]
    return max_pool_forward(np.pad(x, ((0, height % 2), (0, width % 2), (0, 0))), "ceil")


MAX_POOL = (
    ("forward", lambda x: average_pool_forward(x, "floor"), "it is average pooling"),
    ("forward", lambda x: max_pool_forward(x, "ceil"), "odd sizes are rounded the other way"),
    ("backward", all_winners, "max pool ties get the gradient twice"),
    ("backward", lambda g, x: average_pool_backward(g, x, "floor"), "gradient of average pooling"),
    (
        "backward",
        lambda g, x: 4 * average_pool_backward(g, x, "floor"),
        "every pixel of the window",
    ),
)


def quarter(grad_y, x):
    """Give a quarter, also where the window has fewer pixels."""
    return grad_y.repeat(2, 0).repeat(2, 1)[: x.shape[0], : x.shape[1]] / 4


def quarter_forward(x):
    height, width = x.shape[:2]
    padded = np.pad(x, ((0, height % 2), (0, width % 2), (0, 0)))
    return average_pool_forward(padded, "ceil")


AVERAGE_POOL_CEIL = (
    ("forward", quarter_forward, "you divide by 4, the edge has 2 pixels"),
    ("backward", quarter, "you divide by the window, the edge has 2 pixels"),
    ("backward", lambda g, x: 4 * quarter(g, x), "the division by the number of pixels is missing"),
    ("backward", lambda g, x: max_pool_backward(g, x, "ceil"), "it is the gradient of max pooling"),
)


def repeated(grad_y, x):
    grad = average_pool_backward(grad_y, x, "floor")
    height, width = x.shape[:2]
    if height % 2:
        grad[-1] = grad[-2]
    if width % 2:
        grad[:, -1] = grad[:, -2]
    return grad


AVERAGE_POOL_FLOOR = (("backward", repeated, "gets its neighbor's gradient instead of 0"),)


def matrix(x):
    return x.reshape(-1, x.shape[2])


def misread(x):
    """View HWC as C x (H W)."""
    f = x.reshape(x.shape[2], -1)
    return f @ f.T / x.size


GRAM_SHIFTED = (
    ("forward", gram_forward, "the features are not shifted: -1 is to be added"),
    ("backward", gram_backward, "the features are not shifted: -1 is to be added"),
    ("backward", lambda g, x: (np.dot(x - 1, g)).reshape(x.shape), "half of the product rule"),
)

GRAM_CHW = (
    ("forward", gram_forward, "normalization CHW missing"),
    ("forward", misread, "axes mixed up"),
    ("forward", lambda x: np.cov(matrix(x).T, bias=True).reshape([x.shape[2]] * 2) / x.shape[2],
     "that is a covariance"),
    ("backward", gram_backward, "normalization CHW missing"),
    ("backward", lambda r, x: (matrix(x) @ r * 2 / x.size).reshape(x.shape),
     "transpose half is missing"),
    ("backward", lambda r, x: (matrix(x) @ r / x.size).reshape(x.shape),
     "half of the product rule is missing"),
)  # fmt: skip


def style_gradient(factor):
    def gradient(x, gram):
        positions, channels = matrix(x).shape
        grad = factor * matrix(x) @ (gram_forward(x) - gram) / (4 * channels**2 * positions**2)
        return grad.reshape(x.shape)

    return gradient


def unnormalized(x, gram):
    return (4 * matrix(x) @ (gram_forward(x) - gram)).reshape(x.shape)


def style_loss(x, gram):
    return np.sum((gram_forward(x) - gram) ** 2) / (4 * x.size**2)


STYLE = (
    ("loss", lambda x, gram: 4 * style_loss(x, gram), "it is 4 times the right result"),
    ("loss", lambda x, gram: style_loss(x, gram) * x.size**2, "a normalization differs"),
    ("gradient", style_gradient(2), "factor 2 instead of 4"),
    ("gradient", style_gradient(1), "factor 1 instead of 4"),
    ("gradient", style_gradient(16), "the 1/4 of the loss cancels the 4"),
    ("gradient", style_gradient(-4), "sign"),
    ("gradient", unnormalized, r"the division by 4 C\^2 M\^2 is missing"),
    ("gradient", lambda x, gram: style_gradient(4)(x, gram) * (x > 0), "the ReLU's part"),
    ("gradient", lambda x, gram: style_gradient(4)(x, gram) / x.size, "the gradient averages"),
)

CONTENT = (
    ("loss", lambda x, p: np.linalg.norm(x - p), "square root is too many"),
    ("loss", lambda x, p: np.mean((x - p) ** 2), r"it is 2 / \(C M\) times"),
    ("gradient", lambda x, p: (x - p) / 2, "a factor 2 is missing"),
    ("gradient", lambda x, p: 2 * (x - p), "a factor 2 is too many"),
    ("gradient", lambda x, p: p - x, "with respect to the target"),
    ("gradient", lambda x, p: (x - p) / x.size, "the loss sums but the gradient averages"),
    ("gradient", lambda x, p: (x - p) * (x > 0), "the ReLU's part"),
)


def scaled_by_the_root(x, target, mask):
    """As a program does that hands its squared error both pictures times the mask's root."""
    root = np.sqrt(mask)[..., np.newaxis]
    return 2 / x.size * (root * x - root * target)


TEMPORAL = (
    ("gradient", scaled_by_the_root, r"the factor sqrt\(mask\) of the chain rule is missing"),
    ("gradient", lambda x, w, m: 2 / x.size * (x - w), "the mask is not applied"),
    ("loss", lambda x, w, m: np.mean((m[..., np.newaxis] * (x - w)) ** 2), "the mask is squared"),
    ("loss", lambda x, w, m: np.sum(m[..., np.newaxis] * (x - w) ** 2), "sums instead of averag"),
)


def wrapped(x):
    return sum(np.sum((np.roll(x, 1, axis) - x) ** 2) for axis in (0, 1))


def wrapped_gradient(x):
    return sum(2 * (2 * x - np.roll(x, 1, axis) - np.roll(x, -1, axis)) for axis in (0, 1))


def one_sided(x):
    grad = np.zeros_like(x)
    grad[1:] += 2 * np.diff(x, axis=0)
    grad[:, 1:] += 2 * np.diff(x, axis=1)
    return grad


def inside(x):
    grad = np.zeros_like(x)
    grad[1:-1, 1:-1] = squared_variation_backward(1.0, x)[1:-1, 1:-1]
    return grad


VARIATION = (
    ("loss", wrapped, "TV wraps around"),
    ("loss", lambda x: np.sum(np.diff(x[:, :-1], axis=0) ** 2) + np.sum(
        np.diff(x[:-1], axis=1) ** 2), "border dropped"),
    ("loss", lambda x: np.sum(np.abs(np.diff(x, axis=0))) + np.sum(np.abs(np.diff(x, axis=1))),
     "absolute values instead of squares"),
    ("gradient", wrapped_gradient, "TV wraps around"),
    ("gradient", lambda x: -squared_variation_backward(1.0, x), "sign of TV difference flipped"),
    ("gradient", lambda x: squared_variation_backward(1.0, x) / 2, "a factor 2 is missing"),
    ("gradient", one_sided, "only the second pixel of each pair"),
    ("gradient", inside, "border dropped"),
    ("gradient", lambda x: squared_variation_backward(1.0, x.swapaxes(0, 2)).swapaxes(0, 2),
     "an axis is wrong"),
)  # fmt: skip

STATEFUL_NAME = "the second call with the same arguments gives the double"


def adding():
    """Make a backward pass that adds to a buffer and forgets to clear it."""
    kept = {}

    def backward(grad_y, y):
        key = (grad_y.tobytes(), y.tobytes(), y.shape)
        kept[key] = kept.get(key, 0) + relu_backward(grad_y, y)
        return kept[key]

    return backward


def overwriting(grad_y, y):
    """Save memory in the wrong place."""
    grad_y *= y > 0
    return grad_y


RGB_MEANS = np.array([123.68, 116.779, 103.939])
STDS = np.array([0.229, 0.224, 0.225])

OXFORD = (
    ("forward", lambda x: x - RGB_MEANS, "red and blue are exchanged: .* on B, G, R"),
    ("forward", lambda x: (x - RGB_MEANS[::-1])[:, :, ::-1], "the means of red and blue"),
    ("forward", lambda x: x - RGB_MEANS[::-1], "and their means as well"),
    ("forward", lambda x: x[:, :, ::-1], "the mean is not subtracted"),
    ("forward", lambda x: (x + RGB_MEANS)[:, :, ::-1], "added instead of subtracted"),
    ("forward", lambda x: (x / 255 - RGB_MEANS)[:, :, ::-1], "from 0 to 1 instead of 0 to 255"),
    ("forward", lambda x: (x / 255 * 256 - RGB_MEANS)[:, :, ::-1], "256 instead of 255"),
    ("forward", lambda x: (x - RGB_MEANS)[:, :, ::-1] / 255, "want 0 to 255"),
    ("forward", lambda x: x, "nothing is done"),
    ("backward", lambda g: g, "the channels are not put back"),
    ("backward", lambda g: g[:, :, ::-1] - RGB_MEANS, "a constant has no slope"),
)

IMAGENET_MEANS = np.array([0.485, 0.456, 0.406])
TORCHVISION = (
    ("forward", lambda x: ((x / 255 - IMAGENET_MEANS) / STDS)[:, :, ::-1], "trained on R, G, B"),
    ("forward", lambda x: x / 255 - IMAGENET_MEANS, "standard deviations is missing"),
    ("forward", lambda x: (x / 255 - IMAGENET_MEANS) * STDS, "it multiplies by the standard"),
    ("forward", lambda x: (x - IMAGENET_MEANS) / STDS, "from 0 to 255 instead of 0 to 1"),
    ("forward", lambda x: (x - RGB_MEANS)[:, :, ::-1], "what the oxford weights want"),
    ("backward", lambda g: g, "the scale is missing"),
    ("backward", lambda g: g / STDS, "the division by 255 is missing"),
    ("backward", lambda g: g / 255, "standard deviations is missing"),
    ("backward", lambda g: g / 255 * STDS, "it multiplies by the standard"),
)


def cloud(x):
    f = x.reshape(-1, x.shape[2])
    return f.mean(axis=0), np.cov(f.T, bias=True).reshape(x.shape[2], x.shape[2])


def root(matrix):
    return sqrtm(matrix).real


def commuting_wasserstein(x, style):
    (mean, v), (wanted, w) = cloud(x), cloud(style)
    added = 0.25 * (1 + np.trace(w) / len(w)) * np.eye(len(w))
    v, w = v + added, w + added
    return (np.sum((mean - wanted) ** 2) + np.trace(v + w - 2 * root(v) @ root(w))) / len(w)


def wasserstein_of_shapes(x, style):
    return wasserstein_loss_forward(x - x.mean((0, 1)), style - style.mean((0, 1)), 0.25)


def bare_deviations(x, style):
    (mean, v), (wanted, w) = cloud(x), cloud(style)
    sigma, tau = (np.sqrt(np.maximum(np.diag(one), 0)) for one in (v, w))
    return np.mean((mean - wanted) ** 2 + (sigma - tau) ** 2)


def gram_distance(x, style):
    grams = (gram_forward(one, one.shape[0] * one.shape[1]) for one in (x, style))
    return np.sum(np.subtract(*grams) ** 2)


def uncentered(x, style):
    slope = 4 * (cloud(x)[1] - cloud(style)[1]) / (x.shape[0] * x.shape[1])
    return x @ slope


def of_equation(x, style):
    return wasserstein_steps_loss_backward(1.0, x, style, 0.25, 3, "equation")


CUT_OFF = (
    ("loss", lambda x, style: wasserstein_loss_forward(x, style, 0.25), "the roots are exact"),
    ("gradient", lambda x, style: wasserstein_loss_backward(1.0, x, style, 0.25),
     "the gradient of an exact root"),
    ("gradient", of_equation, "the gradient of no function"),
)  # fmt: skip

WASSERSTEIN = (
    ("loss", commuting_wasserstein, r"V\^1/2 W\^1/2"),
    ("loss", wasserstein_of_shapes, "the distance of the means is missing"),
    ("gradient", lambda x, s: wasserstein_loss_backward(1.0, x, s, 0.25) / 2, "half is missing"),
    ("gradient", lambda x, s: -wasserstein_loss_backward(1.0, x, s, 0.25), "sign"),
)
DEVIATIONS = (("loss", bare_deviations, "epsilon is missing under the roots"),)
COVARIANCE = (
    ("loss", gram_distance, "that compares Gram matrices"),
    ("gradient", uncentered, "the mean is not subtracted from the features"),
)


def region_gram(x, w, divisor):
    """Sum the products of features, each position by its weight."""
    return np.einsum("hw,hwc,hwd->cd", w, x, x) / divisor


def region_loss(power=1, whole=False):
    """Compute the loss with the mask to a power, or divided by all positions."""

    def loss(x, w, gram):
        w = w**power
        return np.sum((region_gram(x, w, w.size if whole else w.sum()) - gram) ** 2)

    return loss


def region_gradient(power=1, back=1, whole=False, masked=True):
    """Compute the gradient with masks to powers, forward and on the way back."""

    def gradient(x, w, gram):
        counts = w**power if masked else np.ones_like(w)
        divisor = counts.size if whole or not masked else counts.sum()
        slope = region_gram(x, counts, divisor) - gram
        return 4 * w[..., None] ** back * (x @ slope) / divisor

    return gradient


REGION = (
    ("loss", region_loss(2), "it counts squared"),
    ("loss", region_loss(whole=True), "divided by all positions M"),
    ("gradient", region_gradient(2, 2), "it counts squared"),
    ("gradient", region_gradient(1, 2), "applied twice on the way back"),
    ("gradient", region_gradient(1, 0), "missing on the way back"),
    ("gradient", region_gradient(masked=False), "on the gradient only"),
    ("gradient", region_gradient(whole=True), "divided by all positions M"),
)


def edges(x):
    """Average 2 x 2 pixels and take the Laplacian by a convolution with padding."""
    rows, columns = x.shape[0] // 2, x.shape[1] // 2
    d = x[: 2 * rows, : 2 * columns].sum(axis=2).reshape(rows, 2, columns, 2).mean(axis=(1, 3))
    p = np.pad(d, 1)
    return 4 * d - p[:-2, 1:-1] - p[2:, 1:-1] - p[1:-1, :-2] - p[1:-1, 2:]


def repeated_edges(x, content):
    """Spread each averaged pixel's gradient, and forget that it is an average."""
    e = edges(x - content)[1:-1, 1:-1]
    z = np.pad(2 * e / e.size, 2)
    d = 4 * z[1:-1, 1:-1] - z[:-2, 1:-1] - z[2:, 1:-1] - z[1:-1, :-2] - z[1:-1, 2:]
    grad = np.zeros_like(x)
    grad[: 2 * d.shape[0], : 2 * d.shape[1]] = d.repeat(2, 0).repeat(2, 1)[:, :, np.newaxis]
    return grad


LAPLACIAN = (
    ("loss", lambda x, c: np.mean(edges(x - c) ** 2), "over the border, into zeros"),
    ("loss", lambda x, c: np.sum(edges(x - c)[1:-1, 1:-1] ** 2), "sums where it should average"),
    ("loss", lambda x, c: np.mean(edges(x)[1:-1, 1:-1] ** 2), "the content is not subtracted"),
    ("gradient", repeated_edges, "every pixel of a square gets all of the average's gradient"),
)
RANGE = (
    ("loss", lambda x: np.sum(x**6) ** (1 / 6), "the root is taken"),
    ("loss", lambda x: np.mean(x**6), "it averages where it should sum"),
    ("gradient", lambda x: x**5, "the factor from the power is missing"),
    ("gradient", lambda x: 6 * np.abs(x) ** 5, "the sign is lost"),
)


def matched_by_the_order(x, style):
    """Index the sorted style by argsort of x: that is the inverse of the ranks."""
    order = np.argsort(matrix(x), axis=0)
    goal = np.take_along_axis(np.sort(matrix(style), axis=0), order, axis=0)
    return goal.reshape(x.shape)


SLICED = (
    ("loss", lambda x, s: np.mean((x - s) ** 2), "nothing is sorted"),
    ("loss", lambda x, s: np.mean((x - matched_by_the_order(x, s)) ** 2), "inverse permutation"),
    ("gradient", lambda x, s: 2 * (x - matched_by_the_order(x, s)) / x.size, "inverse perm"),
    ("gradient", lambda x, s: (2 * (np.sort(matrix(x), axis=0) - np.sort(matrix(s), axis=0))
                               / x.size).reshape(x.shape), "left in sorted order"),
)  # fmt: skip
