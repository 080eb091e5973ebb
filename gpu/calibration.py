"""Choosing the scales of float16 features and gradients, stage by stage, by trying."""

import math

import numpy as np

from ..stages import Stage
from .device import Array, arrays, to_host
from .launch import parts_of_sum
from .network import AddGradient, Network
from .norms import launch_square_sum
from .plan import convolution_gradient, convolution_output, gradient_name, output_name
from .scales import ATTEMPTS, FEATURES_RMS, GRADIENTS_RMS, LEAP, fit_scale, nearest_power


def calibrate_features(network: Network, picture: Array) -> None:
    """Choose the scales of all features for a picture (H, W, 3); the network has run then."""
    scale = 1.0
    network.preprocess(picture)
    for stage in network.stages:

        def run(scale: float, stage: Stage = stage) -> float:
            _assign(network.scales.features, stage, scale)
            network.send_biases()
            network.run_stage(stage)
            return root_mean_square(network.arena[convolution_output(stage)])

        scale = fit_scale(scale, run, FEATURES_RMS)


def calibrate_gradients(network: Network, add_gradient: AddGradient) -> None:
    """Choose the scales of all gradients behind a forward pass; the way back has run then.

    Notes
    -----
    Where a term's gradient inside a stage is too great for what the next stage asked for, all
    begins again with a smaller scale there.
    """
    ceilings = {stage.conv: math.inf for stage in network.stages}
    for _ in range(ATTEMPTS):
        overflow = _run_back(network, add_gradient, ceilings)
        if overflow is None:
            return
        ceilings[overflow] = network.scales.gradients[overflow] / LEAP


def _run_back(
    network: Network, add_gradient: AddGradient, ceilings: dict[str, float]
) -> str | None:
    """Go back once, choosing scales on the way; name the stage that does not hold its own terms."""
    scale = 1.0
    for stage in reversed(network.stages):

        def run(scale: float, stage: Stage = stage) -> float:
            _assign(network.scales.gradients, stage, scale)
            network.receive(stage, add_gradient)
            return root_mean_square(network.arena[gradient_name(output_name(stage))])

        scale = fit_scale(scale, run, GRADIENTS_RMS)
        if scale > ceilings[stage.conv]:
            scale = ceilings[stage.conv]
            run(scale)
        network.enter(stage, add_gradient)
        if not math.isfinite(root_mean_square(network.arena[convolution_gradient(stage)])):
            return stage.conv
    return None


def measure_features(network: Network, picture: Array) -> None:
    """Choose the scales of what convolutions read, for a picture; the network has run then."""
    for stage in network.forward_stages(picture):
        size = root_mean_square(network.arena[output_name(stage)])
        network.operands.features[output_name(stage)] = nearest_power(FEATURES_RMS, size)


def measure_gradients(network: Network, add_gradient: AddGradient) -> None:
    """Do likewise on the way back, behind a forward pass."""
    for stage in reversed(network.stages):
        network.receive(stage, add_gradient)
        network.enter(stage, add_gradient)
        size = root_mean_square(network.arena[convolution_gradient(stage)])
        network.operands.gradients[stage.conv] = nearest_power(GRADIENTS_RMS, size)


def root_mean_square(x: Array) -> float:
    """Measure how large the numbers of an array are."""
    parts = arrays().empty(parts_of_sum(x.size), np.float64)
    out = arrays().empty(1, np.float64)
    launch_square_sum(x, factor=1 / x.size, parts=parts, out=out)
    return math.sqrt(float(to_host(out)[0]))


def _assign(scales: dict[str, float], stage: Stage, scale: float) -> None:
    for layer in stage.layers:
        scales[layer] = scale
