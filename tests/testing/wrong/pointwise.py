"""Mistakes with what is done pixel by pixel: ReLU, and pixels to what the network expects."""

import numpy as np

from backpaint.reference.relu import relu_backward

RELU = (
    ("forward", np.abs, "the absolute value"),
    ("backward", lambda g, x: g * (x >= 0), "ReLU's gradient at 0 is 1"),
    ("backward", lambda g, x: np.where(g > 0, g, 0), "mask from gradient instead of input"),
    ("backward", lambda g, x: np.where((g > 0) & (x > 0), g, 0), "guided backpropagation"),
    ("backward", lambda g, x: g, "no mask at all"),
    ("backward", lambda g, x: g * np.maximum(x, 0), "multiplies by the value"),
)

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
