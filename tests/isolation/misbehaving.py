"""Functions for a child process, each bad in its own way."""

import ctypes
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np

from backpaint.isolation.returned import Refusal, StreamedArray


def parrot(text):
    print("noise on standard output", flush=True)
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    arrays = [array, np.asfortranarray(array), array[:, ::2], np.zeros((0, 3)), np.array(7)]
    return {"text": text}, [*arrays, array.astype(">f2"), memoryview(bytes(6)).cast("B", [2, 3])]


def process_id():
    return os.getpid(), []


def complains(path):
    raise ValueError(f"cannot parse {path}\nat all")


def crashes(path):
    ctypes.string_at(0)


def exits(path):
    sys.exit(0)


def crashes_late(path):
    class Bomb(np.ndarray):
        def __getitem__(self, key):
            ctypes.string_at(0)

    return {}, [np.zeros((2, 3)).T.view(Bomb)]


def eats_memory(path):
    return {}, [np.ones(1 << 31, dtype=np.uint8)]


def sleeps(path):
    time.sleep(60)


def works_forever(path):
    while True:
        pass


def writes(path):
    Path(path).write_bytes(b"x")
    return {}, []


def returns_objects(path):
    return {}, [np.array([None])]


def returns_bytes(path):
    return b"no JSON", []


def refuses(path):
    raise Refusal("is a joke", "an earnest file")


def streams(ending):
    """Two of three rows, then the rest, or nothing, or what `ending` says."""

    def parts():
        yield np.arange(8, dtype=np.float32).reshape(2, 4)
        if ending == "refuses":
            raise Refusal("holds no third row", "three")
        if ending == "complains":
            raise ValueError("a bad checksum")
        if ending == "crashes":
            ctypes.string_at(0)
        yield np.arange(8, 12, dtype=np.float32).reshape(4, 1).T
        if ending == "babbles":
            yield np.zeros(1)

    return {}, [StreamedArray("f", (3, 4), parts), np.ones(2)]


def limits(*names):
    import resource

    return {name: resource.getrlimit(getattr(resource, name)) for name in names}, []


def privileges():
    status = Path("/proc/self/status").read_text()
    return [line for line in status.splitlines() if line.startswith("NoNewPrivs")], []


def starts_a_thread():
    thread = threading.Thread(target=print)
    thread.start()
    thread.join()
    return subprocess.run(["true"]).returncode, []
