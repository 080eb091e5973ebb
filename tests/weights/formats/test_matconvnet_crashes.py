"""Files before MATLAB 7.3 that end SciPy's parser, or would if they could: made by the fuzzer."""

import random
from pathlib import Path

import pytest

from backpaint.errors import UsageError
from backpaint.weights import load_weights

BENCH = Path(__file__).parents[3] / "bench"
DEPTH = 60_000


@pytest.fixture(autouse=True)
def parsers_keep_their_child():
    """Give every file its own, as the program does: here they end."""


@pytest.fixture
def matlab(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    from harm import matlab

    return matlab


def sentence(path):
    with pytest.raises(UsageError) as refusal:
        load_weights(path)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_cells_in_cells_end_the_parser_alone(matlab, tmp_path):
    """SciPy calls itself for each of them, until its stack is used up."""
    (tmp_path / "deep.mat").write_bytes(matlab.HEADER + matlab.nested(matlab.CELL, DEPTH))
    says = sentence(tmp_path / "deep.mat")
    assert "parser crashes (SIGSEGV)" in says or "damaged or cut short" in says


def test_packed_again_and_again(matlab, tmp_path):
    content = matlab.array(matlab.CELL, (1, 1))
    for _ in range(200):
        content = matlab.packed(content)
    (tmp_path / "packed.mat").write_bytes(matlab.HEADER + content)
    assert "packed.mat" in sentence(tmp_path / "packed.mat")


@pytest.mark.slow
def test_every_made_file_is_refused_with_a_sentence(matlab, tmp_path):
    path = tmp_path / "harmful.mat"
    for number in range(12):
        matlab.crafted(path, None, random.Random(number))
        sentence(path)
