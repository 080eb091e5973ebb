"""A task about itself: where it runs, who met its errors, whether anybody still waits for it."""

import sys
from collections.abc import Callable
from typing import Any

NOTE = "met by the worker "
"""How the note begins that names an error's worker."""


def is_wanted() -> bool:
    """Whether whoever handed the running function in waits for its result; True without workers.

    Returns
    -------
    bool
        False where it was given up, or who waited has ended.  Only the thread that computes may
        ask: a worker of Dask cannot be interrupted, so long functions have to look.
    """
    if "distributed" not in sys.modules:  # a worker has imported it
        return True
    from distributed import get_worker

    try:
        worker = get_worker()
        task = worker.state.tasks.get(worker.get_current_task())
    except (ValueError, KeyError):  # this is no worker, or no thread of its
        return True
    return task is not None and task.state != "cancelled"


def worker_name() -> str | None:
    """Return the address of the worker that computes this; None where there is none."""
    if "distributed" not in sys.modules:
        return None
    from distributed import get_worker

    try:
        return str(get_worker().address)
    except ValueError:
        return None


def this_worker() -> str:
    """Name who computes this, for a sentence."""
    name = worker_name()
    return "this process" if name is None else f"the worker {name}"


def at_worker(function: Callable[..., Any], *arguments: Any) -> Any:
    """Compute a function; what it raises is noted with the worker that met it."""
    try:
        return function(*arguments)
    except Exception as error:
        error.add_note(f"{NOTE}{worker_name()}")
        raise


def worker_of(error: BaseException) -> str | None:
    """Return the worker that met an error, as `at_worker` has noted it.

    Examples
    --------
    >>> error = ZeroDivisionError("division by zero")
    >>> error.add_note("met by the worker tls://10.0.0.5:40001")
    >>> worker_of(error)
    'tls://10.0.0.5:40001'
    """
    notes = getattr(error, "__notes__", ())
    return next((note.removeprefix(NOTE) for note in notes if note.startswith(NOTE)), None)
