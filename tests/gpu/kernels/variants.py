"""Every way in which kernels are compiled; the tests compile each for every architecture.

The tests also fail where a kernel is used in a way that is missing here.
"""

from collections.abc import Iterable, Iterator

from backpaint.gpu.convolution.launch import ADD, BIAS, MASK, POSITIVE, RELU
from backpaint.gpu.convolution.tiles import (
    FROM_PICTURE,
    TILES,
    TO_PICTURE,
    TRIALS,
    Tile,
)

Defines = dict[str, int | str]

ARCHITECTURES = ("sm_80", "sm_90a")
HOPPER_ONLY = ("conv_sm90.cu",)

_EXACT: tuple[Defines, ...] = ({"REAL": "float"}, {"REAL": "double"})
_STORED_HALF: tuple[Defines, ...] = ({"REAL": "__half", "WIDE": "float"},)

_PRODUCTS: tuple[Defines, ...] = (
    {"REAL": "float", "LOADED": "float", "MODE": "EXACT"},
    {"REAL": "double", "LOADED": "double", "MODE": "EXACT"},
    {"REAL": "float", "LOADED": "float", "MODE": "TF32"},
    {"REAL": "float", "LOADED": "__half", "MODE": "TF32"},
)
_PICTURE: tuple[Defines, ...] = (
    {"REAL": "float", "LOADED": "float", "STORED": "float"},
    {"REAL": "double", "LOADED": "double", "STORED": "double"},
)
_FROM_PICTURE: Defines = {"REAL": "float", "LOADED": "float", "STORED": "__half"}
_TO_PICTURE: Defines = {"REAL": "float", "LOADED": "__half", "STORED": "float"}
_REPEATING_EDGE: tuple[Defines, ...] = tuple(
    {**types, "REPEAT_EDGE": 1} for types in (*_PICTURE, _FROM_PICTURE)
)


def _variants(tiles: Iterable[Tile], types: tuple[Defines, ...]) -> tuple[Defines, ...]:
    return tuple({**tile.defines, **defines} for tile in tiles for defines in types)


def _tensor_core_variants(file: str) -> tuple[Defines, ...]:
    tiles = [tile for kind in TILES.values() for tile in kind if tile.file == file]
    return _variants(tiles, ({},))


STEPS_OF_A_NETWORK = (0, ADD, MASK, ADD + MASK, BIAS, BIAS + RELU, BIAS + POSITIVE, 13)
"""That a stage asks for, backward and forward: 13 is ``BIAS + RELU + POSITIVE``."""


def _trials() -> Iterator[Defines]:
    for tile in (tile for kind in TRIALS.values() for tile in kind):
        if tile.compiles_steps:
            yield from ({**tile.defines, "STEPS": steps} for steps in STEPS_OF_A_NETWORK)
        else:
            yield tile.defines


VARIANTS: dict[str, tuple[Defines, ...]] = {
    "adam.cu": _EXACT,
    "conv_1_naive.cu": _EXACT,
    "conv_2_tiled.cu": (
        *_variants(TILES["exact"], _EXACT),
        *_variants(FROM_PICTURE[:1], (*_PICTURE, _FROM_PICTURE, *_REPEATING_EDGE)),
        *_variants(TO_PICTURE[:1], (*_PICTURE, _TO_PICTURE)),
    ),
    "conv_picture.cu": (*_PICTURE, _FROM_PICTURE, _TO_PICTURE, *_REPEATING_EDGE),
    "conv_sm80.cu": _tensor_core_variants("conv_sm80.cu"),
    "conv_sm90.cu": (*_tensor_core_variants("conv_sm90.cu"), *_trials()),
    "edge_gradient.cu": tuple(
        {"REAL": real, "LOADED": loaded}
        for real, loaded in (("float", "float"), ("double", "double"), ("float", "__half"))
    ),
    "finish_sum.cu": ({},),
    "gram.cu": tuple(defines for defines in _PRODUCTS if defines["REAL"] == "float"),
    "lbfgs.cu": _EXACT,
    "masks.cu": _EXACT + _STORED_HALF,
    "norms.cu": _EXACT + _STORED_HALF,
    "overlapping_pool.cu": _EXACT + _STORED_HALF,
    "pool.cu": _EXACT + _STORED_HALF,
    "pool_runs.cu": _EXACT + _STORED_HALF,
    "preprocess.cu": _EXACT,
    "products.cu": _PRODUCTS,
    "relu.cu": _EXACT + _STORED_HALF,
    "smoothness.cu": _EXACT,
    "squared_error.cu": _EXACT + _STORED_HALF,
    "total_variation.cu": _EXACT,
}
"""By file."""


def architectures(file: str) -> tuple[str, ...]:
    """Tell what a file is compiled for."""
    return ARCHITECTURES[1:] if file in HOPPER_ONLY else ARCHITECTURES
