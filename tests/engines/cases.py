"""The problems on which engines must agree: presets, small and odd sizes, layers of all kinds."""

from dataclasses import dataclass
from functools import cached_property

from msgspec.structs import replace

from backpaint.engine.objective import Evaluation
from backpaint.presets import load_preset, preset_names
from backpaint.problem.problem import Problem
from backpaint.problem.recipe import NetworkOptions, Recipe

from ..problems import SHAPE, STYLE_SHAPES, everything, expected, make_problem, one_block, shallow
from ..reference.thin import WeightsInEights, thin_weights

Size = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Case:
    """A problem, and what the reference computes of it in float64, once for all engines."""

    name: str
    recipe: Recipe
    shape: Size = SHAPE
    styles: tuple[Size, ...] = STYLE_SHAPES
    shares: tuple[float, ...] = (1.0,)
    thin: bool = False
    """Whether its network has few channels, of which all five blocks take little time."""

    @cached_property
    def problem(self) -> Problem:
        depth = 16 if self.recipe.weights == "vgg16" else 19
        weights = thin_weights(depth, kind=WeightsInEights) if self.thin else None
        return make_problem(self.recipe, self.shape, self.styles, self.shares, weights)

    @cached_property
    def expected(self) -> Evaluation:
        return expected(self.problem)


OPTIONS = ("pool", "edge", "filters", "first_padding")


def two_styles(name: str, recipe: Recipe, shape: Size, *options: str) -> Case:
    """Take two styles of other sizes; `options` are the first of those of the network."""
    network = NetworkOptions(**dict(zip(OPTIONS, options, strict=False)))
    name = "-".join([name, *options, f"{shape[0]}x{shape[1]}"])
    return Case(name, replace(recipe, network=network), shape, ((9, 14), (12, 7)), (0.25, 0.75))


GATYS = load_preset("gatys")
SMALLEST = (
    two_styles("everything", everything(), (1, 1), "max", "ceil", "turned"),
    two_styles("everything", everything(), (4, 7), "average", "floor", "transposed", "edge"),
    two_styles("everything", everything(), (2, 5), "overlapping-average", "ceil", "upright"),
)
ODD = (
    two_styles("everything", everything(), (13, 10), "max", "floor", "transposed"),
    two_styles("everything", everything(), (31, 17), "average", "ceil", "turned"),
    two_styles("everything", everything(), (9, 21), "overlapping-average", "floor", "turned"),
    two_styles("gatys", GATYS, (1, 6), "overlapping-average", "ceil", "upright"),
    two_styles("gatys", GATYS, (2, 33), "max", "ceil", "upright"),
    two_styles("gatys", GATYS, (3, 1), "average", "ceil", "upright"),
)

CLOSE_CALLS = {"hnarayanan": (19, 17)}
"""At the usual size Winograd's rounding decides one maximum of it the other way: right as well
(`tests/cpu/network/test_decisions.py`), but another gradient."""
PRESETS = tuple(
    Case(name, load_preset(name), CLOSE_CALLS.get(name, SHAPE)) for name in preset_names()
)
THIN = tuple(Case(name, load_preset(name), thin=True) for name in preset_names())
DEEP = (*PRESETS, *SMALLEST, *ODD)
"""Every preset as it is."""


def in_two_blocks(name: str, shape: Size = (10, 11)) -> Case:
    """Take a preset in the first two blocks: an emulated device takes seconds for all five."""
    return Case(name, shallow(load_preset(name)), shape, ((7, 9),))


EMULATED = (
    *(in_two_blocks(name) for name in preset_names()),
    Case("gatys-whole", GATYS),
    *SMALLEST,
    *ODD,
)
"""The terms of every preset, and all five blocks with every pool.

`test_every_preset_in_bands_is_the_reference` (slow) has all presets whole."""

TINY = Case("one-block-tiny", one_block(), (3, 4), ((4, 3),))
"""All terms of the first block, on a picture of few pixels."""
ON_TENSOR_CORES = (
    TINY,
    *(in_two_blocks(name) for name in ("andersbll", "jcjohnson", "tf-vgg16-lbfgs")),
    *SMALLEST,
)
"""An emulated tensor core takes seconds for what others do at once."""
