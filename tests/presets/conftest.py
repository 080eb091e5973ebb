"""Real weights and real photographs, small and of odd, different sizes."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from backpaint.examples import example_path
from backpaint.weights import TORCHVISION, VGGWeights, load_weights

from ..conftest import thin_once

Array = NDArray[np.float64]

TORCHVISION_FILE = (
    Path(__file__).parents[2] / ".." / "shared" / "weights" / "vgg16_torchvision_fp16.npz"
)


def small_crop(name: str, height: int, width: int) -> Array:
    """Cut (4 height, 4 width) from the middle of an example and shrink it to (height, width, 3)."""
    with Image.open(example_path(name)) as picture:
        left, top = (picture.width - 4 * width) // 2, (picture.height - 4 * height) // 2
        crop = picture.convert("RGB").crop((left, top, left + 4 * width, top + 4 * height))
    return np.asarray(crop.reduce(4), dtype=np.float64)


@pytest.fixture(scope="session")
def content() -> Array:
    return small_crop("cat", 35, 38)


@pytest.fixture(scope="session")
def style() -> Array:
    return small_crop("swirls", 33, 39)


@pytest.fixture(scope="session")
def other_style() -> Array:
    return small_crop("mosaic", 39, 34)


@pytest.fixture(scope="session")
def painted(content: Array) -> Array:
    """Pixels between the content and noise: no term vanishes, no two values are tied."""
    noise = np.random.default_rng(0).uniform(0, 255, content.shape)
    return 0.6 * content + 0.4 * noise


@pytest.fixture(scope="session")
def networks() -> dict[str, VGGWeights]:
    return {name: load_weights(name) for name in ("vgg16", "vgg19")}


@pytest.fixture(scope="session")
def few_channels() -> dict[str, VGGWeights]:
    return {name: thin_once(name) for name in ("vgg16", "vgg19")}


@pytest.fixture(scope="session")
def torchvision_vgg16() -> VGGWeights:
    """VGG-16 as torchvision trained it; it is not shipped, so most machines lack it."""
    if not TORCHVISION_FILE.exists():
        pytest.skip("torchvision's VGG-16 weights are not on this machine")
    with np.load(TORCHVISION_FILE, allow_pickle=False) as archive:
        arrays = {key: archive[key].astype(np.float32) for key in archive}
    return VGGWeights(
        filters={
            key.removesuffix("/w"): np.ascontiguousarray(array.transpose(2, 3, 1, 0))
            for key, array in arrays.items()
            if key.endswith("/w")
        },
        biases={key.removesuffix("/b"): a for key, a in arrays.items() if key.endswith("/b")},
        depth=16,
        normalization=TORCHVISION,
        origin="torchvision's VGG-16",
        format="npz",
        sha256=hashlib.sha256(TORCHVISION_FILE.read_bytes()).hexdigest(),
    )
