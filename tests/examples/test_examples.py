"""The pictures in the package: there, readable, small, with their licenses."""

import pytest

from backpaint.errors import UsageError
from backpaint.examples import EXAMPLES, example_path
from backpaint.images import read_image


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_is_a_picture(name):
    photograph = read_image(example_path(name))
    height, width = photograph.pixels.shape[:2]
    assert min(height, width) >= 300
    assert max(height, width) <= 640
    assert photograph.pixels.std() > 20
    assert photograph.notes == ()


def test_every_file_is_listed_with_its_license():
    folder = example_path("cat").parent
    pictures = {path.name for path in folder.iterdir() if path.suffix in (".jpg", ".png")}
    assert pictures == set(EXAMPLES.values())
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert all(f"`{picture}`" in readme for picture in pictures)
    assert sum(path.stat().st_size for path in folder.iterdir() if path.is_file()) < 1_200_000


def test_unknown_example():
    with pytest.raises(UsageError, match="'dog': expected the name of an example, one of cat"):
        example_path("dog")
