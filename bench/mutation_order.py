"""Tests in the order in which they say most a second.  Used by `mutation_sample.py`."""

import os
from collections import Counter
from collections.abc import Sequence

import pytest


class Order:
    """A plugin of pytest: what speaks of a mutant first, one case of each test before the second.

    Parameters
    ----------
    words : sequence of str
        Names of the mutated file and function.
    seconds : float
        Of the processor, of this process since it was forked and of what it has waited for, after
        which no other test is begun.  The first is always run.
    """

    def __init__(self, words: Sequence[str], seconds: float) -> None:
        self._words = [word.strip("_") for word in words if word.strip("_")]
        self._seconds = seconds
        self._first: pytest.Item | None = None
        self._left_out = 0

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Sort by how often a test's function came before, and by how late its file was named."""
        files = {path: place for place, path in enumerate(dict.fromkeys(i.path for i in items))}
        cases: Counter[str] = Counter()
        order = {}
        for item in items:
            function = item.nodeid.partition("[")[0]
            speaks = any(word in item.nodeid for word in self._words)
            order[item.nodeid] = (not speaks, cases[function] + files[item.path])
            cases[function] += 1
        items.sort(key=lambda item: order[item.nodeid])
        self._first = items[0] if items else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Pass over a test if the time is up; true says to pytest that it is done."""
        is_late = sum(os.times()[:4]) > self._seconds and item is not self._first
        self._left_out += is_late
        return True if is_late else None

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line(f"{self._left_out} left out for time")
