"""The guard of every request: only who was given the address comes in.

The person who started the server, and the pages that it served, are let in.  Other people of this
machine do not know the token; other pages in the same browser are told by what browsers say of
them; a name that was bound to this address anew (DNS rebinding) is none of the two that are known.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OWN_HEADER = "x-backpaint"
"""Sent by the page with whatever changes something; another origin would have to ask first."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every answer."""

ENTRANCE = b"""<!doctype html><title>backpaint</title>
<meta http-equiv="refresh" content="0;url=/"><p><a href="/">To the page</a></p>"""
"""Opens the page from this origin: a browser sends no strict cookie where another page led."""

STRANGER = "this page is closed; open the address that backpaint serve printed, with its token"


@dataclass(eq=False)
class Guard:
    """An application behind a guard.

    Attributes
    ----------
    application : ASGI application
    token : str
        Who knows it may come in.
    port : int
        Of this server.
    """

    application: ASGIApp
    token: str
    port: int

    @property
    def cookie(self) -> str:
        """The cookie's name: servers on other ports have others."""
        return f"backpaint_{self.port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self.application(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        answer = self.refusal(scope) or self.welcome(scope) or self.application
        await answer(scope, receive, self._with_headers(send))

    def refusal(self, scope: Scope) -> Response | None:
        """Return why a request is refused; None where it is not."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        known = [f"127.0.0.1:{self.port}", f"localhost:{self.port}"]
        if len(hosts) != 1 or hosts[0] not in known:
            return _refused(421, f"expected the host {known[0]} or {known[1]}")
        origins = headers.getlist("origin")
        if any(origin != f"http://{hosts[0]}" for origin in origins):
            return _refused(403, "another page may not ask here")
        if _is_from_elsewhere(headers) and not (_is_opened(headers) and self._has_token(scope)):
            return _refused(403, STRANGER)
        if scope["method"] not in ("GET", "HEAD") and headers.get(OWN_HEADER) != "1":
            return _refused(403, f"expected the header {OWN_HEADER}: 1")
        if not self._is_known(headers) and not self._has_token(scope):
            return _refused(403, STRANGER)
        return None

    def welcome(self, scope: Scope) -> Response | None:
        """Exchange the token in the address for a cookie; None where there is none."""
        if not self._has_token(scope):
            return None
        is_led_here = _is_from_elsewhere(Headers(scope=scope))
        answer = HTMLResponse(ENTRANCE) if is_led_here else RedirectResponse("/", 303)
        answer.set_cookie(self.cookie, self.token, httponly=True, samesite="strict", path="/")
        return answer

    def _has_token(self, scope: Scope) -> bool:
        """Whether it is the whole address that the server printed."""
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        return scope["path"] == "/" and scope["method"] == "GET" and self._is_token(given)

    def _is_known(self, headers: Headers) -> bool:
        """Whether the token came as a cookie, or as scripts send it."""
        given = [
            line.removeprefix("Bearer ")
            for line in headers.getlist("authorization")
            if line.startswith("Bearer ")
        ]
        for line in headers.getlist("cookie"):
            try:
                morsel = SimpleCookie(line).get(self.cookie)
            except CookieError:
                continue
            given += [morsel.value] if morsel else []
        return self._is_token(given)

    def _is_token(self, given: Iterable[str]) -> bool:
        return any(secrets.compare_digest(one.encode(), self.token.encode()) for one in given)

    def _with_headers(self, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        return send_with_headers


def _is_from_elsewhere(headers: Headers) -> bool:
    """Whether another page led to this request, as browsers tell."""
    sites = headers.getlist("sec-fetch-site")
    return any(site not in ("same-origin", "none") for site in sites)


def _is_opened(headers: Headers) -> bool:
    """Whether a person opens the address in a window, and no page loads it into itself."""
    told = headers.getlist("sec-fetch-mode"), headers.getlist("sec-fetch-dest")
    return told == (["navigate"], ["document"])


def _refused(status: int, reason: str) -> Response:
    """Answer a program in JSON; a person who opened the page sees the same sentence.

    The connection ends with it: nobody who is refused keeps a place.
    """
    headers = {"Connection": "close"}
    if reason == STRANGER:
        return PlainTextResponse(f"backpaint: {reason}\n", status, headers)
    return JSONResponse({"error": reason}, status, headers)
