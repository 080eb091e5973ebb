"""A limit of the address space (``ulimit -v``) in which libraries wait instead of failing."""

from .words import memory

LEAST = 1_000_000_000
"""Bytes.  With less, OpenBLAS asks for its threads' memory again and again, and for ever."""


def note_on_limit() -> str | None:
    """Return what to know of this process's limit; None where there is none, or it is high."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY or limit >= LEAST:
        return None
    return (
        f"note: this process may use {memory(limit)} of addresses (ulimit -v), in which OpenBLAS "
        f"may wait for ever; expected {memory(LEAST)} or no limit"
    )
