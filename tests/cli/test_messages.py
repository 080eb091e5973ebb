"""Messages never cost a picture: no encoding, closed pipe or full disk behind them ends a run."""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backpaint.cli import main

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


@pytest.fixture
def run_here():
    """Run the command line in this process, with streams of one's own; return its exit code."""

    def run_with(*arguments, **streams):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("sys.argv", ["backpaint", *map(os.fspath, arguments)])
            for name, stream in streams.items():
                patched.setattr(sys, name, stream)
            with pytest.raises(SystemExit) as ended:
                main()
        return ended.value.code

    return run_with


def terminal(encoding="utf-8"):
    """A stream that keeps what is written, and fails where the encoding has no such character."""
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)


def said(stream):
    return stream.buffer.getvalue()


def closed_pipe():
    """Open what nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    return io.FileIO(writer, "w")


def full_disk():
    """Open what takes nothing."""
    if not FULL.exists():
        pytest.skip("needs a device that is always full")
    return FULL.open("wb")


def test_names_outside_of_the_terminal_s_encoding(run_here, pictures, tmp_path):
    cat, output, errors = tmp_path / "猫.png", terminal("cp1252"), terminal("cp1252")
    cat.write_bytes(pictures["cat"].read_bytes())
    for command in (
        ("paint", cat, pictures["swirls"], *QUICK),
        ("look", cat, "--edges", "highpass"),
    ):
        out = tmp_path / f"绘{command[0]}.png"
        assert run_here(*command, "-o", out, stdout=output, stderr=errors) == 0, said(errors)
        assert f"wrote {tmp_path}/?{command[0]}.png".encode() in said(output)
        assert out.exists()
    assert run_here("show", tmp_path / "没有.png", stdout=output, stderr=errors) == 2
    assert b"no such file" in said(errors)


ENCODINGS = {
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "cp1252": {"PYTHONIOENCODING": "cp1252", "LC_ALL": "C.UTF-8"},
    "no locale": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
}


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_names_outside_of_a_process_s_encoding(encoding, pictures, tmp_path):
    cat, out = tmp_path / "猫.png", tmp_path / "绘.png"
    cat.write_bytes(pictures["cat"].read_bytes())
    done = run("look", cat, "--edges", "highpass", "-o", out, environment=ENCODINGS[encoding])
    assert done.returncode == 0, done.stderr
    assert b"wrote" in done.stdout
    assert out.exists()
    missing = run("show", tmp_path / "没有.png", environment=ENCODINGS[encoding])
    assert missing.returncode == 2
    assert b"no such file" in missing.stderr
    assert b"Traceback" not in missing.stderr


def test_a_reader_that_leaves_does_not_stop_what_it_read(pictures, tmp_path):
    """What is buffered fails at the end, when Python is about to end as well."""
    with closed_pipe() as stream:
        done = run(
            "look", pictures["cat"], "--edges", "highpass", "-o", tmp_path / "out.png",
            environment={"PYTHONUNBUFFERED": ""},
            capture_output=False, stdout=stream, stderr=stream,
        )  # fmt: skip
    assert done.returncode == 0
    assert (tmp_path / "out.png").exists()


NOWHERE = {"reader gone": closed_pipe, "full disk": full_disk}


@pytest.mark.slow
@pytest.mark.parametrize("nowhere", NOWHERE)
def test_a_painting_process_whose_messages_go_nowhere_ends_well(nowhere, pictures, tmp_path):
    """Its streams are the system's, and Python flushes them again when it ends."""
    with NOWHERE[nowhere]() as stream:
        done = run(
            "paint", pictures["cat"], pictures["swirls"], "-o", tmp_path / "out.png", *QUICK,
            environment={"PYTHONUNBUFFERED": "1" if nowhere == "reader gone" else ""},
            capture_output=False, stdout=stream, stderr=stream,
        )  # fmt: skip
    assert done.returncode == 0
    assert (tmp_path / "out.png").exists()


def test_a_reader_that_leaves_does_not_stop_the_painter(run_here, pictures, tmp_path):
    """What is not buffered fails at once."""
    with closed_pipe() as raw, closed_pipe() as other:
        output, errors = (io.TextIOWrapper(stream, write_through=True) for stream in (raw, other))
        with pytest.raises(BrokenPipeError):
            output.write("nobody reads this")
        code = run_here(
            "paint", pictures["cat"], pictures["swirls"], "-o", tmp_path / "out.png", *QUICK,
            stdout=output, stderr=errors,
        )  # fmt: skip
    assert code == 0
    assert (tmp_path / "out.png").exists()


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_the_messages(run_here, pictures, tmp_path):
    with FULL.open("w") as output, FULL.open("w") as errors:
        code = run_here(
            "paint", pictures["cat"], pictures["swirls"], "-o", tmp_path / "out.png", *QUICK,
            stdout=output, stderr=errors,
        )  # fmt: skip
    assert code == 0
    assert (tmp_path / "out.png").exists()
    with FULL.open("wb") as full:
        listed = run("presets", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert listed.returncode == 1  # there, the text is what was wanted
    assert listed.stderr.startswith(b"backpaint: the output could not be written: No space")
    assert listed.stderr.count(b"\n") == 1


def test_from_standard_input_to_standard_output(run_here, pictures, tmp_path):
    output, errors = terminal(), terminal()
    painting = ("paint", "-", pictures["swirls"], "-o", "-", *QUICK)
    with pictures["cat"].open() as cat:
        assert run_here(*painting, stdin=cat, stdout=output, stderr=errors) == 0, said(errors)
    with Image.open(io.BytesIO(said(output))) as image:
        assert image.format == "PNG"
        assert image.size == (36, 30)
        assert "backpaint" in image.text
    assert b"painting standard input at 36 x 30" in said(errors)
    painted, shown = tmp_path / "painted.png", terminal()
    painted.write_bytes(said(output))
    with painted.open() as again:
        assert run_here("show", "-", stdin=again, stdout=shown) == 0
    assert b"--preset backpaint" in said(shown)


@pytest.mark.skipif(not Path("/dev/fd/1").exists(), reason="this system has no /dev/fd")
@pytest.mark.parametrize("name", ["/dev/fd/1", "/dev/stdout"])
def test_standard_output_by_its_other_names(name, run_here, pictures):
    output, errors = terminal(), terminal()
    command = ("look", pictures["cat"], "-o", name, "--edges", "highpass")
    assert run_here(*command, stdout=output, stderr=errors) == 0
    with Image.open(io.BytesIO(said(output))) as image:
        assert image.format == "PNG"
    assert said(errors) == f"wrote {name}\n".encode()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="this system has no /dev/stdout")
def test_a_painting_process_writes_to_dev_stdout(pictures, tmp_path):
    """To the descriptor itself, a pipe and a file alike, and with no message in between."""
    painting = ("paint", pictures["cat"], pictures["swirls"], "-o", "/dev/stdout", *QUICK)
    piped = run(*painting)
    assert piped.returncode == 0, piped.stderr
    assert piped.stderr.startswith(b"painting cat.png at 36 x 30")
    with (tmp_path / "out.png").open("wb") as file:
        written = run(*painting, capture_output=False, stdout=file, stderr=subprocess.DEVNULL)
    assert written.returncode == 0
    for picture in (io.BytesIO(piped.stdout), tmp_path / "out.png"):
        with Image.open(picture) as image:
            assert (image.format, image.size) == ("PNG", (36, 30))


def test_a_view_goes_from_one_process_to_another(pictures):
    with pictures["cat"].open("rb") as cat:
        done = run("look", "-", "-o", "-", "--edges", "highpass", stdin=cat)
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert np.asarray(image).std() > 1
    assert done.stderr == b"wrote -\n"


def test_a_terminal_takes_no_picture(run_here, pictures):
    main_end, terminal_end = os.openpty()
    errors = terminal()
    painting = ("paint", pictures["cat"], pictures["swirls"], "-o", "-", *QUICK)
    with os.fdopen(terminal_end, "w") as output:
        code = run_here(*painting, stdout=output, stderr=errors)
    os.close(main_end)
    assert code == 2
    assert b"found a terminal; name a file to write" in said(errors)


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
