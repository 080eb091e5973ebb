"""Pictures of a batch that can be painted."""

import shutil

import pytest


@pytest.fixture
def folders(pictures, tmp_path):
    """A photograph, two styles, and a place for paintings."""
    photos, styles = tmp_path / "photos", tmp_path / "styles"
    photos.mkdir()
    styles.mkdir()
    shutil.copy(pictures["cat"], photos / "cat.png")
    for name in ("swirls", "mosaic"):
        shutil.copy(pictures[name], styles)
    return photos, styles, tmp_path / "out"
