"""Views of a run's picture from within: features, gradients, the numbers of a pixel."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..studio.handover import picture_file
from ..studio.studio import Studio
from .bodies import JSON, Refused, answering, whole
from .runs import found

DIGITS = 6
"""Of a place in a picture, and of a channel."""


def features(studio: Studio) -> Any:
    """Make the endpoint that draws a layer's channels."""

    @answering
    async def endpoint(request: Request) -> Response:
        run = found(studio, request)
        picture = await picture_file(run)
        weights = run.order.recipe.weights
        asked = {"picture": picture, "layer": layer(request), "weights": weights}
        return JSON(await studio.explorer.ask("features", **asked))

    return endpoint


def filters(studio: Studio) -> Any:
    """Make the endpoint that draws a layer's filters; they are no run's."""

    @answering
    async def endpoint(request: Request) -> Response:
        weights = request.query_params.get("weights", "vgg19")
        if weights not in ("vgg16", "vgg19"):
            raise Refused(400, "expected the weights vgg16 or vgg19")
        first = number(request, "first", 0)
        asked = {"layer": layer(request), "weights": weights, "first": first}
        return JSON(await studio.explorer.ask("filters", **asked))

    return endpoint


def gradients(studio: Studio) -> Any:
    """Make the endpoint that draws each term's gradient at the picture as it is now."""

    @answering
    async def endpoint(request: Request) -> Response:
        run = found(studio, request)
        asked = {"order": run.order, "picture": await picture_file(run)}
        return JSON(await studio.explorer.ask("gradients", **asked))

    return endpoint


def pixel(studio: Studio) -> Any:
    """Make the endpoint that tells the numbers of a pixel, at the picture of `gradients`."""

    @answering
    async def endpoint(request: Request) -> Response:
        run = found(studio, request)
        place = place_of(request)
        asked = {"order": run.order, "picture": await picture_file(run, is_new=False)}
        return JSON(await studio.explorer.ask("pixel", **asked, **place))

    return endpoint


def convolution(studio: Studio) -> Any:
    """Make the endpoint that writes out one number of a convolution's gradient over a pixel."""

    @answering
    async def endpoint(request: Request) -> Response:
        run = found(studio, request)
        about = {"layer": layer(request), **place_of(request)}
        if "channel" in request.query_params:
            about["channel"] = number(request, "channel")
        asked = {"order": run.order, "picture": await picture_file(run, is_new=False)}
        return JSON(
            await studio.explorer.ask("convolution", **asked, **({"channel": None} | about))
        )

    return endpoint


def layer(request: Request) -> str:
    """Return the layer that is asked about."""
    return request.query_params.get("layer", "relu3_1")


def place_of(request: Request) -> dict[str, int]:
    """Return the column and row that are asked about."""
    return {name: number(request, name) for name in ("x", "y")}


def number(request: Request, name: str, usual: int | None = None) -> int:
    """Return a whole number of the query.

    Raises
    ------
    Refused
        If it is none, or missing without a usual one.
    """
    if usual is not None and name not in request.query_params:
        return usual
    told = whole(request.query_params.get(name, ""), DIGITS)
    if told is None:
        raise Refused(400, f"expected {name}, a whole number from 0 to {10**DIGITS - 1}")
    return told
