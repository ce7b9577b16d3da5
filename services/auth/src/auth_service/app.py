"""The one place where everything is joined."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI
from starlette.exceptions import HTTPException

from auth_service.background import Background
from auth_service.crypto.keyring import Keyring
from auth_service.crypto.passwords import Argon2Passwords
from auth_service.crypto.seal import Seal, Succession
from auth_service.flows.account.connected_apps import ConnectedApps
from auth_service.flows.account.password import ChangePassword
from auth_service.flows.account.profile import Profile
from auth_service.flows.account.sessions import OwnSessions
from auth_service.flows.apps import Apps
from auth_service.flows.authorize import Authorize
from auth_service.flows.begin_session import BeginSession
from auth_service.flows.check_password import CheckPassword
from auth_service.flows.client_authentication import ClientAuthentication
from auth_service.flows.consent import Consent
from auth_service.flows.describe import Describe
from auth_service.flows.grants.authorization_code import AuthorizationCode
from auth_service.flows.grants.client_credentials import ClientCredentials
from auth_service.flows.grants.password import Password
from auth_service.flows.grants.refresh_token import RefreshToken
from auth_service.flows.introspect import Introspect
from auth_service.flows.issue import Issue
from auth_service.flows.log_out import LogOut
from auth_service.flows.recognise import Recognise
from auth_service.flows.revoke import Revoke
from auth_service.flows.sign_in import SignIn
from auth_service.flows.sign_up import SignUp
from auth_service.flows.token import Token
from auth_service.flows.userinfo import UserInfo
from auth_service.imaging.pictures import PillowPictures
from auth_service.outbound.fetcher import SafeFetcher
from auth_service.outbound.governor import Governor
from auth_service.protocol.throttle import per_hour, per_minute
from auth_service.settings import Settings
from auth_service.storage.edge import settle
from auth_service.storage.postgres import engine as postgres
from auth_service.storage.postgres.audit_log import PostgresAuditLog
from auth_service.storage.postgres.clients import PostgresClients
from auth_service.storage.postgres.consents import PostgresConsents
from auth_service.storage.postgres.grants import PostgresGrants
from auth_service.storage.postgres.migrate import SchemaCheck
from auth_service.storage.postgres.resources import PostgresResources
from auth_service.storage.postgres.signing_keys import PostgresSigningKeys
from auth_service.storage.postgres.sweeper import PostgresSweeper
from auth_service.storage.postgres.users import PostgresUsers
from auth_service.storage.redis import connect as redis
from auth_service.storage.redis.attempts import RedisAttempts
from auth_service.storage.redis.codes import RedisCodes
from auth_service.storage.redis.sessions import RedisSessions
from auth_service.storage.redis.waiting_requests import RedisWaitingRequests
from auth_service.web import account as account_pages
from auth_service.web import apps as apps_pages
from auth_service.web import (
    authorize,
    consent,
    errors,
    health,
    home,
    introspect,
    log_out,
    pictures,
    revoke,
    sign_in,
    sign_up,
    static_files,
    token,
    userinfo,
    well_known,
)
from auth_service.web.calls import Calls
from auth_service.web.cors import Cors
from auth_service.web.headers import SecurityHeaders
from auth_service.web.members import Members
from auth_service.web.visitors import Visitors
from valetkey.asgi import Limits, RequestScope
from valetkey.clock import SystemClock


def create_app(settings: Settings) -> FastAPI:
    """The authorization server."""
    issuer, lifetimes = settings.issuer_url, settings.lifetimes
    secret = settings.key_encryption_secret.get_secret_value()
    clock, passwords = SystemClock(), Argon2Passwords()
    keyring = Keyring(Seal(secret), issuer=issuer)

    engine = postgres.connect(
        settings.database_url.get_secret_value(),
        pool_size=settings.database_pool_size,
    )
    clients, users = PostgresClients(engine), PostgresUsers(engine)
    consents, grants = PostgresConsents(engine), PostgresGrants(engine)
    resources, audit = PostgresResources(engine), PostgresAuditLog(engine)

    client = redis.connect(settings.redis_url.get_secret_value())
    codes = RedisCodes(client, lifetime=settings.authorization_code_lifetime)
    sessions, attempts = RedisSessions(client), RedisAttempts(client)
    failures = per_minute(settings.auth_failures_per_minute)
    outbound = SafeFetcher(
        governor=Governor(attempts), loopback_ports=settings.loopback_ports
    )

    background = Background(
        keyring=keyring,
        keys=PostgresSigningKeys(engine),
        sweep=PostgresSweeper(engine).sweep,
        announcement=timedelta(seconds=settings.key_announcement),
        rotation=timedelta(seconds=settings.key_rotation) or None,
        longest_token=max(lifetimes.access_token, lifetimes.id_token),
    )
    authorizing = Authorize(
        issuer=issuer,
        clients=clients,
        resources=resources,
        waiting=RedisWaitingRequests(client),
        consents=consents,
        codes=codes,
        verifier=keyring,
        attempts=attempts,
        starts=per_minute(settings.sign_ins_per_minute),
        clock=clock,
    )
    begin_session = BeginSession(
        authorize=authorizing, sessions=sessions, grants=grants, clock=clock
    )
    check_password = CheckPassword(
        users=users, passwords=passwords, attempts=attempts, audit=audit
    )
    signing_in = SignIn(
        authorize=authorizing,
        clients=clients,
        check_password=check_password,
        begin_session=begin_session,
        audit=audit,
    )
    signing_up = SignUp(
        authorize=authorizing,
        users=users,
        passwords=passwords,
        begin_session=begin_session,
        attempts=attempts,
        registrations=per_hour(settings.registrations_per_hour),
        audit=audit,
    )
    consenting = Consent(
        authorize=authorizing,
        clients=clients,
        consents=consents,
        resources=resources,
        users=users,
    )
    logging_out = LogOut(
        clients=clients,
        sessions=sessions,
        grants=grants,
        verifier=keyring,
        audit=audit,
    )
    authentication = ClientAuthentication(
        clients=clients, attempts=attempts, failures=failures
    )
    issue = Issue(
        issuer=issuer,
        grants=grants,
        resources=resources,
        signer=keyring,
        clock=clock,
        lifetimes=lifetimes,
    )
    exchanging = Token(
        clients=authentication,
        attempts=attempts,
        failures=failures,
        grants={
            "authorization_code": AuthorizationCode(
                codes=codes, grants=grants, issue=issue, audit=audit
            ).exchange,
            "refresh_token": RefreshToken(
                grants=grants,
                issue=issue,
                audit=audit,
                successor_of=Succession(secret).of,
            ).exchange,
            "client_credentials": ClientCredentials(
                resources=resources, issue=issue
            ).exchange,
            "password": Password(
                check_password=check_password,
                resources=resources,
                issue=issue,
                clock=clock,
            ).exchange,
        },
    )
    introspecting = Introspect(
        issuer=issuer,
        clients=authentication,
        registered=clients,
        resources=resources,
        grants=grants,
        verifier=keyring,
        attempts=attempts,
        misses=per_minute(settings.inactive_tokens_per_minute),
    )
    revoking = Revoke(
        clients=authentication, grants=grants, verifier=keyring, audit=audit
    )
    calls = Calls(issuer=issuer)
    visitors = Visitors(
        recognise=Recognise(sessions=sessions, clock=clock), origin=_origin(issuer)
    )
    profile = Profile(users=users, pictures=PillowPictures(), audit=audit)
    own_sessions = OwnSessions(sessions=sessions, log_out=logging_out)
    changing_password = ChangePassword(
        check_password=check_password,
        users=users,
        passwords=passwords,
        begin_session=begin_session,
        sessions=own_sessions,
        audit=audit,
    )
    connected = ConnectedApps(consents=consents, resources=resources, audit=audit)
    apps = Apps(
        clients=clients,
        resources=resources,
        audit=audit,
        loopback=settings.environment == "development",
    )
    members = Members(visitors=visitors, profile=profile)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        running = asyncio.create_task(background.run(), name="background")
        yield
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await settle()
        await client.aclose()
        await engine.dispose()

    app = FastAPI(
        openapi_url=None,
        redirect_slashes=False,
        # A span would hold the query: codes, hints and states.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        lifespan=lifespan,
        exception_handlers={HTTPException: errors.as_either},
    )
    routers = [
        home.routes(issuer),
        authorize.routes(authorizing, visitors),
        sign_in.routes(signing_in, consenting, visitors),
        sign_up.routes(signing_up, signing_in, visitors),
        consent.routes(consenting, visitors),
        log_out.routes(logging_out, visitors),
        account_pages.routes(
            profile, changing_password, own_sessions, connected, members
        ),
        apps_pages.routes(apps, members, issuer=issuer),
        pictures.routes(users.find_picture),
        token.routes(exchanging, calls),
        introspect.routes(introspecting, calls),
        revoke.routes(revoking, calls),
        userinfo.routes(UserInfo(issuer=issuer, grants=grants, verifier=keyring)),
        well_known.routes(
            Describe(issuer=issuer, resources=resources),
            lambda: keyring.jwks,
            jwks_max_age=settings.jwks_max_age,
        ),
        health.routes(
            {
                "database": SchemaCheck(engine).check,
                "redis": redis.RedisCheck(client).check,
                "keys": background.ready,
            }
        ),
        static_files.routes,
    ]
    app.state.routers = routers
    for router in routers:
        app.include_router(router)
    app.add_middleware(Cors, has_origin=clients.has_origin)
    app.add_middleware(
        Limits, hosts=settings.hosts, bodies={"/account/picture": 6 * 1024 * 1024}
    )
    app.add_middleware(RequestScope)
    app.add_middleware(SecurityHeaders, https=issuer.startswith("https:"))
    return app


def _origin(url: str) -> str:
    """Scheme and host of the issuer, as a browser's Origin header says it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
