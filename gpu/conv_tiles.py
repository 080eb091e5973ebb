"""Which kernels can compute a convolution, in tiles of which size, and which one to take."""

from dataclasses import dataclass, field
from functools import cache

from .conv_filters import Precision
from .device import arrays

TILE_COLUMNS = 16
ROW_BYTES = 128
"""In shared memory: a slab of channels of one pixel, or of one filter, for tensor cores."""


@dataclass(frozen=True)
class Tile:
    """A kernel compiled for one size of tile: what one block computes.

    Attributes
    ----------
    file, name : str
        The kernel.
    rows, channels : int
        By 16 columns.
    threads : int
        Of a block.
    defines : dict
        For the compiler.
    shared_bytes : int
        Dynamic shared memory of a block.
    capability : tuple of int
        The oldest compute capability that has the kernel's instructions.
    """

    file: str
    name: str
    rows: int
    channels: int
    threads: int
    defines: dict[str, int | str] = field(hash=False)
    shared_bytes: int = 0
    capability: tuple[int, int] = (8, 0)

    def grid(self, height: int, width: int, channels: int) -> tuple[int, int]:
        """Count the blocks: tiles of the image, tiles of the channels."""
        across, down = -(-width // TILE_COLUMNS), -(-height // self.rows)
        return across * down, -(-channels // self.channels)


def tiled(rows: int, groups: int = 8, **defines: int | str) -> Tile:
    """Describe `conv_2_tiled.cu`: tiles of `rows` by 8 `groups` channels."""
    return Tile(
        "conv_2_tiled.cu",
        "conv_tiled",
        rows,
        8 * groups,
        threads=rows * TILE_COLUMNS // 8 * groups,
        defines={"TILE_ROWS": rows, "CHANNEL_GROUPS": groups, **defines},
    )


def sm80(mode: str, stored: str, down: int, across: int) -> Tile:
    """Describe `conv_sm80.cu`: `down` by `across` warps of 2 rows by 64 channels."""
    halo = (2 * down + 2) * (TILE_COLUMNS + 2)
    return Tile(
        "conv_sm80.cu",
        "conv_sm80",
        2 * down,
        64 * across,
        threads=32 * down * across,
        defines={
            "REAL": "float",
            "MODE": mode,
            "STORED": stored,
            "WARPS_DOWN": down,
            "WARPS_ACROSS": across,
        },
        shared_bytes=(2 * halo + 3 * 64 * across) * ROW_BYTES,
    )


def _sm80_tiles(mode: str, stored: str) -> tuple[Tile, ...]:
    return tuple(sm80(mode, stored, *warps) for warps in ((4, 2), (4, 1), (2, 1)))


TILES: dict[Precision, tuple[Tile, ...]] = {
    "exact": tuple(tiled(rows) for rows in (8, 4, 2)),
    "split": _sm80_tiles("SPLIT", "float"),
    "tf32": _sm80_tiles("TF32", "float"),
    "fast": _sm80_tiles("FLOAT16", "__half"),
}
"""For each precision, the largest tile first."""


def possible_tiles(precision: Precision, channels: int) -> tuple[Tile, ...]:
    """List the tiles that this device can compute, the largest first.

    Parameters
    ----------
    precision : Precision
        Of the filters.
    channels : int
        Out; tensor cores fill whole tiles only.
    """
    capability, _ = _device()
    return tuple(
        tile
        for tile in TILES[precision]
        if capability >= tile.capability and (precision == "exact" or channels % tile.channels == 0)
    )


def choose_tile(precision: Precision, height: int, width: int, channels: int) -> Tile:
    """Take the largest tile that gives work to (nearly) all of the device's multiprocessors.

    A larger tile reads each number fewer times; a deep layer of a small image has too few of them.
    """
    _, processors = _device()
    tiles = possible_tiles(precision, channels)
    for tile in tiles:
        across_image, across_channels = tile.grid(height, width, channels)
        if 10 * across_image * across_channels >= 9 * processors:
            return tile
    return tiles[-1]


def _device() -> tuple[tuple[int, int], int]:
    """Find the device's compute capability and its number of multiprocessors."""
    device = arrays().cuda.Device()
    digits = str(device.compute_capability)  # "90"
    return (int(digits[:-1]), int(digits[-1])), _processors(digits, device.id)


@cache
def _processors(_: str, device: int) -> int:
    return int(arrays().cuda.runtime.getDeviceProperties(device)["multiProcessorCount"])
