"""`bench/device_run.sh` as far as it goes without a GPU: nothing stops what comes after it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "bench" / "device_run.sh"


def visit(folder: Path, *groups: str, **settings: str) -> subprocess.CompletedProcess[str]:
    given = {"REHEARSE": "1", "PYTHON": sys.executable, "OUT": str(folder), **settings}
    command = ["bash", str(SCRIPT), *groups]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | given, timeout=120
    )


def test_each_rung_has_its_turn(tmp_path):
    result = visit(tmp_path, "rungs", RUNGS="exact:unheard_of relu")
    assert "relu right" in result.stdout, result.stdout + result.stderr
    assert "rungs that failed: exact:unheard_of\n" in result.stdout
    assert result.stdout.rstrip().endswith("the end")
    assert "relu right" in (tmp_path / "log.txt").read_text()
    assert "=== rung relu:" in (tmp_path / "all.txt").read_text()


@pytest.mark.slow
def test_what_hangs_is_ended(tmp_path):
    result = visit(
        tmp_path, "look", "rungs", RUNGS="relu", TOTAL="9", PATH=_with_a_slow_smi(tmp_path)
    )
    assert "smi: ended with 124" in result.stdout, result.stdout + result.stderr
    assert "versions: no time left" in result.stdout
    assert "rungs that failed: relu" in result.stdout


def _with_a_slow_smi(folder: Path) -> str:
    """Make an nvidia-smi that hears no Ctrl-C, and put it first."""
    program = folder / "nvidia-smi"
    program.write_text("#!/bin/sh\nsleep 60\n")
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_an_unknown_group_is_named(tmp_path):
    result = visit(tmp_path, "proofs")
    assert result.returncode == 2
    assert "there is no group proofs; choose of look compile rungs" in result.stderr


def test_the_first_rung_needs_neither_scene_nor_weights():
    """What proves one kernel must not fail by what it does not need."""
    bench = SCRIPT.parent
    code = "import rung, sys; print(*sys.modules)"
    folders = os.pathsep.join(map(str, (bench.parent, bench, bench / "device_steps")))
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": f"{folders}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
    )
    loaded = done.stdout.split()
    assert "backpaint.gpu.operations.relu" in loaded
    needless = ("backpaint.weights", "backpaint.presets", "backpaint.compare", "tests.problems")
    assert not [name for name in loaded if name.startswith(needless)]
