import multiprocessing
import os
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_info, threadpool_limits

from backpaint.cpu.threads import team as team_room
from backpaint.cpu.threads.team import Team, available_processors, single_threaded_blas
from backpaint.errors import UsageError


def blas_threads():
    return [info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"]


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 3, 20_000])
def test_each_task_runs_once_and_no_slot_twice_at_a_time(threads, count):
    done, busy = [0] * count, [threading.Lock() for _ in range(threads)]

    def task(slot, number):
        assert busy[slot].acquire(blocking=False)
        done[number] += 1
        busy[slot].release()

    Team(threads).run(task, count)
    assert done == [1] * count


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_in_a_task_reaches_the_caller(threads):
    def task(slot, number):
        raise RuntimeError(f"task {number}")

    with pytest.raises(RuntimeError, match="task"):
        Team(threads).run(task, 10)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_a_step_begins_when_the_one_before_is_over(threads):
    counts = [3, 1, 0, 40, 2]
    done = [0] * len(counts)
    lock = threading.Lock()

    def task_of(step):
        def task(slot, number):
            assert done[:step] == counts[:step]
            assert not any(done[step + 1 :])
            time.sleep(0.002 * (number % 2))
            with lock:
                done[step] += 1

        return task

    Team(threads).run_steps([[(task_of(step), count)] for step, count in enumerate(counts)])
    assert done == counts


def test_tasks_of_several_kinds_share_a_step():
    done = []
    kinds = [(lambda slot, number, kind=kind: done.append((kind, number)), 3) for kind in "ab"]
    Team(2).run_steps([kinds])
    assert sorted(done) == [(kind, number) for kind in "ab" for number in range(3)]


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_an_error_ends_all_steps(threads):
    later = []

    def fails(slot, number):
        if number == 1:
            raise RuntimeError(f"task {number}")

    def never(slot, number):
        later.append(number)

    with pytest.raises(RuntimeError, match="task 1"):
        Team(threads).run_steps([[(fails, 4)], [(never, 9)]])
    assert later == []


def test_overflow_in_a_task_is_not_a_warning():
    def task(slot, number):
        np.multiply(np.float32(3e38), np.ones(10, np.float32) * 10)

    Team(2).run(task, 4)


def test_blas_gets_its_threads_back():
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        with Team(2).at_work():
            assert set(blas_threads()) == {1}
        assert blas_threads() == before
        with pytest.raises(RuntimeError), Team(2).at_work():
            raise RuntimeError
        assert blas_threads() == before


def test_the_last_to_leave_lifts_the_limit():
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        inside, leave = threading.Event(), threading.Event()

        def other():
            with single_threaded_blas():
                inside.set()
                leave.wait()

        thread = threading.Thread(target=other)
        with single_threaded_blas():
            thread.start()
            inside.wait()
        assert set(blas_threads()) == {1}
        leave.set()
        thread.join()
        assert blas_threads() == before


LATER = """
from threadpoolctl import threadpool_info
from backpaint.cpu.threads.team import single_threaded_blas

def blas_threads():
    return [info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"]

print(*blas_threads())
with single_threaded_blas():
    print(*blas_threads())
    import scipy.linalg
    with single_threaded_blas():
        print(*blas_threads())
    print(*blas_threads())
print(*blas_threads())
with single_threaded_blas():
    print(*blas_threads())
print(*blas_threads())
"""


def test_the_library_that_scipy_brings_later_is_held_too():
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}
    command = [sys.executable, "-c", LATER]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    before, first, both, still, after, again, last = map(str.split, run.stdout.splitlines())
    assert set(first) == set(both) == set(still) == set(again) == {"1"}
    assert set(before) == set(after)
    assert len(both) == len(after) >= len(before)
    assert last == after


class OpenMP:
    """A library that counts as OpenMP does, for each thread apart; this machine may lack one."""

    user_api, internal_api, prefix, filepath = "blas", "openblas", "libopenblas", "libopenblas.so"
    threading_layer = "openmp"

    def __init__(self):
        self.counts = {}

    @property
    def here(self):
        return self.counts.get(threading.get_ident(), 4)

    def info(self, **asked):
        return {"user_api": self.user_api, "num_threads": self.here}

    def set_num_threads(self, count):
        self.counts[threading.get_ident()] = count


def test_openmp_is_held_in_every_thread_that_comes_and_given_back_to_it(monkeypatch):
    library, first, last = OpenMP(), threading.Event(), threading.Event()
    found = ThreadpoolController._from_controllers([library])
    monkeypatch.setattr(team_room, "_controller", lambda: found)
    seen = []

    def other():
        with single_threaded_blas():
            seen.append(library.here)
            first.set()
            last.wait()
        seen.append(library.here)

    thread = threading.Thread(target=other)
    with single_threaded_blas():
        thread.start()
        first.wait()
        seen.append(library.here)
    seen.append(library.here)
    last.set()
    thread.join()
    assert seen == [1, 1, 4, 4]


def test_two_callers_take_turns():
    team, inside = Team(2), []

    def caller():
        for _ in range(20):
            with team.at_work():
                inside.append(1)
                assert len(inside) == 1
                inside.pop()

    threads = [threading.Thread(target=caller) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


FORK = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork"
)


@FORK
def test_a_forked_child_has_the_threads_of_blas_that_its_parent_had_before():
    context = multiprocessing.get_context("fork")
    found = context.SimpleQueue()
    with threadpool_limits(2, user_api="blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of fork as such
        before = blas_threads()
        with single_threaded_blas():
            process = context.Process(target=lambda: found.put(blas_threads()))
            process.start()
            process.join(60)
            assert set(blas_threads()) == {1}
    assert found.get() == before


@FORK
def test_a_forked_child_can_work_while_its_parent_is_at_work():
    team = Team(2)
    total = multiprocessing.Value("i", 0)

    def task(slot, number):
        with total.get_lock():
            total.value += number

    def child():
        with team.at_work():
            team.run(task, 10)

    team.run(lambda slot, number: None, 4)  # the parent's threads exist
    with team.at_work(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of fork as such
        process = multiprocessing.get_context("fork").Process(target=child)
        process.start()
        process.join(30)
    assert process.exitcode == 0
    assert total.value == sum(range(10))


def test_threads():
    assert Team().threads == available_processors() >= 1
    with pytest.raises(UsageError, match="threads is 0"):
        Team(0)
