"""The smallest proof of one kernel, or of an evaluation: a hang or a fault ends in this process.

python rung.py relu
python rung.py tf32:conv_sm90 [--smallest]      # every tile of a kernel, at three sizes or one
python rung.py tf32:trials [--smallest]         # every tile that only the tuner takes, likewise
python rung.py ways:fast [--smallest] [--without conv_sm90|trials]    # every way, at a few pixels
python rung.py evaluation:fast                  # every kernel of the engine, likewise
"""

import sys
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from on_device import REHEARSE, on_device

from backpaint.gpu.convolution.agreement import TOLERANCES
from backpaint.gpu.convolution.filters import Precision, prepare_filters
from backpaint.gpu.convolution.launch import ADD, BIAS, MASK, POSITIVE, RELU, launch_conv
from backpaint.gpu.convolution.tiles import TILES, TRIALS, Tile
from backpaint.gpu.device import device
from backpaint.gpu.operations.relu import relu_forward
from backpaint.reference.conv import conv_forward

SIZES = ((5, 7, 64), (16, 16, 64), (33, 47, 256))
STEPS = (0, BIAS + RELU + POSITIVE, ADD + MASK)
"""What is done to a sum: nothing, what a layer does forward, and all that is done backward."""
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
    kernels = [tile for tile in TILES[precision] if tile.name == name]
    tiles = TRIALS[precision] if name == "trials" else kernels
    verdicts = [
        _tile(precision, tile, size, steps) for tile in tiles for size in sizes for steps in STEPS
    ]
    return bool(verdicts) and all(verdicts)


def _tile(precision: Precision, tile: Tile, size: tuple[int, int, int], steps: int) -> bool:
    x, w, sums = example(*size, tile.whole_channels)
    given = operands(sums.shape, precision)
    expected = finished(sums, steps, given)
    found, positive = convolved(precision, tile, x, w, steps, given)
    error = np.abs(np.nan_to_num(found) - expected) / np.abs(expected).max()
    wrong = np.isnan(found) | (error > TOLERANCES[precision])
    if steps & POSITIVE:
        wrong |= np.unpackbits(positive, axis=-1, bitorder="little") != (found > 0)
    where = f", {wrong.mean():.1%} wrong, first at {np.argwhere(wrong)[:3].tolist()}"
    verdict = "WRONG" if wrong.any() else "right"
    told = f"{verdict} {error.max():.1e}" + where * bool(wrong.any())
    print(tile.label, size, f"steps {steps}", told, flush=True)
    return not wrong.any()


@cache
def example(
    height: int, width: int, channels: int, filters: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw features and filters, and convolve them in float64."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((height, width, channels)).astype(np.float32)
    w = rng.standard_normal((3, 3, channels, filters)) / np.sqrt(9 * channels)
    w = w.astype(np.float32)
    return x, w, conv_forward(x.astype(np.float64), w.astype(np.float64), np.zeros(filters))


class Operands(NamedTuple):
    """What steps take: a bias for each channel, a gradient to add to, and the bits of a mask."""

    bias: np.ndarray
    add: np.ndarray
    mask: np.ndarray


def operands(shape: tuple[int, ...], precision: Precision) -> Operands:
    """Draw what the steps take."""
    rng = np.random.default_rng(1)
    bias, add = rng.standard_normal(shape[-1:]), rng.standard_normal(shape)
    mask = np.packbits(rng.random(shape) < 0.5, axis=-1, bitorder="little")
    return Operands(bias.astype(np.float32), add.astype(_stored(precision)), mask)


def finished(sums: np.ndarray, steps: int, given: Operands) -> np.ndarray:
    """Do the steps in float64."""
    y = sums + given.bias * bool(steps & BIAS) + given.add.astype(np.float64) * bool(steps & ADD)
    y = np.maximum(y, 0) if steps & RELU else y
    return y * np.unpackbits(given.mask, axis=-1, bitorder="little") if steps & MASK else y


def convolved(
    precision: Precision, tile: Tile, x: np.ndarray, w: np.ndarray, steps: int, given: Operands
) -> tuple[np.ndarray, np.ndarray]:
    """Convolve on the device, into memory full of NaN; what is added to is there already."""
    xp, stored = device.xp(), _stored(precision)
    out = xp.empty((*x.shape[:2], tile.whole_channels), stored)
    positive = xp.empty((*x.shape[:2], tile.whole_channels // 8), np.uint8)
    for array in (out, positive):
        array.view(np.uint8).fill(0xFF)
    if steps & ADD:
        out[...] = xp.asarray(given.add)
    launch_conv(
        device.to_device(x, stored),
        prepare_filters(w, precision),
        out,
        bias=xp.asarray(given.bias) if steps & BIAS else None,
        add=out if steps & ADD else None,
        relu=bool(steps & RELU),
        positive=positive if steps & POSITIVE else None,
        mask=xp.asarray(given.mask) if steps & MASK else None,
        tile=tile,
        input_scale=INPUT_SCALE if precision == "split" else 1.0,
    )
    return device.to_host(out).astype(np.float64), device.to_host(positive)


def _stored(precision: Precision) -> type[np.floating[Any]]:
    return np.float16 if precision == "fast" else np.float32


def ways(precision: Any, *, smallest: bool) -> bool:
    """Compare the ways of every task in evaluations of either pool, with either padding.

    The smallest pools by maxima alone, sees the first block alone, and leaves out convolutions,
    whose tiles have rungs of their own.
    """
    from compared import compare, leave_out_as_asked
    from tests.problems import make_problem, one_block, shallow, start

    from backpaint.presets import load_preset, with_changes

    leave_out_as_asked()
    verdicts = []
    for pool, padding in (("max" if smallest else "average", "zeros"), ("max", "edge")):
        recipe = one_block() if smallest else shallow(load_preset("gatys"))
        recipe = with_changes(recipe, {"network.pool": pool, "network.first_padding": padding})
        problem = make_problem(recipe, (11, 18), styles=((6, 7),))
        verdicts.append(compare(problem, precision, start(problem), convolutions=not smallest))
    return all(verdicts)


def evaluations(precision: Any) -> bool:
    """Compare a gradient with the reference's, with either padding."""
    verdicts = [_evaluation(precision, padding) for padding in ("zeros", "edge")]
    return all(verdicts)


def _evaluation(precision: Any, padding: str) -> bool:
    """Compare gradients: launched, recorded, replayed."""
    from tests.problems import everything, make_problem, start

    from backpaint.gpu import GPUObjective
    from backpaint.presets import with_changes
    from backpaint.reference.objective import ReferenceObjective

    recipe = with_changes(everything(), {"network.first_padding": padding})
    problem = make_problem(recipe, (8, 9), styles=((6, 7),))
    expected = ReferenceObjective(problem).evaluate(start(problem)).gradient
    objective = GPUObjective(problem, precision)
    found = [objective.evaluate(start(problem)).gradient for _ in range(3)]
    error = np.linalg.norm(found[0] - expected) / np.linalg.norm(expected)
    same = all(np.array_equal(found[0], again) for again in found[1:])
    right = bool(same and error <= LENGTHS[precision])
    verdict = "right" if right else "WRONG"
    print("evaluation", precision, padding, verdict, f"{error:.1e}, same bits: {same}", flush=True)
    return right


def main() -> None:
    what, _, name = sys.argv[1].partition(":")
    smallest = REHEARSE or "--smallest" in sys.argv
    sizes = SIZES[:1] if smallest else SIZES
    with on_device():
        if what == "relu":
            right = relu()
        elif what == "ways":
            right = ways(name, smallest=smallest)
        elif what == "evaluation":
            right = evaluations(name)
        else:
            right = convolution(what, name, sizes)  # type: ignore[arg-type]
    sys.exit(not right)


if __name__ == "__main__":
    main()
