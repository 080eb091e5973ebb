"""What the command line tells before it does something else than was meant."""

import pytest

from backpaint.engines import resolve_engine
from backpaint.errors import UsageError, did_you_mean
from backpaint.examples import example_path
from backpaint.explain import explain
from backpaint.presets import load_preset, recipe


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: load_preset("gatsy"),
            r"'gatsy' \(did you mean gatys\?\); choose one of backpaint",
        ),
        (lambda: load_preset("monet"), r"no preset 'monet'; choose one of"),
        (lambda: resolve_engine("refrence"), r"'refrence' \(did you mean reference\?\); choose"),
        (lambda: resolve_engine("CPU"), r"'CPU' \(did you mean cpu\?\); choose"),
        (lambda: explain("grm"), r"cannot explain 'grm' \(did you mean gram\?\)"),
        (
            lambda: recipe(changes={"style.wieght": 1}),
            r"there is no key 'wieght' \(did you mean style\.weight\?\); expected the keys",
        ),
        (lambda: recipe(changes={"pool": "max"}), r"'pool' \(did you mean network\.pool\?\)"),
        (lambda: recipe(changes={"nonsense": 1}), r"no key 'nonsense'; expected the keys"),
        (lambda: example_path("kat"), r"'kat' \(did you mean cat\?\)"),
    ],
)
def test_the_nearest_name_is_suggested(call, sentence):
    with pytest.raises(UsageError, match=sentence):
        call()


def test_capitals_do_not_matter():
    assert did_you_mean("Gatys", ["gatys"]) == " (did you mean gatys?)"


def test_a_start_of_another_aspect_ratio_is_told(backpaint, pictures, tmp_path):
    quick = ("-o", tmp_path / "out.png", "--size", 40, "--iterations", 1)
    paint = ("paint", pictures["cat"], pictures["swirls"], *quick, "--init")
    assert (
        "(33 x 40) is stretched to the painted size, 40 x 33"
        in backpaint(*paint, pictures["swirls"]).out
    )
    assert "stretched" not in backpaint(*paint, pictures["cat"]).out
    assert backpaint(*paint, "nowhere.png").code == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("pain",), "No such command 'pain' (did you mean paint?)"),
        (("xyzzy",), "No such command 'xyzzy'; there are paint, batch, demo"),
        (("check", "--operation", "cnv"), "there is no operation 'cnv' (did you mean conv?)"),
        (("look", "{cat}", "-o", "{out}", "--layer", "conv31"), "(did you mean conv3_1?)"),
    ],
)
def test_the_command_line_suggests(arguments, sentence, backpaint, pictures, tmp_path):
    names = {"cat": pictures["cat"], "out": tmp_path / "out.png"}
    ended = backpaint(*(argument.format(**names) for argument in arguments))
    assert ended.code == 2
    assert sentence in " ".join(ended.err.split())
