"""What is wrong with a film's order is refused before any work."""

import sys

import pytest

from backpaint.errors import UsageError
from backpaint.film.film import Film, as_film


@pytest.mark.parametrize(
    ("film", "sentence"),
    [
        ("run.avi", "film is 'run.avi'; expected a name that ends in .mp4, .gif or .webp"),
        ("", "film is ''; expected a file's path"),
        (7, "film is 7; expected a file's path"),
        ("-", "film is standard output; expected a file's name"),
        ("none/run.gif", "expected a folder"),
        (Film("run.gif", seconds=1), "film seconds are 1; expected a number from 2 to 60"),
        (Film("run.gif", seconds=float("nan")), "film seconds are nan"),
        (Film("run.gif", seconds="ten"), "film seconds are 'ten'"),
        (Film("run.gif", size=8), "film size is 8; expected a whole number, 16 or more"),
        (Film("run.gif", size=5000), "film size is 5000; expected at most 4096"),
    ],
)
def test_a_wrong_order_is_refused_in_a_sentence(film, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="^.*" + sentence.replace("(", r"\(")):
        as_film(film)
    assert not any(tmp_path.iterdir())


def test_mp4_without_pyav_is_refused_with_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UsageError, match=r"needs PyAV.*backpaint\[video\]"):
        as_film(tmp_path / "run.mp4")
    as_film(tmp_path / "run.gif")


def test_the_extension_may_have_capitals(tmp_path):
    assert as_film(str(tmp_path / "RUN.GIF")).suffix == ".gif"
