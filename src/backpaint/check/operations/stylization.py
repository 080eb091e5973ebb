"""The rows of the operations that a one-pass network needs beyond VGG's."""

from .kinks import clipped
from .operation import Operation, Shapes
from .sizes import Size, features

LARGEST_FILTER = 3
CEILING = 1.0
"""Of ReLU6: inputs are normally distributed, and nearly none of them would reach 6."""


def _filter(size: Size) -> tuple[int, int]:
    """Return the height and width of a filter that fits, and is oblong where it can be."""
    return min(size.height, LARGEST_FILTER - 1), min(size.width, LARGEST_FILTER)


def _strided(size: Size) -> Shapes:
    filters = (*_filter(size), size.channels, size.channels_out)
    return {"x": size[:3], "w": filters, "b": (size.channels_out,)}


def _several(size: Size) -> tuple[int, int, int]:
    """Add one channel: a gradient that is one number may cancel to nothing in float32."""
    return size.height, size.width, size.channels + 1


def _depthwise(size: Size) -> Shapes:
    x = _several(size)
    return {"x": x, "w": (*_filter(size), x[2]), "b": x[2:]}


def _normalized(size: Size) -> Shapes:
    x = _several(size)
    return {"x": x, "gamma": x[2:], "beta": x[2:]}


def _convolution(kind: str, stride: int) -> Operation:
    shapes = _depthwise if kind == "depthwise_conv" else _strided
    gradients = {
        "x": (f"{kind}_backward_input", "grad x w stride"),
        "w": (f"{kind}_backward_weights", "grad x w stride"),
        "b": ("conv_backward_bias", "grad"),
    }
    return Operation(
        f"{kind} stride {stride}",
        (f"{kind}_forward", "x w b stride"),
        gradients,
        shapes,
        (f"{kind}_backward", "grad x w stride"),
        {"stride": stride},
    )


def _reflection(border: int) -> Operation:
    backward = ("reflection_pad_backward", "grad x border")
    return Operation(
        f"reflection_pad {border}",
        ("reflection_pad_forward", "x border"),
        {"x": backward},
        features,
        backward,
        {"border": border},
        smallest=border + 1,
    )


STYLIZATION = (
    _convolution("strided_conv", 1),
    _convolution("strided_conv", 2),
    _convolution("depthwise_conv", 1),
    _convolution("depthwise_conv", 2),
    _reflection(1),
    _reflection(2),
    Operation(
        "instance_norm",
        ("instance_norm_forward", "x gamma beta epsilon"),
        {
            "x": ("instance_norm_backward_input", "grad x gamma epsilon"),
            "gamma": ("instance_norm_backward_gamma", "grad x epsilon"),
            "beta": ("instance_norm_backward_beta", "grad"),
        },
        _normalized,
        ("instance_norm_backward", "grad x gamma epsilon"),
        {"epsilon": 0.125},
        quadratic=False,
    ),
    Operation(
        "upsample",
        ("upsample_forward", "x factor"),
        {"x": ("upsample_backward", "grad x factor")},
        features,
        ("upsample_backward", "grad x factor"),
        {"factor": 2},
    ),
    Operation(
        "sigmoid",
        ("sigmoid_forward", "x"),
        {"x": ("sigmoid_backward", "grad y")},
        features,
        quadratic=False,
    ),
    Operation(
        "relu6",
        ("relu6_forward", "x ceiling"),
        {"x": ("relu6_backward", "grad y ceiling")},
        features,
        options={"ceiling": CEILING},
        piece=clipped(CEILING),
    ),
)
"""All operations of `backpaint.reference.stylization`."""
