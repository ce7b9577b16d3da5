"""The one place where the resource service is put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from fastapi import FastAPI
from starlette.middleware import Middleware

from resource_service.settings import Settings
from resource_service.storage.database import Database
from resource_service.storage.notes import Notes
from resource_service.web import errors
from resource_service.web.caller import caller_routes
from resource_service.web.docs import assets, docs_routes
from resource_service.web.headers import security_headers
from resource_service.web.health import health_routes
from resource_service.web.notes import note_routes
from resource_service.web.stats import stats_routes
from valetkey import ResourceServer
from valetkey.asgi import DefaultHeaders, Limits, RequestScope
from valetkey.clock import Clock, SystemClock
from valetkey.direct import DirectApp, alone
from valetkey.dpop_nonces import Nonces
from valetkey.introspection import (
    Introspection,
    RemoteIntrospection,
    client_secret_basic,
)
from valetkey.jwks import Keys
from valetkey.logs import configure_logs
from valetkey.sender import DPoP

#: What an application may ask a person for, in words that a person understands.
SCOPES = {
    "notes:read": "Read your notes",
    "notes:write": "Write and delete your notes",
    "stats:read": "See how many notes of how many people there are",
}

#: The longest body in bytes: the longest note, in the longest spelling that JSON has.
MAX_BODY = 64 * 1024


def build_app(
    settings: Settings,
    *,
    keys: Keys | None = None,
    introspection: Introspection | None = None,
    clock: Clock | None = None,
) -> FastAPI:
    """
    The service, from its settings.

    Args:
        settings: what the environment says.
        keys: the issuer's keys, in place of those that it publishes.
        introspection: who knows which tokens were revoked, in place of the issuer.
        clock: what time it is.

    """
    clock = clock or SystemClock()
    auth = ResourceServer(
        issuer=settings.issuer_url,
        audience=settings.resource_url,
        scopes=SCOPES,
        backchannel_base_url=settings.backchannel_base_url,
        dpop=DPoP(nonces=_nonces(settings)),
        introspection=introspection or _introspection(settings),
        about={
            "resource_name": "Valetkey notes",
            "authorization_details_types_supported": ["note_access"],
        },
        authorization_url=_authorization_url(settings),
        keys=keys,
        clock=clock,
    )
    database = Database(settings.database_url.get_secret_value())
    notes = Notes(database)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # The keys before the first request; where the issuer is away, with it.
        await auth.keys.ready()
        yield
        await database.dispose()

    app = DirectApp(
        title="Valetkey notes API",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.has_docs else None,
        # A redirect would be built from the Host header.
        redirect_slashes=False,
        # Spans would hold queries, and logs would hold messages of exceptions.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        middleware=_middleware(settings),
    )
    auth.install(app)
    routers = [
        note_routes(auth, notes, clock),
        caller_routes(auth),
        stats_routes(auth, notes),
        health_routes(auth, notes),
    ]
    if settings.has_docs:
        routers.append(docs_routes(settings))
        app.mount("/docs/assets", assets())
    errors.install(app, routers)
    for router in routers:
        app.include_router(router)
    app.open_short_ways(alone(routers))
    return app


def _authorization_url(settings: Settings) -> str:
    """Where the documentation page asks for a token, for this API (RFC 8707)."""
    asked = urlencode({"resource": settings.resource_url})
    return f"{settings.issuer_url}/oauth/authorize?{asked}"


def _nonces(settings: Settings) -> Nonces | None:
    secret = settings.dpop_nonce_secret
    return None if secret is None else Nonces(secret.get_secret_value().encode())


def _introspection(settings: Settings) -> Introspection | None:
    client_id = settings.introspection_client_id
    secret = settings.introspection_client_secret
    if client_id is None or secret is None:
        return None
    return RemoteIntrospection(
        settings.issuer_url,
        auth=client_secret_basic(client_id, secret.get_secret_value()),
        backchannel_base_url=settings.backchannel_base_url,
    )


def _middleware(settings: Settings) -> list[Middleware]:
    """From the outside in."""
    https = settings.resource_url.startswith("https")
    return [
        Middleware(RequestScope),
        Middleware(DefaultHeaders, headers=security_headers(https=https)),
        Middleware(Limits, hosts=settings.hosts, body=MAX_BODY, refuse=errors.refuse),
    ]


def app_from_environment() -> FastAPI:
    """The service as each worker process makes it."""
    settings = Settings.load()
    configure_logs(settings.log_level)
    return build_app(settings)
