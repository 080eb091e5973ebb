"""What the child does where Linux' means are missing, as far as Linux can show it."""

import signal
import subprocess
import sys
import time
from contextlib import closing

import pytest

from backpaint.isolation import child as child_module
from backpaint.isolation.answer import ChildError
from backpaint.isolation.child import Child
from backpaint.isolation.limits import Limits

LIMITED = """
import sys
sys.platform = {platform!r}
from backpaint.isolation.restrict import restrict
restrict(memory=1 << 30, seconds=7, may_start=False)
import resource
for name in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_NPROC"):
    print(name, *resource.getrlimit(getattr(resource, name)))
print(*[line for line in open("/proc/self/status") if line.startswith("NoNewPrivs")])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="compares with what Linux has")
def test_macos_gets_every_limit_but_memory():
    """It would refuse a limit below what it already maps, and has no such privileges."""
    run = subprocess.run(
        [sys.executable, "-c", LIMITED.format(platform="darwin")],
        capture_output=True,
        text=True,
        check=True,
    )
    *limits, privileges = run.stdout.split("\n")[:6]
    found = {line.split()[0]: line.split()[1:] for line in limits}
    memory = found.pop("RLIMIT_AS")
    assert memory != [str(1 << 30)] * 2
    assert found == {
        "RLIMIT_CPU": ["7", "7"],
        "RLIMIT_FSIZE": ["0", "0"],
        "RLIMIT_NOFILE": ["32", "32"],
        "RLIMIT_NPROC": ["0", "0"],
    }
    assert privileges.split() == ["NoNewPrivs:", "0"]


@pytest.fixture
def without_limits(tmp_path, monkeypatch):
    """Let children meet Windows' answer to `import resource`."""
    (tmp_path / "resource.py").write_text("raise ImportError('as on Windows')\n")
    monkeypatch.syspath_prepend(str(tmp_path))


def failure(function, seconds=20.0):
    """Call a function with a limit that begins once the child is there."""
    with closing(Child(function.__module__, Limits(seconds=20))) as child:
        child._limits = Limits(seconds=seconds)
        with pytest.raises(ChildError) as caught, child.call(function, "some.mat"):
            pass
    return str(caught.value)


def test_without_limits_a_crash_is_still_told(misbehaving, without_limits):
    assert failure(misbehaving.crashes).startswith("its parser crashes")


def test_without_limits_time_is_still_limited(misbehaving, without_limits):
    start = time.monotonic()
    assert failure(misbehaving.sleeps, seconds=0.2) == "it takes longer than 0.2 s"
    assert time.monotonic() - start < 20


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have none of them")
def test_there_really_were_no_limits(misbehaving, without_limits, monkeypatch):
    with (
        closing(Child(misbehaving.__name__, Limits(seconds=20))) as child,
        pytest.raises(ChildError, match="as on Windows"),
        child.call(misbehaving.limits, "RLIMIT_AS"),
    ):
        pass


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (-int(signal.SIGSEGV), "SIGSEGV"),
        (3221225477, "exit code 3221225477"),  # STATUS_ACCESS_VIOLATION, of Windows
        (1, "exit code 1"),
    ],
)
def test_how_a_child_ended(code, says):
    assert child_module._ending(code) == says
