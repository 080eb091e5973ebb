"""The parent's side: start a competitor's process, tell it what to do, end it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Self

from ..subject.competitors import Competitor
from ..subject.scene import Size

WORKER = ("-m", f"{__package__}.worker")
PAUSE = 0.2
"""Seconds before each order, in which the other processes' threads fall asleep."""
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NPROC",  # XLA's
)


class ChildError(Exception):
    """A failure in a child, in a few words."""


class Child:
    """A competitor in its own process; it starts at once.

    Parameters
    ----------
    competitor : Competitor or None
        None: the judge, the reference in float64.
    preset : str
    size : (int, int)
        Height and width.
    threads : int
    program : sequence of str
        What Python runs; it calls `worker.serve`.

    Raises
    ------
    ChildError
        If no process can be started.
    """

    def __init__(
        self,
        competitor: Competitor | None,
        preset: str,
        size: Size,
        threads: int,
        program: Sequence[str] = WORKER,
    ) -> None:
        name = "judge" if competitor is None else competitor.name
        asked = {"name": name, "preset": preset, "size": size, "threads": threads}
        asked |= {"parent": os.getpid()}
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", *program, json.dumps(asked)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=os.environ | environment(competitor, threads),
                start_new_session=True,  # Ctrl-C is for the parent alone
            )
        except OSError as error:
            raise ChildError(f"its process cannot be started ({error.strerror})") from error

    def ask(self, order: str, **details: Any) -> dict[str, Any]:
        """Send an order and wait for its answer.

        Raises
        ------
        ChildError
            If the order fails, or the process ends.
        """
        time.sleep(PAUSE)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"order": order} | details) + "\n")
            self._process.stdin.flush()
        except OSError:
            raise ChildError(self._end()) from None
        line = self._process.stdout.readline()
        if not line:
            raise ChildError(self._end())
        answer: Any = json.loads(line)
        if isinstance(answer, dict) and "error" in answer:
            raise ChildError(answer["error"])
        return answer  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:  # the process is gone, and with it what was not yet sent
                continue
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _end(self) -> str:
        code = self._process.wait()
        if code == -9:
            return "its process was killed, as the system does where memory runs out"
        return f"its process ended with code {code}"


def environment(competitor: Competitor | None, threads: int) -> Mapping[str, str]:
    """Return the variables that hold a process to its threads, and to its own GPU if it has one."""
    variables = dict.fromkeys(THREAD_VARIABLES, str(threads))
    if competitor is None or competitor.device == "cpu":
        variables |= {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
    return variables
