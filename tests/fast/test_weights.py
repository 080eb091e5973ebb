"""The embedded weights: their identity, size and licenses, and what a damaged file says."""

import runpy
import shutil
from importlib.resources import files
from pathlib import Path

import h5py
import numpy as np
import pytest

from backpaint.errors import UsageError
from backpaint.fast import weights as module
from backpaint.fast.weights import ATTRIBUTION, load_weights

ROOT = Path(__file__).parents[2]
SHA256 = "8ba0dc56c30c297b25a5cb4ba62f2078e065251033170191892c9e26c36628ac"
SOURCES = ROOT / "../shared/weights/fast_stylisation"


@pytest.fixture
def folder():
    return Path(str(files("backpaint.fast"))) / "embedded"


def test_all_layers_are_there():
    layers = load_weights().layers
    assert len(layers) == 53 + 16 + 2 * 13
    assert all(w.dtype == b.dtype == np.float32 for w, b in layers.values())
    assert all(w.shape[-1] == b.size for w, b in layers.values())
    assert layers["transformer/contract1"][0].shape == (9, 9, 3, 8)
    assert layers["predictor/block17/depthwise"][0].shape == (3, 3, 960)
    assert layers["predictor/style"][0].shape == (1, 1, 1280, 100)


def test_the_numbers_are_those_that_were_packed():
    assert load_weights().sha256 == SHA256


def test_all_embedded_networks_stay_small(folder):
    vgg = Path(str(files("backpaint.weights"))) / "embedded"
    sizes = [path.stat().st_size for place in (folder, vgg) for path in place.glob("*.h5")]
    assert len(sizes) == 3
    assert sum(sizes) < 36e6


def test_the_licenses_name_everybody(folder):
    text = (folder / "LICENSE").read_text()
    for words in ("The Magenta Authors", "arXiv:1705.06830", "Changes:", "Copyright (c) 2026"):
        assert words in text
    assert "Version 2.0, January 2004" in (folder / "LICENSE-Apache-2.0").read_text()
    assert "Copyright (c) 2026 Ekaghni" in (folder / "LICENSE-MIT").read_text()
    assert "The Magenta Authors" in ATTRIBUTION


def test_a_damaged_installation_is_reported(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "files", lambda package: tmp_path)
    with pytest.raises(UsageError, match="install backpaint again"):
        load_weights()
    (tmp_path / "embedded").mkdir()
    copy = shutil.copy(folder / "fast.h5", tmp_path / "embedded" / "fast.h5")
    with h5py.File(copy, "r+") as file:
        file["transformer/residual3/conv1/index"][0, 0, 0, 0] += 1
    with pytest.raises(UsageError, match="its checksum is wrong"):
        load_weights()


@pytest.mark.slow
def test_packing_the_sources_gives_the_same(tmp_path):
    pytest.importorskip("onnx", reason="pip install onnx")
    if not SOURCES.exists():
        pytest.skip("the sources are not part of the repository")
    paths = [str(SOURCES / f"arbitrary_{part}.onnx") for part in ("predict", "transform")]
    script = runpy.run_path(str(ROOT / "bench" / "pack_fast.py"))
    script["main"]([*paths, "--output", str(tmp_path / "fast.h5")])
    with h5py.File(tmp_path / "fast.h5") as file:
        assert file.attrs["sha256"] == SHA256
