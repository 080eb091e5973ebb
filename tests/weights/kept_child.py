"""One child process for the files of many tests: a child for each costs more than its file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from backpaint.isolation.answer import Answer, ChildError
from backpaint.isolation.child import Child
from backpaint.isolation.limits import Limits
from backpaint.isolation.returned import Refusal
from backpaint.weights.assembly.stored import UnsuitableFileError
from backpaint.weights.formats import isolated

_KEPT: dict[tuple[str, Limits], Child] = {}


class KeptChild:
    """A `Child` that the next test goes on with, unless its parser crashed or was late."""

    def __init__(self, module: str, limits: Limits) -> None:
        self._key = (module, limits)
        kept = _KEPT.pop(self._key, None)
        if kept is not None and not kept.is_running:
            kept.close()
            kept = None
        self._child = kept or Child(module, limits)
        self._is_sound = True

    @contextmanager
    def call(self, function: Callable[..., Any], *arguments: Any) -> Iterator[Answer]:
        try:
            with self._child.call(function, *arguments) as answer:
                yield answer
        except BaseException as error:
            is_answer = isinstance(error, Refusal | UnsuitableFileError | ChildError)
            self._is_sound = is_answer and "nonsense" not in str(error)
            raise

    def close(self) -> None:
        if self._is_sound and self._child.is_running and self._key not in _KEPT:
            _KEPT[self._key] = self._child
        else:
            self._child.close()


@pytest.fixture(scope="session", autouse=True)
def kept_children_end() -> Iterator[None]:
    yield
    while _KEPT:
        _KEPT.popitem()[1].close()


@pytest.fixture(autouse=True)
def parsers_keep_their_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files of many tests go through one child; tests of crashes do without."""
    monkeypatch.setattr(isolated, "Child", KeptChild)
