"""Whether anybody still waits for what a worker computes."""

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
