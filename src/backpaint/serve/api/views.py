"""Views of a run's picture from within: features, gradients, the numbers of a pixel."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..studio.studio import Studio
from .bodies import JSON, Refused, answering, whole
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
        place = {name: whole(request.query_params.get(name, ""), 6) for name in ("x", "y")}
        if None in place.values():
            raise Refused(400, "expected x and y, whole numbers within the picture")
        asked = {"order": run.order, "picture": await run.picture_file(is_new=False)}
        return JSON(await studio.explorer.ask("pixel", **asked, **place))

    return endpoint
