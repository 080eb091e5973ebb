"""A convolution that the network wants, and the ways in which our own kernels can compute it.

`launch_conv` takes the way that a rule names; `tuner.py` takes the one that the clock names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from ..device.device import Array
from .filters import Filters, Precision
from .launch import launch_conv
from .tiles import Tile, choose_tile, possible_tiles, possible_trials

STEPS = ("bias", "add", "relu", "positive", "mask")
"""Arguments of `launch_conv` that say what is done to a sum before it is stored."""


class Convolve(Protocol):
    """A function of `launch_conv`'s arguments that computes the same."""

    def __call__(
        self,
        x: Array,
        filters: Filters,
        out: Array,
        *,
        bias: Array | None = None,
        add: Array | None = None,
        relu: bool = False,
        positive: Array | None = None,
        mask: Array | None = None,
        scale: float = 1.0,
        input_scale: float = 1.0,
    ) -> None:
        """See `launch_conv`."""


@dataclass(frozen=True)
class ConvTask:
    """The properties of a convolution that its speed depends on.

    Attributes
    ----------
    precision : Precision
    dtype : str
        Of the filters; float64 where everything is.
    height, width, channels_in, channels_out : int
    steps : tuple of str
        Those of `STEPS` that are asked for.
    """

    precision: Precision
    dtype: str
    height: int
    width: int
    channels_in: int
    channels_out: int
    steps: tuple[str, ...]

    def __str__(self) -> str:
        size = f"{self.height}x{self.width} {self.channels_in}->{self.channels_out}"
        return " ".join((self.precision, self.dtype, size, *self.steps))


class WayRefused(Exception):
    """A device, or a library, cannot compute a task in some way after all."""


class Way(Protocol):
    """A way to compute one task."""

    @property
    def label(self) -> str:
        """Name it among the ways to compute the same task."""

    @property
    def workspace_bytes(self) -> int:
        """Device memory that it needs while it runs.

        Raises
        ------
        WayRefused
            If it cannot be taken.
        """

    def __call__(
        self, x: Array, filters: Filters, out: Array, *, workspace: Array, **steps: Any
    ) -> None:
        """Launch it; `steps` are the other arguments of `launch_conv`."""


@dataclass(frozen=True)
class OwnWay:
    """One of our kernels, in one size of tile."""

    tile: Tile
    workspace_bytes: ClassVar[int] = 0

    @property
    def label(self) -> str:
        """See `Tile.label`."""
        return self.tile.label

    def __call__(
        self, x: Array, filters: Filters, out: Array, *, workspace: Array, **steps: Any
    ) -> None:
        """Launch it."""
        launch_conv(x, filters, out, tile=self.tile, **steps)


def task_of(x: Array, filters: Filters, steps: Mapping[str, Any]) -> ConvTask:
    """Describe a call of `launch_conv` by its arguments."""
    height, width = x.shape[:2]
    asked = (name for name in STEPS if steps.get(name) is not None and steps[name] is not False)
    return ConvTask(
        filters.precision,
        str(filters.values.dtype),
        height,
        width,
        filters.channels_in,
        filters.channels_out,
        tuple(asked),
    )


def ruled_way(task: ConvTask) -> OwnWay:
    """Return the way that `launch_conv` takes by itself."""
    return OwnWay(choose_tile(task.precision, task.height, task.width, task.channels_out))


def own_ways(task: ConvTask, filters: Filters) -> Iterator[OwnWay]:
    """List our kernels that this device can compute a task with, in every size of tile."""
    yield from map(OwnWay, possible_tiles(task.precision, task.channels_out))
    yield from map(OwnWay, possible_trials(task.precision, task.channels_out))
