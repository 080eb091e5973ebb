"""The smallest proof of one kernel, or of an evaluation: a hang or a fault ends in this process.

python rung.py relu
python rung.py tf32:conv_sm90 [--smallest]      # every tile of a kernel, at three sizes or one
python rung.py ways:fast                        # every way to do one thing, at a few pixels
python rung.py evaluation:fast                  # every kernel of the engine, likewise
"""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from on_device import REHEARSE, on_device
from tests.problems import everything, make_problem, shallow, start
from ways import compare

from backpaint.gpu import GPUObjective
from backpaint.gpu.convolution.filters import Precision, prepare_filters
from backpaint.gpu.convolution.launch import launch_conv
from backpaint.gpu.convolution.tiles import TILES, TRIALS, Tile
from backpaint.gpu.device import device
from backpaint.gpu.operations.relu import relu_forward
from backpaint.presets import load_preset, with_changes
from backpaint.reference.conv import conv_forward
from backpaint.reference.objective import ReferenceObjective

SIZES = ((5, 7, 64), (16, 16, 64), (33, 47, 256))
TOLERANCES: dict[Precision, float] = {"exact": 4e-6, "split": 4e-6, "tf32": 2e-3, "fast": 2e-3}
INPUT_SCALE = 4096.0
LENGTHS = {"exact": 1e-4, "tf32": 0.02, "fast": 0.02}
"""How far a gradient may be off, in the Euclidean norm."""


def relu() -> bool:
    x = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    found = device.to_host(relu_forward(device.xp().asarray(x)))
    print("relu", "right" if np.array_equal(found, np.maximum(x, 0)) else "WRONG")
    return np.array_equal(found, np.maximum(x, 0))


def convolution(precision: Precision, name: str, sizes: tuple[Any, ...]) -> bool:
    """Compare every tile with float64; tell where the first wrong numbers are."""
    tiles = [tile for tile in TILES[precision] + TRIALS[precision] if tile.name == name]
    verdicts = [_tile(precision, tile, size) for tile in tiles for size in sizes]
    return bool(verdicts) and all(verdicts)


def _tile(precision: Precision, tile: Tile, size: tuple[int, int, int]) -> bool:
    x, w, expected = example(*size, tile.channels)
    found = convolved(precision, tile, x, w)
    error = np.abs(np.nan_to_num(found) - expected) / np.abs(expected).max()
    wrong = np.isnan(found) | (error > TOLERANCES[precision])
    where = f", {wrong.mean():.1%} wrong, first at {np.argwhere(wrong)[:3].tolist()}"
    verdict = "WRONG" if wrong.any() else "right"
    print(tile.label, size, verdict, f"{error.max():.1e}" + where * bool(wrong.any()), flush=True)
    return not wrong.any()


def example(height: int, width: int, channels: int, filters: int) -> Iterator[np.ndarray]:
    """Draw features and filters, and convolve them in float64."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((height, width, channels)).astype(np.float32)
    w = rng.standard_normal((3, 3, channels, filters)) / np.sqrt(9 * channels)
    w = w.astype(np.float32)
    yield from (x, w, conv_forward(x.astype(np.float64), w.astype(np.float64), np.zeros(filters)))


def convolved(precision: Precision, tile: Tile, x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Convolve on the device, into memory full of NaN."""
    stored = np.float16 if precision == "fast" else np.float32
    out = device.xp().empty((*x.shape[:2], tile.channels), stored)
    out.view(np.uint8).fill(0xFF)
    scale = INPUT_SCALE if precision == "split" else 1.0
    filters = prepare_filters(w, precision)
    sent = device.to_device(x, stored)
    launch_conv(sent, filters, out, tile=tile, input_scale=scale)
    return device.to_host(out).astype(np.float64)


def ways(precision: Any) -> bool:
    """Compare the ways of every task in evaluations that pool by averages and by maxima."""
    verdicts = []
    for pool in ("average", "max"):
        recipe = with_changes(shallow(load_preset("gatys")), {"network.pool": pool})
        problem = make_problem(recipe, (11, 18), styles=((6, 7),))
        verdicts.append(compare(problem, precision, start(problem)))
    return all(verdicts)


def evaluation(precision: Any) -> bool:
    """Compare a gradient with the reference's: launched, recorded, replayed."""
    problem = make_problem(everything(), (8, 9), styles=((6, 7),))
    expected = ReferenceObjective(problem).evaluate(start(problem)).gradient
    objective = GPUObjective(problem, precision)
    found = [objective.evaluate(start(problem)).gradient for _ in range(3)]
    error = np.linalg.norm(found[0] - expected) / np.linalg.norm(expected)
    same = all(np.array_equal(found[0], again) for again in found[1:])
    right = bool(same and error <= LENGTHS[precision])
    print("evaluation", precision, "right" if right else "WRONG", f"{error:.1e}, same bits: {same}")
    return right


def main() -> None:
    what, _, name = sys.argv[1].partition(":")
    sizes = SIZES[:1] if REHEARSE or "--smallest" in sys.argv else SIZES
    with on_device():
        if what == "relu":
            right = relu()
        elif what == "ways":
            right = ways(name)
        elif what == "evaluation":
            right = evaluation(name)
        else:
            right = convolution(what, name, sizes)  # type: ignore[arg-type]
    sys.exit(not right)


if __name__ == "__main__":
    main()
