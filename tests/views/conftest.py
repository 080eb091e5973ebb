"""Pictures for all views."""

import numpy as np
import pytest

from backpaint.examples import example_path
from backpaint.images import read_image
from backpaint.images.resize import resize


@pytest.fixture(scope="session")
def cat() -> np.ndarray:
    """(36, 42, 3) pixels."""
    return resize(read_image(example_path("cat")).pixels, 36, 42).clip(0, 255).round()


@pytest.fixture(scope="session")
def swirls() -> np.ndarray:
    return resize(read_image(example_path("swirls")).pixels, 40, 33).clip(0, 255).round()
