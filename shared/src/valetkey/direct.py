"""The short way to an endpoint: by its path, past the framework's own routing."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from inspect import signature
from operator import attrgetter
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

Handler = Callable[[Request], Awaitable[Response]]


class DirectApp(FastAPI):
    """
    An application with a short way to endpoints that need nothing of the framework.

    Those are the ones that have no variable part in their path and ask for the
    request alone. The framework would try one pattern after the other and then fill
    in arguments that they do not have. Everything else goes its way as before; the
    same layers are around both.
    """

    short_ways: Mapping[tuple[str, str], Handler] = {}

    def open_short_ways(self, ways: Mapping[tuple[str, str], Handler]) -> None:
        """
        Open them, when all layers have been added.

        Args:
            ways: from method and path.

        """
        self.short_ways = ways
        self._short_way: ASGIApp = self._answer
        for layer in reversed(self.user_middleware):
            self._short_way = layer.cls(self._short_way, *layer.args, **layer.kwargs)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and (scope["method"], scope["path"]) in self.short_ways
        ):
            await self._short_way(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        try:
            response = await self.short_ways[scope["method"], scope["path"]](request)
        except Exception as error:
            handle = self._handler_of(error)
            if handle is None:
                raise
            response = await handle(request, error)
        await response(scope, receive, send)

    def _handler_of(self, error: Exception) -> Any:
        """As the framework looks for it; what nobody foresaw is for the layers."""
        foreseen = type(error).__mro__[: type(error).__mro__.index(Exception)]
        handlers = (self.exception_handlers.get(kind) for kind in foreseen)
        return next(filter(None, handlers), None)


def alone(
    routers: Iterable[APIRouter],
    handler_of: Callable[[Route], Handler] = attrgetter("endpoint"),
) -> dict[tuple[str, str], Handler]:
    """
    What answers at their endpoints that ask for the request alone.

    Args:
        handler_of: of a route; by default its endpoint itself.

    Returns:
        Handlers by method and path, for `DirectApp.open_short_ways`.

    """
    return {
        (method, route.path): handler_of(route)
        for router in routers
        for route in router.routes
        if isinstance(route, Route) and asks_alone(route)
        for method in route.methods or ()
    }


def asks_alone(route: Route) -> bool:
    """Whether an endpoint asks for the request alone, and gives a response."""
    asked = signature(route.endpoint)
    asks = [parameter.annotation for parameter in asked.parameters.values()]
    gives = asked.return_annotation
    return (
        asks == [Request]
        and not route.param_convertors
        and isinstance(gives, type)
        and issubclass(gives, Response)
    )
