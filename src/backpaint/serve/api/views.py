"""Views of a run's picture from within: features, gradients, the numbers of a pixel."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..studio.studio import Studio
from .bodies import JSON, Refused, answering
from .runs import found


def features(studio: Studio) -> Any:
    """Make the endpoint that draws a layer's channels."""

    @answering
    async def endpoint(request: Request) -> Response:
        run = found(studio, request)
        layer = request.query_params.get("layer", "relu3_1")
        picture = await run.picture_file()
        weights = run.order.recipe.weights
        asked = {"picture": picture, "layer": layer, "weights": weights}
        return JSON(await studio.explorer.ask("features", **asked))

    return endpoint


def gradients(studio: Studio) -> Any:
    """Make the endpoint that draws each term's gradient at the picture as it is now."""

    @answering
    async def endpoint(request: Request) -> Response:
        run = found(studio, request)
        asked = {"order": run.order, "picture": await run.picture_file()}
        return JSON(await studio.explorer.ask("gradients", **asked))

    return endpoint


def pixel(studio: Studio) -> Any:
    """Make the endpoint that tells the numbers of a pixel, at the picture of `gradients`."""

    @answering
    async def endpoint(request: Request) -> Response:
        run = found(studio, request)
        place = {name: _whole(request.query_params.get(name, "")) for name in ("x", "y")}
        asked = {"order": run.order, "picture": await run.picture_file(is_new=False)}
        return JSON(await studio.explorer.ask("pixel", **asked, **place))

    return endpoint


def _whole(text: str) -> int:
    """Read a whole number that is no larger than a picture's side."""
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise Refused(400, "expected x and y, whole numbers within the picture")
    return int(text)
