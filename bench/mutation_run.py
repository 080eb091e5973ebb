"""Pytest in a copy of the repository, run by a fork that has imported the libraries already.

Importing them anew for every mutant took longer than most of the tests that kill one.  Used by
`mutation_sample.py`.
"""

import os
import signal
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import NoReturn

LIBRARIES = ("numpy", "scipy.optimize", "h5py", "PIL.Image", "msgspec", "click", "pytest", "torch")
BENCH = str(Path(__file__).parent)
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",  # also what makes a fork safe: there is one thread
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTHONDONTWRITEBYTECODE": "",  # what is not mutated is compiled once in the copy
}
POLL = 0.05
KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class Run:
    """How a run of pytest ended."""

    status: int
    """Its exit status; below 0, the signal that ended it."""
    output: str
    is_late: bool


def import_libraries() -> None:
    """Import what tests and package stand on; nothing of the package itself."""
    os.environ |= ENVIRONMENT
    for name in LIBRARIES:
        with suppress(ImportError):
            import_module(name)


def run_pytest(arguments: list[str], copy: Path, limit: float, plugin: object = None) -> Run:
    """Run pytest in a copy of the repository, for so many seconds at most."""
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        child = os.fork()
        if child == 0:
            _be_pytest(arguments, copy, said.fileno(), plugin)
        status, is_late = _wait(child, time.monotonic() + limit)
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what the tests have left behind
        said.seek(0)
        output = said.read()
    return Run(status, output, is_late or "Timeout (" in output)


def _be_pytest(arguments: list[str], copy: Path, output: int, plugin: object) -> NoReturn:
    """Become a pytest that was started in the copy."""
    status = 3
    try:
        os.setsid()
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(copy)
        os.environ["PYTHONPATH"] = str(copy / "src")  # of what tests start
        sys.path = [str(copy), str(copy / "src"), *(path for path in sys.path if path != BENCH)]
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").startswith(BENCH):
                del sys.modules[name]
        import pytest

        status = int(pytest.main(arguments, [plugin] if plugin else None))
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)


def _wait(child: int, end: float) -> tuple[int, bool]:
    """Wait for a child; whether it had to be killed."""
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status), False
        if time.monotonic() > end:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return KILLED, True
        time.sleep(POLL)
