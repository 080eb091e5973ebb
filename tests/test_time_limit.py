"""A test that hangs is ended, and one reads where."""

import subprocess
import sys
import tomllib
from pathlib import Path

SETTINGS = Path(__file__).resolve().parents[1] / "pyproject.toml"
HANGS = """
import threading

def test_that_hangs():
    threading.Event().wait()
"""


def test_a_test_that_hangs_is_ended_and_named(tmp_path):
    settings = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert 60 <= settings["faulthandler_timeout"] <= 300
    (tmp_path / "test_hanging.py").write_text(HANGS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0"]
    options = ["-c", str(SETTINGS), "--rootdir", str(tmp_path), "-o", "faulthandler_timeout=0.3"]
    ended = subprocess.run(
        [*command, *options, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1
    assert "Timeout (0:00:00.300000)!" in ended.stderr
    assert "in test_that_hangs" in ended.stderr
