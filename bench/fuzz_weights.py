"""Loads thousands of damaged and harmful weights files, and counts what happens.

    python bench/fuzz_weights.py --count 5000 --output docs/fuzz.md

Every file is loaded in a worker process, which an audit hook and inotify watch (Linux only): which
files it opens, and whether it starts anything.  A worker that dies is counted, and another goes on.
"""

import argparse
import ctypes
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
import warnings
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # workers are forked
sys.path.insert(0, str(Path(__file__).parent))

import h5py
import numpy as np
from fuzz_files import CRAFTED, mutated, seeds

from backpaint.errors import UsageError
from backpaint.weights import load_weights, matconvnet_v5

MEMORY = 3 << 30
LONGEST = 60
"""Seconds after which a worker dies."""

CRAFTED_EVERY = 10
ISOLATED_EVERY = 50
CODE = ("os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "socket.connect", "os.mkfifo")
COLUMNS = ("files", "refused", "loaded", "parser crashed", "program crashed", "other files opened")
COLUMNS += ("code run", "slowest", "memory")


class Watch:
    """Tells which files were opened: by Python's audit hook, and by inotify for libraries.

    Python's own modules do not count: importing opens them.
    """

    def __init__(self, secrets):
        self.allowed, self.opened, self.run, self.active = "", [], [], False
        libc = ctypes.CDLL(None)
        self.inotify = libc.inotify_init1(os.O_NONBLOCK)
        for path in secrets.iterdir():
            libc.inotify_add_watch(self.inotify, str(path).encode(), 0x21)  # access, open
        sys.addaudithook(self.hear)

    def hear(self, event, arguments):
        if not self.active:
            return
        if event == "open" and not isinstance(arguments[0], int):
            name = os.fsdecode(arguments[0])
            if name != self.allowed and not name.endswith((".py", ".pyc")):
                self.opened.append(name)
        elif event.startswith(CODE):
            self.run.append(event)

    def secrets_read(self):
        try:
            return bool(os.read(self.inotify, 1 << 16))
        except BlockingIOError:
            return False


def outcome(path):
    """Load one file: "loaded" or "refused"; anything but one sentence is "crashed"."""
    try:
        load_weights(path)
    except UsageError as error:
        text = str(error)
        return "refused" if text.isprintable() and len(text) < 1500 else f"crashed: {text[:200]!r}"
    except BaseException as error:  # what a person would see as a traceback
        return f"crashed: {type(error).__name__}: {str(error)[:200]}"
    return "loaded"


def write(path, name, content, number, secrets):
    chance = random.Random(f"{name} {number}")
    if name in CRAFTED and number % CRAFTED_EVERY == 0:
        path.write_bytes(content)
        CRAFTED[name](path, secrets, chance)
    else:
        path.write_bytes(mutated(content, chance))


def worker(name, content, numbers, folder, secrets, report):
    """Load file after file; a line of JSON for each."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    path = folder / "fuzzed"
    path.write_bytes(content)
    assert outcome(path) == "loaded", outcome(path)
    watch = Watch(secrets)
    warnings.simplefilter("error")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in numbers:
        write(path, name, content, number, secrets)
        watch.secrets_read()
        signal.alarm(LONGEST)
        watch.allowed, watch.opened, watch.run = str(path), [], []
        start, watch.active = time.perf_counter(), not name.startswith("matconvnet-v5")
        result, parser_crashed = attempt(path, name, number)
        watch.active = False
        line = {
            "number": number,
            "result": result,
            "parser crashed": parser_crashed,
            "seconds": time.perf_counter() - start,
            "opened": watch.opened + (["a secret"] if watch.secrets_read() else []),
            "run": watch.run,
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before,
        }
        report.write(json.dumps(line) + "\n")
        report.flush()


def attempt(path, name, number):
    """Load a file; of v5, all that crash the parser and some more: each starts an interpreter."""
    if not name.startswith("matconvnet-v5"):
        return outcome(path), False
    child = os.fork()
    if child == 0:
        signal.alarm(LONGEST)
        try:
            matconvnet_v5.parse(path)
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    crashed = os.WIFSIGNALED(status)
    if crashed or number % ISOLATED_EVERY == 0:
        return outcome(path), crashed
    return "refused" if status else "loaded", crashed


def fuzz(name, content, count, folder, secrets):
    """Run workers until every file had its turn; return the counts, and what went wrong."""
    lines, number, died = [], 0, []
    while number < count:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            try:
                with os.fdopen(writing, "w") as report:
                    worker(name, content, range(number, count), folder, secrets, report)
            except BaseException as error:
                os.write(1, f"worker: {error!r}\n".encode())
                os._exit(1)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as report:
            new = [json.loads(line) for line in report]
        os.waitpid(child, 0)
        lines += new
        number += len(new)
        if number < count:
            died.append(number)
            number += 1
    return summary(lines, died, count)


def summary(lines, died, count):
    results = [line["result"] for line in lines]
    crashed = [line for line in lines if line["result"].startswith("crashed")]
    opened = [line for line in lines if line["opened"]]
    run = [line for line in lines if line["run"]]
    for line in crashed + opened + run:
        print("  ", {key: line[key] for key in ("number", "result", "opened", "run")})
    if died:
        print("   workers died of files", died)
    row = {
        "files": count,
        "refused": results.count("refused"),
        "loaded": results.count("loaded"),
        "parser crashed": sum(line["parser crashed"] for line in lines),
        "program crashed": len(crashed) + len(died),
        "other files opened": len(opened),
        "code run": len(run),
        "slowest": f"{max(line['seconds'] for line in lines):.1f} s",
        "memory": f"{max(line['memory'] for line in lines) / 1024:.0f} MB",
    }
    return row


def table(rows):
    text = f"| format | {' | '.join(COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 1)}\n"
    for name, row in rows.items():
        text += f"| {name} | {' | '.join(str(row[column]) for column in COLUMNS)} |\n"
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000, help="files per format")
    parser.add_argument("--formats", nargs="*", help="all by default")
    parser.add_argument("--output", type=Path, help="a page to write the table into")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder, secrets = Path(temporary) / "files", Path(temporary) / "secrets"
        folder.mkdir()
        secrets.mkdir()
        np.ones((3, 3, 64, 64), np.float32).tofile(secrets / "secret.bin")
        with h5py.File(secrets / "secret.h5", "w") as file:
            file["secret"] = np.ones(64, np.float32)
        rows = {}
        for name, content in seeds(folder).items():
            if not options.formats or name in options.formats:
                start = time.perf_counter()
                rows[name] = fuzz(name, content, options.count, folder, secrets)
                print(f"{name}: {rows[name]} in {time.perf_counter() - start:.0f} s", flush=True)
        harm = [path.name for path in secrets.iterdir()]
    if options.output:
        page = options.output.read_text()
        begin, end = (page.index(mark) for mark in ("| format |", "\n<!-- end of the table -->"))
        options.output.write_text(page[:begin] + table(rows) + page[end:])
    bad = sum(
        row[column]
        for row in rows.values()
        for column in ("program crashed", "other files opened", "code run")
    )
    sys.exit(1 if bad or len(harm) != 2 else 0)


if __name__ == "__main__":
    main()
