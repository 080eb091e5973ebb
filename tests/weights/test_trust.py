"""`--trust-weights`: commands refuse weights that contradict their format, unless they are told."""

import dataclasses
from importlib import import_module

import pytest
from click.testing import CliRunner

from backpaint.errors import UsageError
from backpaint.examples import example_path

from .files.keras_files import write_keras

STYLE = ("--set", "style.layers={relu1_1=1.0}")
CONTENT = ("--set", "content.layers={relu1_2=1.0}")
SMALL = ("--size", "24", "--iterations", "1", "-q")
COMMANDS = {
    "paint": ("{cat}", "{swirls}", "-o", "{out}", *STYLE, *CONTENT, *SMALL),
    "demo": ("-o", "{out}", *STYLE, *CONTENT, *SMALL),
    "texture": ("{swirls}", "-o", "{out}", *STYLE, *SMALL),
    "reconstruct": ("{cat}", "--layer", "relu1_2", "-o", "{out}", *SMALL),
    "look": ("{cat}", "--layer", "conv1_1", "-o", "{out}", "--size", "24", "-q"),
    "gradient": ("{cat}", "{swirls}", "-o", "{out}", *STYLE, *CONTENT, "--size", "24", "-q"),
    "classify": ("{cat}",),
}


@pytest.fixture(scope="module")
def swapped(small, tmp_path_factory):
    """A Keras file whose first layer expects R, G, B."""
    network = dataclasses.replace(small, filters=small.rgb_filters)
    return write_keras(tmp_path_factory.mktemp("swapped") / "vgg.h5", network)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_told_to_trust(name, swapped, tmp_path):
    names = {key: example_path(key) for key in ("cat", "swirls")} | {"out": tmp_path / "out.png"}
    command = getattr(import_module(f"backpaint.cli.{name}"), name)
    arguments = [text.format_map(names) if text[0] == "{" else text for text in COMMANDS[name]]
    arguments += ["--weights", str(swapped)]
    refused = CliRunner().invoke(command, arguments)
    assert isinstance(refused.exception, UsageError)
    assert refused.exception.exit_code == 2
    assert "use it by --trust-weights" in str(refused.exception)
    trusted = CliRunner().invoke(command, [*arguments, "--trust-weights"])
    if name == "classify":  # goes on, and finds no head
        assert "has no classifier head" in str(trusted.exception)
    else:
        assert trusted.exit_code == 0, trusted.exception
        assert (tmp_path / "out.png").exists()


@pytest.mark.parametrize("by", ["--weights", "--set"])
def test_a_painting_tells_that_its_weights_were_trusted(by, backpaint, swapped, tmp_path):
    out = tmp_path / "out.png"
    arguments = (example_path("cat"), example_path("swirls"), *STYLE, *CONTENT, *SMALL)
    weights = (by, swapped if by == "--weights" else f"weights={swapped}")
    done = backpaint("paint", *arguments, "-o", out, *weights, "--trust-weights")
    assert done.code == 0, done.err
    again = backpaint("show", out).out.splitlines()[-1]
    assert f"--weights {swapped.name}" in again
    assert "--trust-weights" in again
