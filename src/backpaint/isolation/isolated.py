"""The child's side of `isolation`: calls functions, answers, sends arrays when asked.

Started by `child.Child` with the arguments MODULE and MEMORY.  It imports no more than that
module does, so that a child for pictures, which need no NumPy, starts within a tenth of a second.
"""

import json
import math
import os
import signal
import sys
from importlib import import_module
from types import ModuleType
from typing import IO, Any


def main() -> None:
    """Answer calls until the parent closes the pipe."""
    name, memory = sys.argv[1:]
    channel = _claim_output()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this
    module = import_module(name)
    _limit(int(memory))
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
    _limit_processor_time(request["seconds"])
    try:
        values, arrays = getattr(module, request["call"])(*request["arguments"])
        views = [memoryview(array) for array in arrays]
        kinds = [(view.format, view.shape) for view in views]
        return json.dumps({"values": values, "arrays": kinds}), arrays
    except Exception as error:  # parsers meet damage with whatever they stumble over
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        is_large = isinstance(error, MemoryError)
        found = "it needs more memory than it may use" if is_large else "it is damaged or cut short"
        return json.dumps({"raised": f"{found} ({reason:.400})"}), []


def _claim_output() -> IO[bytes]:
    """Keep standard output for the answer; whatever a library prints goes nowhere."""
    channel = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return channel


def _limit(memory: int) -> None:
    """Bound the address space, and forbid writing files and core dumps."""
    try:
        import resource
    except ImportError:  # Windows
        return
    wanted = {resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0}
    if sys.platform == "linux":  # macOS would refuse a limit below what it already maps
        wanted[resource.RLIMIT_AS] = memory
    for which, limit in wanted.items():
        _, hard = resource.getrlimit(which)
        allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(which, (allowed, hard))


def _limit_processor_time(seconds: float) -> None:
    """Bound what a call uses, should the parent die before it can end this process."""
    try:
        import resource
    except ImportError:  # Windows
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = math.ceil(usage.ru_utime + usage.ru_stime + seconds)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))


def _send_line(channel: IO[bytes], line: str) -> None:
    channel.write(line.encode() + b"\n")
    channel.flush()


def _send_array(channel: IO[bytes], array: Any) -> None:
    """Send the bytes in C order; MATLAB's arrays are in Fortran order, and copied by slices."""
    view = memoryview(array)
    for part in [view] if view.c_contiguous else (slice_.copy() for slice_ in array):
        if view.nbytes > 0:
            channel.write(memoryview(part).cast("B"))
    channel.flush()
