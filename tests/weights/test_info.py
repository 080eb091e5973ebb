"""What `backpaint weights info` prints, of each format."""

import dataclasses

import numpy as np
import pytest
from click.testing import CliRunner

from backpaint.cli.classify import classify
from backpaint.cli.weights import info
from backpaint.errors import UsageError
from backpaint.examples import example_path
from backpaint.weights import load_weights
from backpaint.weights.formats.safetensors import write

from .files.keras_files import write_keras
from .files.matconvnet_files import dagnn_variables, matconvnet_variables, write_v5
from .files.matlab73_files import write_v73
from .files.named_arrays import npz_entries


def rows(source):
    done = CliRunner().invoke(info, [str(source)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return {line[:14].strip(): line[14:] for line in done.output.splitlines() if line[:14].strip()}


def test_an_embedded_network():
    shown = rows("vgg19")
    assert shown["network"] == ("VGG-19, 16 convolutions, conv1_1 to pool5, no classifier head")
    assert shown["numbers"] == "20,024,384, stored as 8 bits (a table of 256 values a layer)"
    assert shown["expects"] == (
        "B, G, R from 0 to 255, minus (123.68, 116.779, 103.939) of red, green, blue, as oxford "
        "trained"
    )
    assert shown["published as"] == "part of backpaint"


WRITERS = {
    "a MATLAB v5 file": lambda n, path: write_v5(path, matconvnet_variables(n, "new", False)),
    "a MATLAB v7.3 file": lambda n, path: write_v73(path, dagnn_variables(n)),
    "an HDF5 file": lambda n, path: write_keras(path, n),
    "a NumPy .npz archive": lambda n, path: savez(path, npz_entries(n)),
}


def savez(path, entries):
    with path.open("wb") as file:
        np.savez(file, **entries)
    return path


@pytest.mark.parametrize("title", WRITERS)
def test_files(title, small, tmp_path):
    shown = rows(WRITERS[title](small, tmp_path / "vgg"))
    assert shown["format"] == title
    assert shown["network"] == "VGG-16, 3 convolutions, conv1_1 to relu2_1, no classifier head"
    is_matlab = "MATLAB" in title
    assert shown["expects"].startswith("R, G, B" if is_matlab else "B, G, R")
    assert shown["class names"] == ("3" if is_matlab else "none")
    assert "filters upright, the numbers of the embedded network" in shown["first layers"]
    assert shown["difference"] == (
        "conv1_1 0.00%, conv1_2 0.00%, conv2_1 0.00% from the embedded network"
    )
    assert len(shown["sha256"]) == 64


def test_another_training(small, tmp_path):
    random = np.random.default_rng(1)
    first = {"conv1_1": random.standard_normal((3, 3, 3, 64), dtype=np.float32)}
    weights = dataclasses.replace(load_weights("vgg16"), filters=small.filters | first)
    write(tmp_path / "a.safetensors", dataclasses.replace(weights, biases=small.biases))
    shown = rows(tmp_path / "a.safetensors")
    assert shown["first layers"] == "no Oxford network: trained by others"
    assert shown["difference"] == "nothing to compare with"


def test_what_was_left_out(small, tmp_path):
    head = {"fc8/w": np.ones((365, 40), "f4"), "fc8/b": np.ones(365, "f4")}
    path = savez(tmp_path / "vgg.npz", npz_entries(small) | head | {"mean": np.ones(3)})
    assert rows(path)["left out"] == (
        "its classifier head (`fc8/w` has the shape (365, 40); VGG's has three layers with 4096, "
        "4096 and 1000 outputs); 1 other array (mean)"
    )
    assert rows("vgg19")["left out"] == "nothing"


def test_classify_says_which_head_there_is(small, tmp_path):
    head = {"fc8/w": np.ones((365, 40), "f4"), "fc8/b": np.ones(365, "f4")}
    path = savez(tmp_path / "vgg.npz", npz_entries(small) | head)
    arguments = [str(example_path("cat")), "--weights", str(path)]
    refused = CliRunner().invoke(classify, arguments)
    assert isinstance(refused.exception, UsageError)
    assert (
        "has no classifier head for 1000 classes (left out: its classifier head (`fc8/w` has the "
        "shape (365, 40)"
    ) in str(refused.exception)
    assert "give a file that has one" in str(refused.exception)
