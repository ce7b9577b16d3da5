"""The one place where everything is joined."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles

from client_demo.attempts import Attempts
from client_demo.discovery import Discovery
from client_demo.dpop import Prover
from client_demo.grants import Grants
from client_demo.notes import NotesApi
from client_demo.outbound import Outbound
from client_demo.provider import Provider
from client_demo.renewal import Renewal
from client_demo.runs import Runs
from client_demo.sessions import Sessions
from client_demo.settings import Settings
from client_demo.sign_in import SignIn
from client_demo.store import connect
from client_demo.web.backchannel_logout import BackchannelLogout
from client_demo.web.callback import CallbackPage
from client_demo.web.device import DevicePage
from client_demo.web.errors import show_refusals
from client_demo.web.headers import SecurityHeaders
from client_demo.web.health import Health
from client_demo.web.home import Home
from client_demo.web.menu import Menu
from client_demo.web.notes import NotesPage
from client_demo.web.pages import Pages
from client_demo.web.person_flows import PersonFlows
from client_demo.web.runs import RunPage
from client_demo.web.service import ServicePage
from client_demo.web.sign_in import SignInPage
from client_demo.web.sign_out import SignOutPage
from client_demo.web.visits import Visits
from valetkey.asgi import Limits, RequestScope
from valetkey.clock import Clock, SystemClock
from valetkey.discovery import discover
from valetkey.fetch import origin
from valetkey.http import Transport, new_client
from valetkey.jwks import RemoteKeys


def build_app(
    settings: Settings,
    *,
    transport: Transport | None = None,
    clock: Clock | None = None,
) -> FastAPI:
    """
    The application, ready to serve; it opens no connection before it needs one.

    Args:
        settings: what it was told.
        transport: another way to the provider and the API; tests mount them here.
        clock: another clock.

    """
    clock = clock or SystemClock()
    redis = connect(settings.redis_url.get_secret_value())
    client = new_client(transport=transport)
    sessions = Sessions(redis)
    prover = Prover(outbound=Outbound(client=client, clock=clock), clock=clock)
    provider = _provider(settings, prover, clock, transport)
    renewal = Renewal(provider=provider, sessions=sessions, clock=clock)
    sign_in = SignIn(
        provider=provider, attempts=Attempts(redis), sessions=sessions, clock=clock
    )
    origins = frozenset(
        {origin(settings.issuer_url), *settings.provider_origins_listed}
    )
    visits = Visits(sessions=sessions, origin=origin(settings.client_url))
    pages = Pages(
        provider_name=settings.provider_name,
        has_api=settings.resource_url is not None,
        origins=origins,
    )

    api = None
    if settings.resource_url is not None:
        api = NotesApi(
            base_url=settings.resource_backchannel_url or settings.resource_url,
            public_url=settings.resource_url,
            prover=prover,
            renewal=renewal,
        )
    menu = Menu(
        provider=provider,
        visits=visits,
        pages=pages,
        has_api=api is not None,
        has_service=settings.service is not None,
    )
    page = RunPage(runs=Runs(redis), visits=visits, pages=pages, menu=menu)
    grants = Grants(provider=provider, service=settings.service)

    router = APIRouter()
    Health(provider=provider, redis=redis).add_to(router)
    Home(
        issuer=settings.issuer_url,
        registration=settings.registration,
        sessions=sessions,
        visits=visits,
        pages=pages,
        page=page,
    ).add_to(router)
    SignInPage(sign_in=sign_in, pages=pages, client_url=settings.client_url).add_to(
        router
    )
    CallbackPage(sign_in=sign_in, sessions=sessions, visits=visits, pages=pages).add_to(
        router
    )
    SignOutPage(
        provider=provider,
        sessions=sessions,
        visits=visits,
        page=page,
        client_url=settings.client_url,
    ).add_to(router)
    BackchannelLogout(provider=provider, sessions=sessions).add_to(router)
    menu.add_to(router)
    DevicePage(grants=grants, page=page).add_to(router)
    ServicePage(grants=grants, api=api, page=page).add_to(router)
    PersonFlows(
        grants=grants,
        renewal=renewal,
        sign_in=sign_in,
        sessions=sessions,
        api=api,
        page=page,
    ).add_to(router)
    page.add_to(router)
    if api is not None:
        NotesPage(api=api, sessions=sessions, visits=visits, pages=pages).add_to(router)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await client.aclose()
        await redis.aclose()

    app = FastAPI(
        lifespan=lifespan,
        openapi_url=None,
        redirect_slashes=False,
        # Its spans hold whole URLs, and ours have codes in them.
        telemetry={"tracing": False},
    )
    app.include_router(router)
    static = Path(__file__).parent / "web" / "static"
    app.mount("/static", StaticFiles(directory=static))
    show_refusals(app, pages)
    # The last one added is the first to see a request.
    app.add_middleware(Limits, hosts=settings.hosts, bodies={"/notes": 32 * 1024})
    app.add_middleware(
        SecurityHeaders,
        origins=sorted(origins),
        https=settings.client_url.startswith("https:"),
    )
    app.add_middleware(RequestScope, quiet=("/healthz", "/readyz"))
    return app


def _provider(
    settings: Settings,
    prover: Prover,
    clock: Clock,
    transport: Transport | None,
) -> Provider:
    found = partial(
        discover,
        settings.issuer_url,
        backchannel_base_url=settings.backchannel_base_url,
        trusted_origins=settings.provider_origins_listed,
        transport=transport,
    )
    keys = RemoteKeys(
        settings.issuer_url,
        backchannel_base_url=settings.backchannel_base_url,
        trusted_origins=settings.provider_origins_listed,
        transport=transport,
    )
    return Provider(
        issuer=settings.issuer_url,
        registration=settings.registration,
        credentials=settings.credentials,
        discovery=Discovery(discover=found),
        keys=keys,
        prover=prover,
        clock=clock,
    )
