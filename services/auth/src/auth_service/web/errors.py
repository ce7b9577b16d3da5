"""Refusals, rendered: as JSON where programs call, as a page where people look."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route

from auth_service.protocol.interaction import FlowOver
from auth_service.protocol.message import say
from auth_service.web.languages import speak_as_asked
from auth_service.web.pages import page
from valetkey.direct import asks_alone
from valetkey.dpop import ALGORITHMS
from valetkey.errors import (
    InsufficientScope,
    InvalidClient,
    InvalidDpopProof,
    InvalidToken,
    OAuthError,
    RequestTooLarge,
    SlowDown,
    TemporarilyUnavailable,
    UseDpopNonce,
)
from valetkey.logs import get_logger

log = get_logger(__name__)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

#: How a client learns which proofs are taken (RFC 9449 section 7.1).
DPOP_CHALLENGE = f'DPoP algs="{" ".join(ALGORITHMS)}"'
#: Nobody keeps an answer, whatever proof it was given for (RFC 9440 section 2.4).
NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}
#: Paths whose callers are programs, whatever they say they accept.
_PROGRAMS = (
    "/oauth/token",
    "/oauth/par",
    "/oauth/device_authorization",
    "/oauth/introspect",
    "/oauth/revoke",
    "/oauth/register",
    "/oauth/userinfo",
    "/oauth/jwks",
    "/.well-known/",
    "/api/",
    "/healthz",
    "/readyz",
)


def as_json(request: Request, error: OAuthError) -> Response:
    """A refusal for a program (RFC 6749 section 5.2, RFC 6750 section 3)."""
    headers = dict(NO_STORE)
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    if isinstance(error, InvalidClient) and "authorization" in request.headers:
        headers["www-authenticate"] = 'Basic realm="valetkey", charset="UTF-8"'
    if isinstance(error, UseDpopNonce):
        headers["dpop-nonce"] = error.nonce
    as_dpop = request.headers.get("authorization", "").lower().startswith("dpop ")
    # Of a proof that came with an access token, so it is a resource that refuses it
    # (RFC 9449 sections 7.1 and 9); without one it was sent to get a token.
    of_token = as_dpop and isinstance(error, InvalidDpopProof | UseDpopNonce)
    if isinstance(error, InvalidToken | InsufficientScope) or of_token:
        told = ", ".join(f'{n}="{v}"' for n, v in error.parameters().items())
        scheme = f"{DPOP_CHALLENGE}," if as_dpop else "Bearer"
        headers["www-authenticate"] = f"{scheme} {told}"
    status = 401 if of_token else error.status
    return JSONResponse(error.parameters(), status, headers)


def as_page(request: Request, error: OAuthError) -> Response:
    """A refusal for a person; it never redirects."""
    title, message, advice = _words(error)
    status = 400 if isinstance(error, RequestTooLarge) else error.status
    back_url, back_label = "/", say("Go to the start page")
    if isinstance(error, FlowOver) and error.client is not None:
        home = error.client.client_uri
        back_url = home or back_url
        back_label = (
            say("Back to {name}", name=error.client.client_name) if home else back_label
        )
    return page(
        "error.html",
        status=status,
        title=title,
        message=message,
        advice=advice,
        error=error.error,
        description=error.description or None,
        request_id=request.state.request_id,
        time=f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        back_url=back_url,
        back_label=back_label,
        retry_after=error.retry_after,
    )


def _words(error: OAuthError) -> tuple[str, str, str]:
    if isinstance(error, FlowOver):
        return (
            say("This sign-in is over"),
            say("It was finished in the meantime, or it waited for too long."),
            say("Go back to the app and start again; you may be signed in already."),
        )
    if isinstance(error, SlowDown):
        return (
            say("Too many tries"),
            say("There were too many tries from here in a short time."),
            say(
                "Come back in {seconds} seconds; nothing is lost.",
                seconds=error.retry_after,
            ),
        )
    if isinstance(error, TemporarilyUnavailable):
        return (
            say("Not available for the moment"),
            say("Something that this server needs does not answer."),
            say("Try again in a few seconds; nothing is lost."),
        )
    if error.status == 404:
        return (
            say("There is nothing here"),
            say("The address is wrong, or what was here is gone."),
            say("Start from a page that you know."),
        )
    if error.status in {403, 405}:
        return (
            say("This did not work"),
            say("This cannot be done from here."),
            say("Go back, load the page again and repeat the step."),
        )
    return (
        say("The app's request cannot be used"),
        say("The request that brought you here is not right."),
        say("Go back to the app. Its developer may want to know what stands below."),
    )


class RefusingRoute(APIRoute):
    """A route that answers what its endpoint raises."""

    render: Callable[[Request, OAuthError], Response]

    def get_route_handler(self) -> Handler:
        """The endpoint itself, where it asks for nothing of the framework."""
        handle = self.endpoint if asks_alone(self) else super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except OAuthError as error:
                log.info("refused", error=error.error, detail=error.detail)
                return type(self).render(request, error)

        return answer


class JsonRoute(RefusingRoute):
    """A route that programs call."""

    render = staticmethod(as_json)


class PageRoute(RefusingRoute):
    """A route that people see, in a language that they read."""

    render = staticmethod(as_page)

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            speak_as_asked(request)
            return await handle(request)

        return answer


def for_programs() -> APIRouter:
    """A router whose refusals are JSON."""
    return APIRouter(route_class=JsonRoute, redirect_slashes=False)


def for_people() -> APIRouter:
    """A router whose refusals are pages."""
    return APIRouter(route_class=PageRoute, redirect_slashes=False)


class _Other(OAuthError):
    """What is refused before a route is found: 404 and 405."""

    error = "invalid_request"


async def as_either(request: Request, raised: Exception) -> Response:
    """What is refused before a route is found: 404 and 405."""
    status = raised.status_code if isinstance(raised, HTTPException) else 500
    text = {404: "there is nothing here", 405: "the method is not allowed here"}
    error = _Other(text.get(status, "the request cannot be used"))
    error.status = status  # type: ignore[misc]  # 404 or 405, by the instance
    # Not `request.url`: it decodes the query, which may be any bytes.
    programs = request.scope["path"].startswith(_PROGRAMS)
    speak_as_asked(request)
    answer = (as_json if programs else as_page)(request, error)
    if status == 405:
        answer.headers["allow"] = ", ".join(sorted(_methods(request)))
    return answer


def _methods(request: Request) -> set[str]:
    """What may be done at this path; the framework names its first route's only."""
    return {
        method
        for router in request.app.state.routers
        for route in router.routes
        if isinstance(route, Route) and route.matches(request.scope)[0] != Match.NONE
        for method in route.methods or ()
    }
