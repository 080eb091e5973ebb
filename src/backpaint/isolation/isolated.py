"""The child's side of `isolation`: calls functions, answers, sends arrays when asked.

Started by `child.Child` with the arguments MODULE and LIMITS.  It imports no more than that
module does, so that a child for pictures, which need no NumPy, starts within a tenth of a second.
"""

import json
import os
import signal
import sys
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import IO, Any

from .restrict import restrict
from .returned import Refusal, StreamedArray, reason_of


def main() -> None:
    """Answer calls until the parent closes the pipe."""
    name, limits = sys.argv[1:]
    channel = _claim_output()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this
    module = import_module(name)
    restrict(**json.loads(limits))
    _send_line(channel, "ready")
    waiting: list[Any] = []
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if "send" in request:
            _send_array(channel, waiting[request["send"]])
            waiting[request["send"]] = None
        else:
            waiting.clear()
            answer, waiting = _call(module, request)
            _send_line(channel, answer)


def _call(module: ModuleType, request: dict[str, Any]) -> tuple[str, list[Any]]:
    """Return the answer to a call, and the arrays that it announces."""
    try:
        values, arrays = getattr(module, request["call"])(*request["arguments"])
        views = [a if isinstance(a, StreamedArray) else memoryview(a) for a in arrays]
        kinds = [(view.format, view.shape) for view in views]
        return json.dumps({"values": values, "arrays": kinds}), arrays
    except Exception as error:  # parsers meet damage with whatever they stumble over
        return _failure(error), []


def _failure(error: Exception) -> str:
    if isinstance(error, Refusal):
        return json.dumps({"refused": [error.found, error.expected]})
    is_large = isinstance(error, MemoryError)
    found = "it needs more memory than it may use" if is_large else "it is damaged or cut short"
    return json.dumps({"raised": f"{found} ({reason_of(error):.400})"})


def _claim_output() -> IO[bytes]:
    """Keep standard output for the answer; whatever a library prints goes nowhere."""
    channel = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return channel


def _send_line(channel: IO[bytes], line: str) -> None:
    channel.write(line.encode() + b"\n")
    channel.flush()


def _send_array(channel: IO[bytes], array: Any) -> None:
    """Send the bytes part by part, each after a line that tells its length, or what went wrong."""
    try:
        for part in _parts(array):
            _send_line(channel, json.dumps({"bytes": part.nbytes}))
            channel.write(part)
        channel.flush()
    except Exception as error:
        _send_line(channel, _failure(error))


def _parts(array: Any) -> Iterator[memoryview]:
    """Yield the bytes in C order; MATLAB's arrays are in Fortran order, and copied by slices."""
    for part in array.parts() if isinstance(array, StreamedArray) else [array]:
        is_whole = memoryview(part).c_contiguous
        for slice_ in [part] if is_whole else (slice_.copy() for slice_ in part):
            view = memoryview(slice_)
            if view.nbytes > 0:
                yield view.cast("B")
