"""Reads a file in a fork of the fuzzer, which dies in the place of the program's child process."""

import os
import resource
import signal

from fuzz_harness import LONGEST, Attempt, outcome

WHOLE_EVERY = 200
"""Of so many files, one also goes through the whole program."""


def attempt_in_fork(read, load, path, number, always=lambda number: False):
    """Read a file in a fork, and what crashes that, and some more, with all of the program.

    Parameters
    ----------
    read : callable
        What the program does in a child process, with a path.
    load : callable
        What the program does with it.
    path : Path
    number : int
    always : callable
        Whether the file of some number goes through the whole program in any case.
    """
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = os.fork()
    if child == 0:
        signal.alarm(LONGEST // 3)  # before the worker's
        try:
            read(path)
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status, usage = os.wait4(child, 0)
    memory = max(usage.ru_maxrss - before, 0)
    crashed = os.WIFSIGNALED(status)
    signal.alarm(LONGEST)
    if crashed or number % WHOLE_EVERY == 0 or always(number):
        return Attempt(outcome(load, path), crashed, memory=memory)
    return Attempt("refused" if status else "loaded", crashed, memory=memory)
