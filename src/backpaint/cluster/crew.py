"""The workers of a run: functions are handed in, and their results fetched."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import RunError
from .work import forget

Ticket = Any
"""Stands for a result; it may be an argument of another function, which gets the result.  Whoever
drops it gives the result up."""
DEATHS = 11
"""So many workers may die with a tile, which is hardly to blame: each does what all of them do."""


class WorkersKilled(RunError):
    """A function has ended its workers, as often as it may; others can be computed.

    Parameters
    ----------
    sentence : str
    deaths : int
        How many it has ended.
    worker : str, optional
        The last of them.
    """

    def __init__(self, sentence: str, deaths: int = 1, worker: str | None = None) -> None:
        super().__init__(sentence)
        self.deaths, self.worker = deaths, worker


class WorkerFull(RunError):
    """A function found too little memory at its worker; what helps, whoever asked for it knows.

    Parameters
    ----------
    sentence : str
    worker : str, optional
        Whose memory it was.
    """

    def __init__(self, sentence: str, worker: str | None = None) -> None:
        super().__init__(sentence)
        self.worker = worker


class Crew(ABC):
    """Workers that compute functions of this package.

    Functions are pure: what they return depends on their arguments alone, and a worker that dies is
    made up for by computing the same anew, elsewhere.  What a worker keeps between them saves work,
    and is never the only copy.

    Attributes
    ----------
    threads : int or None
        How many a worker should compute with; None: as many as it may.
    """

    threads: int | None = None

    @abstractmethod
    def submit(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        at: str | None = None,
        deaths: int = DEATHS,
    ) -> Ticket:
        """Have a function computed.

        Parameters
        ----------
        function : callable
            Of one of this package's modules.
        *arguments
            Values or tickets; where those of the latter are, the function is best computed.
        at : str, optional
            The `wanted.worker_name` of who computes it, unless that worker is gone.
        deaths : int
            How many workers of this machine it may end before it is given up; the last one that is
            handed in says it for all that run.  Of workers behind an address their scheduler knows.
        """

    @abstractmethod
    def result(self, ticket: Ticket) -> Any:
        """Wait for a result.

        Raises
        ------
        BackpaintError
            As the function, or RunError if no worker is left that could compute it, WorkersKilled
            if it ended too many, WorkerFull without advice if one had too little memory.
        Exception
            Of a library's, as the function; `wanted.worker_of` knows where.
        """

    @abstractmethod
    def ended(self, tickets: Sequence[Ticket], seconds: float) -> list[Ticket]:
        """Wait until one of some functions has ended, or so long; return all that have.

        Raises
        ------
        RunError
            If no worker is left.
        """

    @property
    def workers(self) -> Mapping[str | None, bool]:
        """Whether each worker that there is now has work, by its `wanted.worker_name`."""
        return {None: False}

    @property
    def is_gone(self) -> bool:
        """Whether it can compute nothing any more."""
        return False

    def close(self) -> None:
        """Send the workers away."""
        return None


class SerialCrew(Crew):
    """The process itself, which computes each function at once.

    Parameters
    ----------
    threads : int, optional
        How many it computes with.
    """

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads

    def close(self) -> None:
        """Forget what was kept between tasks."""
        forget()

    def submit(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        at: str | None = None,
        deaths: int = DEATHS,
    ) -> Ticket:
        """Compute a function; the ticket is its result."""
        return function(*arguments)

    def result(self, ticket: Ticket) -> Any:
        """Return a result."""
        return ticket

    def ended(self, tickets: Sequence[Ticket], seconds: float) -> list[Ticket]:
        """Return all: a ticket is a result."""
        return [*tickets]
