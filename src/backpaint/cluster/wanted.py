"""A task about itself: where it runs, and whether anybody still waits for it."""

import sys


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
