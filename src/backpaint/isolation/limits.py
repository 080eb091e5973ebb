"""The limits of a child process."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of a child process.

    Attributes
    ----------
    memory : int
        Bytes of address space, Python and its libraries included (Linux only).
    seconds : float
        Of wall-clock time from a call until its last array was read.
    may_start : bool
        Whether it may start threads and other processes: some decoders of pictures do.
    """

    memory: int = 4 << 30
    seconds: float = 120.0
    may_start: bool = True
