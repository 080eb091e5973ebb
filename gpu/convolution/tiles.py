"""The kernels that can compute a convolution, their tiles, and the choice among them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from ..device.device import xp
from .filters import Precision

TILE_COLUMNS = 16
PICTURE_CHANNELS = 3
HOPPER = (9, 0)
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
    hopper : bool
        Whether the kernel takes tensor maps in place of arrays, and runs on Hopper alone: neither
        older nor newer devices have its instructions.
    rounds_copies : bool
        Whether float32 is rounded to 11 bits on its way to shared memory.
    cluster : int
        Blocks of neighboring channels that share what they copy of the image.
    compiles_steps : bool
        Whether the kernel is compiled for the steps of each launch: ``-DSTEPS=...``.
    variant : str
        What sets it apart from other tiles of the kernel and of its size.
    """

    file: str
    name: str
    rows: int
    channels: int
    threads: int
    defines: dict[str, int | str] = field(hash=False)
    shared_bytes: int = 0
    hopper: bool = False
    rounds_copies: bool = False
    cluster: int = 1
    compiles_steps: bool = False
    variant: str = ""

    @property
    def label(self) -> str:
        """Name it among the tiles of one precision: ``conv_sm90 16x128``."""
        return f"{self.name} {self.rows}x{self.channels} {self.variant}".rstrip()

    @property
    def whole_channels(self) -> int:
        """Count the channels of one cluster of blocks; a result has a multiple of these."""
        return self.channels * self.cluster

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


def sm90(mode: str, stored: str, rows: int, channels: int) -> Tile:
    """Describe `conv_sm90.cu`."""
    images = 3 * (rows + 2) * TILE_COLUMNS * ROW_BYTES
    filters = 4 * channels * ROW_BYTES
    barriers = 2 * (3 + 4) * 8
    return Tile(
        "conv_sm90.cu",
        "conv_sm90",
        rows,
        channels,
        threads=3 * 128,
        defines={
            "REAL": "float",
            "MODE": mode,
            "STORED": stored,
            "TILE_ROWS": rows,
            "TILE_CHANNELS": channels,
            **({"ROUND_TO_TF32": 1} if mode == "TF32" else {}),
        },
        shared_bytes=images + filters + barriers,
        hopper=True,
    )


def _sm90_tiles(mode: str, stored: str) -> tuple[Tile, ...]:
    return tuple(sm90(mode, stored, *size) for size in ((16, 128), (16, 64), (8, 128), (8, 64)))


def _sm80_tiles(mode: str, stored: str) -> tuple[Tile, ...]:
    return tuple(sm80(mode, stored, *warps) for warps in ((4, 2), (4, 1), (2, 1)))


TILES: dict[Precision, tuple[Tile, ...]] = {
    "exact": tuple(tiled(rows) for rows in (8, 2)),
    "split": _sm80_tiles("SPLIT", "float"),
    "tf32": _sm90_tiles("TF32", "float") + _sm80_tiles("TF32", "float"),
    "fast": _sm90_tiles("FLOAT16", "__half") + _sm80_tiles("FLOAT16", "__half"),
}
"""For each precision, the newer kernel first, and the largest tile of each first."""


def _rounding_copies(tile: Tile) -> Tile:
    """Let the copies round what `conv_sm90.cu` reads, and not whoever writes it."""
    defines = {name: value for name, value in tile.defines.items() if name != "ROUND_TO_TF32"}
    return replace(tile, defines=defines, rounds_copies=True, variant="rounding copies")


def _in_strips(tile: Tile) -> Tile:
    """Finish sums strip by strip: `conv_strip.cuh`."""
    return replace(tile, compiles_steps=True, variant="in strips")


def _in_wide_strips(tile: Tile) -> Tile:
    """Do likewise, with four channels to a thread's load or store in place of two."""
    defines = {**tile.defines, "STRIP_RUN": 4}
    return replace(tile, defines=defines, compiles_steps=True, variant="in wide strips")


def _in_clusters(tile: Tile) -> Tile:
    """Let two blocks copy each half of an image to both."""
    variant = f"{tile.variant} in clusters".lstrip()
    return replace(tile, defines={**tile.defines, "CLUSTER": 2}, cluster=2, variant=variant)


_SM90_TF32, _SM90_HALF = _sm90_tiles("TF32", "float"), _sm90_tiles("FLOAT16", "__half")

TRIALS: dict[Precision, tuple[Tile, ...]] = {
    "exact": (),
    "split": (),
    "tf32": (
        *map(_rounding_copies, _SM90_TF32),
        *map(_in_strips, _SM90_TF32),
        *map(_in_wide_strips, _SM90_TF32),
        *map(_in_clusters, _SM90_TF32[:2]),
        *map(_in_clusters, map(_in_wide_strips, _SM90_TF32[:2])),
    ),
    "fast": (
        *map(_in_strips, _SM90_HALF),
        *map(_in_wide_strips, _SM90_HALF),
        *map(_in_clusters, _SM90_HALF[:2]),
        *map(_in_clusters, map(_in_wide_strips, _SM90_HALF[:2])),
    ),
}
"""What may replace tiles of `TILES` once a device has compared them: only the tuner takes them."""

FROM_PICTURE = (
    tiled(8, SLAB=PICTURE_CHANNELS),
    Tile("conv_picture.cu", "conv_from_picture", 8, 64, threads=128, defines={}),
)
TO_PICTURE = (
    tiled(32, groups=1),
    Tile("conv_picture.cu", "conv_to_picture", 32, PICTURE_CHANNELS, threads=128, defines={}),
)
"""The first layer, 3 channels in; 3 out, of 8 that the first kernel computes.

The rule takes the first of each.  The second may replace it once a device has compared the two, and
wants features of 8, 16, 24, ... channels."""


def possible_tiles(precision: Precision, channels: int) -> tuple[Tile, ...]:
    """List the tiles that this device can compute, in the order of `TILES`.

    Parameters
    ----------
    precision : Precision
        Of the filters.
    channels : int
        Out; tensor cores fill whole tiles only, and clusters are whole.
    """
    return _possible(TILES[precision], precision, channels)


def possible_trials(precision: Precision, channels: int) -> tuple[Tile, ...]:
    """List the tiles of `TRIALS` likewise."""
    return _possible(TRIALS[precision], precision, channels)


def _possible(tiles: Sequence[Tile], precision: Precision, channels: int) -> tuple[Tile, ...]:
    capability, _ = _device()
    return tuple(
        tile
        for tile in tiles
        if (not tile.hopper or capability == HOPPER)
        and (precision == "exact" or channels % tile.whole_channels == 0)
    )


def choose_tile(precision: Precision, height: int, width: int, channels: int) -> Tile:
    """Take the newest kernel's largest tile that keeps this device busy; see `busy_tile`."""
    _, processors = _device()
    return busy_tile(possible_tiles(precision, channels), height, width, channels, processors)


def busy_tile(
    tiles: Sequence[Tile], height: int, width: int, channels: int, processors: int
) -> Tile:
    """Take the first kernel's largest tile that gives work to (nearly) all multiprocessors.

    A larger tile reads each number fewer times; a deep layer of a small image has too few of them.

    Parameters
    ----------
    tiles : sequence of Tile
        From `possible_tiles`.
    height, width, channels : int
        Of the result.
    processors : int
        Streaming multiprocessors of the device.
    """
    first = [tile for tile in tiles if tile.name == tiles[0].name]
    for tile in first:
        across_image, across_channels = tile.grid(height, width, channels)
        if 10 * across_image * across_channels >= 9 * processors:
            return tile
    return first[-1]


def _device() -> tuple[tuple[int, int], int]:
    """Find the device's compute capability and its number of multiprocessors."""
    device = xp().cuda.Device()
    digits = str(device.compute_capability)  # "90"
    return (int(digits[:-1]), int(digits[-1])), _processors(digits, device.id)


@cache
def _processors(_: str, device: int) -> int:
    return int(xp().cuda.runtime.getDeviceProperties(device)["multiProcessorCount"])
