"""Restrictions of a child process before it reads a file: memory, time, files, privileges.

Soft and hard limits are the same, so that not even code in the child can lift them.
"""

import math
import sys
from contextlib import suppress

_OPEN_FILES = 32
PR_SET_NO_NEW_PRIVS = 38
"""Of Linux' prctl(2): a program that is started cannot gain privileges."""


def restrict(memory: int, seconds: float, may_start: bool) -> None:
    """Bound what this process can use, for good.

    Parameters
    ----------
    memory : int
        Bytes of address space (Linux only: macOS would refuse less than what it already maps).
    seconds : float
        Of processor time, from its start.
    may_start : bool
        Whether threads and other processes may be started.

    Notes
    -----
    Nothing is written, no core is dumped, and on Linux no program that it might start has more
    rights than itself.  Windows has no such limits.
    """
    _forbid_new_privileges()
    try:
        import resource
    except ImportError:  # Windows
        return
    wanted = {
        resource.RLIMIT_CPU: math.ceil(seconds),
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
    }
    if sys.platform == "linux":
        wanted[resource.RLIMIT_AS] = memory
    if not may_start:
        wanted[resource.RLIMIT_NPROC] = 0
    for which, limit in wanted.items():
        _, hard = resource.getrlimit(which)
        allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(which, (allowed, allowed))


def forbid_opening() -> None:
    """Let this process open no file, pipe or socket any more; what is open stays so.

    Notes
    -----
    The limit is hard, as the others are.  Windows has none.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _forbid_new_privileges() -> None:
    """Take rights from set-user-ID programs that this process might start."""
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):  # a C library without it
            ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, *map(ctypes.c_ulong, (1, 0, 0, 0)))
