"""`--scales` as people type it, and what a picture says of it afterwards."""

import json

import pytest
from click.testing import CliRunner

from backpaint.cli import cli
from backpaint.cli.shared.request import scales_changes
from backpaint.errors import UsageError
from backpaint.images import read_metadata

SHALLOW = ["--set", 'style.layers={"relu1_1"=1.0}', "--set", 'content.layers={"relu1_1"=1.0}']


def asked(scales, **others):
    return {"scales": scales, "size": None, "iterations": None, "changes": ()} | others


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("64", {"images.size": 64, "scales": None}),
        ("32,64", {"images.size": 64, "scales.sizes": [32], "scales.iterations": None}),
        ("32:5, 48:4,64", {"scales.sizes": [32, 48], "scales.iterations": [5, 4]}),
        ("32:5,64:3", {"optimizer.iterations": 3, "scales.iterations": [5]}),
        ("off", {"scales": None}),
        (None, {}),
    ],
)
def test_sizes_become_keys(text, expected):
    assert scales_changes(asked(text)).items() >= expected.items()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (asked("64,32"), "expected sizes that ascend"),
        (asked("32,32"), "expected sizes that ascend"),
        (asked("a,3"), "--scales has 'a'; expected sizes"),
        (asked("0,3"), "--scales has '0'"),
        (asked("32:,64"), "--scales has '32:'"),
        (asked(""), "--scales has ''"),
        (asked("32:3,48,64"), "iterations for some of its smaller sizes"),
        (asked("32,64", size=48), "ends at 64, and --size is 48"),
        (asked("32,64:3", iterations=4), "what --iterations says"),
        (asked("32:2,48:2", size=64, iterations=3), "ends at 48, and --size is 64"),
        (asked("32,64", changes=("scales.sizes=[16]",)), "what --set scales.sizes says"),
    ],
)
def test_what_contradicts_itself_is_refused_in_a_sentence(options, sentence):
    with pytest.raises(UsageError, match=sentence) as refused:
        scales_changes(options)
    assert "\n" not in str(refused.value)


def test_a_painting_is_announced_kept_told_and_repeated(pictures, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    base = ["paint", str(pictures["cat"]), str(pictures["swirls"]), *SHALLOW]
    done = CliRunner().invoke(
        cli,
        [*base, "-o", "out.png", "--scales", "16:3,32:2", "--log", "run.jsonl", "--save-every", "2",
         "--checkpoint", "out.backpaint"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "coarse to fine: 16 x 13 (3), then 32 x 27 (2)" in done.output
    records = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    assert {record["scale"] for record in records} == {0, 1}
    first, *_, last = (record["loss"] for record in records if record["scale"] == 1)
    assert "all 2 iterations are done at the last size\n" in done.output
    assert f"loss {first:.6g} -> {last:.6g} at the last size (content" in done.output
    assert sorted(path.name for path in tmp_path.glob("out-*")) == ["out-0002.png", "out-0004.png"]
    shown = CliRunner().invoke(cli, ["show", "out.png"]).output
    assert "16 x 13, 32 x 27" in shown
    command = shown.splitlines()[-1]
    assert "--set 'scales.sizes=[16]' --set 'scales.iterations=[3]'" in command
    assert "scales.filter" not in command  # which says what scales do by themselves
    kept = CliRunner().invoke(cli, ["show", "out.backpaint"]).output
    assert "5 of 5" in kept
    assert json.loads(read_metadata("out.png"))["coarser_sizes"] == [[13, 16]]
    anew = ["--iterations", "4", "--engine", "reference", "--not-identical", "-o", "more.png"]
    told = CliRunner().invoke(cli, ["resume", "out.backpaint", *anew]).output
    assert "at least 2 evaluations, about" in told  # those of the first size are not made again
    assert "iteration 1/2 " in told
