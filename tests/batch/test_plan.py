"""What a batch will do is settled before any work: pictures, names, what is done already."""

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

from backpaint.batch.api import paint_batch
from backpaint.batch.child import photograph
from backpaint.batch.order import Settings, sha256_of
from backpaint.batch.pictures import find_pictures
from backpaint.batch.plan import made_as, make_folder, make_plan, name_all, paired
from backpaint.errors import UsageError
from backpaint.images import write_image
from backpaint.presets import recipe


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
        ("a" * 300, "there is no picture a"),
        ("@long.txt", "there is no picture a"),
    ],
)
def test_wrong_pictures_are_refused_in_a_sentence(given, sentence, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "list.txt").write_text("@other.txt\n")
    (tmp_path / "long.txt").write_text("a" * 300)
    with pytest.raises(UsageError, match=sentence):
        find_pictures(given)


def test_a_folder_of_a_picture_s_name_is_none_and_a_link_to_nowhere_is_kept(photos):
    (photos / "c.jpg").mkdir()
    (photos / "d.png").symlink_to("nowhere.png")
    (photos / "e.png").symlink_to("e.png")
    assert [Path(path).name for path in find_pictures(photos)] == [
        *("a.png", "b.JPG", "d.png", "e.png")
    ]


def test_a_list_may_begin_with_a_byte_order_mark(photos, tmp_path):
    (tmp_path / "list.txt").write_bytes("photos/a.png\n".encode("utf-8-sig"))
    assert find_pictures(f"@{tmp_path / 'list.txt'}") == (str(photos / "a.png"),)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_list_is_a_file_and_no_endless_one(photos, tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(UsageError, match="found a folder, pipe, device or socket"):
        find_pictures(f"@{tmp_path / 'pipe.txt'}")
    monkeypatch.setattr("backpaint.batch.pictures.LONGEST_LIST", 10)
    (tmp_path / "list.txt").write_text("photos/a.png\n")
    with pytest.raises(UsageError, match="more than 10 bytes"):
        find_pictures(f"@{tmp_path / 'list.txt'}")


def test_settings_nested_without_end_are_those_of_another_picture(tmp_path):
    path = tmp_path / "a.png"
    write_image(path, np.zeros((1, 1, 3)), metadata={"backpaint": "[" * 100_000})
    assert not made_as(SimpleNamespace(output=str(path), digest="0"))


def test_one_style_may_be_given_twice_only_one_to_one(photos, tmp_path):
    (tmp_path / "list.txt").write_text("photos/a.png\nphotos/../photos/a.png\n")
    styles = find_pictures(f"@{tmp_path / 'list.txt'}")
    assert paired("xy", styles, "zip") == (("x", styles[0]), ("y", styles[1]))
    with pytest.raises(UsageError, match=r"photos/a.png is given twice"):
        paired("xy", styles, "all")


@pytest.fixture
def settings():
    same = {"trust": False, "engine_options": {}, "optimizer_on": "auto", "seed": 0}
    words = {"weights_sha256": "w", "engine": "cpu", "init": "preset", "checkpoint": False}
    return Settings(recipe("gatys"), style_layers=None, style_scales=None, **same, **words)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_what_cannot_be_read_is_planned_to_fail_and_refuses_nothing(photos, tmp_path, settings):
    os.mkfifo(photos / "pipe.png")
    (photos / "gone.png").symlink_to("nowhere.png")
    (tmp_path / "style.png").write_bytes(b"?")
    pairs = paired(find_pictures(photos), [str(tmp_path / "style.png")], "all")
    out = tmp_path / "out"
    out.mkdir()
    (out / "gone.png").write_bytes(b"painted when it was there")
    plan = make_plan(pairs, settings, out, "{content}.png", again=False)
    assert [order.name for order in plan.todo if not order.is_readable] == ["gone.png", "pipe.png"]
    assert len(plan.todo) == 4
    for order in plan.todo[2:]:
        with pytest.raises(UsageError, match="cannot be read"):
            photograph(order.content, order.content_sha256)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("{content}.txt", "expected an extension"), ("{style}.png", "found a folder, pipe")],
)
def test_names_that_cannot_be_written_are_refused_before_anything_is_made(
    name, sentence, photos, tmp_path, settings
):
    (tmp_path / "there" / "b.png").mkdir(parents=True)
    folder = tmp_path / ("there" if name == "{style}.png" else "out")
    pair = str(photos / "a.png"), str(photos / "b.JPG")
    with pytest.raises(UsageError, match=sentence):
        make_plan([pair], settings, folder, name, again=True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("length", "checkpoint"), [(250, False), (240, True)])
def test_names_too_long_are_refused_before_anything_is_painted(
    length, checkpoint, photos, settings
):
    settings = msgspec.structs.replace(settings, checkpoint=checkpoint)
    pair = str(photos / "a.png"), str(photos / "b.JPG")
    name = "n" * length + "{content}{style}.png"
    plan = make_plan([pair], settings, photos.parent / "out", name, again=True)
    with pytest.raises(UsageError, match="its name is too long; choose a shorter one"):
        make_folder(plan)


@pytest.mark.parametrize("name", ["manifest.jsonl", "a-b.png"])
def test_nothing_is_written_through_a_link_in_the_folder(name, photos, settings):
    folder, victim = photos.parent / "out", photos.parent / "precious"
    folder.mkdir()
    victim.touch()
    (folder / name).symlink_to(victim)
    pair = str(photos / "a.png"), str(photos / "b.JPG")
    plan = make_plan([pair], settings, folder, "{content}-{style}.png", again=True)
    with pytest.raises(UsageError, match="expected a file or none, found a link"):
        make_folder(plan)


def test_a_photograph_replaced_after_the_plan_is_not_painted_under_its_digest(pictures, tmp_path):
    path = tmp_path / "photo.png"
    shutil.copy(pictures["cat"], path)
    planned = sha256_of(str(path))
    assert photograph(str(path), planned).name == "photo.png"
    photograph.cache_clear()
    shutil.copy(pictures["swirls"], path)
    with pytest.raises(UsageError, match="another picture than when the batch began"):
        photograph(str(path), planned)


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
    with pytest.raises(UsageError, match=r"cannot be made: .*; choose another"):
        paint_batch(pictures["cat"], pictures["swirls"], tmp_path / "taken" / below)
    assert (tmp_path / "taken").read_text() == "a file"
