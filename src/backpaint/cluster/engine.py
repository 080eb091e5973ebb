"""The engine of tiles, as an engine that can be chosen."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from ..cpu.bands.tile import Tile, more_work, tiles_of
from ..cpu.memory import home_bytes, tile_bytes
from ..engine.engine import DTypeName, Engine
from ..engine.free_memory import Size
from ..engine.optimizer_memory import host_optimizer_bytes
from ..errors import UsageError, whole_number
from ..problem.problem import Problem
from ..words import counted
from .address import checked_workers
from .crews import crew_of
from .objective import TilesObjective, require_tiles

ROWS = 512
"""Of a tile, where nobody says."""


@dataclass(frozen=True)
class Tiles(Engine):
    """The engine `tiles`: one picture in rows that several processes or machines compute.

    Parameters
    ----------
    workers : int or str
        How many processes of this machine, 0 for this one alone; or the address of a scheduler of
        Dask, ``"tls://HOST:8786"``.  The result does not depend on it, nor do settings tell.
    tile : int
        Rows of a tile, at most.  The result depends on it by rounding.
    threads : int, optional
        How many each worker computes with, and this process; absent: its part of the processors.
    exact : bool
        Direct products instead of Winograd's: slower, and closer to float64.

    Raises
    ------
    UsageError
        If one of these has another value, or workers are where others may come in.

    Examples
    --------
    >>> Tiles(workers=2).settings()["engine_options"]
    {'tile': 512, 'threads': None, 'exact': False}
    """

    name: ClassVar[str] = "tiles"
    workers: int | str = 0
    tile: int = ROWS
    threads: int | None = None
    exact: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "workers", checked_workers(self.workers))
        object.__setattr__(self, "tile", whole_number("tile", self.tile, least=16))
        if self.threads is not None:
            object.__setattr__(self, "threads", whole_number("threads", self.threads, least=1))
        if not isinstance(self.exact, bool | np.bool_):
            raise UsageError(f"exact is {self.exact!r}; expected True or False")
        object.__setattr__(self, "exact", bool(self.exact))

    @classmethod
    def for_check(cls, dtype: DTypeName) -> Self | None:
        """Choose the options with which `backpaint check` judges a precision."""
        return cls() if dtype == "float32" else None

    @property
    def dtype(self) -> DTypeName:
        """The precision of the network."""
        return "float32"

    def require_usable(self) -> None:
        """Raise UsageError if there are to be workers, and no Dask."""
        if self.workers != 0:
            from .dask_crew import require_dask

            require_dask()

    def surroundings(self) -> dict[str, str]:
        """Return nothing: BLAS has one thread, however many threads call it."""
        return {}

    def settled(self, problem: Problem) -> "Tiles":
        """Refuse what is no sum over rows; see `Engine.settled`."""
        require_tiles(problem)
        return self

    def describe(self) -> str:
        """Describe how the engine computes."""
        there = self.workers
        who = counted(there, "worker") if isinstance(there, int) and there else there
        return f"{self.dtype}, {who or 'this process'}"

    def remarks(self, problem: Problem) -> tuple[str, ...]:
        """Describe the tiles; see `Engine.remarks`."""
        tiles = self._tiles(problem)
        extra = more_work(tiles, problem.shape[0])
        told = f"tiles: {len(tiles)} of at most {self.tile} rows, about {extra:.0%} more work"
        if isinstance(self.workers, int) and len(tiles) < self.workers:
            idle = self.workers - len(tiles)
            return (
                told,
                f"note: {counted(idle, 'worker')} will have nothing to do; there are more tiles "
                f"with --tile {max(16, problem.shape[0] // self.workers // 16 * 16)}",
            )
        return (told,)

    def estimate_bytes(self, problem: Problem, shape: Size | None = None) -> int:
        """Estimate the memory that this machine needs; see `Engine.estimate_bytes`.

        With workers that are elsewhere, that of the optimizer and of the pictures alone.
        """
        shape = problem.shape if shape is None else shape
        tiles = self._tiles(problem, shape)
        here = min(max(self.workers, 1), len(tiles)) if isinstance(self.workers, int) else 0
        largest = max(tile.size[0] for tile in tiles), shape[1]
        each = tile_bytes(problem, largest, threads=self.threads, exact=self.exact)
        home = home_bytes(problem, shape, threads=self.threads, exact=self.exact)
        return here * each + home + host_optimizer_bytes(problem.recipe.optimizer, shape)

    def new_objective(self, problem: Problem) -> TilesObjective:
        """Build the objective of a problem."""
        return TilesObjective(
            problem,
            crew_of(self.workers, self.threads),
            rows=self.tile,
            exact=self.exact,
            neighbors=max(self.workers, 1) if isinstance(self.workers, int) else 1,
            threads=self.threads,
        )

    def settings(self) -> dict[str, Any]:
        """Collect what a picture's settings say of the engine: not who computed."""
        settings = super().settings()
        del settings["engine_options"]["workers"]
        return settings

    def _tiles(self, problem: Problem, shape: Size | None = None) -> list[Tile]:
        shape = problem.shape if shape is None else shape
        options = problem.recipe.network
        return tiles_of(problem.layers, options, shape, problem.taps, self.tile)
