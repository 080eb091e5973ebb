"""Which files of a folder any process opens, as Linux tells by inotify."""

import ctypes
import os
import struct
import sys
from contextlib import contextmanager

import pytest

IN_OPEN = 0x20
HEAD = struct.Struct("iIII")


@contextmanager
def opened_files(folder):
    """Yield a set that holds, after the block, the names of all files that were opened in it."""
    if sys.platform != "linux":
        pytest.skip("other systems tell it in another way")
    libc, names = ctypes.CDLL(None, use_errno=True), set()
    watch = libc.inotify_init1(os.O_NONBLOCK)
    try:
        assert libc.inotify_add_watch(watch, os.fsencode(folder), IN_OPEN) >= 0
        yield names
        data = os.read(watch, 1 << 16)
        while data:
            *_, size = HEAD.unpack_from(data)
            names.add(os.fsdecode(data[HEAD.size : HEAD.size + size].rstrip(b"\0")))
            data = data[HEAD.size + size :]
    finally:
        os.close(watch)
