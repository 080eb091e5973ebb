"""What a batch will do is settled before any work: pictures, names, what is done already."""

from pathlib import Path

import pytest

from backpaint.batch.api import paint_batch
from backpaint.batch.pictures import find_pictures
from backpaint.batch.plan import name_all, paired
from backpaint.errors import UsageError


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("b.JPG", "a.png", "notes.txt"):
        (folder / name).write_bytes(b"?")
    return folder


def test_a_folder_has_its_pictures_by_name_and_not_those_within(photos):
    (photos / "more").mkdir()
    (photos / "more" / "c.png").write_bytes(b"?")
    assert [Path(path).name for path in find_pictures(photos)] == ["a.png", "b.JPG"]


def test_a_list_names_pictures_from_where_it_lies(photos, tmp_path):
    (tmp_path / "list.txt").write_text("# two\nphotos/b.JPG\n\nphotos/a.png\n")
    found = find_pictures(f"@{tmp_path / 'list.txt'}")
    assert found == (str(photos / "b.JPG"), str(photos / "a.png"))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("none.png", "there is no picture none.png"),
        ("-", "reads no picture from standard input"),
        ("@none.txt", "the list none.txt cannot be read"),
        ("empty", "empty is a folder without pictures"),
        ("@list.txt", "list.txt names another list"),
        ([], "a list of pictures is empty"),
        (["photos", "photos/a.png"], "photos/a.png is given twice"),
    ],
)
def test_wrong_pictures_are_refused_in_a_sentence(given, sentence, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "list.txt").write_text("@other.txt\n")
    with pytest.raises(UsageError, match=sentence):
        find_pictures(given)


def test_pairs_are_all_or_one_to_one():
    assert paired("ab", "xy", "all") == (("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"))
    assert paired("ab", "xy", "zip") == (("a", "x"), ("b", "y"))
    with pytest.raises(UsageError, match="2 contents and 3 styles"):
        paired("ab", "xyz", "zip")
    with pytest.raises(UsageError, match="pairs is 'some'"):
        paired("ab", "xy", "some")


def test_names_that_would_be_one_are_refused(tmp_path):
    pairs = [("p/cat.jpg", "s.png"), ("p/Cat.png", "s.png")]
    with pytest.raises(UsageError, match=r"cat.jpg with s.png and p/Cat.png with s.png would both"):
        name_all(pairs, tmp_path, "{content}-{style}.png")
    with pytest.raises(UsageError, match=r"would both become s.png"):
        name_all([("a.png", "s.png"), ("b.png", "s.png")], tmp_path, "{style}.png")


@pytest.mark.parametrize("name", ["../{content}.png", "{number}.png", "{content.png", "a/b.png"])
def test_a_template_that_is_none_is_refused(name, tmp_path):
    with pytest.raises(UsageError, match=r"expected a file's name with \{content\}"):
        name_all([("a.png", "b.png")], tmp_path, name)


@pytest.mark.parametrize("below", ["", "more"])
def test_a_file_is_no_folder_for_paintings(below, pictures, tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(UsageError, match=r"cannot be a folder for paintings: .*; choose another"):
        paint_batch(pictures["cat"], pictures["swirls"], tmp_path / "taken" / below)
    assert (tmp_path / "taken").read_text() == "a file"
