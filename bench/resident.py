"""The memory of a process on Linux: what of it is its own, and a limit that holds for all of it.

Pages of a file that is mapped count as resident while they lie in memory, and the system may take
them back at any time: the file has them.  A process's own pages (anonymous and shared ones) it can
not take back without swap.  So a peak of resident memory does not tell how much is needed.  What is
its own does, about; a run in a group with a limit (a control group of Linux, version 1 or 2) proves
it: there the system takes back what it can, and kills who needs more.  What is charged to a group
are all pages that it is the first to touch: its own, and those of files, unless they lay in memory
before, as those of libraries may, which then are charged to another.
"""

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

GROUPS = Path("/sys/fs/cgroup")
EVERY = 0.02
"""Seconds between two looks."""
OWN = ("RssAnon:", "RssShmem:")
"""Shared pages among them, and so files of a folder that is itself memory (tmpfs)."""


def own_bytes(*kinds: str) -> int:
    """Return how much memory is this process's own now, or of some kinds of `OWN`."""
    lines = map(str.split, Path("/proc/self/status").read_text().splitlines())
    return 1024 * sum(int(line[1]) for line in lines if line and line[0] in (kinds or OWN))


class OwnMemory:
    """Look, within a block, how much memory is this process's own.

    Attributes
    ----------
    before, peak : int
        Bytes at the beginning, and the most that was seen.
    """

    def __enter__(self) -> "OwnMemory":
        self.before = self.peak = own_bytes()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        self.peak = max(self.peak, own_bytes())

    def _look(self) -> None:
        while not self._over.wait(EVERY):
            self.peak = max(self.peak, own_bytes())


def run_limited(words: Sequence[str], nbytes: int) -> int:
    """Run a program in a group that has so many bytes of memory and no swap.

    Returns
    -------
    int
        Its exit status; -9 where the system has killed it, as it does where memory runs out.
    """
    with limited_group(nbytes) as group:
        process = subprocess.Popen(
            words, preexec_fn=lambda: (group / "cgroup.procs").write_text(f"{os.getpid()}")
        )
        return process.wait()


@contextlib.contextmanager
def limited_group(nbytes: int) -> Iterator[Path]:
    """Make a control group with a limit, and remove it in the end.

    Raises
    ------
    SystemExit
        If the system has none, or this user may make none.
    """
    new, old = GROUPS / "cgroup.controllers", GROUPS / "memory"
    is_new = new.exists() and "memory" in new.read_text().split()
    group = (GROUPS if is_new else old) / f"backpaint-{os.getpid()}"
    limits = {"memory.limit_in_bytes": nbytes, "memory.memsw.limit_in_bytes": nbytes}
    if is_new:
        limits = {"memory.max": nbytes, "memory.swap.max": 0}
    try:
        if is_new:
            (GROUPS / "cgroup.subtree_control").write_text("+memory")
        group.mkdir()
    except OSError as error:
        raise SystemExit(
            f"no group with a limit can be made in {GROUPS} ({error.strerror}); expected control "
            "groups of Linux with the controller memory, and the rights of root"
        ) from None
    try:
        for name, limit in limits.items():
            if (group / name).exists():  # where the kernel counts no swap, there is no such limit
                (group / name).write_text(f"{limit}")
        yield group
    finally:
        group.rmdir()
