"""The arrays that an evaluation needs whose first stages run in bands.

The stages up to the first pool, the block, have arrays for one band, in memory that all bands use
in turn: forward in the step of the block's last stage, and in that stage's step on the way back,
where a band runs forward again.  Only the output of the pool exists as a whole, and its gradient.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...engine.bands import Band
from ...engine.leases import Lease, place
from ...problem.problem import Problem
from ...problem.recipe import NetworkOptions
from ...problem.stages import Size, Stage, stages_of
from .bands import Cut, cut_of
from .plan import gradient_name, normalized_layers, plan, stage_leases

BANDS_FORWARD, BANDS_BACKWARD = "bands forward", "bands backward"
"""The memory of a band's arrays."""


def painted_plan(
    problem: Problem,
    shape: Size,
    *,
    stored: np.dtype[np.floating],
    real: np.dtype[np.floating],
) -> list[Lease]:
    """List the arrays of an evaluation of the painted picture, in bands if it is cut.

    Parameters
    ----------
    problem : Problem
    shape : (int, int)
        Height and width of the picture.
    stored, real : dtype
        See `plan.plan`.
    """
    options, cut = problem.recipe.network, cut_of(problem, shape)
    stages = stages_of(problem.layers, options, shape, problem.taps)
    if cut.block:
        return _banded_plan(problem, stages, cut, stored=stored, real=real)
    scratch = normalized_layers(problem)
    return plan(stages, options, stored=stored, real=real, backward=True, scratch=scratch)


def without_block(stages: Sequence[Stage], cut: Cut) -> tuple[Stage, ...]:
    """Return all stages, whose taps inside the block are looked at elsewhere."""
    return tuple(replace(stage, taps=stage.taps - cut.layers) for stage in stages)


def band_stages(problem: Problem, cut: Cut, band: Band, width: int) -> tuple[Stage, ...]:
    """Return the block's stages as those of a picture that is no higher than a band."""
    convolutions = [i for i, layer in enumerate(problem.layers) if layer.kind == "conv"]
    layers = problem.layers[: convolutions[cut.block]]
    shape, taps = (band.bottom - band.top, width), cut.layers & set(problem.taps)
    return stages_of(layers, problem.recipe.network, shape, taps)


def _banded_plan(
    problem: Problem,
    stages: Sequence[Stage],
    cut: Cut,
    *,
    stored: np.dtype[np.floating],
    real: np.dtype[np.floating],
) -> list[Lease]:
    options, count, last = problem.recipe.network, len(stages), stages[cut.block - 1]
    kept = {last.output, gradient_name(last.output)}
    leases = [
        lease
        for stage in without_block(stages, cut)[last.number :]
        for lease in stage_leases(stage, count, options, stored)
        if stage.number > last.number or lease.name in kept
    ]
    now, back = last.number, 2 * count - 1 - last.number
    for name, step in ((BANDS_FORWARD, now), (BANDS_BACKWARD, back)):
        nbytes = max(
            _band_bytes(of_band, options, stored, real, backward=step == back)
            for of_band in (band_stages(problem, cut, band, last.size[1]) for band in cut.bands)
        )
        leases.append(Lease(name, (nbytes,), step, step, np.uint8))
    return leases


def _band_bytes(
    stages: Sequence[Stage],
    options: NetworkOptions,
    stored: np.dtype[np.floating],
    real: np.dtype[np.floating],
    *,
    backward: bool,
) -> int:
    _, nbytes = place(plan(stages, options, stored=stored, real=real, backward=backward))
    return nbytes
