"""A short run of the fuzzer, always the same files; `docs/fuzz.md` has the long one."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the fuzzer needs inotify")


def test_a_short_run():
    command = [sys.executable, BENCH / "fuzz_checkpoints.py", "--count", "10"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("'program crashed': 0, 'other files opened': 0, 'code run': 0") == 10
