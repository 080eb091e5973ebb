"""What `backpaint serve` costs a run, and whether many starts and stops leave anything behind.

    python bench/serve.py                   # processor time of runs, bare and watched: a minute
    python bench/serve.py --cycles 200      # start and stop the server so often: some minutes

Processor time, not the clock's: other programs may run.  Each evaluation's time is the median over
repeats of (process time of the whole run - process time until its first evaluation) / evaluations.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

RESULT = Path(__file__).with_name("results") / "serve.md"
SIZE, ITERATIONS, REPEATS = 128, 12, 3
THREADS = ["--threads", "1"]
ONE_THREAD = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
BARE = f"""
import time
from backpaint.examples import example_path
from backpaint.painting.session import open_session
from backpaint import CPU, recipe
changes = {{"optimizer.factr": 0.0, "optimizer.iterations": {ITERATIONS}}}
made = recipe("gatys", size={SIZE}, changes=changes)
session = open_session(example_path("cat"), example_path("swirls"), made, engine=CPU(threads=1))
times = []
session.paint(on_evaluation=lambda record: times.append(time.process_time()))
print((times[-1] - times[0]) / (len(times) - 1))
"""
TICK = os.sysconf("SC_CLK_TCK")


class Served:
    """A server, and what its processes used."""

    def __init__(self):
        command = [sys.executable, "-m", "backpaint", "serve", "--port", "0", *THREADS]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ONE_THREAD)
        parts = urlsplit(self.process.stdout.readline().split()[1])
        self.port, token = parts.port, parts.query.removeprefix("token=")
        self.headers = {"Authorization": f"Bearer {token}", "X-Backpaint": "1"}

    def ask(self, path, method="GET", body=None):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=600)
        connection.request(method, path, json.dumps(body) if body else None, self.headers)
        return connection.getresponse()

    def begin(self, iterations, size=SIZE):
        optimizer = {"method": "l-bfgs-b", "iterations": iterations, "factr": 0.0}
        body = {"content": "cat", "style": "swirls", "engine": "cpu"}
        body |= {"tables": {"images": {"size": size}, "optimizer": optimizer}}
        return json.load(self.ask("/api/runs", "POST", body))["run"]

    def watch(self, number, on_run):
        """Do as a page does: read the stream, and fetch every new picture."""
        seen = 0
        for line in self.ask(f"/api/events?run={number}"):
            if line.startswith(b"data: "):
                run = next(r for r in json.loads(line[6:])["runs"] if r["number"] == number)
                if run["version"] > seen:
                    seen = run["version"]
                    self.ask(f"/api/runs/{number}/picture.jpg").read()
                if on_run(run) or run["state"] in ("done", "stopped", "failed"):
                    return run

    def end(self):
        self.process.terminate()
        return self.process.wait(30)


def processor_seconds(number):
    fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def painter(server):
    """Find the process that paints."""
    for entry in Path("/proc").iterdir():
        try:
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            words = (entry / "cmdline").read_bytes()
        except (OSError, IndexError):
            continue
        if parent == str(server.process.pid) and b"serve.processes.run" in words:
            return int(entry.name)
    return None


def served(server, clients):
    """Return processor seconds an evaluation of the run and of the server, and stop's latency."""
    number = server.begin(ITERATIONS)
    marks = []

    def on_run(run):
        process = painter(server) if run["last"] else None
        if process is not None:
            used = processor_seconds(process), processor_seconds(server.process.pid)
            marks.append((run["last"][0], *used))

    others = [
        threading.Thread(target=server.watch, args=(number, lambda run: False))
        for _ in range(clients - 1)
    ]
    for other in others:
        other.start()
    server.watch(number, on_run)
    for other in others:
        other.join()
    first, last = marks[0], marks[-1]
    count = last[0] - first[0]
    return (last[1] - first[1]) / count, (last[2] - first[2]) / count


def stop_latency(server, after):
    """Return seconds from the request to the state, and evaluations made meanwhile."""
    number = server.begin(100_000)
    asked = []

    def on_run(run):
        if run["last"] and run["last"][0] >= after and not asked:
            asked.append((time.perf_counter(), run["last"][0]))
            server.ask(f"/api/runs/{number}/stop", "POST").read()

    run = server.watch(number, on_run)
    return time.perf_counter() - asked[0][0], run["last"][0] - asked[0][1]


def bare():
    done = subprocess.run([sys.executable, "-c", BARE], capture_output=True, text=True,
                          check=True, env=ONE_THREAD)  # fmt: skip
    return float(done.stdout)


def measure():
    server = Served()
    rows = {"bare": [], 1: [], 4: []}
    for _ in range(REPEATS):
        rows["bare"].append((bare(), 0.0))
        for clients in (1, 4):
            rows[clients].append(served(server, clients))
    stops = [stop_latency(server, after) for after in (3, 5, 8)]
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) // 1024
    server.end()
    base = statistics.median(run for run, _ in rows["bare"])
    spread = [run / base for run, _ in rows["bare"]]
    lines = [
        "# What serving costs a run",
        "",
        f"gatys, {SIZE} pixels, engine cpu, 1 thread; processor time an evaluation beside a bare",
        f"run's {base:.3f} s, medians of {REPEATS}; bare runs alone differ by {min(spread):.2f} to "
        f"{max(spread):.2f}. Written by `python bench/serve.py`.",
        "",
        "| pages that watch | the run | the server |",
        "|---|---|---|",
    ]
    for clients in (1, 4):
        run, own = (statistics.median(row[at] for row in rows[clients]) / base for at in (0, 1))
        lines.append(f"| {clients} | {run:.2f} | {own:.3f} |")
    told = ", ".join(f"{count}" for _, count in stops)
    lines += ["", f"Evaluations between the request to stop and the end: {told}. The server's peak",
              f"memory: {peak} MB."]  # fmt: skip
    RESULT.write_text("\n".join(lines) + "\n")
    print(RESULT.read_text())


def cycle(times):
    """Start and end the server with a run in it; every third time by SIGKILL."""
    with tempfile.TemporaryDirectory() as folder:
        ONE_THREAD["TMPDIR"] = folder
        ONE_THREAD["BACKPAINT_CYCLE"] = folder
        for number in range(times):
            server = Served()
            if number % 10 == 0:
                server.begin(100_000, 32)
            is_killed = number % 3 == 0 and number < times - 1  # the next one sweeps its folder
            server.process.kill() if is_killed else server.process.terminate()
            server.process.wait(30)
            server.process.stdout.close()
        time.sleep(6)
        left = [entry for entry in Path("/proc").glob("[0-9]*") if belongs(entry, folder)]
        folders = list(Path(folder).glob("backpaint-serve-*"))
        print(f"{times} cycles: {len(left)} processes and {len(folders)} folders left", left)


def belongs(entry, folder):
    try:
        return f"BACKPAINT_CYCLE={folder}".encode() in (entry / "environ").read_bytes()
    except OSError:
        return False


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cycles", type=int, help="start and stop the server so often")
    options = parser.parse_args()
    cycle(options.cycles) if options.cycles else measure()
