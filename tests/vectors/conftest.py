"""One parser process for the files of many tests."""

import pytest

from backpaint.weights.formats import isolated

from ..weights.kept_child import KeptChild, end_kept_children


@pytest.fixture(scope="session", autouse=True)
def kept_children_end():
    yield
    end_kept_children()


@pytest.fixture(autouse=True)
def parsers_keep_their_child(monkeypatch):
    monkeypatch.setattr(isolated, "Child", KeptChild)
