"""Pictures: brought by the page, and shown to it."""

from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from ...examples import EXAMPLES
from ..studio.pictures import Kept
from ..studio.studio import Studio
from .bodies import JSON, answering, read_file

PHOTOGRAPHS = 2
"""So many of the examples are there to be painted; the others to take a style from."""


def bring(studio: Studio) -> Any:
    """Make the endpoint that takes a picture: its bytes, and its name in the query."""

    @answering
    async def endpoint(request: Request) -> Response:
        path = studio.pictures.new_file()
        await read_file(request, path)
        try:
            kept = await studio.pictures.add(path, request.query_params.get("name", ""))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return JSON(describe(kept), 201)

    return endpoint


def show(studio: Studio) -> Any:
    """Make the endpoint that shows a picture, not larger than a page needs it."""

    @answering
    async def endpoint(request: Request) -> Response:
        kept = studio.pictures[unquote(request.path_params["identity"])]
        return FileResponse(kept.preview, media_type="image/jpeg")

    return endpoint


def describe(kept: Kept) -> dict[str, Any]:
    """Return the page of a picture."""
    return {
        "id": kept.identity,
        "name": kept.file.name,
        "size": kept.size,
        "notes": kept.notes,
    }


def examples(studio: Studio) -> dict[str, list[dict[str, Any]]]:
    """List the examples: those to paint, and those to take a style from."""
    told = [describe(studio.pictures[name]) for name in EXAMPLES]
    return {"content": told[:PHOTOGRAPHS], "style": told[PHOTOGRAPHS:]}
