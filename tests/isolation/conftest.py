"""Functions for a child process, each bad in its own way."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def misbehaving(monkeypatch):
    folder = str(Path(__file__).parent)
    monkeypatch.setenv("PYTHONPATH", folder, prepend=os.pathsep)  # for the child
    monkeypatch.syspath_prepend(folder)
    import misbehaving

    return misbehaving
