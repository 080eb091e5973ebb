"""Matrix products in the shapes that BLAS is fastest at.

OpenBLAS brings the factors of a large product into another order before it multiplies them.  On
processors with AVX-512 it also has a kernel for small products that reads both factors where they
lie, if neither is transposed.  Filters change with each product here, so bringing them into order
costs a tenth and more of the time.  Where that kernel is there, products are cut into such that it
takes: filters into blocks of output channels, each in one piece of memory, and tiles into parts.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from ..threads.workspace import Float32

IN_PLACE = ("SkylakeX", "Cooperlake", "SapphireRapids")
"""OpenBLAS's names of the processors for which it has the kernel."""
SMALL = 1_000_000
"""Products of up to so many multiplications are small."""
BLOCK = 64
"""Output channels in a block: four of the processor's registers."""
STEP = 4
"""Tiles in a part are a multiple of this: what is left over the kernel takes more slowly."""


@cache
def reads_in_place() -> bool:
    """Whether BLAS has a kernel for small products that reads its factors where they lie."""
    libraries = of_numpy(ThreadpoolController().info())
    return any(library.get("architecture") in IN_PLACE for library in libraries)


def of_numpy(libraries: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Choose the libraries that NumPy brought itself; all, if it uses the system's.

    Parameters
    ----------
    libraries : sequence of mapping
        With their ``"filepath"``.  SciPy brings its own, which is there only once it was used.
    """
    package = Path(np.__file__).resolve().parent
    folders = package, package.with_name("numpy.libs")
    paths = [Path(library["filepath"]).resolve() for library in libraries]
    own = [any(map(path.is_relative_to, folders)) for path in paths]
    return [library for library, is_own in zip(libraries, own, strict=True) if is_own] or libraries


def block_width(channels_out: int) -> int:
    """Return how many output channels a block of filters should have; all, if there is one."""
    return BLOCK if reads_in_place() and channels_out % BLOCK == 0 else channels_out


def blocks_of(matrix: Float32) -> Float32:
    """Cut a matrix (C, K) into blocks of columns: (blocks, C, width), each in one piece."""
    channels_in, channels_out = matrix.shape
    cut = matrix.reshape(channels_in, -1, block_width(channels_out))
    return np.ascontiguousarray(cut.transpose(1, 0, 2))


def multiply_blocks(x: Float32, blocks: Float32, out: Float32) -> None:
    """Multiply by blocks of columns.

    Parameters
    ----------
    x : (..., tiles, C) ndarray of float32
    blocks : (blocks, C, width) ndarray of float32
    out : (..., tiles, K) ndarray of float32
        K is blocks * width.
    """
    count, channels, width = blocks.shape
    by_block = np.moveaxis(out.reshape(*out.shape[:-1], count, width), -2, -3)
    multiply_in_parts(x[..., np.newaxis, :, :], blocks, by_block, tiles_at_once(channels, width))


def tiles_at_once(channels_in: int, channels_out: int) -> int:
    """Return how many tiles a product should have, at most."""
    if not reads_in_place():
        return np.iinfo(int).max
    return max(SMALL // (channels_in * channels_out) // STEP * STEP, STEP)


def multiply_in_parts(x: Float32, filters: Float32, out: Float32, most: int) -> None:
    """Multiply matrix by matrix, at most so many tiles at a time.

    Parameters
    ----------
    x : (..., tiles, C) ndarray of float32
    filters : (..., C, K) ndarray of float32
    out : (..., tiles, K) ndarray of float32
        The dots are the same for all three, or 1.
    most : int
        Tiles in one product of two matrices.
    """
    tiles = x.shape[-2]
    parts = -(-tiles // most)
    size = -(-tiles // (parts * STEP)) * STEP  # as equal as can be
    even = tiles // size * size

    def cut(array: Float32) -> Float32:
        return array[..., :even, :].reshape(*array.shape[:-2], -1, size, array.shape[-1])

    if even:
        np.matmul(cut(x), filters[..., np.newaxis, :, :], out=cut(out))
    if even < tiles:
        np.matmul(x[..., even:, :], filters, out=out[..., even:, :])
