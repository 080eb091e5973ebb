"""How much scratch memory a whole network needs: as much as its greediest step."""

from collections.abc import Sequence

from .bands import gram_scratch
from .filters import Filters
from .stages import Stage
from .workspace import Scratch


def scratch_of(stages: Sequence[Stage], filters: Filters, *, backward: bool) -> Scratch:
    """Take the largest need of all steps.

    Parameters
    ----------
    stages : sequence of Stage
    filters : Filters
        Their convolutions.
    backward : bool
        Whether gradients are carried back.
    """
    total = Scratch()
    for stage in stages:
        total |= filters.forward[stage.conv].scratch(stage.size)
        for layer in stage.taps:
            total |= gram_scratch(stage, layer)
        if not backward:
            continue
        if stage.conv in filters.backward:
            total |= filters.backward[stage.conv].scratch(stage.size)
        else:
            total |= filters.picture_gradient.scratch(stage.size)
    return total
