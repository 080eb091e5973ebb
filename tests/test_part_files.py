"""Half-written files: gone when their writers are dead, left alone while one lives."""

import os
import stat
import subprocess
import sys
import time

import pytest

from backpaint import part_files, whole_file
from backpaint.part_files import NAME, sweep

pytestmark = pytest.mark.skipif(not part_files.HAS_LOCKS, reason="this system has no such locks")

WRITER = """
import sys, time
from backpaint.whole_file import whole_file
with whole_file(sys.argv[1]) as part:
    part.write_text("half")
    print(part, flush=True)
    time.sleep(60)
"""


def grow_old(path):
    then = time.time() - 2 * part_files.YOUNGEST
    os.utime(path, (then, then))


def test_only_a_dead_writers_file_is_swept(tmp_path):
    command = [sys.executable, "-c", WRITER, str(tmp_path / "a.txt")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        part = writer.stdout.readline().strip()
        grow_old(part)
        assert sweep(tmp_path) == []
        writer.kill()
    assert [str(path) for path in tmp_path.iterdir()] == [part]
    whole_file.require_writable(tmp_path / "b.txt")
    assert list(tmp_path.iterdir()) == []


def test_what_is_new_or_no_file_of_ours_stays(tmp_path):
    fresh, link = tmp_path / NAME.format("fresh"), tmp_path / NAME.format("link")
    other, pipe = tmp_path / "other.part", tmp_path / NAME.format("pipe")
    fresh.touch()
    other.touch()
    grow_old(other)
    link.symlink_to(other)
    os.mkfifo(pipe)
    grow_old(pipe)
    assert sweep(tmp_path) == []
    assert {fresh, link, other, pipe} == set(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_no_trouble(tmp_path):
    assert sweep(tmp_path / "none") == []


def test_bytes_reach_the_disk_before_the_name_and_the_name_before_the_return(tmp_path, monkeypatch):
    path, events = tmp_path / "a.txt", []
    sync = os.fsync

    def watched(descriptor):
        events.append((stat.S_ISDIR(os.fstat(descriptor).st_mode), path.exists()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    with whole_file.whole_file(path) as part:
        part.write_text("all")
    assert events == [(False, False), (True, True)]
    assert path.read_text() == "all"
