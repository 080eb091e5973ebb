"""The child's side of `isolation`: calls one function, answers, sends arrays when asked.

Run as ``python -m backpaint.weights.isolated MODULE FUNCTION PATH MEMORY SECONDS``.
"""

import json
import math
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from .assemble import UnsuitableFileError, library_errors


def main() -> None:
    """Answer once, then send arrays by number until the parent closes the pipe."""
    module, name, path, memory, seconds = sys.argv[1:]
    channel = _claim_output()
    function = getattr(import_module(module), name)
    _limit(int(memory), float(seconds))
    try:
        with library_errors("it cannot be read"):
            values, arrays = function(Path(path))
    except UnsuitableFileError as error:
        _send_line(channel, {"refused": [error.found, error.expected]})
        return
    kinds = [(array.dtype.str, array.shape) for array in arrays]
    _send_line(channel, {"values": values, "arrays": kinds})
    waiting: dict[int, NDArray[Any]] = dict(enumerate(arrays))
    del arrays
    for request in sys.stdin.buffer:
        _send_array(channel, waiting.pop(int(request)))


def _claim_output() -> IO[bytes]:
    """Keep standard output for the answer; whatever a library prints goes nowhere."""
    channel = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return channel


def _limit(memory: int, seconds: float) -> None:
    """Bound address space and processor time, and forbid writing files and core dumps."""
    try:
        import resource
    except ImportError:  # Windows
        return
    wanted = {
        resource.RLIMIT_CPU: math.ceil(seconds),
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    if sys.platform == "linux":  # macOS would refuse a limit below what it already maps
        wanted[resource.RLIMIT_AS] = memory
    for which, limit in wanted.items():
        _, hard = resource.getrlimit(which)
        allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(which, (allowed, hard))


def _send_line(channel: IO[bytes], answer: dict[str, Any]) -> None:
    channel.write(json.dumps(answer).encode() + b"\n")
    channel.flush()


def _send_array(channel: IO[bytes], array: NDArray[Any]) -> None:
    """Send the bytes in C order; MATLAB's arrays are in Fortran order, and copied by slices."""
    for part in [array] if array.flags.c_contiguous else array:
        channel.write(np.ascontiguousarray(part).reshape(-1).view(np.uint8).data)
    channel.flush()


if __name__ == "__main__":
    main()
