"""The crews of this process: made when first asked for, and sent away with it."""

import atexit
from functools import cache

from .crew import Crew, SerialCrew


@cache
def crew_of(workers: int | str, threads: int | None) -> Crew:
    """Return the crew of some workers, the same for all who ask.

    Parameters
    ----------
    workers : int or str
        As `checked_workers` gives them.
    threads : int or None
        How many each of them computes with.

    Raises
    ------
    UsageError
        If there is no Dask, no such scheduler, or a worker that does not fit.
    """
    if workers == 0:
        crew: Crew = SerialCrew(threads)
    else:
        from .dask_crew import DaskCrew

        crew = DaskCrew(workers, threads)
    _open.append(crew)
    return crew


_open: list[Crew] = []


@atexit.register
def close_crews() -> None:
    """Send all workers away; objectives that they compute are of no use then."""
    crew_of.cache_clear()
    while _open:
        _open.pop().close()
