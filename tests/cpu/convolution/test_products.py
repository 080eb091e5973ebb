"""Products of matrices are right however they are cut, and one library decides how."""

from pathlib import Path

import numpy as np
import pytest

from backpaint.cpu.convolution import products
from backpaint.cpu.convolution.products import (
    blocks_of,
    multiply_blocks,
    multiply_in_parts,
    of_numpy,
)

from ...tolerances import assert_close


@pytest.mark.parametrize("tiles", [1, 7, 32, 33, 61, 64, 100])
def test_products_in_parts_of_any_number_of_tiles(tiles):
    rng = np.random.default_rng(4)
    x, w = rng.normal(size=(36, tiles, 5)), rng.normal(size=(36, 5, 3))
    out = np.full((36, tiles, 8), np.nan)
    multiply_in_parts(x, w, out[:, :, 2:5], 32)
    np.testing.assert_allclose(out[:, :, 2:5], x @ w, rtol=1e-13, atol=1e-13)
    assert np.isnan(out[:, :, :2]).all()
    assert np.isnan(out[:, :, 5:]).all()


@pytest.mark.parametrize("in_place", [True, False])
def test_products_by_blocks_of_columns(in_place, monkeypatch):
    monkeypatch.setattr(products, "reads_in_place", lambda: in_place)
    rng = np.random.default_rng(6)
    x, w = (rng.normal(size=size).astype(np.float32) for size in ((2, 401, 40), (40, 128)))
    blocks, out = blocks_of(w), np.full((2, 401, 128), np.nan, np.float32)
    assert blocks.shape == ((2, 40, 64) if in_place else (1, 40, 128))
    multiply_blocks(x, blocks, out)
    assert_close("out", out, x.astype(float) @ w.astype(float), 1e-6)


def test_only_numpys_own_blas_decides_which_kernels_there_are():
    site = Path(np.__file__).parents[1]
    own = {"filepath": str(site / "numpy.libs" / "libopenblas.so")}
    other = {"filepath": str(site / "scipy.libs" / "libopenblas.so")}
    assert of_numpy([other, own]) == [own]
    assert of_numpy([other]) == [other]
