"""The application: addresses, and what answers them."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .. import __version__
from .api import events, form, parts, pictures, runs, views
from .api.bodies import JSON
from .guard import Guard
from .studio.studio import Studio

TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
FRONT = "page.html"


def application(studio: Studio, token: str, port: int) -> Guard:
    """Build the application behind its guard.

    Parameters
    ----------
    studio : Studio
    token : str
        Who knows it may come in.
    port : int
        Of the server.
    """
    routes = [
        *(Route(f"/{'' if name == FRONT else name}", show) for name, show in page_files().items()),
        Route("/api/setup", form.setup(studio, __version__)),
        Route("/api/engines", form.engines(studio)),
        Route("/api/events", events.events(studio)),
        Route("/api/pictures", pictures.bring(studio), methods=["POST"]),
        Route("/api/pictures/{identity}", pictures.show(studio)),
        Route("/api/estimate", runs.estimate(studio), methods=["POST"]),
        Route("/api/runs", runs.begin(studio), methods=["POST"]),
        Route("/api/runs/{number}", runs.remove(studio), methods=["DELETE"]),
        Route("/api/runs/{number}/picture.jpg", runs.picture(studio)),
        Route("/api/runs/{number}/painting.png", runs.painting(studio)),
        Route("/api/runs/{number}/film.webp", runs.film(studio)),
        Route("/api/runs/{number}/features", views.features(studio)),
        Route("/api/runs/{number}/gradients", views.gradients(studio)),
        Route("/api/runs/{number}/pixel", views.pixel(studio)),
        Route("/api/runs/{number}/convolution", views.convolution(studio)),
        Route("/api/runs/{number}/landscape", parts.landscape(studio)),
        Route("/api/runs/{number}/compare", parts.compare(studio)),
        Route("/api/filters", views.filters(studio)),
        Route("/api/runs/{number}/{word}", runs.tell(studio), methods=["POST"]),
    ]
    unknown = {404: _unknown, 405: _unknown, 500: _broken}
    inner = Starlette(routes=routes, exception_handlers=unknown)
    inner.router.redirect_slashes = False
    return Guard(inner, token, port)


def page_files() -> dict[str, Any]:
    """Make an endpoint for each file of the page, by its name; they are read once."""
    return dict(_files_below(files(__package__).joinpath("page")))


def _files_below(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files_below(entry, f"{prefix}{entry.name}/")
        elif (kind := TYPES.get(f".{entry.name.rpartition('.')[2]}")) is not None:
            yield f"{prefix}{entry.name}", _showing(entry.read_bytes(), kind)


def _showing(content: bytes, kind: str) -> Any:
    async def endpoint(request: Request) -> Response:
        return Response(content, media_type=kind)

    return endpoint


async def _unknown(request: Request, error: Exception) -> Response:
    """Answer where nothing is."""
    return JSON({"error": "there is nothing at this address"}, getattr(error, "status_code", 404))


async def _broken(request: Request, error: Exception) -> Response:
    """Answer after a mistake of ours; the traceback is on the server's terminal."""
    return JSON({"error": "the server made a mistake; its terminal tells more"}, 500)
