"""What could change bits is refused with both values; so is what is broken, or lies."""

import json
import random
import re

import numpy as np
import pytest

import backpaint
from backpaint.checkpoint import array_file, going_on, machine
from backpaint.checkpoint.array_file import read_arrays, write_arrays
from backpaint.checkpoint.contents import read_checkpoint
from backpaint.errors import UsageError
from backpaint.optimizers import scipy_setulb

from .runs import stopped, wanted


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A run's file, read once."""
    file = tmp_path_factory.mktemp("kept") / "run.backpaint"
    stopped(file, 5, **wanted(engine=backpaint.CPU(threads=1)))
    return file


@pytest.fixture
def changed(kept, tmp_path):
    """Writes the file with other arrays or facts, and a SHA-256 that is right."""

    def change(arrays=(), **facts):
        found, text = read_arrays(kept)
        said = json.loads(text)
        for key, value in facts.items():
            said[key] = said[key] | value if isinstance(value, dict) else value
        path = tmp_path / "changed.backpaint"
        write_arrays(path, found | dict(arrays), json.dumps(said))
        return path

    return change


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"machine": {"NumPy": "1.0"}}, f"NumPy 1.0, here {np.__version__}:"),
        ({"machine": {"SciPy": "1.0"}}, "SciPy 1.0, here 1."),
        ({"machine": {machine.FEATURES: "ABACUS"}}, "processor features ABACUS, here "),
        ({"machine": {"GPU's driver": "7"}}, "GPU's driver 7, here not told"),
        ({"weights_sha256": "abc"}, "weights of SHA-256 abc, here 4939"),
    ],
)
def test_another_machine_is_named_and_may_be_allowed(facts, sentence, changed, kept):
    file = changed(**facts)
    with pytest.raises(UsageError, match=re.escape(sentence)) as refused:
        backpaint.resume(file)
    assert "--not-identical (in Python, not_identical=True)" in str(refused.value)
    painting = backpaint.resume(file, not_identical=True)
    (note,) = painting.metadata["notes"]
    assert sentence.rstrip(":") in note
    assert len(painting.history) > len(read_checkpoint(kept).standing.history)


def test_engines_are_exchanged_from_the_picture_alone(kept, tmp_path):
    file = tmp_path / "run.backpaint"
    file.write_bytes(kept.read_bytes())
    with pytest.raises(UsageError, match="made with engine cpu, here reference: "):
        backpaint.resume(file, engine="reference")
    standing = read_checkpoint(file).standing
    painting = backpaint.resume(file, engine="reference", not_identical=True)
    assert painting.iterations == 9 - standing.iterations
    assert painting.history[0].loss == pytest.approx(standing.history[-1].loss, rel=0.5)
    assert "from its picture alone" in painting.metadata["notes"][0]
    assert file.read_bytes() == kept.read_bytes()


def test_another_layout_of_scipys_arrays_starts_from_the_picture(changed, monkeypatch):
    file = changed(machine={machine.LAYOUT: "FortranLayout, int32"})
    assert scipy_setulb.FortranLayout.__name__ == "FortranLayout"
    with pytest.raises(UsageError, match="arrays of its l-bfgs-b FortranLayout, int32, here CLay"):
        backpaint.resume(file)
    painting = backpaint.resume(file, not_identical=True)
    assert painting.reason == f"all {painting.iterations} iterations are done"


def test_a_network_that_is_not_embedded_has_to_be_given(changed, tmp_path):
    recipe = json.loads(read_arrays(changed())[1])["recipe"]
    file = changed(recipe=recipe | {"weights": "/etc/passwd"}, weights="somebody's VGG")
    with pytest.raises(UsageError, match=r"with somebody's VGG, .*; give its file with --w"):
        backpaint.resume(file)
    assert backpaint.resume(file, weights="vgg19").iterations == 9


def test_a_file_asks_for_no_more_threads_or_memory_than_there_are(changed):
    with pytest.raises(UsageError, match="options that the engine cpu does not take"):
        backpaint.resume(changed(engine_options={"threads": 10**6}))
    recipe = json.loads(read_arrays(changed())[1])["recipe"]
    recipe["optimizer"]["corrections"] = 10**9
    with pytest.raises(UsageError, match=r"takes about .* of memory, and .* are free"):
        backpaint.resume(changed(recipe=recipe))


@pytest.mark.parametrize(
    ("arrays", "facts", "sentence"),
    [
        ({"state.x": np.zeros(5)}, {}, "a flat picture of 5 values, expected 1152 finite ones"),
        ({"state.wa": np.zeros(5)}, {}, "the state's array wa is float64 of shape (5,); expected"),
        ({"state.more": np.zeros(5)}, {}, "the state has the arrays more"),
        ({"good": np.full(1152, np.nan)}, {}, "a flat picture of 1152 values"),
        ({"content": np.zeros((5, 5, 3))}, {}, "the content is (5, 5), the picture to paint"),
        ({"content": np.full((16, 24, 3), 300.0)}, {}, "values are not from 0 to 255"),
        (
            {"colors": np.zeros((5, 5, 3))},
            {"recipe": {"color": {"luma": True}}},
            "colors of shape (5, 5, 3)",
        ),
        ({"style.0": np.zeros((0, 5, 3))}, {}, "a picture of shape (0, 5, 3)"),
        ({"alpha": np.full((2, 2), 2.0)}, {}, "an opacity that is not from 0 to 1"),
        ({"history": np.zeros((3, 2))}, {}, "a history of shape (3, 2) for 2 terms"),
        ({"history": np.full((3, 6), np.inf)}, {}, "NaN or infinity in its history"),
        ({}, {"styles": ["a", "b"]}, "2 styles came with 1 share"),
        ({}, {"seed": -1}, "Expected `int` >= 0"),
        ({}, {"size": [10**9, 10**9]}, "a flat picture of"),
        ({}, {"style_scales": [0, 1]}, "Expected `float` > 0"),
        ({}, {"style_scales": [float("inf")]}, "expected finite numbers above 0"),
        ({}, {"style_scales": [1.0, 1.0]}, "1 style came with 2 scales"),
        ({}, {"style_shares": [0.5]}, "shares of the sum 0.5"),
        ({}, {"style_shares": [0.5, 0.5]}, "1 style came with 2 shares"),
        ({}, {"style_layers": [{"relu1_1": float("nan")}]}, "expected finite weights"),
        ({}, {"terms": ["style relu1_1"] * 2}, "says what no checkpoint says (a term twice)"),
        ({}, {"terms": ["content relu1_1", "style"]}, "has a history of other terms"),
        ({}, {"engine": "abacus"}, "there is no engine 'abacus'"),
        ({}, {"recipe": {"optimizer": {"method": "magic"}}}, "the recipe in "),
        ({}, {"reason": 3}, "Expected `str`, got `int`"),
        ({}, {"notes": "\x1b[2J"}, "Expected `array`"),
    ],
)
def test_what_lies_about_itself_is_refused_in_one_sentence(arrays, facts, sentence, changed):
    with pytest.raises(UsageError, match=re.escape(sentence)) as refused:
        backpaint.resume(changed(arrays, **facts))
    assert str(refused.value).isprintable()


def test_every_bit_counts(kept, tmp_path):
    content, file, chance = kept.read_bytes(), tmp_path / "broken.backpaint", random.Random(0)
    begin = 8 + int.from_bytes(content[:8], "little")
    places = [*range(8), *(chance.randrange(begin) for _ in range(60)), begin - 1, begin]
    places += [len(content) - 1, *(chance.randrange(len(content)) for _ in range(30))]
    for place in places:
        broken = bytearray(content)
        broken[place] ^= 1 << chance.randrange(8)
        file.write_bytes(broken)
        with pytest.raises(UsageError, match=r"expected|choose"):
            read_checkpoint(file)
    for length in (0, 7, 8, 50, begin, begin + 1, len(content) - 1):
        file.write_bytes(content[:length])
        with pytest.raises(UsageError, match="expected"):
            read_checkpoint(file)
    file.write_bytes(content + b"\0")
    with pytest.raises(UsageError, match="expected"):
        read_checkpoint(file)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is no checkpoint; expected a file that --checkpoint wrote"),
        (b"\x89PNG" * 99, "is no checkpoint"),
        (
            b'\xff\xff\xff\xff\0\0\0\0{"__metadata__": {"format": "backpaint-checkpoint-1"',
            "at most",
        ),
        (
            b'\x40\0\0\0\0\0\0\0{"__metadata__": {"format": "backpaint-checkpoint-7"}}     ',
            "-7; exp",
        ),
    ],
)
def test_other_files_are_named(content, sentence, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=sentence):
        backpaint.resume(file)


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read: No such file or directory; give a check"):
        backpaint.resume(tmp_path / "none")
    with pytest.raises(UsageError, match="cannot be read: "):
        backpaint.resume(tmp_path)


def test_a_file_that_memory_cannot_hold_is_not_read(kept, monkeypatch):
    monkeypatch.setattr(array_file, "available_bytes", lambda: 1000)
    with pytest.raises(UsageError, match=r"has 1 MB, and 1 MB of memory are free; expected a sm"):
        backpaint.resume(kept)


def test_the_limit_of_threads_is_above_every_processor():
    assert going_on.MOST_THREADS >= 1024


@pytest.mark.parametrize("path", [3, None, b"run.backpaint", "a\0b", "", True])
def test_what_is_no_path_is_refused_wherever_a_checkpoint_is_named(path):
    with pytest.raises(UsageError, match=r"checkpoint is .*; expected "):
        backpaint.resume(path)
    if path is not None:
        with pytest.raises(UsageError, match=r"checkpoint is .*; expected "):
            backpaint.paint(**wanted(), checkpoint=path)


def test_auto_is_the_engine_of_the_run(kept, tmp_path):
    file = tmp_path / "run.backpaint"
    file.write_bytes(kept.read_bytes())
    assert backpaint.resume(file, engine="auto").settings["engine"] == "cpu"
