"""A real server in a process of its own, and a way to speak with it down to single bytes."""

import contextlib
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

MARK = "BACKPAINT_TEST_MARK"
"""A variable of the environment, which all processes of a server inherit."""
PATIENCE = 120
"""Seconds for whatever is waited for."""
WHOLE = "BACKPAINT_TESTS_WHOLE"
"""A variable of the environment: where it is set, nothing that a test needs may be missing."""


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Fail where a file is skipped for want of something."""
    return unless_whole((yield))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Fail where a test is skipped for want of something."""
    return unless_whole((yield))


def unless_whole(report):
    """Turn a skip into a failure where that is asked for."""
    if report.skipped and not hasattr(report, "wasxfail") and WHOLE in os.environ:
        report.outcome, report.longrepr = "failed", f"{WHOLE} is set: {report.longrepr[-1]}"
    return report


@contextlib.contextmanager
def on_one_processor():
    """Leave the others to the tests beside: runs that only have to go on take all they get."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    os.sched_setaffinity(0, {sorted(allowed)[worker % len(allowed)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


class Served:
    """A server that runs."""

    def __init__(self, folder, *arguments, program=("-m", "backpaint")):
        self.mark = secrets.token_hex(8)
        self.folder = folder
        self._errors = folder / f"{self.mark}.txt"
        variables = {"OPENBLAS_NUM_THREADS": "1", "TMPDIR": str(folder), MARK: self.mark}
        with self._errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, *program, "serve", "--port", "0", *map(str, arguments)],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=os.environ | variables,
            )
        self.address = self.process.stdout.readline().split()[1]
        parts = urlsplit(self.address)
        self.port, self.token = parts.port, parts.query.removeprefix("token=")
        self.host = f"127.0.0.1:{self.port}"
        self.known = {"Authorization": f"Bearer {self.token}", "X-Backpaint": "1"}

    def ask(self, path, method="GET", body=None, **headers):
        """Return status and body; JSON where it is some."""
        status, told, content = self.ask_fully(path, method, body, self.known | headers)
        is_json = told.get("content-type", "").startswith("application/json")
        return status, json.loads(content) if is_json else content

    def ask_fully(self, path, method="GET", body=None, headers=None):
        """Return status, headers and bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            data = json.dumps(body) if isinstance(body, dict) else body
            connection.request(method, path, data, headers or {})
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()

    def raw(self, request):
        """Send bytes as they are; return the first line of what comes, or nothing."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(request)
            with contextlib.suppress(ConnectionResetError):
                return connection.recv(4096).split(b"\r\n", 1)[0].decode()
            return ""

    def begin(self, **changes):
        status, answer = self.ask("/api/runs", "POST", order(**changes))
        assert status == 202, answer
        return answer["run"]

    def run(self, number):
        """Tell how a run stands, with all of its records."""
        return self.follow(number, lambda run: True)

    def follow(self, number, is_enough):
        """Hear of a run until that is enough; tell how it stands then."""
        with contextlib.closing(self.stream(number)) as stream:
            records = []
            while True:
                message = json.loads(stream.message())
                records[message["place"] :] = message["records"]
                run = next(run for run in message["runs"] if run["number"] == number)
                is_whole = run["last"] is None or (records and records[-1][0] >= run["last"][0])
                if is_whole and is_enough(run | {"records": records}):
                    return run | {"records": records}

    def stream(self, number):
        return Stream(self, f"/api/events?run={number}")

    def wait(self, number, *states, records=0):
        """Wait until a run is in one of some states, or has so many records."""
        return self.follow(
            number,
            lambda run: run["state"] in states or 0 < records <= len(run["records"]),
        )

    def processes(self):
        """List the processes that this server started, and itself, by their numbers."""
        wanted, found = f"{MARK}={self.mark}".encode(), []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                is_process = entry.name.isdecimal()
                if is_process and wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
        return found

    def children(self, module=""):
        """List the processes that it started whose command names a module."""
        found = []
        for number in self.processes():
            with contextlib.suppress(OSError):
                words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
                if number != self.process.pid and any(module.encode() in word for word in words):
                    found.append(number)
        return found

    def told(self):
        """Return what it wrote to its terminal besides the address."""
        return self._errors.read_text()

    def folders(self):
        return sorted(self.folder.glob("backpaint-serve-*"))

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        code = self.process.wait(60)
        self.process.stdout.close()
        return code


class Stream:
    """A stream of events."""

    def __init__(self, served, path):
        self._end = time.monotonic() + PATIENCE
        self._connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
        self._connection.request("GET", path, headers=served.known)
        self.answer = self._connection.getresponse()

    def message(self):
        """Wait for the next message; between them come signs of life."""
        while not (line := self.answer.readline()).startswith(b"data: "):
            assert line, "the stream ended"
            assert time.monotonic() < self._end, "what was waited for did not come"
        return line[6:]

    def close(self):
        self.answer.close()
        self._connection.close()


def order(iterations=3, size=32, **others):
    """What the page would send: a tiny painting by the default recipe, without SciPy."""
    tables = {
        "images": {"size": size},
        "optimizer": {"method": "adam", "iterations": iterations, "rate": 0.1},
    }
    return {"content": "cat", "style": "swirls", "tables": tables} | others


ENDLESS = {
    "images": {"size": 32},
    "optimizer": {"method": "adam", "iterations": 100_000, "rate": 1.0},
    "content": {"weight": 1.0, "divisor": "2", "layers": {"relu1_1": 1.0}},
    "style": {
        "weight": 1.0,
        "gram_divisor": "M",
        "divisor": "4 C^2",
        "layers": {"relu1_1": 1.0},
    },
}
"""Tables of a run that somebody ends, of the first layer alone: it begins sooner."""
SHORT = ENDLESS | {"optimizer": {"method": "adam", "iterations": 2, "rate": 1.0}}
"""The same, which ends soon."""


def until(condition, seconds=60):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """One server for all tests that leave it as it is, on one processor; others have all."""
    needs_web()
    keep = tmp_path_factory.mktemp("kept")
    with on_one_processor():
        server = Served(tmp_path_factory.mktemp("served"), "--keep", keep)
    server.keep = keep
    yield server
    assert server.end() == 0
    assert server.told() == ""
    assert server.folders() == []
    assert server.processes() == []


@pytest.fixture
def serve(tmp_path):
    """Start servers of one's own; they are killed at the end."""
    needs_web()
    started = []

    def start(*arguments, **options):
        started.append(Served(tmp_path, *arguments, **options))
        return started[-1]

    yield start
    for server in started:
        for number in {*server.processes(), server.process.pid}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        server.process.wait()
        server.process.stdout.close()


def needs_web():
    for name in ("starlette", "uvicorn"):
        pytest.importorskip(name, reason=f"needs {name}: pip install '.[web]'")
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc, to see which processes there are")
