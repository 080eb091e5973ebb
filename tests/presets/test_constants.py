"""The numbers of each original system, read from its source, against the loaded recipe.

Layer weights are compared as products ``weight * layers[name]``: how a recipe splits a product is
its own affair.  What only shows in loss and gradient is judged in `test_against_pytorch.py`.
"""

import math
from functools import reduce
from typing import Any

import pytest

from backpaint.presets import load_preset, preset_names
from backpaint.problem.recipe import LBFGS, LBFGSB, Adam, GradientDescent, Recipe

FIRST = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
TUTORIAL = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")
TF_VGG16 = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")

OXFORD_MEAN = (123.68, 116.779, 103.939)  # R, G, B
EXCHANGED_MEAN = (103.939, 116.779, 123.68)
UNIT_SCALE = {"variable.scale": 1 / 255}

SCIPY = {
    "optimizer.corrections": 10,
    "optimizer.factr": 1e7,
    "optimizer.pgtol": 1e-5,
    "optimizer.line_search_steps": 20,
}
TORCH_LBFGS = {
    "optimizer.iterations_per_step": 20,
    "optimizer.evaluations_per_step": 25,
    "optimizer.rate": 1.0,
    "optimizer.corrections": 100,
    "optimizer.change_tolerance": 1e-9,
}
TENSORFLOW_ADAM = {
    "optimizer.beta1": 0.9,
    "optimizer.beta2": 0.999,
    "optimizer.epsilon": 1e-8,
    "optimizer.epsilon_form": "hat",
    "optimizer.clip": "none",
}
NEVER_STOPS = {
    "optimizer.iterations": 1000,
    "optimizer.iterations_per_step": 1000,
    "optimizer.rate": 1.0,
    "optimizer.corrections": 100,
    "optimizer.gradient_tolerance": -1.0,
    "optimizer.change_tolerance": -1.0,
    "optimizer.clip": "none",
}
"""torch and Torch7 alike: all iterations in one call."""
FROM_CONTENT = {"initial.start": "content"}
FAINT_NOISE = {
    "initial.start": "noise",
    "initial.noise": "normal",
    "initial.std": 0.001,
    "initial.content_share": 0.0,
}
POWER_VARIATION = {"total_variation.kind": "power", "total_variation.exponent": 1.25}

ALL_OF_VGG16 = tuple(
    f"relu{block}_{number}"
    for block, count in enumerate((2, 2, 3, 3, 3), start=1)
    for number in range(1, count + 1)
)
EXPECTED: dict[str, dict[str, Any]] = {
    "gatys": {
        "weights": "vgg19",
        "network.pool": "average",
        "variable.scale": 1.0,
        "variable.mean": (0.0, 0.0, 0.0),
        "content.divisor": "2",
        "style.gram_divisor": "M",
        "style.divisor": "4 C^2",
        "total_variation": None,
        "optimizer.evaluations_per_round": None,
    },
    "backpaint": {
        "content.divisor": "C M",
        "style.gram_divisor": "M",
        "style.divisor": "4 C^2",
        "scales.sizes": (128, 256),
        "scales.iterations": (100, 60),
        "optimizer.iterations": 30,
    },
    "tf-vgg16-lbfgs": {
        "weights": "vgg16",
        "network.pool": "max",
        "network.edge": "ceil",
        "images.size": 512,
        "images.side": "square",
        "images.filter": "nearest",
        "input.oxford.swap_channels": True,
        "variable.scale": 1.0,
        "variable.mean": EXCHANGED_MEAN,
        "content.divisor": "1",
        "style.gram_divisor": "1",
        "style.divisor": "36 P^2",
        **POWER_VARIATION,
        "total_variation.weight": 1.0,
        "initial.start": "noise",
        "initial.noise": "uniform",
        "initial.low": -128.0,
        "initial.high": 127.0,
        "initial.noise_share": 1.0,
        "initial.content_share": 0.0,
        **SCIPY,
        "optimizer.iterations": 10,
        "optimizer.evaluations_per_round": 20,
        "optimizer.bounds": "none",
    },
    "tf-tutorial": {
        "weights": "vgg19",
        "network.pool": "max",
        "network.edge": "floor",
        "images.size": 512,
        "images.side": "long",
        "images.upscale": True,
        "images.rounding": "truncate",
        "images.filter": "bilinear",
        "images.antialias": False,
        "images.style": "own",
        **UNIT_SCALE,
        "content.divisor": "C M",
        "style.gram_divisor": "M",
        "style.divisor": "C^2",
        "total_variation.kind": "absolute",
        "total_variation.weight": 30.0,
        "total_variation.mean": False,
        **FROM_CONTENT,
        "optimizer.iterations": 1000,
        "optimizer.rate": 0.02,
        "optimizer.beta1": 0.99,
        "optimizer.beta2": 0.999,
        "optimizer.epsilon": 0.1,
        "optimizer.epsilon_form": "hat",
        "optimizer.clip": "pixels",
    },
    "pytorch-tutorial-0.3": {
        "weights": "vgg19",
        "network.pool": "max",
        "network.edge": "floor",
        "images.size": 256,
        "images.side": "short",
        "images.rounding": "truncate",
        "images.style": "own",
        "images.filter": "bilinear",
        "images.antialias": True,
        **UNIT_SCALE,
        "input.torchvision.mean": (0.0, 0.0, 0.0),
        "input.torchvision.std": (1.0, 1.0, 1.0),
        "content.divisor": "C M",
        "style.gram_divisor": "C M",
        "style.divisor": "C^2",
        "total_variation": None,
        **FROM_CONTENT,
        **TORCH_LBFGS,
        "optimizer.gradient_tolerance": 1e-5,
        "optimizer.clip": "pixels",
    },
    "pytorch-tutorial": {
        "weights": "vgg19",
        "network.pool": "max",
        "network.edge": "floor",
        "images.size": 512,
        "images.side": "short",
        "images.rounding": "truncate",
        "images.filter": "bilinear",
        "images.antialias": True,
        **UNIT_SCALE,
        "content.divisor": "C M",
        "style.gram_divisor": "C M",
        "style.divisor": "C^2",
        "total_variation": None,
        **FROM_CONTENT,
        **TORCH_LBFGS,
        "optimizer.gradient_tolerance": 1e-7,
        "optimizer.clip": "pixels",
    },
    "caffe-content": {
        "weights": "vgg19",
        "network.pool": "max",
        "network.edge": "ceil",
        "images.size": None,
        "variable.mean": (122.0, 116.0, 104.0),
        "content.divisor": "2",
        "content.reported": "half-norm",
        "style": None,
        "total_variation": None,
        "initial.start": "noise",
        "initial.noise": "uniform",
        "initial.low": None,
        "initial.high": None,
        "optimizer.iterations": 500,
        "optimizer.rate": 2.0,
        "optimizer.decay": 1.0,
        "optimizer.normalize": "mean-absolute",
        "optimizer.clip": "none",
    },
    "pytorch-adam": {
        "weights": "vgg19",
        "network.pool": "max",
        "network.edge": "floor",
        "images.size": 400,
        "images.side": "short",
        "images.upscale": False,
        "images.rounding": "truncate",
        "images.filter": "bilinear",
        "images.antialias": True,
        "images.style": "content",
        **UNIT_SCALE,
        "variable.mean": (0.485, 0.456, 0.406),
        "variable.std": (0.229, 0.224, 0.225),
        "content.divisor": "C M",
        "style.gram_divisor": "1",
        "style.divisor": "C^4",
        "total_variation": None,
        **FROM_CONTENT,
        "optimizer.iterations": 3000,
        "optimizer.rate": 0.003,
        "optimizer.beta1": 0.9,
        "optimizer.beta2": 0.999,
        "optimizer.epsilon": 1e-8,
        "optimizer.epsilon_form": "paper",
        "optimizer.clip": "none",
    },
    "andersbll": {
        "weights": "vgg19",
        "network.pool": "overlapping-average",
        "network.count_padding": True,
        "network.filters": "upright",
        "images.size": None,
        "images.style": "native",
        "variable.mean": OXFORD_MEAN,
        "content.divisor": "2",
        "content.l1_epsilon": 1e-8,
        "style.gram_divisor": "1",
        "style.divisor": "4",
        "style.match_area": True,
        "style.l1_epsilon": 0.0,
        "total_variation.kind": "laplacian",
        "total_variation.weight": 5e-8,
        "total_variation.reported": False,
        **FROM_CONTENT,
        **TENSORFLOW_ADAM,
        "optimizer.iterations": 500,
        "optimizer.rate": 2.0,
    },
    "fzliu": {
        "weights": "vgg16",
        "network.pool": "average",
        "network.edge": "ceil",
        "images.size": 512,
        "images.side": "long",
        "images.short_at_least": 224,
        "images.upscale": True,
        "images.filter": "bilinear",
        "images.antialias": False,
        "images.rounding": "round",
        "images.style": "own",
        "images.style_scale": 1.2,
        "variable.mean": (122.67891434, 116.66876762, 104.00698793),
        "content.divisor": "2",
        "style.gram_divisor": "1",
        "style.divisor": "4 C^2 M^2",
        "style.match_area": False,
        "total_variation": None,
        **FROM_CONTENT,
        **SCIPY,
        "optimizer.corrections": 8,
        "optimizer.iterations": 512,
        "optimizer.evaluations_per_round": None,
        "optimizer.bounds": "pixels",
    },
    "log0": {
        "weights": "vgg19",
        "network.pool": "average",
        "network.edge": "ceil",
        "images.size": None,
        "images.style": "native",
        "variable.mean": OXFORD_MEAN,
        "content.divisor": "4 C M",
        "style.gram_divisor": "1",
        "style.divisor": "4 C^2 M_style^2",
        "total_variation": None,
        "initial.start": "noise",
        "initial.noise": "uniform",
        "initial.low": -20.0,
        "initial.high": 20.0,
        "initial.noise_share": 0.6,
        "initial.content_share": 0.4,
        **TENSORFLOW_ADAM,
        "optimizer.iterations": 5000,
        "optimizer.rate": 2.0,
    },
    "gatys-pytorch": {
        "weights": "vgg19",
        "network.pool": "max",
        "network.edge": "floor",
        "images.size": 512,
        "images.side": "short",
        "images.rounding": "truncate",
        "images.filter": "bilinear",
        "images.antialias": False,
        "images.style": "own",
        "variable.mean": (255 * 0.48501961, 255 * 0.45795686, 255 * 0.40760392),
        "content.divisor": "C M",
        "style.gram_divisor": "M",
        "style.divisor": "C^4",
        "total_variation": None,
        **FROM_CONTENT,
        **TORCH_LBFGS,
        "optimizer.clip": "none",
    },
    "keras-example": {
        "weights": "vgg19",
        "network.pool": "max",
        "network.edge": "floor",
        "images.size": 400,
        "images.side": "height",
        "images.rounding": "truncate",
        "images.filter": "nearest",
        "images.style": "content",
        "variable.mean": OXFORD_MEAN,
        "content.divisor": "1",
        "style.gram_divisor": "1",
        "style.divisor": "36 P^2",
        **POWER_VARIATION,
        "total_variation.weight": 1e-6,
        **FROM_CONTENT,
        "optimizer.iterations": 4000,
        "optimizer.rate": 100.0,
        "optimizer.decay": 0.96,
        "optimizer.decay_steps": 100,
        "optimizer.normalize": "none",
        "optimizer.clip": "none",
    },
    "anishathalye": {
        "weights": "vgg19",
        "network.pool": "max",
        "network.edge": "ceil",
        "network.filters": "transposed",
        "images.size": None,
        "images.rounding": "truncate",
        "images.filter": "bicubic",
        "images.antialias": True,
        "images.style": "content-width",
        "variable.mean": OXFORD_MEAN,
        "content.divisor": "C M",
        "style.gram_divisor": "C M",
        "style.divisor": "C^2",
        "total_variation.kind": "squared",
        "total_variation.mean": True,
        "total_variation.weight": 100.0,
        "initial.start": "noise",
        "initial.noise": "normal",
        "initial.std": 0.256,
        "initial.content_share": 0.0,
        **TENSORFLOW_ADAM,
        "optimizer.iterations": 1000,
        "optimizer.rate": 10.0,
    },
    "jcjohnson": {
        "weights": "vgg19",
        "network.pool": "max",
        "network.edge": "ceil",
        "images.size": 512,
        "images.side": "long",
        "images.upscale": True,
        "images.rounding": "truncate",
        "images.filter": "area",
        "images.style": "own",
        "variable.scale": 256 / 255,
        "variable.mean": OXFORD_MEAN,
        "content.divisor": "C M",
        "style.gram_divisor": "C M",
        "style.divisor": "C^2",
        "total_variation.reported": False,
        **FAINT_NOISE,
        **NEVER_STOPS,
    },
    "neural-style-pt": {
        "weights": "vgg19",
        "network.pool": "max",
        "network.edge": "floor",
        "images.size": 512,
        "images.side": "long",
        "images.upscale": True,
        "images.rounding": "truncate",
        "images.filter": "bilinear",
        "images.antialias": True,
        "images.style": "own",
        "images.style_scale": 1.0,
        "variable.scale": 1.0,
        "variable.mean": OXFORD_MEAN,
        "content.divisor": "C M",
        "style.gram_divisor": "C M",
        "style.divisor": "C^2",
        "total_variation.kind": "absolute",
        "total_variation.weight": 1e-3,
        "total_variation.mean": False,
        "total_variation.reported": True,
        **FAINT_NOISE,
        **NEVER_STOPS,
    },
    "titu1994": {
        "weights": "vgg16",
        "network.pool": "max",
        "network.edge": "floor",
        "images.size": 400,
        "images.side": "height",
        "images.rounding": "truncate",
        "images.filter": "bilinear",
        "images.antialias": True,
        "images.style": "content",
        "variable.scale": 1.0,
        "variable.mean": OXFORD_MEAN,
        "content.divisor": "1",
        "style.gram_divisor": "1",
        "style.divisor": "36 P^2",
        **POWER_VARIATION,
        "total_variation.weight": 8.5e-5,
        **FROM_CONTENT,
        **SCIPY,
        "optimizer.iterations": 10,
        "optimizer.evaluations_per_round": 20,
        "optimizer.bounds": "none",
    },
    "pystiche": {
        "weights": "vgg19",
        "network.pool": "max",
        "network.edge": "floor",
        "images.size": 512,
        "images.side": "short",
        "images.rounding": "round",
        "images.filter": "bilinear",
        "images.antialias": True,
        "images.style": "own",
        **UNIT_SCALE,
        "variable.mean": (0.0, 0.0, 0.0),
        "input.oxford.mean": (255 * 0.485, 255 * 0.458, 255 * 0.408),
        "content.divisor": "C M",
        "style.gram_divisor": "M",
        "style.divisor": "C^4",
        "total_variation": None,
        **FROM_CONTENT,
        "optimizer.iterations": 500,
        "optimizer.iterations_per_step": 1,
        "optimizer.rate": 1.0,
        "optimizer.corrections": 100,
        "optimizer.gradient_tolerance": 1e-7,
        "optimizer.change_tolerance": 1e-9,
        "optimizer.clip": "none",
    },
    "crowsonkb": {
        "weights": "vgg19",
        "network.pool": "max",
        "network.edge": "floor",
        "network.first_padding": "edge",
        "images.size": 512,
        "images.side": "long",
        "images.upscale": True,
        "images.rounding": "round",
        "images.filter": "bicubic",
        "images.antialias": True,
        "images.style": "own",
        "images.style_upscale": False,
        **UNIT_SCALE,
        "variable.mean": (0.0, 0.0, 0.0),
        "input.torchvision.mean": None,
        "content.divisor": "C M",
        "style.statistic": "wasserstein",
        "style.epsilon": 1e-4,
        "style.epsilon_form": "absolute",
        "style.root_steps": 12,
        "style.root_backward": "equation",
        "style.blend": "targets",
        "total_variation.kind": "nine-point",
        "total_variation.weight": 2.0,
        **FROM_CONTENT,
        "scales.sizes": (128, 181, 256, 362),
        "scales.iterations": (1000, 500, 500, 500),
        "scales.filter": "cubic-cv",
        "scales.balance": "recipe",
        "scales.moments": "carry",
        "optimizer.iterations": 500,
        "optimizer.rate": 0.02,
        "optimizer.beta1": 0.9,
        "optimizer.beta2": 0.99,
        "optimizer.epsilon": 1e-8,
        "optimizer.epsilon_form": "paper",
        "optimizer.clip": "pixels",
        "optimizer.average": 0.99,
    },
    "gordicaleksa": {
        "weights": "vgg19",
        "network.pool": "max",
        "network.edge": "floor",
        "images.size": 400,
        "images.side": "height",
        "images.rounding": "truncate",
        "images.filter": "cubic-cv",
        "images.style": "own",
        "variable.scale": 1.0,
        "variable.mean": (123.675, 116.28, 103.53),
        "input.torchvision.scale": 1.0,
        "input.torchvision.mean": (123.675, 116.28, 103.53),
        "input.torchvision.std": (1.0, 1.0, 1.0),
        "input.oxford.mean": (123.675, 116.28, 103.53),
        "content.divisor": "C M",
        "style.gram_divisor": "C M",
        "style.divisor": "1",
        "total_variation.kind": "absolute",
        "total_variation.weight": 1.0,
        "total_variation.mean": False,
        **FROM_CONTENT,
        **NEVER_STOPS,
        "optimizer.line_search": "strong-wolfe",
        "optimizer.evaluations_per_step": 1250,
        "optimizer.gradient_tolerance": 1e-7,
        "optimizer.change_tolerance": 1e-9,
    },
}
EXPECTED["pastiche"] = {
    "weights": "vgg19",
    "network.pool": "max",
    "network.edge": "floor",
    "images.size": 500,
    "images.side": "area",
    "images.rounding": "in-turn",
    "images.filter": "bilinear",
    "images.eight_bit": True,
    "images.style": "content-area",
    "variable.scale": 1.0,
    "variable.mean": OXFORD_MEAN,
    "content.divisor": "C M",
    "style.gram_divisor": "M",
    "style.divisor": "C^4",
    "total_variation": None,
    **FROM_CONTENT,
    "optimizer.iterations": 1000,
    "optimizer.iterations_per_step": 1,
    "optimizer.rate": 1.0,
    "optimizer.corrections": 100,
    "optimizer.gradient_tolerance": 1e-7,
    "optimizer.change_tolerance": 1e-9,
    "optimizer.clip": "none",
}
EXPECTED["cysmith"] = {
    "weights": "vgg19",
    "network.pool": "average",
    "network.edge": "ceil",
    "network.filters": "upright",
    "images.size": 512,
    "images.side": "long",
    "images.upscale": False,
    "images.rounding": "truncate",
    "images.filter": "area-opencv",
    "images.eight_bit": False,
    "images.style": "content",
    "variable.scale": 1.0,
    "variable.mean": OXFORD_MEAN,
    "content.divisor": "2 sqrt(C M)",
    "style.gram_divisor": "1",
    "style.divisor": "4 C^2 M^2",
    "total_variation.kind": "absolute",
    "total_variation.weight": 1e-3,
    "total_variation.mean": False,
    **FROM_CONTENT,
    **SCIPY,
    "optimizer.iterations": 1000,
    "optimizer.evaluations_per_round": None,
    "optimizer.bounds": "none",
}
EXPECTED["titu1994-improved"] = EXPECTED["titu1994"] | {"style.shift": -1.0}
EXPECTED["gatys-2017"] = {
    "weights": "vgg19",
    "network.pool": "max",
    "network.edge": "ceil",
    "images.size": 512,
    "images.side": "area",
    "images.upscale": False,
    "images.rounding": "up",
    "images.filter": "pyramid",
    "images.eight_bit": False,
    "images.style": "own",
    "color.style": "root",
    "color.floor": 1e-5 * 255**2,
    "color.gain": 1e300,
    "color.clip": True,
    "variable.mean": (255 * 0.48501961, 255 * 0.45795686, 255 * 0.40760392),
    "input.oxford.mean": (255 * 0.48501961, 255 * 0.45795686, 255 * 0.40760392),
    "content.divisor": "C M",
    "style.gram_divisor": "M",
    "style.divisor": "C^4",
    "total_variation": None,
    **FROM_CONTENT,
    "optimizer.iterations": 500,
    "optimizer.iterations_per_step": 500,
    "optimizer.corrections": 100,
    "optimizer.rate": 1.0,
    "optimizer.gradient_tolerance": 0.0,
    "optimizer.change_tolerance": 0.0,
    "optimizer.clip": "none",
}
EXPECTED["hnarayanan"] = EXPECTED["tf-vgg16-lbfgs"] | {
    "network.edge": "floor",
    "input.oxford.mean": EXCHANGED_MEAN,
    "input.oxford.swap_channels": False,
}

OPTIMIZERS = {
    "gatys": LBFGSB,
    "backpaint": LBFGSB,
    "tf-vgg16-lbfgs": LBFGSB,
    "tf-tutorial": Adam,
    "pytorch-tutorial-0.3": LBFGS,
    "pytorch-tutorial": LBFGS,
    "caffe-content": GradientDescent,
    "pytorch-adam": Adam,
    "andersbll": Adam,
    "fzliu": LBFGSB,
    "log0": Adam,
    "gatys-pytorch": LBFGS,
    "keras-example": GradientDescent,
    "anishathalye": Adam,
    "jcjohnson": LBFGS,
    "neural-style-pt": LBFGS,
    "titu1994": LBFGSB,
    "pystiche": LBFGS,
    "gordicaleksa": LBFGS,
    "crowsonkb": Adam,
    "hnarayanan": LBFGSB,
    "pastiche": LBFGS,
    "cysmith": LBFGSB,
    "titu1994-improved": LBFGSB,
    "gatys-2017": LBFGS,
}

CONTENT_WEIGHTS = {
    "gatys": {"relu4_2": 1.0},
    "backpaint": {"relu4_2": 1.0},
    "tf-vgg16-lbfgs": {"relu2_2": 0.025},
    "tf-tutorial": {"relu5_2": 1e4},
    "pytorch-tutorial-0.3": {"conv2_2": 1.0},
    "pytorch-tutorial": {"conv2_2": 1.0},
    "caffe-content": {"conv4_2": 1.0},
    "pytorch-adam": {"relu4_2": 1.0},
    "andersbll": {"relu4_2": 0.02},
    "fzliu": {"relu4_2": 1.0},
    "log0": {"relu4_2": 5.0},
    "gatys-pytorch": {"relu4_2": 1.0},
    "keras-example": {"relu5_2": 2.5e-8},
    "anishathalye": {"relu4_2": 5.0},
    "jcjohnson": {"relu4_2": 5.0},
    "neural-style-pt": {"relu4_2": 5.0},
    "titu1994": {"relu5_2": 0.025},
    "pystiche": {"relu4_2": 1.0},
    "gordicaleksa": {"relu4_2": 1e5},
    "crowsonkb": {"relu4_2": 0.015},
    "hnarayanan": {"relu2_2": 0.025},
    "pastiche": {"relu4_2": 0.01},
    "cysmith": {"conv4_2": 5.0},
    "titu1994-improved": {"relu5_2": 0.025},
    "gatys-2017": {"relu4_2": 1.0},
}

STYLE_WEIGHTS = {  # without gatys: the paper leaves the weight to the user
    "backpaint": dict(zip(FIRST, (1.5, 0.01, 0.02, 5e-4, 25.0), strict=True)),
    "tf-vgg16-lbfgs": dict.fromkeys(TF_VGG16, 1.0),
    "tf-tutorial": dict.fromkeys(FIRST, 1e-2 / 5),
    "pytorch-tutorial-0.3": dict.fromkeys(TUTORIAL, 1e6),
    "pytorch-tutorial": dict.fromkeys(TUTORIAL, 1e6),
    "pytorch-adam": dict.fromkeys((*FIRST, "relu4_2"), 1e6),
    "andersbll": dict.fromkeys(FIRST, 0.2),
    "fzliu": dict.fromkeys(FIRST, 1e4 * 0.2),
    "log0": dict(zip(FIRST, (50.0, 100.0, 150.0, 300.0, 400.0), strict=True)),
    "gatys-pytorch": dict.fromkeys(FIRST, 1e3),
    "keras-example": dict.fromkeys(FIRST, 1e-6 / 5),
    "anishathalye": dict.fromkeys(FIRST, 100.0),
    "jcjohnson": dict.fromkeys(FIRST, 100.0),
    "neural-style-pt": dict.fromkeys(FIRST, 100.0),
    "titu1994": dict.fromkeys(FIRST, 1.0 / 5),
    "pystiche": dict.fromkeys(FIRST, 1e3),
    "gordicaleksa": dict.fromkeys(FIRST, 3e4 / 5),
    "crowsonkb": {
        layer: weight / 341 for layer, weight in zip(FIRST, (256, 64, 16, 4, 1), strict=True)
    },
    "hnarayanan": dict.fromkeys(TF_VGG16, 5.0 / 5),
    "pastiche": dict.fromkeys(FIRST, 10.0),
    "cysmith": dict.fromkeys(FIRST, 1e4 * 0.2 / 5),
    "titu1994-improved": {
        layer: -1.0 if layer == "relu5_3" else 2.0 ** -min(12 - number, 11)
        for number, layer in enumerate(ALL_OF_VGG16)
    },
    "gatys-2017": dict.fromkeys(FIRST, 1e3),
}

INCONSISTENT = {"andersbll", "caffe-content", "crowsonkb", "jcjohnson"}
"""Those whose reported loss is not the function whose gradient they follow."""


def value_at(recipe: Recipe, path: str) -> Any:
    return reduce(getattr, path.split("."), recipe)


def products(term: Any) -> dict[str, float]:
    return {layer: term.weight * weight for layer, weight in term.layers.items()}


@pytest.mark.parametrize(
    ("preset", "path", "expected"),
    [(preset, path, value) for preset, facts in EXPECTED.items() for path, value in facts.items()],
)
def test_constant(preset, path, expected):
    found = value_at(load_preset(preset), path)
    if isinstance(expected, (float, tuple)):
        assert found == pytest.approx(expected, rel=1e-15)
    else:
        assert found == expected


def test_every_preset_has_its_constants():
    for facts in (EXPECTED, OPTIMIZERS, CONTENT_WEIGHTS):
        assert sorted(facts) == sorted(preset_names())


@pytest.mark.parametrize("preset", OPTIMIZERS)
def test_optimizer(preset):
    assert type(load_preset(preset).optimizer) is OPTIMIZERS[preset]


@pytest.mark.parametrize("preset", CONTENT_WEIGHTS)
def test_content_layers(preset):
    assert products(load_preset(preset).content) == pytest.approx(CONTENT_WEIGHTS[preset])


@pytest.mark.parametrize("preset", STYLE_WEIGHTS)
def test_style_layers(preset):
    assert products(load_preset(preset).style) == pytest.approx(STYLE_WEIGHTS[preset])


def test_gatys_shares_its_style_weight_between_five_layers():
    style = load_preset("gatys").style
    assert style is not None
    assert style.layers == pytest.approx(dict.fromkeys(FIRST, 0.2))


@pytest.mark.parametrize(
    ("preset", "last_allowed"),
    [("pytorch-tutorial-0.3", 300), ("pytorch-tutorial", 300), ("gatys-pytorch", 500)],
)
def test_torch_loop_ends_a_whole_step_late(preset, last_allowed):
    """``while run <= 300`` lets one more step of 20 evaluations run at 300: 320 in all."""
    optimizer = load_preset(preset).optimizer
    assert isinstance(optimizer, LBFGS)
    steps = math.ceil(optimizer.iterations / optimizer.iterations_per_step)
    assert steps * optimizer.iterations_per_step == last_allowed + 20


@pytest.mark.parametrize("preset", ["jcjohnson", "neural-style-pt"])
def test_lbfgs_never_stops_early(preset):
    """Both tolerances -1, and all iterations in one call."""
    optimizer = load_preset(preset).optimizer
    assert isinstance(optimizer, LBFGS)
    assert optimizer.gradient_tolerance <= 0
    assert optimizer.change_tolerance <= 0
    assert optimizer.iterations_per_step == 1000
    assert optimizer.evaluations_per_step >= 1000


@pytest.mark.parametrize("preset", EXPECTED)
def test_disagreement_of_loss_and_gradient_is_told(preset):
    recipe = load_preset(preset)
    assert recipe.is_consistent == (preset not in INCONSISTENT)
    assert bool(recipe.disagreements) == (preset in INCONSISTENT)


@pytest.mark.parametrize("preset", EXPECTED)
def test_source_is_named(preset):
    recipe = load_preset(preset)
    assert recipe.name == preset
    assert recipe.source
    assert recipe.description
