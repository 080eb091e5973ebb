"""No output ever destroys an input, whatever its name, nor writes to what is no file."""

import os
import shutil

import pytest

from backpaint.regular_file import is_same_file

QUICK = ("--size", 32, "--iterations", 1, "-q")


@pytest.fixture
def inputs(pictures, tmp_path):
    """A content, a style, a recipe and weights, each with a second name that ends as an output."""
    from backpaint.weights import load_weights
    from backpaint.weights.formats.safetensors import write

    recipe, weights = tmp_path / "mine.toml", tmp_path / "vgg.safetensors"
    recipe.write_text('extends = "gatys"\n')
    write(weights, load_weights("vgg16"))
    return {"content": pictures["cat"], "style": pictures["swirls"], "preset": recipe,
            "weights": weights}  # fmt: skip


@pytest.mark.parametrize("link", ["hard", "soft"])
@pytest.mark.parametrize("which", ["content", "style", "preset", "weights"])
def test_no_output_of_a_run_is_an_input(which, link, inputs, backpaint, tmp_path):
    names = {"-o": "second.png", "--log": "second.jsonl", "--plot": "second.svg"}
    before = inputs[which].read_bytes()
    for option, name in names.items():
        second = tmp_path / name
        make = second.hardlink_to if link == "hard" else second.symlink_to
        make(inputs[which])
        others = ("-o", tmp_path / "o.png") if option != "-o" else ()
        refused = backpaint(
            "paint", inputs["content"], inputs["style"], "--preset", inputs["preset"], "--weights",
            inputs["weights"], *QUICK, *others, option, second,
        )  # fmt: skip
        assert refused.code == 2
        assert f"{second} is an input as well as an output; choose another output" in refused.err
    assert inputs[which].read_bytes() == before


def test_no_view_is_an_input(inputs, backpaint, tmp_path):
    for path in (inputs["content"], inputs["weights"]):
        second = tmp_path / f"{path.stem}-second.png"
        second.hardlink_to(path)
        for command in (
            ("look", inputs["content"], "--weights", inputs["weights"]),
            ("gradient", inputs["content"], "--weights", inputs["weights"]),
        ):
            refused = backpaint(*command, "-o", second)
            assert refused.code == 2
            assert "is an input as well as an output" in refused.err


def test_converted_weights_do_not_replace_their_source(inputs, backpaint, tmp_path):
    (tmp_path / "second").symlink_to(inputs["weights"])
    before = inputs["weights"].read_bytes()
    for output in (inputs["weights"], tmp_path / "second"):
        refused = backpaint("weights", "convert", inputs["weights"], "-o", output)
        assert refused.code == 2
        assert f"{output} is the input as well as the output" in refused.err
    assert inputs["weights"].read_bytes() == before


def test_two_outputs_that_are_one_file(inputs, backpaint, tmp_path):
    (tmp_path / "o.png").write_text("kept")
    (tmp_path / "o.jsonl").hardlink_to(tmp_path / "o.png")
    refused = backpaint(
        "paint", inputs["content"], inputs["style"], *QUICK, "-o", tmp_path / "o.png",
        "--log", tmp_path / "o.jsonl",
    )  # fmt: skip
    assert refused.code == 2
    assert "two outputs have the same name" in refused.err
    assert (tmp_path / "o.png").read_text() == "kept"


@pytest.mark.parametrize("option", ["-o", "--log", "--plot"])
def test_a_pipe_is_no_output(option, inputs, backpaint, tmp_path):
    pipe = tmp_path / ("pipe.jsonl" if option == "--log" else "pipe.png")
    os.mkfifo(pipe)
    others = ("-o", tmp_path / "o.png") if option != "-o" else ()
    refused = backpaint("paint", inputs["content"], inputs["style"], *QUICK, *others, option, pipe)
    assert refused.code == 2
    assert "expected a file, found a folder, pipe, device or socket" in refused.err
    assert pipe.is_fifo()
    assert not (tmp_path / "o.png").exists()


@pytest.mark.parametrize("command", [("explain", "relu", "--html"), ("vectors", "-o")])
def test_no_page_or_file_of_numbers_is_a_pipe(command, backpaint, tmp_path):
    os.mkfifo(tmp_path / "pipe.npz")
    refused = backpaint(*command, tmp_path / "pipe.npz")
    assert refused.code == 2
    assert "pipe, device or socket" in refused.err
    assert (tmp_path / "pipe.npz").is_fifo()


def test_a_copy_is_another_file(inputs, tmp_path):
    """By identity, not by content."""
    shutil.copy(inputs["content"], tmp_path / "copy.png")
    assert not is_same_file(inputs["content"], tmp_path / "copy.png")
