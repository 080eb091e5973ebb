"""Loads damaged files in worker processes that are watched, and counts what happens.

Linux only: a worker is forked, its memory is limited, and inotify tells which files were opened.
"""

import ctypes
import json
import os
import re
import resource
import signal
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from fuzz_table import BAD, recorded, summary

from backpaint.errors import UsageError

MEMORY = 3 << 30
LONGEST = 300
"""Seconds after which a worker dies."""

CODE = ("os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "socket.connect", "os.mkfifo")
SYSTEM = ("/proc/meminfo", "/proc/self/maps", "/sys/fs/cgroup/")
"""What the program asks the system itself: how much memory is free, which BLAS is loaded."""


class Attempt(NamedTuple):
    """How loading one file went.

    Attributes
    ----------
    result : str
        "loaded", "refused" or "crashed: ...".
    parser_crashed : bool
        Whether a parser crashed in a child process, or was ended there.
    opened, run : list of str
        Files that the child opened, and the code that it ran.
    memory : int
        By how many KiB the child grew.
    """

    result: str
    parser_crashed: bool = False
    opened: Sequence[str] = ()
    run: Sequence[str] = ()
    memory: int = 0


@dataclass(frozen=True)
class Target:
    """What is fuzzed: a file format.

    Attributes
    ----------
    name : str
        Of the format.
    content : bytes
        Of a true file.
    write : callable
        Writes the file of some number to a path.
    attempt : callable
        Loads the file at a path, of some number; returns an `Attempt`.
    audited : bool
        Whether Python's audit hook listens; starting a child would be code run.
    """

    name: str
    content: bytes
    write: Callable[[Path, int], None]
    attempt: Callable[[Path, int], Attempt]
    audited: bool = True


class Watch:
    """Tells which files were opened: by Python's audit hook, and by inotify for libraries.

    Python's own modules do not count: importing opens them.
    """

    def __init__(self, watched):
        self.allowed, self.opened, self.run, self.active = "", [], [], False
        libc = ctypes.CDLL(None)
        self.inotify = libc.inotify_init1(os.O_NONBLOCK)
        for path in watched:
            libc.inotify_add_watch(self.inotify, str(path).encode(), 0x21)  # access, open
        sys.addaudithook(self.hear)

    def begin(self, path):
        """Forget what was, and listen to the loading of one file."""
        self.allowed, self.opened, self.run, self.active = str(path), [], [], True

    def hear(self, event, arguments):
        if not self.active:
            return
        if event == "open" and not isinstance(arguments[0], int):
            name = os.fsdecode(arguments[0])
            is_own = name.endswith((".py", ".pyc")) or name.startswith(SYSTEM)
            if name != self.allowed and not is_own:
                self.opened.append(name)
        elif event.startswith(CODE):
            self.run.append(event)

    def secrets_read(self):
        try:
            return bool(os.read(self.inotify, 1 << 16))
        except BlockingIOError:
            return False


def outcome(load, path):
    """Load one file: "loaded" or "refused"; anything but one sentence is "crashed"."""
    try:
        load(path)
    except UsageError as error:
        text = str(error)
        return "refused" if text.isprintable() and len(text) < 1500 else f"crashed: {text[:200]!r}"
    except BaseException as error:  # what a person would see as a traceback
        return f"crashed: {type(error).__name__}: {str(error)[:200]}"
    return "loaded"


def worker(target, numbers, folder, secrets, report):
    """Load file after file; a line of JSON for each."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    path = folder / "fuzzed"
    path.write_bytes(target.content)
    first = target.attempt(path, 0)
    assert first.result == "loaded", first
    watch = Watch(secrets.iterdir())
    warnings.simplefilter("error")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in numbers:
        target.write(path, number)
        watch.secrets_read()
        signal.alarm(LONGEST)
        start = time.perf_counter()
        watch.begin(path)
        watch.active = target.audited
        attempt = target.attempt(path, number)
        watch.active = False
        line = {
            "number": number,
            "result": attempt.result,
            "parser crashed": attempt.parser_crashed,
            "seconds": time.perf_counter() - start,
            "opened": watch.opened + (["a secret"] if watch.secrets_read() else []),
            "run": watch.run + list(attempt.run),
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before,
        }
        line["opened"] += attempt.opened
        line["memory"] = max(line["memory"], attempt.memory)
        _write_line(report, line)


DIED = {"parser crashed": False, "seconds": 0.0, "opened": [], "run": [], "memory": 0}
"""What is told of a file of which a worker died, beside its number."""


def fuzz(target, count, folder, secrets, record):
    """Run workers until every file had its turn; return the counts, and print what went wrong.

    `record` is a file with a line for each that was read; a run that was cut off continues it.
    """
    if record.exists():  # a line that was being written then
        record.write_text("".join(re.findall(r".*\n", record.read_text())))
    while (number := len(recorded(record))) < count:
        child = os.fork()
        if child == 0:
            try:
                with record.open("a") as report:
                    worker(target, range(number, count), folder, secrets, report)
            except BaseException as error:
                os.write(1, f"worker: {error!r}\n".encode())
                os._exit(1)
            os._exit(0)
        os.waitpid(child, 0)
        if (died := len(recorded(record))) < count:
            with record.open("a") as report:
                _write_line(report, {"number": died, "result": "crashed: the worker died"} | DIED)
    return summary(recorded(record)[:count])


def _write_line(report, line):
    report.write(json.dumps(line) + "\n")
    report.flush()


def run(targets, count, folder, secrets, records):
    """Fuzz all targets; return a row for each, and whether all went well."""
    rows = {}
    before = sorted(secrets.iterdir())
    for target in targets:
        start = time.perf_counter()
        record = records / f"{target.name}.jsonl"
        rows[target.name] = fuzz(target, count, folder, secrets, record)
        took = time.perf_counter() - start
        print(f"{target.name}: {rows[target.name]} in {took:.0f} s", flush=True)
    bad = sum(row[column] for row in rows.values() for column in BAD)
    return rows, bad == 0 and sorted(secrets.iterdir()) == before
