"""Mistakes with what is compared of features: Gram matrices, also of a region, and contents."""

import numpy as np

from backpaint.reference.gram import gram_backward, gram_forward


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
