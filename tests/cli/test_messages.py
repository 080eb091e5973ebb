"""Messages never cost a picture: no encoding, closed pipe or full disk behind them ends a run."""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

QUICK = (
    *("--size", "36", "--iterations", "2"),
    *("--set", "style.layers={relu1_1=1.0}", "--set", "content.layers={relu1_1=1.0}"),
)
FULL = Path("/dev/full")


def run(*arguments, environment=(), **options):
    """Run the command line as a program of its own."""
    return subprocess.run(
        [sys.executable, "-m", "backpaint", *map(os.fspath, arguments)],
        env=os.environ | dict(environment),
        timeout=120,
        **{"capture_output": True} | options,
    )


ENCODINGS = {
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "cp1252": {"PYTHONIOENCODING": "cp1252", "LC_ALL": "C.UTF-8"},
    "no locale": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
}


@pytest.mark.parametrize(
    "encoding",
    ["ascii", *(pytest.param(name, marks=pytest.mark.slow) for name in ("cp1252", "no locale"))],
)
def test_names_outside_of_the_terminal_s_encoding(encoding, pictures, tmp_path):
    cat, out = tmp_path / "猫.png", tmp_path / "绘.png"
    cat.write_bytes(pictures["cat"].read_bytes())
    command = ("look", cat, "--edges", "sobel")
    if encoding == "ascii":
        command = ("paint", cat, pictures["swirls"], *QUICK)
    done = run(*command, "-o", out, environment=ENCODINGS[encoding])
    assert done.returncode == 0, done.stderr
    assert b"wrote" in done.stdout
    assert out.exists()
    missing = run("show", tmp_path / "没有.png", environment=ENCODINGS[encoding])
    assert missing.returncode == 2
    assert b"no such file" in missing.stderr
    assert b"Traceback" not in missing.stderr


@pytest.mark.parametrize("buffered", [True, False])
def test_a_reader_that_leaves_does_not_stop_the_painter(buffered, pictures, tmp_path):
    """What is buffered fails at the end, where a view and a painting are alike."""
    command = ("paint", pictures["cat"], pictures["swirls"], *QUICK)
    if buffered:
        command = ("look", pictures["cat"], "--edges", "sobel")
    reader, writer = os.pipe()
    os.close(reader)
    done = run(
        *command, "-o", tmp_path / "out.png",
        environment={"PYTHONUNBUFFERED": "" if buffered else "1"},
        capture_output=False, stdout=writer, stderr=writer,
    )  # fmt: skip
    os.close(writer)
    assert done.returncode == 0
    assert (tmp_path / "out.png").exists()


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_the_messages(pictures, tmp_path):
    with FULL.open("wb") as full:
        done = run(
            "paint", pictures["cat"], pictures["swirls"], "-o", tmp_path / "out.png", *QUICK,
            capture_output=False, stdout=full, stderr=full,
        )  # fmt: skip
        assert done.returncode == 0
        assert (tmp_path / "out.png").exists()
        listed = run("presets", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert listed.returncode == 1  # there, the text is what was wanted
    assert listed.stderr.startswith(b"backpaint: the output could not be written: No space")
    assert listed.stderr.count(b"\n") == 1


def test_from_standard_input_to_standard_output(pictures):
    with pictures["cat"].open("rb") as cat:
        done = run("paint", "-", pictures["swirls"], "-o", "-", *QUICK, stdin=cat)
    assert done.returncode == 0, done.stderr
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert image.format == "PNG"
        assert image.size == (36, 30)
        assert "backpaint" in image.text
    assert b"painting standard input at 36 x 30" in done.stderr
    shown = run("show", "-", input=done.stdout)
    assert b"gatys" in shown.stdout


@pytest.mark.skipif(not Path("/dev/fd/1").exists(), reason="this system has no /dev/fd")
@pytest.mark.parametrize("name", ["/dev/fd/1", "/dev/stdout"])
def test_standard_output_by_its_other_names(name, pictures):
    done = run("look", pictures["cat"], "-o", name, "--edges", "sobel")
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert image.format == "PNG"
    assert done.stderr == f"wrote {name}\n".encode()


def test_a_view_goes_to_standard_output_too(pictures):
    done = run("look", pictures["cat"], "-o", "-", "--edges", "sobel")
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert np.asarray(image).std() > 1
    assert done.stderr == b"wrote -\n"


def test_a_terminal_takes_no_picture(pictures):
    main, terminal = os.openpty()
    done = run(
        "paint", pictures["cat"], pictures["swirls"], "-o", "-", *QUICK,
        capture_output=False, stdout=terminal, stderr=subprocess.PIPE,
    )  # fmt: skip
    os.close(terminal)
    os.close(main)
    assert done.returncode == 2
    assert b"found a terminal; name a file to write" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
def test_a_small_address_space_is_told_before_a_library_waits_in_it():
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (600_000_000, -1));"
        "from backpaint.cli import main; main()"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=True
    )
    assert "may use 600 MB of addresses (ulimit -v)" in run.stderr
    assert run.stdout.startswith("backpaint")
