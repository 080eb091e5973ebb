"""A short run of the fuzzer, always the same files; `docs/fuzz.md` has the long one."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[3] / "bench"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the fuzzer needs inotify")


@pytest.mark.slow
def test_a_short_run():
    pytest.importorskip("torch", reason="writes the .pth files")
    pytest.importorskip("safetensors", reason="writes the safetensors files")
    pytest.importorskip("google.protobuf", reason="writes Caffe's and ONNX' files")
    command = [sys.executable, BENCH / "fuzz_weights.py", "--count", "8"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("'program crashed': 0, 'other files opened': 0, 'code run': 0") == 17


WATCHED = """
import os, sys, h5py, pathlib
sys.path.insert(0, {bench!r})
from fuzz_harness import Watch, outcome
secrets = pathlib.Path({secrets!r})
with h5py.File(secrets / "secret.h5", "w"):
    pass
watch = Watch(secrets.iterdir())
watch.begin(secrets / "given")
h5py.File(secrets / "secret.h5").close()
open(os.devnull).close()
os.system("true")
assert watch.secrets_read() and not watch.secrets_read()
assert watch.opened == [os.devnull], watch.opened
assert watch.run == ["os.system"], watch.run
assert outcome(len, 3).startswith("crashed: TypeError")
"""


def test_the_fuzzer_sees_what_it_looks_for(tmp_path):
    code = WATCHED.format(bench=str(BENCH), secrets=str(tmp_path))
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
