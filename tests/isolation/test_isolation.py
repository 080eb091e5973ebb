"""A child process may crash, hang, or eat memory: the parent only hears of it."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from backpaint.errors import RunError
from backpaint.isolation import child as child_module
from backpaint.isolation import shared_child
from backpaint.isolation.answer import ChildError, parse_answer, parse_part
from backpaint.isolation.child import Child
from backpaint.isolation.limits import Limits
from backpaint.isolation.returned import Refusal
from backpaint.isolation.shared_child import SharedChild


@contextmanager
def called(function, *arguments, limits=None):
    with (
        closing(Child(function.__module__, limits)) as child,
        child.call(function, *arguments) as answer,
    ):
        yield answer


def failure(function, argument="some.mat", limits=None):
    with pytest.raises(ChildError) as caught, called(function, argument, limits=limits):
        pass
    return str(caught.value)


def test_values_and_arrays_come_back(misbehaving):
    with called(misbehaving.parrot, "día") as answer:
        assert answer.values == {"text": "día"}
        expected = [np.asarray(array) for array in misbehaving.parrot("")[1]]
        assert [array.shape for array in answer.arrays] == [array.shape for array in expected]
        for number in (3, 1, 0, 2, 6, 4, 5):  # in any order
            array = answer.arrays[number].read()
            assert array.dtype == expected[number].dtype
            assert array.flags.c_contiguous
            assert np.array_equal(array, expected[number])


def test_a_complaint_is_told(misbehaving):
    assert failure(misbehaving.complains) == "it is damaged or cut short (cannot parse some.mat)"
    assert failure(misbehaving.returns_objects) == "it holds values of type 'O'"
    assert "not JSON serializable" in failure(misbehaving.returns_bytes)


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"\xff", b"3", b"null", b'"raise"', b"[]", b"{}", b'{"arrays": []}'),
        *(b'{"values": 1, "arrays": 3}', b'{"values": 1, "arrays": ["abc"]}'),
        *(b'{"values": 1, "arrays": [["f", [-1]]]}', b'{"values": 1, "arrays": [[3, [1]]]}'),
        *(b'{"values": 1, "arrays": [["f", [null]]]}', b"[" * 100_000),
    ],
)
def test_nonsense_is_no_answer(line):
    with pytest.raises(ChildError, match="its parser answers nonsense"):
        parse_answer(line, np.empty)


def test_a_refusal_is_told(misbehaving):
    with pytest.raises(Refusal) as refusal, called(misbehaving.refuses, "x"):
        pass
    assert (refusal.value.found, refusal.value.expected) == ("is a joke", "an earnest file")


@pytest.mark.parametrize(
    ("function", "signal_or_code"), [("crashes", "SIGSEGV"), ("exits", "exit code 0")]
)
def test_a_crash_is_told(function, signal_or_code, misbehaving):
    assert failure(getattr(misbehaving, function)) == f"its parser crashes ({signal_or_code})"


def test_an_array_may_come_in_parts(misbehaving):
    with called(misbehaving.streams, "ends well") as answer:
        assert answer.arrays[0].shape == (3, 4)
        assert np.array_equal(answer.arrays[0].read(), np.arange(12).reshape(3, 4))
        assert answer.arrays[1].read().sum() == 2


@pytest.mark.parametrize(
    ("ending", "kind", "says"),
    [
        ("refuses", Refusal, "holds no third row"),
        ("complains", ChildError, r"it is damaged or cut short \(a bad checksum\)"),
        ("crashes", ChildError, r"its parser crashes \(SIGSEGV\)"),
    ],
)
def test_a_part_may_fail(ending, kind, says, misbehaving):
    with (
        pytest.raises(kind, match=says),
        called(misbehaving.streams, ending) as answer,
    ):
        answer.arrays[0].read()


def test_more_than_an_array_is_nonsense(misbehaving):
    with called(misbehaving.streams, "babbles") as answer:
        answer.arrays[0].read()
        with pytest.raises(ChildError, match="its parser answers nonsense"):
            answer.arrays[1].read()


@pytest.mark.parametrize(
    "line", [b"", b"3", b"{}", b'{"bytes": 0}', b'{"bytes": -1}', b'{"bytes": 9}', b'{"bytes": []}']
)
def test_nonsense_is_no_part(line):
    assert parse_part(b'{"bytes": 8}', 8) == 8
    with pytest.raises(ChildError, match="its parser answers nonsense"):
        parse_part(line, 8)


def test_a_crash_while_sending(misbehaving):
    with called(misbehaving.crashes_late, "x") as answer:
        for _ in range(2):
            with pytest.raises(ChildError, match=r"its parser crashes \(SIGSEGV\)"):
                answer.arrays[0].read()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit address space")
def test_memory_is_limited(misbehaving):
    says = failure(misbehaving.eats_memory, limits=Limits(memory=1 << 30))
    assert says.startswith("it needs more memory than it may use (Unable to allocate 2.00 GiB")


@pytest.mark.parametrize("function", ["sleeps", "works_forever"])
def test_time_is_limited(function, misbehaving):
    start = time.monotonic()
    with closing(Child("misbehaving", Limits(seconds=20))) as child:
        child._limits = Limits(seconds=0.2)  # once it is there, which may take longer
        with (
            pytest.raises(ChildError, match=r"^it takes longer than 0\.2 s$"),
            child.call(getattr(misbehaving, function), "some.mat"),
        ):
            pass
    assert time.monotonic() - start < 20


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_nothing_is_written(misbehaving, tmp_path):
    assert "damaged" in failure(misbehaving.writes, str(tmp_path / "written"))
    assert (tmp_path / "written").read_bytes() == b""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems lack some of them")
def test_limits_are_hard(misbehaving):
    """Not even code in the child may lift them."""
    expected = {
        "RLIMIT_AS": 1 << 30,
        "RLIMIT_CPU": 14,  # for the call, and for those before
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": 32,
        "RLIMIT_NPROC": 0,
    }
    limits = Limits(memory=1 << 30, seconds=7, may_start=False)
    with called(misbehaving.limits, *expected, limits=limits) as answer:
        assert answer.values == {name: [limit, limit] for name, limit in expected.items()}
    with called(misbehaving.privileges) as answer:
        assert answer.values == ["NoNewPrivs:\t1"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no such limit")
def test_whether_threads_may_start(misbehaving):
    with called(misbehaving.starts_a_thread) as answer:
        assert answer.values == 0
    if os.geteuid() != 0:  # whom this limit does not bind
        with (
            pytest.raises(ChildError, match="can't start new thread"),
            called(misbehaving.starts_a_thread, limits=Limits(may_start=False)),
        ):
            pass


def test_a_process_that_cannot_be_started(monkeypatch):
    with pytest.raises(RunError, match=r"cannot be started \(it ends at once\)"):
        Child("no_such_module")
    with pytest.raises(RunError, match=r"cannot be started \(it takes longer than 0\.001 s\)"):
        Child("json", Limits(seconds=0.001))
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(RunError, match=r"cannot be started \(No such file or directory\); expect"):
        Child("json")


# One child for several files


@pytest.fixture
def shared(misbehaving):
    with closing(SharedChild("misbehaving", Limits(seconds=20))) as child:
        yield child


def whose(shared, misbehaving):
    with shared.call(misbehaving.process_id) as answer:
        return answer.values


def test_calls_share_a_process_until_one_fails(shared, misbehaving):
    first = whose(shared, misbehaving)
    assert whose(shared, misbehaving) == first
    with pytest.raises(ChildError), shared.call(misbehaving.crashes, "x"):
        pass
    second = whose(shared, misbehaving)
    assert second != first
    with pytest.raises(KeyboardInterrupt), shared.call(misbehaving.parrot, "x"):
        raise KeyboardInterrupt  # and its arrays remain unread
    assert whose(shared, misbehaving) != second


def test_a_process_that_others_ended_is_replaced(shared, misbehaving):
    first = whose(shared, misbehaving)
    os.kill(first, signal.SIGTERM)
    deadline = time.monotonic() + 10
    while shared._child.is_running and time.monotonic() < deadline:
        time.sleep(0.01)
    assert whose(shared, misbehaving) != first


def test_a_process_whose_time_is_nearly_used_up_is_replaced(shared, misbehaving):
    """It has a limit of processor time for its life, which no innocent file may meet."""
    first = whose(shared, misbehaving)
    shared._child._spent += 19.9  # of 20 s for each of two calls
    assert whose(shared, misbehaving) == first
    shared._child._spent += 0.2
    assert whose(shared, misbehaving) != first


def test_a_late_alarm_spares_the_next_file(shared, misbehaving):
    """The alarm may ring when an answer is complete, but not yet canceled."""
    first = whose(shared, misbehaving)
    shared._child._expire()
    assert whose(shared, misbehaving) != first


def test_an_interrupted_start_leaves_no_process(monkeypatch):
    monkeypatch.setattr(Child, "_line", interrupt)
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1]
    )
    with pytest.raises(KeyboardInterrupt):
        Child("json")
    assert started[0].returncode is not None


def interrupt(self):
    raise KeyboardInterrupt


def exists(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_idle_process_ends(shared, misbehaving, monkeypatch):
    monkeypatch.setattr(shared_child, "_IDLE_SECONDS", 0.05)
    first = whose(shared, misbehaving)
    deadline = time.monotonic() + 10
    while exists(first) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert whose(shared, misbehaving) != first


def test_threads_wait_for_each_other(shared, misbehaving):
    found = []

    def ask(number):
        with shared.call(misbehaving.parrot, f"{number}") as answer:
            found.append((answer.values["text"], answer.arrays[0].read().sum()))

    threads = [threading.Thread(target=ask, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted((str(number), 276.0) for number in range(20))


FORKED = """
import os
import misbehaving
from backpaint.isolation.shared_child import SharedChild

shared = SharedChild("misbehaving")
def whose():
    with shared.call(misbehaving.process_id) as answer:
        return answer.values
first = whose()
child = os.fork()
if child == 0:
    os._exit(0 if whose() != first and whose() != first else 1)
assert os.waitpid(child, 0)[1] == 0
assert whose() == first
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_starts_its_own(misbehaving):
    subprocess.run([sys.executable, "-W", "error", "-c", FORKED], check=True)


@pytest.mark.parametrize("place", ["clone", "a:b clone", "clone.zip"])
def test_the_child_takes_the_very_package_of_its_parent(tmp_path, place):
    """As in a notebook that puts a clone on its path and then changes its folder."""
    source = Path(child_module.__file__).parents[1]
    kept = tmp_path / "kept" / "backpaint"
    kept.mkdir(parents=True)
    for name in ("__init__.py", "errors.py"):
        shutil.copy(source / name, kept)
    shutil.copytree(source / "isolation", kept / "isolation")
    (kept / "isolation" / "here.py").write_text("def here(): return __file__, []\n")
    if place.endswith(".zip"):
        shutil.make_archive(str(tmp_path / "clone"), "zip", tmp_path / "kept")
    else:
        (tmp_path / "kept").rename(tmp_path / place)
    code = f"""
import os, sys
sys.path.insert(0, {place!r})
from backpaint.isolation.child import Child
from backpaint.isolation import here
os.chdir("/")
child = Child("backpaint.isolation.here")
with child.call(here.here) as answer:
    print(answer.values)
child.close()
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert run.stdout.startswith(str(tmp_path / place)), run.stderr
