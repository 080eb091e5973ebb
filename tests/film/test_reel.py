"""Frames come back as they went; a full disk keeps those that are there."""

import signal

import numpy as np
import pytest
from PIL import Image

from backpaint.film.reel import LazyFrames, Reel


def frames(count):
    return np.random.default_rng(3).integers(0, 256, (count, 20, 30, 3), np.uint8)


def add_all(reel, given):
    for frame in given:
        reel.add(frame)


def test_frames_come_back_in_any_order_and_the_file_has_no_name(tmp_path):
    reel, given = Reel(tmp_path), frames(5)
    add_all(reel, given)
    assert len(reel) == 5
    for number in (4, 0, 2, 4):
        assert np.array_equal(reel[number], given[number])
    assert not any(tmp_path.iterdir())
    reel.close()


def test_frames_before_a_full_disk_can_be_read(tmp_path):
    resource = pytest.importorskip("resource")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    reel, given = Reel(tmp_path), frames(9)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4500, limit[1]))  # two frames and a half
        with pytest.raises(OSError, match=r"No space left|File too large"):
            add_all(reel, given)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, before)
    assert len(reel) == 2
    assert all(np.array_equal(reel[number], given[number]) for number in range(2))
    reel.close()


def test_frames_are_made_when_pillow_comes_to_them():
    made = []

    def frame(number):
        made.append(number)
        return Image.new("RGB", (4, 3), (number, 0, 0))

    several = LazyFrames([lambda n=n: frame(n) for n in range(3)])
    assert made == [0]
    several.seek(2)
    assert (made, several.tell(), several.getpixel((0, 0))) == ([0, 2], 2, (2, 0, 0))
    with pytest.raises(EOFError):
        several.seek(3)
