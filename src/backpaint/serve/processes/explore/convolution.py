"""The products behind one number of the gradient: one convolution's backward at one place."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ....errors import UsageError
from ....images import Photograph
from ....painting.session import start_from
from ....problem.problem import TOTAL_VARIATION
from ....reference.engine import Reference
from ....reference.objective import ReferenceObjective
from ....vgg import Layer
from ....views.landscape import pixel_levels
from ....views.products import Products, input_products
from ..order import Order
from .gradients import maps_of
from .layers import convolution_before
from .parts import age, as_order, drawn, opened, pixels_of

STRONGEST = 6
"""Filters whose nine products are written out; the others are added up."""
EXACT_PIXELS = 256 * 256
"""Of the largest picture whose way back is computed in float64."""
COLORS = ("red", "green", "blue")


@dataclass(frozen=True, eq=False)
class WayBack:
    """The gradient at one convolution.

    Attributes
    ----------
    objective : ReferenceObjective
    grad_y, grad_x, own : ndarray of float
        As `ReferenceObjective.layer_gradients` returns them.
    """

    objective: ReferenceObjective
    grad_y: NDArray[np.floating]
    grad_x: NDArray[np.floating]
    own: NDArray[np.floating]


def convolution(
    order: dict[str, Any], picture: str, layer: str, x: int, y: int, channel: int | None
) -> dict[str, Any]:
    """Write out one number of a convolution's gradient with respect to its input.

    Parameters
    ----------
    order : dict
        An `Order`, as built-in types.
    picture : str
        A file that its run wrote.
    layer : str
        A convolution, or what follows it.
    x, y : int
        Column and row of the picture; the entry over it is taken.
    channel : int, optional
        Of the input; absent: the one whose gradient there is the longest.
    """
    conv = convolution_before(layer, order["recipe"]["weights"])
    way = _way_back(msgspec.json.encode(order), picture, age(picture), conv.name)
    entry = _entry(way, conv, (y, x), channel)
    products = input_products(way.grad_y, way.objective.network.filters[conv.name], entry)
    is_first = way.objective.network.input_of(conv.name) == "input"
    return {
        "layer": conv.name,
        "input": way.objective.network.input_of(conv.name),
        "at": entry[:2],
        "size": way.grad_x.shape[1::-1],
        "channel": entry[2],
        "inputs": conv.channels_in,
        "precision": str(way.objective.network.dtype),
        "own": float(way.own[entry]),
        "copies": _copies(way, conv.name, entry) if is_first else 0.0,
        "reference": float(way.grad_x[entry]),
        "pixel": _pixel(order, picture, way, (y, x), entry) if is_first else None,
        **_written_out(products),
    }


def _written_out(products: Products) -> dict[str, Any]:
    """List the strongest filters' products, and what the others add."""
    sums = products.sums
    strongest = np.argsort(-np.abs(sums), kind="stable")[:STRONGEST]
    values = products.values
    return {
        "count": len(sums),
        "sum": products.total,
        "taps": values.sum(axis=2, dtype=np.float64).tolist(),
        "all": drawn(values.reshape(9, -1)),
        "others": products.total - float(sums[strongest].sum()),
        "filters": [
            {
                "number": int(k),
                "around": products.around[:, :, k].tolist(),
                "turned": products.turned[:, :, k].tolist(),
                "products": values[:, :, k].tolist(),
                "sum": float(sums[k]),
            }
            for k in strongest
        ],
    }


def _copies(way: WayBack, conv: str, entry: tuple[int, int, int]) -> float:
    """Add up what comes back to the copies of an outermost pixel, where these are repeated."""
    network = way.objective.network
    if network.options.first_padding == "zeros":
        return 0.0
    rows, columns = (
        [place for place in (at, at + 1, at + 2) if min(max(place - 1, 0), length - 1) == at]
        for at, length in zip(entry, way.grad_x.shape[:2], strict=False)
    )
    if len(rows) * len(columns) == 1:
        return 0.0
    around = np.pad(way.grad_y, ((1, 1), (1, 1), (0, 0)))
    return sum(
        input_products(around, network.filters[conv], (row, column, entry[2])).total
        for row in rows
        for column in columns
        if (row, column) != (entry[0] + 1, entry[1] + 1)
    )


def _entry(
    way: WayBack, conv: Layer, at: tuple[int, int], channel: int | None
) -> tuple[int, int, int]:
    """Find the entry of a convolution's input that lies over a pixel."""
    height, width, channels = way.grad_x.shape
    row, column = (
        min(max(place // conv.stride, 0), length - 1)
        for place, length in zip(at, (height, width), strict=True)
    )
    if channel is None:
        channel = int(np.abs(way.grad_x[row, column]).argmax())
    return row, column, min(channel, channels - 1)


def _pixel(
    order: dict[str, Any],
    picture: str,
    way: WayBack,
    at: tuple[int, int],
    entry: tuple[int, int, int],
) -> dict[str, Any]:
    """Follow a number of the first layer to the pixel, where the run's engine has one as well."""
    input_map, problem = way.objective.network.input_map, way.objective.problem
    color = input_map.order[entry[2]]
    factor = float(input_map.scale[color] * pixel_levels(problem)[color])
    maps = maps_of(order, picture)
    terms = [term for term in maps.terms if term.name != TOTAL_VARIATION]
    engine = sum(float(term.gradient[entry[0], entry[1], color]) for term in terms)
    return {
        "color": COLORS[color],
        "factor": factor,
        "gradient": factor * float(way.grad_x[entry]),
        "engine": engine,
        "engine_name": opened(as_order(order)).engine.name,
    }


@lru_cache(1)
def _way_back(order: bytes, picture: str, written: float, conv: str) -> WayBack:
    """Carry the gradient back to a convolution; kept, since pixels are asked for one by one."""
    problem = opened(msgspec.json.decode(order, type=Order)).prepared.problem
    _require_use(problem.layers, conv)
    is_small = problem.shape[0] * problem.shape[1] <= EXACT_PIXELS
    objective = Reference(dtype="float64" if is_small else "float32").build(problem)
    assert isinstance(objective, ReferenceObjective)
    x = start_from(Photograph(pixels_of(picture), None, "the picture"), problem)
    return WayBack(objective, *objective.layer_gradients(x, conv))


def _require_use(layers: Sequence[Layer], conv: str) -> None:
    """Raise UsageError for a layer that no term looks at, nor one behind it."""
    if conv not in [layer.name for layer in layers]:
        raise UsageError(
            f"no gradient comes to {conv}: the deepest layer that counts is {layers[-1].name}; "
            "choose that or one before it"
        )
