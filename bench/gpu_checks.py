"""Is the GPU right? Operations, every tile of every convolution, every preset."""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from gpu_part import Results, attempted, our_settings, ours, told

from backpaint.check import Plan, Result
from backpaint.check.presets import preset_problem
from backpaint.gpu import GPUObjective
from backpaint.gpu.convolution.convolution import ConvTask, Way, WayRefused, own_ways, task_of
from backpaint.gpu.convolution.cudnn import cudnn_ways, open_cudnn
from backpaint.gpu.convolution.filters import Filters, Precision, prepare_filters
from backpaint.gpu.convolution.launch import launch_conv
from backpaint.gpu.convolution.tiles import TRIALS
from backpaint.gpu.device import device
from backpaint.gpu.terms.refused import refusal
from backpaint.presets import load_preset, preset_names, with_changes
from backpaint.problem.pixels import to_variable
from backpaint.problem.problem import Problem
from backpaint.reference.objective import ReferenceObjective

COSINE = 0.99
CONVOLUTIONS: dict[Precision, float] = {"exact": 2e-6, "split": 4e-6, "tf32": 1e-3, "fast": 2e-3}
"""Tolerances by precision, as a share of the greatest value."""


def checks(options: argparse.Namespace) -> Results:
    """Compare operations, and presets in every precision, with the reference, at fresh pictures."""
    yield from check_operations()
    yield from check_convolutions(options)
    seed = (
        int(np.random.SeedSequence().generate_state(1)[0]) if options.seed is None else options.seed
    )
    for name, problem in problems(options):
        pixels = np.random.default_rng(seed).uniform(0, 255, (*problem.shape, 3))
        x = to_variable(pixels, problem.recipe.variable)
        expected = ReferenceObjective(problem).evaluate(x).gradient
        check = partial(check_preset, problem, x, expected, seed)
        yield f"preset {name} float64", attempted(partial(check, dtype=np.float64))
        for precision, tune in our_settings(options):
            row = attempted(partial(check, precision=precision, tune=tune))
            yield f"preset {name} {ours(precision, tune)}", row


def problems(options: argparse.Namespace) -> Iterator[tuple[str, Problem]]:
    """List presets that have kernels, and one of them with what no preset has."""
    for name in () if options.emulate else preset_names():
        if refusal(load_preset(name)) is None:
            yield name, preset_problem(name)
    changes, plain = {"network.first_padding": "edge"}, preset_problem("pytorch-tutorial")
    recipe = with_changes(plain.recipe, changes)
    yield "pytorch-tutorial, edge repeated,", replace(plain, recipe=recipe)


def check_operations() -> Results:
    """Compare every operation with the reference."""
    for subject, proof in Plan(engines=["gpu"], dtypes=["float32"], presets=[]).proofs():

        def check(proof: Callable[[], Result] = proof) -> dict[str, Any]:
            found = proof()
            return {"passed": found.passed, "error": found.error, "tolerance": found.tolerance}

        yield f"operation {subject}", attempted(check)


def check_convolutions(options: argparse.Namespace) -> Results:
    """Compare every way of every precision with float64, on a map that no tile divides."""
    rng = np.random.default_rng(options.seed)
    height, width, channels, filters = (5, 19, 64, 64) if options.emulate else (61, 83, 128, 256)
    x = rng.standard_normal((height, width, channels)).astype(np.float32).astype(np.float64)
    w = (rng.standard_normal((3, 3, channels, filters)) / 20).astype(np.float32).astype(np.float64)
    xp = device.xp()
    exact = xp.empty((height, width, filters), np.float64)
    launch_conv(xp.asarray(x), prepare_filters(xp.asarray(w), "exact"), exact)
    expected = device.to_host(exact)
    for precision, tolerance in CONVOLUTIONS.items():
        stored = np.float16 if precision == "fast" else np.float32
        prepared = prepare_filters(w.astype(np.float32), precision)
        sent = xp.asarray(x.astype(stored))
        for way in ways_to_check(task_of(sent, prepared, {}), prepared, options):
            check = partial(check_way, way, sent, prepared, expected, tolerance)
            yield f"convolution {precision} {way.label}", attempted(check)


def ways_to_check(task: ConvTask, filters: Filters, options: argparse.Namespace) -> Iterator[Way]:
    """List our tiles and, if it is measured too, the plans of cuDNN."""
    for way in own_ways(task, filters):
        if not (options.emulate and way.tile in TRIALS[task.precision]):  # g++ takes long for each
            yield way
    if "cudnn" in options.tune:
        open_cudnn()
        yield from cudnn_ways(task, filters)


def check_way(
    way: Way, x: Any, filters: Filters, expected: np.ndarray, tolerance: float
) -> dict[str, Any]:
    try:
        workspace = device.xp().empty(way.workspace_bytes, np.uint8)
    except WayRefused as error:
        return {"passed": True, "refused": told(error)}
    out = device.xp().zeros(expected.shape, x.dtype)
    out.view(np.uint8).fill(0xFF)  # NaN, so that what is not written is seen
    way(x, filters, out, workspace=workspace)
    found = device.to_host(out).astype(np.float64)
    error = float(np.abs(found - expected).max() / np.abs(expected).max())
    return {"passed": error <= tolerance, "error": error, "tolerance": tolerance}


def check_preset(
    problem: Any, x: np.ndarray, expected: np.ndarray, seed: int, **settings: Any
) -> dict[str, Any]:
    """Evaluate launch by launch and by the graph, twice; compare bits, then with the reference."""
    objective = GPUObjective(problem, **settings)
    found = [objective.evaluate(x).gradient for _ in range(3)]
    same = all(np.array_equal(found[0], again) for again in found[1:])
    error = float(np.abs(found[0] - expected).max() / np.abs(expected).max())
    cosine = float(
        (found[0] * expected).sum() / np.linalg.norm(found[0]) / np.linalg.norm(expected)
    )
    bound = {"exact": 1e-4, None: 1e-10}.get(settings.get("precision"), np.inf)
    return {
        "passed": bool(same and error <= bound and cosine > COSINE),
        "same_bits": same,
        "error": error,
        "cosine": cosine,
        "seed": seed,
    }
