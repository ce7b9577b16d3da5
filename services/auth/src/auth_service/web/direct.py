"""The short way to an endpoint: by its path, past the framework's own routing."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound, request_response
from starlette.types import ASGIApp, Receive, Scope, Send

from auth_service.web.errors import RefusingRoute


class Direct(BaseRoute):
    """
    Every endpoint whose path has no variable part.

    The framework would try one pattern after the other and then fill in arguments
    that these endpoints do not have. What is not found here (another method, a path
    with a name in it) goes that way as before.
    """

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        self.ways: Mapping[tuple[str, str], ASGIApp] = {
            (method, route.path): request_response(route.get_route_handler())
            for router in routers
            for route in router.routes
            if isinstance(route, RefusingRoute) and not route.param_convertors
            for method in route.methods or ()
        }

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether there is such a way."""
        if scope["type"] != "http":
            return Match.NONE, {}
        found = (scope["method"], scope["path"]) in self.ways
        return (Match.FULL if found else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go it."""
        await self.ways[scope["method"], scope["path"]](scope, receive, send)

    def url_path_for(self, name: str, /, **_: Any) -> URLPath:
        """Nothing is named here."""
        raise NoMatchFound(name, {})
