"""Decoders run in a process of their own: from threads, in any folder, and if they die."""

import os
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backpaint.errors import UsageError
from backpaint.images import read, read_image
from backpaint.isolation import decode_picture
from backpaint.isolation.child import Child, Limits
from backpaint.isolation.shared_child import SharedChild


@pytest.fixture
def picture(tmp_path, smooth_rgb):
    Image.fromarray(smooth_rgb).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def hostile(path, *arguments):
    raise AssertionError("only its name matters")


DECODERS = {
    "crash": ("import ctypes; ctypes.string_at(0)", "its parser crashes"),
    "loop": ("while True: pass", r"it takes longer than 0\.2 s"),
    "memory": ("return {}, [bytearray(1 << 31)]", "it needs more memory than it may use"),
}


@pytest.mark.parametrize("decoder", DECODERS)
def test_a_decoder_that_fails_ends_alone(decoder, picture, tmp_path, monkeypatch):
    body, says = DECODERS[decoder]
    (tmp_path / "decoder.py").write_text(f"def hostile(path, most_pixels):\n    {body}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(decode_picture, "decode", hostile)
    limits = Limits(memory=1 << 30, seconds=20)
    with closing(SharedChild("decoder", limits)) as child:
        child._child = Child("decoder", limits)
        child._child._limits = Limits(seconds=0.2 if decoder == "loop" else 20)  # once it is there
        monkeypatch.setattr(read, "_DECODER", child)
        with pytest.raises(UsageError, match=f"a.png: expected a picture .*, found that {says}"):
            read_image(picture)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit address space")
def test_a_picture_that_does_not_fit_in_memory(tmp_path):
    """A file of some kilobytes may be 100 megapixels: 24 bytes each in this process."""
    Image.new("1", (3000, 3000)).save(tmp_path / "a.png")
    code = f"""
import resource
from pathlib import Path
from backpaint.images import read_image
there = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (there + (100 << 20), resource.RLIM_INFINITY))
read_image({str(tmp_path / "a.png")!r})
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "UsageError" in run.stderr.splitlines()[-1]
    assert "a.png: expected a picture that " in run.stderr.splitlines()[-1]


def test_a_relative_path_after_a_change_of_folder(picture, monkeypatch, smooth_rgb):
    read_image(picture)  # the child's folder is the one in which it was started
    monkeypatch.chdir(picture.parent)
    assert np.array_equal(read_image("a.png").pixels, smooth_rgb)
    assert np.array_equal(read_image(Path("a.png")).pixels, smooth_rgb)


def test_pictures_from_many_threads(tmp_path):
    levels = range(0, 256, 16)
    for level in levels:
        Image.new("L", (30, 20), level).save(tmp_path / f"{level}.png")
    found = {}

    def decode(level):
        found[level] = np.unique(read_image(tmp_path / f"{level}.png").pixels).tolist()

    threads = [threading.Thread(target=decode, args=[level]) for level in levels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {level: [level] for level in levels}


def test_the_child_imports_pillow_alone():
    """It starts in less than a tenth of a second where importing SciPy takes half a second."""
    code = "import sys, backpaint.isolation.decode_picture; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_another_picture_costs_little(picture):
    read_image(picture)
    start = time.perf_counter()
    for _ in range(10):
        read_image(picture)
    assert time.perf_counter() - start < 1
