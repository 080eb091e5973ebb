"""The table of operations: what each takes and gives.

A row names functions instead of holding them.  The reference, its loops (`naive.py`) and the twins
in PyTorch, JAX and TensorFlow have them under the same names, so one row serves every proof.
"""

from collections.abc import Callable
from typing import Any

from ...reference import naive
from .kinks import Piece, difference_signs, signs, winners
from .operation import Call, Operation, Shapes
from .sizes import Size, features
from .stylization import STYLIZATION


def _convolution(size: Size) -> Shapes:
    filters = {"w": (3, 3, size.channels, size.channels_out), "b": (size.channels_out,)}
    return {"x": size[:3], **filters}


def _matrix(size: Size) -> Shapes:
    length = size.height * size.width * size.channels
    return {"x": (length,), "w": (length, size.channels_out), "b": (size.channels_out,)}


def _scores(size: Size) -> Shapes:
    return {"z": (2 + size.height * size.width,)}


def _picture(size: Size) -> Shapes:
    return {"x": (size.height, size.width, 3)}


def _pair(size: Size) -> Shapes:
    return {"x": size[:3], "target": size[:3]}


def _painting_and_content(pool: int) -> Callable[[Size], Shapes]:
    """Make as many squares as the size has pixels, and rows beyond them, which do not count."""

    def shapes(size: Size) -> Shapes:
        shape = (pool * size.height + pool - 1, pool * size.width, size.channels)
        return {"x": shape, "content": shape}

    return shapes


def _pair_and_mask(size: Size) -> Shapes:
    return {**_pair(size), "mask": size[:2]}


def _features_and_gram(size: Size) -> Shapes:
    return {"x": size[:3], "gram": (size.channels, size.channels)}


def _features_and_weights(size: Size) -> Shapes:
    return {"x": size[:3], "weights": size[:2]}


def _pair_and_weights(size: Size) -> Shapes:
    return {"x": size[:3], "target": size[:3], "weights": size[:2]}


def _features_and_ranks(size: Size) -> Shapes:
    positions, count = size.height * size.width, size.channels_out
    return {"x": size[:3], "wanted": (positions, count), "directions": (size.channels, count)}


def _two_pictures(size: Size) -> Shapes:
    return {"x": size[:3], "style": (size.height + 3, size.width + 1, size.channels)}


def _statistic(name: str, smallest: int = 1, has_ties: bool = True, **options: float) -> Operation:
    arguments = " ".join(["x style", *options])
    return Operation(
        f"{name}_loss",
        (f"{name}_loss_forward", arguments),
        {"x": (f"{name}_loss_backward", f"grad {arguments}")},
        _two_pictures,
        options=options,
        quadratic=False,
        smallest=smallest,
        has_ties=has_ties,
    )


def _with_bias(kind: str, shapes: Callable[[Size], Shapes], loops: Call | None) -> Operation:
    """Make the row of a convolution or of a linear layer."""
    gradients = {
        "x": (f"{kind}_backward_input", "grad w"),
        "w": (f"{kind}_backward_weights", "grad x"),
        "b": (f"{kind}_backward_bias", "grad"),
    }
    return Operation(kind, (f"{kind}_forward", "x w b"), gradients, shapes, loops)


def _pool(kind: str, variant: str, **options: Any) -> Operation:
    names = " ".join(options)
    backward = (f"{kind}_backward", f"grad x {names}")
    return Operation(
        f"{kind} {variant}",
        (f"{kind}_forward", f"x {names}"),
        {"x": backward},
        features,
        backward,
        options,
        winners(options["edge"], naive) if kind == "max_pool" else None,
        smallest=2 if variant == "floor" else 1,
    )


def _preprocess(variant: str, order: tuple[int, int, int]) -> Operation:
    return Operation(
        f"preprocess {variant}",
        ("preprocess_forward", "x scale offset order"),
        {"x": ("preprocess_backward", "grad scale order")},
        _picture,
        options={"scale": (0.5, 2.0, -3.0), "offset": (7.0, -5.0, 0.25), "order": order},
    )


def _variation(
    name: str, piece: Piece | None = None, quadratic: bool = True, **options: Any
) -> Operation:
    kind = name.split()[0].replace("-", "_")
    arguments = " ".join(["x", *options])
    return Operation(
        f"tv {name}",
        (f"{kind}_variation_forward", arguments),
        {"x": (f"{kind}_variation_backward", f"grad {arguments}")},
        features,
        options=options,
        piece=piece,
        quadratic=quadratic,
    )


def _laplacian(pool: int) -> Operation:
    return Operation(
        f"laplacian {pool}",
        ("content_laplacian_forward", "x content pool"),
        {"x": ("content_laplacian_backward", "grad x content pool")},
        _painting_and_content(pool),
        options={"pool": pool},
    )


def _range(power: float) -> Operation:
    return Operation(
        f"range {power:g}",
        ("value_range_forward", "x center half power"),
        {"x": ("value_range_backward", "grad x center half power")},
        _picture,
        options={"center": (0.5, -1.0, 0.25), "half": (2.0, 1.0, 4.0), "power": power},
        quadratic=power == 2,
    )


def _power(
    name: str, exponent: float, epsilon: float = 0.0, mean: bool = False, wrap: bool = False
) -> Operation:
    return _variation(
        name,
        quadratic=exponent == 1,
        exponent=exponent,
        epsilon=epsilon,
        mean=mean,
        wrap=wrap,
    )


OPERATIONS = (
    _with_bias("conv", _convolution, ("conv_backward", "grad x w")),
    Operation(
        "relu", ("relu_forward", "x"), {"x": ("relu_backward", "grad y")}, features, piece=signs
    ),
    _pool("max_pool", "floor", edge="floor"),
    _pool("max_pool", "ceil", edge="ceil"),
    _pool("average_pool", "floor", edge="floor"),
    _pool("average_pool", "ceil", edge="ceil"),
    _pool("overlapping_average_pool", "inside", count_padding=False),
    _pool("overlapping_average_pool", "nine", count_padding=True),
    Operation(
        "edge_pad", ("edge_pad_forward", "x"), {"x": ("edge_pad_backward", "grad")}, features
    ),
    _with_bias("linear", _matrix, None),
    Operation(
        "cross_entropy",
        ("cross_entropy_forward", "z label"),
        {"z": ("cross_entropy_backward", "grad z label")},
        _scores,
        options={"label": 1},
        quadratic=False,
    ),
    Operation(
        "gram",
        ("gram_forward", "x divisor"),
        {"x": ("gram_backward", "grad x divisor")},
        features,
        options={"divisor": 6.5},
    ),
    Operation(
        "gram region",
        ("gram_forward", "x divisor weights"),
        {"x": ("gram_backward", "grad x divisor weights")},
        _features_and_weights,
        ("gram_backward", "grad x divisor weights"),
        options={"divisor": 6.5},
    ),
    Operation(
        "squared_error",
        ("squared_error_forward", "x target divisor"),
        {"x": ("squared_error_backward", "grad x target divisor")},
        _pair,
        options={"divisor": 6.5},
    ),
    Operation(
        "squared_error region",
        ("squared_error_forward", "x target divisor weights"),
        {"x": ("squared_error_backward", "grad x target divisor weights")},
        _pair_and_weights,
        options={"divisor": 6.5},
    ),
    Operation(
        "masked_squared_error",
        ("masked_squared_error_forward", "x target mask"),
        {"x": ("masked_squared_error_backward", "grad x target mask")},
        _pair_and_mask,
    ),
    Operation(
        "style_loss",
        ("style_loss_forward", "x gram gram_divisor divisor"),
        {"x": ("style_loss_backward", "grad x gram gram_divisor divisor")},
        _features_and_gram,
        options={"gram_divisor": 6.5, "divisor": 4.0},
        quadratic=False,
    ),
    Operation(
        "style_loss shifted",
        ("style_loss_forward", "x gram gram_divisor divisor shift"),
        {"x": ("style_loss_backward", "grad x gram gram_divisor divisor shift")},
        _features_and_gram,
        options={"gram_divisor": 6.5, "divisor": 4.0, "shift": -1.0},
        quadratic=False,
    ),
    Operation(
        "moments",
        ("moments_forward", "x weights"),
        {"x": ("moments_backward", "grad x weights")},
        _features_and_weights,
    ),
    # one position has no covariance, and a gradient of nothing but rounding
    _statistic("covariance", smallest=2, area=3.0, divisor=4.0),
    _statistic("mean_deviation", epsilon=0.25),
    _statistic("wasserstein", epsilon=0.25),
    # so few steps that the roots are not there yet
    _statistic("wasserstein_steps", epsilon=0.25, root_steps=4),
    # another order is further away than the step of a difference, for the numbers drawn
    _statistic("histogram", has_ties=False),
    Operation(
        "sliced",
        ("sliced_forward", "x wanted directions"),
        {"x": ("sliced_backward", "grad x wanted directions")},
        _features_and_ranks,
        quadratic=False,  # as above
        has_ties=False,
    ),
    _preprocess("RGB", (0, 1, 2)),
    _preprocess("BGR", (2, 1, 0)),
    _variation("absolute", difference_signs, mean=False),
    _variation("absolute mean", difference_signs, mean=True),
    _variation("squared", mean=False),
    _variation("squared mean", mean=True),
    _power("power 1.25", 1.25),
    _power("power 1 mean", 1.0, mean=True),
    _power("power 0.5 mean wrap", 0.5, epsilon=0.25, mean=True, wrap=True),
    _variation("laplacian"),
    _variation("nine-point"),
    _laplacian(1),
    _laplacian(2),
    _range(2.0),
    _range(6.0),
    *STYLIZATION,
)
"""All operations of `backpaint.reference`; ``tv`` stands for the penalties on rough pictures."""
