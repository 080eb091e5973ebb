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


def run_beside_rungs(code: str) -> str:
    """Run Python where `rung.py` runs; return what it prints."""
    bench = SCRIPT.parent
    folders = os.pathsep.join(map(str, (bench.parent, bench, bench / "device_steps")))
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": f"{folders}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_rung_has_its_turn(tmp_path):
    result = visit(tmp_path, "rungs", RUNGS="exact:unheard_of relu")
    assert "relu right" in result.stdout, result.stdout + result.stderr
    assert "rungs that failed: exact:unheard_of\n" in result.stdout
    assert result.stdout.rstrip().endswith("the end")
    assert "relu right" in (tmp_path / "log.txt").read_text()
    assert "=== rung relu:" in (tmp_path / "all.txt").read_text()


@pytest.mark.parametrize(
    ("failed", "without", "untested"),
    [
        ("tf32:trials", "--without trials", "not a_whole_device"),
        ("fast:conv_sm90 tf32:trials", "--without conv_sm90", "not sm90 and not tf32"),
        ("relu", None, None),
    ],
)
def test_what_has_failed_is_left_out(tmp_path, failed, without, untested):
    program = tmp_path / "python"
    program.write_text('#!/bin/sh\ncase "$*" in *rung.py*) exit 1;; esac\n')
    program.chmod(0o755)
    rungs = f"{failed} ways:tf32"
    visit(tmp_path, "rungs", "tests", "measure", RUNGS=rungs, PYTHON=str(program))
    started = (tmp_path / "all.txt").read_text()
    assert started.count("--without") == (3 if without else 0)
    assert without is None or started.count(without) == 3
    assert ("not a_whole_device" in started) == ("trials" in failed)
    assert untested is None or untested in started


def test_a_rung_has_trials_or_usual_tiles():
    """So that a trial which hangs stops none of the usual tiles."""
    code = """
import compared, rung
from backpaint.gpu.convolution.tiles import TILES, TRIALS
rung._tile = lambda precision, tile, *_: done.append(tile) or True
for name, expected in ("trials", TRIALS["tf32"]), ("conv_sm90", TILES["tf32"][:4]):
    done = []
    rung.convolution("tf32", name, rung.SIZES[:1])
    assert set(done) == set(expected) and len(done) == 3 * len(expected), done
usual = dict(TILES)
compared.leave_out("trials")
assert TILES == usual and not any(TRIALS.values())
"""
    run_beside_rungs(code)


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
    loaded = run_beside_rungs("import rung, sys; print(*sys.modules)").split()
    assert "backpaint.gpu.operations.relu" in loaded
    needless = ("backpaint.weights", "backpaint.presets", "backpaint.compare", "tests.problems")
    assert not [name for name in loaded if name.startswith(needless)]
