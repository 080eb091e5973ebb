"""Workers of Dask, real processes: the same bits for any number, and with one killed on the way."""

import gc
import os
import signal
import socket
import time
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec

import pytest

from backpaint.cluster import connection, dask_crew
from backpaint.cluster.crew import SerialCrew, WorkerFull
from backpaint.cluster.wanted import worker_name, worker_of
from backpaint.cluster.work import tile_gradient, tile_sums
from backpaint.errors import UsageError

from ..problems import start
from .test_tiles import in_tiles, problem_of, require_equal

pytestmark = [
    # not by an import, which is slow: by default no test of this file runs
    pytest.mark.skipif(find_spec("distributed") is None, reason="needs the extra `cluster`"),
    pytest.mark.slow,
    pytest.mark.filterwarnings("default::ResourceWarning"),  # sockets of Dask, which it closes
]


class Murderous:
    """A crew whose worker that has the last tile is killed while a pass is on its way."""

    def __init__(self, crew, during):
        self.threads, self._crew, self._during = crew.threads, crew, during
        self._last, self.killed = None, []

    def submit(self, function, *arguments):
        ticket = self._crew.submit(function, *arguments)
        if function is self._during:
            self._last = arguments[2]  # its window, which lies where it will be computed
        return ticket

    def result(self, ticket):
        if self._last is not None and not self.killed:
            client = self._crew._client
            while not self._last.done():
                time.sleep(0.01)
            (holder, *_), *_ = client.who_has([self._last]).values()
            self.killed.append(client.run(os.getpid, workers=[holder])[holder])
            os.kill(self.killed[0], signal.SIGKILL)
        return self._crew.result(ticket)


@pytest.fixture(scope="module")
def crew():
    crew = dask_crew.DaskCrew(3, threads=1)
    yield crew
    pids = [*crew._client.run(os.getpid).values()]
    crew.close()
    assert not [pid for pid in pids if is_alive(pid)]


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def problem():
    return problem_of((75, 11))


@pytest.fixture(scope="module")
def alone(problem):
    return in_tiles(problem, SerialCrew(1)).evaluate(start(problem))


def test_nobody_else_can_reach_them(crew):
    def listening():
        import pathlib

        inodes = set()
        for link in pathlib.Path("/proc/self/fd").iterdir():
            try:
                inodes.add(str(link.readlink()).removeprefix("socket:[").removesuffix("]"))
            except OSError:
                continue
        found = []
        for name in ("tcp", "tcp6"):
            for line in pathlib.Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
                words = line.split()
                if words[3] == "0A" and words[9] in inodes:
                    found.append(words[1].split(":"))
        return found

    everywhere = {**crew._client.run(listening), "here": listening()}
    assert all(everywhere.values()), everywhere
    places = [place for found in everywhere.values() for place in found]
    assert {host for host, _ in places} == {"0100007F"}
    assert crew._client.scheduler.address.startswith("tls://127.0.0.1:")
    for _, port in places:
        for page in PAGES:
            assert not answers(int(port, 16), page), (port, page)


PAGES = ["/health", "/metrics", "/json/identity.json", "/info/main/workers.html", "/info/logs.html"]


def answers(port, page):
    """Whether somebody without a certificate gets a page there."""
    asking = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        asking.request("GET", page)
        return asking.getresponse().status != 404
    except (HTTPException, OSError):  # it speaks TLS, or nothing
        return False
    finally:
        asking.close()


@pytest.mark.parametrize("during", [tile_sums, tile_gradient], ids=lambda f: f.__name__)
def test_bits_with_a_worker_killed(crew, problem, alone, during):
    objective = in_tiles(problem, Murderous(crew, during))
    require_equal(objective.evaluate(start(problem)), alone)
    assert len(objective._crew.killed) == 1
    require_equal(objective.evaluate(start(problem)), alone)


def test_ctrl_c_is_not_for_workers(crew):
    crew._client.wait_for_workers(3, timeout=120)  # those that were killed are replaced
    pids = set(crew._client.run(os.getpid).values())
    for pid in pids:
        os.kill(pid, signal.SIGINT)
    time.sleep(0.2)
    assert set(crew._client.run(os.getpid).values()) == pids


@pytest.mark.parametrize("workers", [2, 1])
def test_bits_with_fewer_workers(crew, problem, alone, workers):
    crew._client.wait_for_workers(workers + 1, timeout=120)  # those that were killed are replaced
    addresses = [*crew._client.nthreads()]
    crew._client.retire_workers(addresses[workers:], close_workers=True)
    require_equal(in_tiles(problem, crew).evaluate(start(problem)), alone)
    assert len(crew._client.nthreads()) == workers

    def maps_held():  # inside, for the workers lack this module
        from backpaint.cluster import work

        return len(work._held)

    gc.collect()
    end = time.monotonic() + 60
    while any(crew._client.run(maps_held).values()):
        assert time.monotonic() < end


def test_what_a_worker_refuses_is_heard(crew, problem):
    objective = in_tiles(problem, crew)
    objective._specs[:] = [of_other_weights(spec) for spec in objective._specs]
    objective._renew_content()
    with pytest.raises(UsageError, match=r"the worker tls://.* found weights of SHA-256"):
        objective.evaluate(start(problem))


@pytest.mark.parametrize("kind", [ZeroDivisionError, TimeoutError, ConnectionError])
def test_an_error_that_nobody_foresaw_names_its_worker(crew, kind):
    def meet():
        raise kind("of a library")

    with pytest.raises(kind, match="of a library") as met:
        crew.result(crew.submit(meet))
    assert worker_of(met.value) in crew._client.nthreads()


def test_who_is_asked_computes_and_who_is_gone_is_replaced(crew):
    for name, is_busy in crew.workers.items():
        assert crew.result(crew.submit(worker_name, at=name)) == name
        assert not is_busy
    assert crew.result(crew.submit(worker_name, at="tls://127.0.0.1:9")) in crew.workers


def test_a_worker_without_memory_is_named(crew):
    def meet():
        raise MemoryError

    with pytest.raises(WorkerFull, match=r"the worker tls://.* has not enough memory") as met:
        crew.result(crew.submit(meet))
    assert met.value.worker in crew._client.nthreads()


def of_other_weights(spec):
    from dataclasses import replace

    return replace(spec, network=replace(spec.network, sha256="0" * 64))


def test_another_version_is_refused(crew, monkeypatch):
    monkeypatch.setattr(connection, "__version__", "9.9.9")
    with pytest.raises(UsageError, match=r"has backpaint 0\.1\.0, expected 9\.9\.9; install the"):
        connection.require_same(crew._client)


@pytest.mark.parametrize("is_there", [False, True])
def test_nobody_answers(monkeypatch, is_there):
    monkeypatch.setattr(connection, "CONNECT", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if is_there:
            silent.listen()
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(
            UsageError, match=r"answers at .tcp.*. \(nothing was said for 0.5 s\); "
        ):
            connection.connected(address)
