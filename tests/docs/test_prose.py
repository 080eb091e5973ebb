"""The rule of the prose, counted by `bench/words.py`, and counts that see what they should."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def words():
    spec = importlib.util.spec_from_file_location("words", ROOT / "bench" / "words.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["words"] = module  # dataclasses look there
    spec.loader.exec_module(module)
    yield module
    del sys.modules["words"]


def test_first_lines_are_noun_phrases_or_plain_statements(words):
    rooms = words.package_rooms(ROOT)
    assert {"reference", "cpu", "gpu", "weights", "src/backpaint"} <= set(rooms)
    broken = [
        f"{path.relative_to(ROOT)}, line {each.line}: {each.first_line}"
        for room in rooms
        for path in words.python_files(ROOT, room)
        for each in words.docstrings(path)
        if each.breaks_the_rule
    ]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("text", "breaks"),
    [
        ('"""What a module is."""', True),
        ('"""The parts of a module."""', False),
        ('class A:\n    """How it is done.\n\n    More.\n    """', True),
        ('def f():\n    """Give the size."""', True),
        ('def f():\n    """Return the size."""', False),
        ('async def f():\n    """Tell whether it is so."""', True),
        ('class A:\n    def f(self):\n        """Say so."""', True),
        ('x = 1\n"""Which of them."""', False),
    ],
)
def test_a_line_against_the_rule_is_seen(words, tmp_path, text, breaks):
    path = tmp_path / "module.py"
    path.write_text(text)
    assert [each.breaks_the_rule for each in words.docstrings(path)] == [breaks]


def test_lines_are_counted_once(words, tmp_path):
    path = tmp_path / "module.py"
    path.write_text('"""One.\n\nTwo.\n"""\n\nx = 1\n# why\ny = 2  # code\n')
    assert words.counts(path) == (4, 2, 1)
