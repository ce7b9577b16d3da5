"""A route that programs of operators call: refusals are problem documents."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.administration.live import Live
from auth_service.protocol.administration import Actor
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.read import ip, read_query
from valetkey.access_token import AccessToken
from valetkey.bearer import Refusal
from valetkey.errors import InvalidRequest, OAuthError
from valetkey.logs import get_logger
from valetkey.problem import problem
from valetkey.resource_server import ResourceServer, render_refusal

log = get_logger(__name__)


class ApiRoute(APIRoute):
    """Whatever is refused is refused in one form (RFC 9457)."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its refusals rendered."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                response = await handle(request)
            except Refusal as refusal:
                return await render_refusal(request, refusal)
            except OAuthError as error:
                log.info("refused", error=error.error, detail=error.detail)
                wait = error.retry_after
                headers = {} if wait is None else {"retry-after": str(wait)}
                return problem(
                    error.status,
                    str(error.description),
                    headers=headers,
                    error=error.error,
                )
            except Unusable as unusable:
                detail = "a member cannot be taken"
                return _bad(detail, errors=dict(unusable.errors))
            except RequestValidationError as invalid:
                # Where, and never what was sent.
                names = sorted({str(e["loc"][-1]) for e in invalid.errors()})
                detail = "a parameter or a member is missing or malformed"
                return _bad(detail, names=names)
            response.headers["cache-control"] = "no-store"
            return response

        return answer


def _bad(detail: str, *, names: object = (), errors: object = None) -> Response:
    told = {"names": names} if errors is None else {"errors": errors}
    return problem(400, detail, headers=None, error=InvalidRequest.error, **told)


class Door:
    """Who may call: any valid token of our own for this API, with the scope."""

    def __init__(self, auth: ResourceServer, live: Live) -> None:
        self._auth = auth
        self._live = live

    def __call__(self, scope: str) -> Any:
        """A dependency that gives the actor, or refuses the request."""
        check = self._auth.require_scope(scope, live=True)

        async def actor(
            request: Request, token: Annotated[AccessToken, Depends(check)]
        ) -> Actor:
            known = {p.alias for p in request.scope["route"].dependant.query_params}
            if not read_query(request).keys() <= known:
                raise InvalidRequest("a parameter is not one of those that exist")
            return Actor(by=await self._live.who(token.claims), ip=ip(request))

        return Depends(actor)
