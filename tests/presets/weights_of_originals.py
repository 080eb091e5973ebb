"""The VGG-19 that the original programs were run with, put together from what lies in ../shared."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from backpaint.weights import OXFORD, TORCHVISION, VGGWeights, load_weights

SHARED = Path(__file__).parents[2] / ".." / "shared"
FIRST_LAYERS = SHARED / "weights" / "vgg19_caffe_fp32_to_conv3_4.npz"


def exact_to_conv3_4() -> VGGWeights:
    """Full precision up to conv3_4, the embedded 8 bits a weight above."""
    exact, rest = load_weights(FIRST_LAYERS), load_weights("vgg19")
    return replace(
        rest,
        filters={**rest.filters, **exact.filters},
        biases={**rest.biases, **exact.biases},
    )


def in_torchvision_form(weights: VGGWeights) -> VGGWeights:
    """Oxford's network for inputs as torchvision's wants them, with equal features.

    With y for torchvision's input, Oxford's is 255 (std y + mean) - its mean: the filters take the
    factor, the bias what is left.
    """
    filters = weights.filters["conv1_1"][:, :, ::-1].astype(np.float64)  # in R, G, B order
    shift = 255 * np.array(TORCHVISION.mean) - OXFORD.mean
    scaled = filters * 255 * np.array(TORCHVISION.std)[:, np.newaxis]
    bias = weights.biases["conv1_1"] + np.einsum("yxio,i->o", filters, shift)
    return replace(
        weights,
        filters={**weights.filters, "conv1_1": scaled.astype(np.float32)},
        biases={**weights.biases, "conv1_1": bias.astype(np.float32)},
        normalization=TORCHVISION,
    )
