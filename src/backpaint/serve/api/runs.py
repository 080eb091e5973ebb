"""Runs: estimated, begun, told what to do, and what comes of them."""

from typing import Any
from urllib.parse import quote

from starlette.requests import Request as HTTPRequest
from starlette.responses import FileResponse, Response

from ..processes.order import Request
from ..studio.run import Run
from ..studio.studio import Studio
from .bodies import JSON, Refused, answering, read_json, whole


def estimate(studio: Studio) -> Any:
    """Make the endpoint that tells what a run would take."""

    @answering
    async def endpoint(request: HTTPRequest) -> Response:
        _, facts = await studio.estimate(await read_json(request, Request))
        return JSON(facts)

    return endpoint


def begin(studio: Studio) -> Any:
    """Make the endpoint that begins a run, or lets it wait."""

    @answering
    async def endpoint(request: HTTPRequest) -> Response:
        run = await studio.begin(await read_json(request, Request))
        return JSON({"run": run.number}, 202)

    return endpoint


def tell(studio: Studio) -> Any:
    """Make the endpoint that pauses, resumes and stops."""

    @answering
    async def endpoint(request: HTTPRequest) -> Response:
        word = request.path_params["word"]
        if word not in ("pause", "resume", "stop"):
            raise Refused(404, "a run can pause, resume and stop")
        await studio.tell(found(studio, request), word)
        return JSON({})

    return endpoint


def remove(studio: Studio) -> Any:
    """Make the endpoint that forgets a run that is over."""

    @answering
    async def endpoint(request: HTTPRequest) -> Response:
        studio.remove(found(studio, request))
        return JSON({})

    return endpoint


def picture(studio: Studio) -> Any:
    """Make the endpoint that shows how far a run is."""

    @answering
    async def endpoint(request: HTTPRequest) -> Response:
        run = found(studio, request)
        if not run.picture:
            raise Refused(404, "there is no picture yet")
        return Response(run.picture, media_type="image/jpeg")

    return endpoint


def painting(studio: Studio) -> Any:
    """Make the endpoint that hands over a finished painting, under its owner's names."""

    @answering
    async def endpoint(request: HTTPRequest) -> Response:
        run = found(studio, request)
        if run.painting is None:
            raise Refused(404, "there is no finished painting yet")
        name = f"attachment; filename=\"painting.png\"; filename*=UTF-8''{quote(run.file_name)}"
        return FileResponse(
            run.painting, media_type="image/png", headers={"Content-Disposition": name}
        )

    return endpoint


def film(studio: Studio) -> Any:
    """Make the endpoint that hands over the film of a run that is over."""

    @answering
    async def endpoint(request: HTTPRequest) -> Response:
        run = found(studio, request)
        if run.film is None:
            raise Refused(404, "there is no film yet; it is written after the painting")
        return FileResponse(run.film, media_type="image/webp")

    return endpoint


def found(studio: Studio, request: HTTPRequest) -> Run:
    """Find the run of an address."""
    number = whole(request.path_params["number"])
    if number is None or number not in studio.runs:
        raise Refused(404, "there is no such run; it may have been removed")
    return studio.run(number)
