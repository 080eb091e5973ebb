"""The memory of a network whose first blocks run in bands.

With k blocks in bands and S stages after them, blocks 0 to k - 1 run forward in steps 0 to k - 1,
the stages after them in steps k to k + 2 S, as `maps.plan` counts them, and blocks k - 1 to 0 back
in the steps after.  Kept are what each banded block puts out, until the next one has read it, also
when that runs again on the way back; and the gradient there.  A band's maps have one place, which
all bands use in turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...engine.leases import Lease, place
from ...problem.recipe import NetworkOptions
from ...problem.stages import Stage
from ..convolution.tiles import framed_shape
from ..network.maps import INPUT, plan
from ..network.scratch import scratch_of
from ..threads.workspace import Scratch
from .cut import CutBlock


@dataclass(frozen=True)
class BandedPlan:
    """The memory of an evaluation: what is kept, and where to compute.

    Attributes
    ----------
    outputs : list of Lease
        Outputs of banded blocks, and gradients there.
    computing : list of Lease
        Memory of the bands, and maps of the stages that run in one piece.
    scratch : Scratch
        Of all.
    """

    outputs: list[Lease]
    computing: list[Lease]
    scratch: Scratch

    def nbytes(self, *, is_on_disk: bool = False) -> int:
        """Count the memory; without the outputs, if these are on a disk."""
        return place(self.computing if is_on_disk else self.computing + self.outputs)[1]

    @property
    def disk_bytes(self) -> int:
        """Count what the outputs take on a disk."""
        return place(self.outputs)[1]


def gradient_at(output: str) -> str:
    """Name the gradient at what a banded block puts out."""
    return f"gradient at {output}"


def band_name(number: int, *, backward: bool) -> str:
    """Name the memory of a block's bands."""
    return f"bands of block {number} {'back' if backward else 'forward'}"


def banded_plan(
    cut: Sequence[CutBlock], options: NetworkOptions, *, backward: bool, exact: bool
) -> BandedPlan:
    """List all memory of an evaluation.

    Parameters
    ----------
    cut : sequence of CutBlock
        All but the last in bands; the last too, if it has several.
    options : NetworkOptions
    backward : bool
        False: only features are wanted.
    exact : bool
        Whether all convolutions are direct.
    """
    banded, body = split(cut, backward=backward)
    count = len(banded)
    stages = () if body is None else body.stages(options, body.bands[0])
    last = count + 2 * len(stages)  # the step in which the body's gradient reaches its input
    outputs, computing, scratch = [], [], Scratch()
    for number, block in enumerate(banded):
        back = last + count - number
        for step, is_back in [(number, False), (back, True)][: 1 + backward]:
            nbytes, own = _band_needs(block, options, backward=is_back, exact=exact)
            name = band_name(number, backward=is_back)
            computing.append(Lease(name, (nbytes,), step, step, np.uint8))
            scratch |= own
        if number + 1 < count or body is not None:
            shape = framed_shape(*block.pooled, block.channels_out)
            until = back - 1 if backward and number + 1 < count else number + 1
            outputs.append(Lease(block.output, shape, number, until))
            if backward:
                outputs.append(Lease(gradient_at(block.output), shape, back - 1, back))
    computing += _of_body(stages, options, count, backward=backward, exact=exact)
    scratch |= scratch_of(stages, backward=backward, exact=exact)
    return BandedPlan(outputs, computing, scratch)


def split(cut: Sequence[CutBlock], *, backward: bool) -> tuple[Sequence[CutBlock], CutBlock | None]:
    """Separate blocks in bands from the last one, which is whole where a gradient comes back."""
    return (cut[:-1], cut[-1]) if backward else (cut, None)


def _band_needs(
    block: CutBlock, options: NetworkOptions, *, backward: bool, exact: bool
) -> tuple[int, Scratch]:
    """Take the largest need of a block's bands."""
    largest, scratch = 0, Scratch()
    for height in {band.bottom - band.top for band in block.bands}:
        stages = block.stages(options, replace(block.bands[0], top=0, bottom=height))
        leases = plan(stages, options, backward=backward, exact=exact)
        largest = max(largest, place(leases)[1])
        scratch |= scratch_of(stages, backward=backward, exact=exact)
    return largest, scratch


def _of_body(
    stages: Sequence[Stage], options: NetworkOptions, count: int, *, backward: bool, exact: bool
) -> list[Lease]:
    """Move the body's steps behind the bands'; its input is what the last of them put out."""
    if not stages:
        return []
    leases = plan(stages, options, backward=backward, exact=exact)
    return [
        replace(lease, first=lease.first + count, last=lease.last + count)
        for lease in leases
        if lease.name != INPUT
    ]
