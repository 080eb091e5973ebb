"""Places where two runs of one network choose differently, and how near to a tie they were.

A ReLU takes a feature or 0; a max pool after a ReLU the largest of four features or 0.  Rounding
may exchange the two best candidates where they are nearly equal, and nowhere else.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..reference.arrays import Floats
from ..reference.network import INPUT, Network, Values
from ..reference.windows import Edge, corners, whole_windows
from .decisions import Decisions

Place = tuple[int, int, int]
"""Row, column, channel."""


class Difference(NamedTuple):
    """One choice that two runs make differently; None stands for the ReLU's 0."""

    layer: str
    convolution: str
    """Between whose outputs the choice is."""
    leader: Place | None
    """The larger candidate in float64."""
    taken: Place | None
    """What the other run took."""

    def lead(self, outputs: Callable[[Place], Floats]) -> Floats:
        """Compute by how much the leader is ahead.

        Parameters
        ----------
        outputs : callable
            Gives the convolution's output at a place, or several readings of it.

        Returns
        -------
        ndarray of float64
            One number a reading; negative where a reading exchanges the two.
        """
        ahead, behind = (
            np.zeros(1) if place is None else np.asarray(outputs(place), np.float64)
            for place in (self.leader, self.taken)
        )
        return np.atleast_1d(ahead - behind)


def differences(network: Network, values: Values, decisions: Decisions) -> Iterator[Difference]:
    """Compare the choices of a network with those of another run.

    Parameters
    ----------
    network : Network
        Of the reference, in float64.
    values : dict of str to ndarray
        What its `forward` gave, with *all* layers tapped: choices are made between the outputs of
        convolutions.
    decisions : mapping of str to ndarray of bool
        Those of another engine at the same picture.

    Yields
    ------
    Difference
        Layer by layer; each window of a pool once.
    """
    names = [INPUT, *(layer.name for layer in network.layers)]
    kinds = [layer.kind for layer in network.layers] + ["end"]
    for index, layer in enumerate(network.layers):
        decided_by_pool = kinds[index + 1] == "pool" and network.options.pool == "max"
        if layer.name not in decisions or (layer.kind == "relu" and decided_by_pool):
            continue
        convolution = _convolution_before(names[: index + 1])
        y, taken = values[convolution], decisions[layer.name]
        if layer.kind == "relu":
            pairs = _compare_relu(y, taken)
        else:
            pairs = _compare_pool(y, taken, network.options.edge)
        for leader, other in pairs:
            yield Difference(layer.name, convolution, leader, other)


def _convolution_before(names: list[str]) -> str:
    return next(name for name in reversed(names) if name.startswith("conv"))


Pairs = Iterator[tuple[Place | None, Place | None]]


def _compare_relu(y: Floats, passes: NDArray[np.bool_]) -> Pairs:
    for row, column, channel in np.argwhere((y > 0) != passes):
        place = (int(row), int(column), int(channel))
        yield (None, place) if passes[place] else (place, None)


def _compare_pool(y: Floats, takes: NDArray[np.bool_], edge: Edge) -> Pairs:
    """Compare the ReLU and the max pool after it in one: four candidates, and 0 as the fifth."""
    candidates = [*corners(whole_windows(y, edge, -np.inf))]
    marks = [*corners(whole_windows(takes.astype(np.float64), edge, 0.0))]
    nothing = np.zeros_like(candidates[0])
    best = np.argmax([*candidates, nothing], axis=0)
    took = np.argmax([*marks, nothing + 0.5], axis=0)
    for row, column, channel in np.argwhere(best != took):
        window = [
            (2 * int(row) + i, 2 * int(column) + j, int(channel)) for i in (0, 1) for j in (0, 1)
        ]
        choices: list[Place | None] = [*window, None]
        yield choices[best[row, column, channel]], choices[took[row, column, channel]]
