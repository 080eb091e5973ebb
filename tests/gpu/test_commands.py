"""`backpaint check --emulate`, and the rehearsal of the benchmark."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from backpaint.cli import cli

BENCH = Path(__file__).parents[2] / "bench" / "gpu.py"


def test_check_runs_the_operations_of_the_gpu_emulated():
    command = ["check", "--engine", "gpu", "--emulate", "--operation", "relu", "--size", "3x5x8"]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 0, result.output
    row = next(line for line in result.output.splitlines() if line.startswith("relu"))
    assert row.split()[1] == "gpu"
    assert row.endswith("ok")


@pytest.mark.slow
def test_check_runs_a_preset_of_the_gpu_emulated():
    command = ["check", "--engine", "gpu", "--emulate", "--preset", "pytorch-tutorial"]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 0, result.output
    assert result.output.count("ok") == 2  # float64 and float32


def bench(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH), *map(str, arguments)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_the_benchmark_without_a_gpu_is_one_sentence(tmp_path):
    pytest.importorskip("torch", reason="the benchmark compares with PyTorch")
    if "cupy" in sys.modules:
        pytest.skip("this machine may have a GPU")
    result = bench("--output", tmp_path, "--parts", "ceilings")
    assert result.returncode == 2
    assert result.stderr.startswith("bench/gpu.py: the engine gpu ")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.slow
def test_the_whole_benchmark_is_rehearsed(tmp_path):
    pytest.importorskip("torch", reason="the benchmark compares with PyTorch")
    result = bench("--emulate", "--sizes", 16, "--output", tmp_path, "--precisions", "tf32,fast")
    assert result.returncode == 0, result.stdout + result.stderr
    results = json.loads((tmp_path / "gpu.json").read_text())
    assert results["machine"]["emulated"]
    assert all(row["passed"] for row in results["checks"].values())
    rows = results["speed"]["16"]["rows"]
    assert {"ours tf32", "ours fast", "PyTorch tf32 eager", "PyTorch fp32 eager"} <= rows.keys()
    assert all(row["cosine"] > 0.99 for name, row in rows.items() if "fp16" not in name)
    assert len(results["lbfgs"]) == 4
    page = (tmp_path / "gpu.md").read_text()
    assert "a rehearsal, whose times mean nothing" in page
    assert "| 16 ours tf32, on the device |" in page
