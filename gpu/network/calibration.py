"""Choosing the scales of float16 features and gradients, stage by stage, by trying."""

import math
from collections.abc import Iterable

import numpy as np

from ...problem.stages import Stage
from ..device.device import Array, to_host, xp
from ..device.launch import parts_of_sum
from ..sums.norms import launch_square_sum
from .backward import AddGradient, Enter, Receive, Step
from .forward import preprocess, run_stage
from .network import Look, Network
from .plan import convolution_output
from .scales import ATTEMPTS, FEATURES_RMS, GRADIENTS_RMS, LEAP, fit_scale, nearest_power


def choose_scales(
    network: Network, picture: Array, look: Look, add_gradient: AddGradient, out: Array
) -> None:
    """Choose what keeps float16 within its bounds in an evaluation, as the picture now wants it.

    Parameters
    ----------
    network : Network
        Which runs in one piece, or in bands: then the scales suit all of them.
    picture, look, add_gradient, out
        As for `Network.forward` and `Network.backward`.
    """
    products = network.layout.filters.products
    if products == "split":
        measure_features(network, picture)
        network.forward(picture, look)
        _measure_gradients(network, picture, add_gradient, out)
    elif products == "fast":
        network.forward(picture, look)
        _calibrate_gradients(network, picture, add_gradient, out)


def calibrate_features(network: Network, picture: Array) -> None:
    """Choose the scales of all features for a picture (H, W, 3); the network has run then."""
    scale, layout = 1.0, network.layout
    preprocess(layout, picture)
    for stage in layout.stages:

        def run(scale: float, stage: Stage = stage) -> float:
            _assign(layout.scales.features, stage, scale)
            layout.send_biases()
            run_stage(layout, stage)
            return root_mean_square(layout.arena[convolution_output(stage)])

        scale = fit_scale(scale, run, FEATURES_RMS)


def _calibrate_gradients(
    network: Network, picture: Array, add_gradient: AddGradient, out: Array
) -> None:
    """Choose the scales of all gradients after a forward pass; the way back has run then.

    Notes
    -----
    Where a term's gradient inside a stage is too great for what the next stage asked for, all
    begins again with a smaller scale there.
    """
    ceilings = {stage.conv: math.inf for stage in network.layout.stages}
    for _ in range(ATTEMPTS):
        overflow = _run_back(network.way_back(picture, out), add_gradient, ceilings)
        if overflow is None:
            return
        ceilings[overflow] = network.layout.scales.gradients[overflow] / LEAP


def _run_back(
    steps: Iterable[Step], add_gradient: AddGradient, ceilings: dict[str, float]
) -> str | None:
    """Go back once, choosing scales on the way; name the stage that does not hold its own terms."""
    scale = 1.0
    for step in steps:
        conv = step.stage.conv
        if isinstance(step, Receive):
            scale = _fit(step, add_gradient, scale, ceilings[conv])
            ceilings[conv] = scale  # the next band may need a smaller one
            continue
        step.launch(add_gradient)
        if not math.isfinite(root_mean_square(step.gradient)):
            return conv
    return None


def _fit(step: Step, add_gradient: AddGradient, scale: float, ceiling: float) -> float:
    """Choose the scale of what a step writes, no greater than a ceiling."""

    def run(scale: float) -> float:
        _assign(step.layout.scales.gradients, step.stage, scale)
        step.launch(add_gradient)
        return root_mean_square(step.gradient)

    scale = fit_scale(scale, run, GRADIENTS_RMS)
    if scale > ceiling:
        run(ceiling)
    return min(scale, ceiling)


def measure_features(network: Network, picture: Array) -> None:
    """Choose the scales of what convolutions read, for a picture; the network has run then."""
    operands = network.layout.operands.features
    chosen: dict[str, float] = {}
    for layout, stage in network.forward_stages(picture):
        name = stage.output
        scale = nearest_power(FEATURES_RMS, root_mean_square(layout.arena[name]))
        operands[name] = chosen[name] = min(scale, chosen.get(name, math.inf))


def _measure_gradients(
    network: Network, picture: Array, add_gradient: AddGradient, out: Array
) -> None:
    """Do likewise on the way back, after a forward pass."""
    operands = network.layout.operands.gradients
    chosen: dict[str, float] = {}
    for step in network.way_back(picture, out):
        step.launch(add_gradient)
        if isinstance(step, Enter):
            conv = step.stage.conv
            scale = nearest_power(GRADIENTS_RMS, root_mean_square(step.gradient))
            operands[conv] = chosen[conv] = min(scale, chosen.get(conv, math.inf))


def root_mean_square(x: Array) -> float:
    """Measure how large the numbers of an array are."""
    parts = xp().empty(parts_of_sum(x.size), np.float64)
    out = xp().empty(1, np.float64)
    launch_square_sum(x, factor=1 / x.size, parts=parts, out=out)
    return math.sqrt(float(to_host(out)[0]))


def _assign(scales: dict[str, float], stage: Stage, scale: float) -> None:
    for layer in stage.layers:
        scales[layer] = scale
