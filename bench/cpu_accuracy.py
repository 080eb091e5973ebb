"""How far the CPU engine is from float64: each layer by itself, and whole gradients.

    python bench/cpu_accuracy.py [--size 96]

Real weights, real pictures.  A layer gets the reference's own float64 input, rounded to float32, so
its error is its own.  Errors are the largest, and the root mean square, over the largest and the
root mean square of the expected values.

Whole gradients are compared twice: with the reference as it is, and with the reference held to the
decisions of ReLUs and max pools that the engine made.  What the second comparison leaves is
rounding.  What no preset has (other statistics, masks) is measured on `gatys` with one thing
changed; statistics are those that recipes allow.  Penalties on the picture alone are the
reference's own.  The tables go to bench/results/cpu_accuracy.md.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import torch

from backpaint.check.decisions import DecidedNetwork
from backpaint.check.near_ties import differences
from backpaint.compare.libraries.pytorch import PyTorchObjective
from backpaint.compare.subject.scene import make_problem
from backpaint.cpu import CPUObjective
from backpaint.cpu.convolution.convolution import PICTURE_CHANNELS, Convolution
from backpaint.cpu.convolution.convolutions import Convolutions
from backpaint.cpu.convolution.tiles import clear_frame, extent, framed_shape, interior
from backpaint.cpu.network.scratch import direct, winograd
from backpaint.cpu.threads.team import Team
from backpaint.cpu.threads.workspace import Workspace
from backpaint.presets import load_preset, preset_names, with_changes
from backpaint.problem.pixels import network_input_map
from backpaint.problem.problem import Problem
from backpaint.problem.recipe import Statistic
from backpaint.reference.conv import conv_backward_input, conv_forward
from backpaint.reference.network import INPUT, Network
from backpaint.reference.objective import ReferenceObjective
from backpaint.regions import Regions

RESULTS = Path(__file__).parent / "results" / "cpu_accuracy.md"
TEAM = Team(1)


def preset_problem(preset: str, height: int, width: int) -> Problem:
    """Make a preset's problem, its quirks included."""
    return make_problem(load_preset(preset), (height, width))


def convolve(convolution: Convolution, x: np.ndarray) -> np.ndarray:
    """Run one of the engine's convolutions on a map."""
    if convolution.channels_in == PICTURE_CHANNELS:
        x = np.pad(x, ((0, 0), (0, 0), (0, 1)), constant_values=1)  # the ones, for the bias
    size = x.shape[:2]
    framed = np.empty(framed_shape(*x.shape), np.float32)
    clear_frame(framed, *size)
    interior(framed, *size)[:] = x
    y = np.empty((*size, convolution.channels_out), np.float32)

    def finish(slot, piece, part):
        rows, columns = extent(piece)
        y[piece.rows, piece.columns] = part[:rows, :columns]

    channels = (convolution.channels_in, convolution.channels_out)
    scratch = winograd(size, *channels) | direct(size, *channels)
    work = Workspace(scratch, 1)
    work.shared = np.empty(scratch.shared, np.float32)
    convolution.run(TEAM, work, framed, size, finish)
    return y


def errors(actual: np.ndarray, expected: np.ndarray) -> str:
    """Write largest and root-mean-square error, relative."""
    difference = actual - expected
    largest = np.abs(difference).max() / np.abs(expected).max()
    rms = np.sqrt(np.mean(difference**2) / np.mean(expected**2))
    return f"{largest:.1e} | {rms:.1e}"


def layer_table(problem: Problem) -> list[str]:
    """Compare every convolution, forward and backward, both ways of computing it."""
    lines = [
        "| layer | forward, largest | rms | direct, largest | rms "
        "| backward, largest | rms | direct, largest | rms |",
        "|---|" + "---|" * 8,
    ]
    options = problem.recipe.network
    input_map = network_input_map(problem.recipe, problem.weights.normalization)
    network = Network(problem.layers, problem.weights, options, input_map)
    values = network.forward(problem.content, ())
    kinds = [Convolutions(problem.layers, problem.weights, options, exact=e) for e in (False, True)]
    rng, before = np.random.default_rng(0), INPUT
    for layer in problem.layers:
        if layer.kind == "conv":
            x, w = values[before].astype(np.float32), network.filters[layer.name]
            y = conv_forward(x.astype(float), w, network.biases[layer.name])
            grad = rng.normal(size=y.shape) * (y > 0)  # as behind a ReLU
            grad = grad.astype(np.float32)
            cells = [errors(convolve(kind.forward[layer.name], x), y) for kind in kinds]
            grad_x = conv_backward_input(grad.astype(float), w)
            cells += [errors(convolve(k.backward[layer.name], grad), grad_x) for k in kinds]
            lines.append(f"| {layer.name} | {' | '.join(cells)} |")
        before = layer.name if layer.kind != "conv" else before
    return lines


def variants(height: int, width: int) -> Iterator[tuple[str, Problem]]:
    """Make what no preset has: `gatys` with one thing changed, or masked."""
    changes: dict[str, dict[str, object]] = {
        f"statistic {name}": {"style.statistic": name}
        for name in get_args(Statistic)
        if name != "gram"
    }
    wasserstein = {"style.statistic": "wasserstein", "style.root_steps": 12}
    changes |= {
        "statistic wasserstein, 12 steps": wasserstein,
        "shift -1": {"style.shift": -1.0},
        "edge-padded": {"network.first_padding": "edge"},
    }
    gatys = preset_problem("gatys", height, width)
    for name, change in changes.items():
        yield name, replace(gatys, recipe=with_changes(gatys.recipe, change))
    ramp = np.linspace(0, 1, width) * np.ones((height, 1))
    for name, mask in (("hard", np.round(ramp)), ("soft", ramp)):
        for statistic in ("gram", "wasserstein"):
            recipe = with_changes(gatys.recipe, {"style.statistic": statistic})
            regions = Regions(painted=(mask,), shown=(None,), keep=1 - mask)
            yield f"{name} mask, {statistic}", replace(gatys, recipe=recipe, regions=regions)


def gradient_table(height: int, width: int) -> list[str]:
    """Compare the whole gradients of all presets."""
    lines = heading("preset")
    for preset in preset_names():
        problem = preset_problem(preset, height, width)
        lines += gradient_rows(preset, problem)
        if preset == "gatys":
            reference, x = ReferenceObjective(problem), noisy(problem)
            torch.set_num_threads(1)
            cells = errors(PyTorchObjective(problem)(x)[1], reference(x)[1])
            lines.append(f"| {preset} | PyTorch | {cells} | | | | |")
    return lines


def variant_table(height: int, width: int) -> list[str]:
    """Compare the whole gradients of what no preset has."""
    rows = (gradient_rows(name, problem) for name, problem in variants(height, width))
    return [*heading("`gatys` with"), *(line for pair in rows for line in pair)]


def heading(first: str) -> list[str]:
    columns = "largest | rms | other ReLUs | other maxima | held to them, largest | rms"
    return [f"| {first} | engine | {columns} |", "|---|---|" + "---|" * 6]


def gradient_rows(name: str, problem: Problem) -> list[str]:
    """Compare one problem's gradient, both ways of computing convolutions, at a noisy picture."""
    reference, x, lines = ReferenceObjective(problem), noisy(problem), []
    expected = reference(x)[1]
    for way, exact in (("Winograd", False), ("exact", True)):
        engine = CPUObjective(problem, threads=1, exact=exact)
        cells = errors(engine(x)[1], expected)
        lines.append(f"| {name} | {way} | {cells} | {held_cells(reference, engine, x)} |")
        print(lines[-1], flush=True)
    return lines


def noisy(problem: Problem) -> np.ndarray:
    """Move the start by some noise, so that no term is zero."""
    x = ReferenceObjective(problem).initial(seed=0)
    return x + 0.1 * (x.std() + 1e-3) * np.random.default_rng(0).normal(size=x.size)


def held_cells(reference: ReferenceObjective, engine: CPUObjective, x: np.ndarray) -> str:
    """Count the decisions that differ, and compare with the reference held to the engine's."""
    network, decisions = reference.network, engine.decisions(x)
    picture = x.reshape(*engine.problem.shape, 3)
    values = network.forward(picture, [layer.name for layer in network.layers])
    kinds = [layer[:4] for layer, *_ in differences(network, values, decisions)]
    reference.network = DecidedNetwork(network, decisions)
    held = reference(x)[1]
    reference.network = network
    return f"{kinds.count('relu')} | {kinds.count('pool')} | {errors(engine(x)[1], held)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=96)
    size = parser.parse_args().size
    height, width = size, size * 5 // 4 + 3
    layers = layer_table(preset_problem("gatys", height, width))
    gradients, others = gradient_table(height, width), variant_table(height, width)
    RESULTS.parent.mkdir(exist_ok=True)
    pictures = f"Pictures of {width} x {height} pixels, float32 against the reference in float64."
    lines = ["# Accuracy of the CPU engine", "", pictures, "", "Each convolution by itself:", ""]
    lines += [*layers, "", "Whole gradients:", "", *gradients, ""]
    lines += ["Whole gradients of what no preset has:", "", *others, ""]
    RESULTS.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
