"""The one place where everything is joined."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from auth_service.background import Background
from auth_service.crypto.keyring import Keyring
from auth_service.crypto.passwords import Argon2Passwords
from auth_service.crypto.seal import Seal, Succession, derive
from auth_service.crypto.subjects import Subjects
from auth_service.flows.account.connected_apps import ConnectedApps
from auth_service.flows.account.password import ChangePassword
from auth_service.flows.account.profile import Profile
from auth_service.flows.account.sessions import OwnSessions
from auth_service.flows.apps import Apps
from auth_service.flows.authorize import Authorize
from auth_service.flows.begin_session import BeginSession
from auth_service.flows.check_password import CheckPassword
from auth_service.flows.client_authentication import ClientAuthentication
from auth_service.flows.client_documents import FindClient
from auth_service.flows.confirm import Confirm
from auth_service.flows.consent import Consent
from auth_service.flows.deliver_logouts import DeliverLogouts
from auth_service.flows.describe import Describe
from auth_service.flows.device import AnswerDevice
from auth_service.flows.device_authorization import DeviceAuthorization
from auth_service.flows.grants.authorization_code import AuthorizationCode
from auth_service.flows.grants.client_credentials import ClientCredentials
from auth_service.flows.grants.device_code import DeviceCode
from auth_service.flows.grants.jwt_bearer import JwtBearer
from auth_service.flows.grants.password import Password
from auth_service.flows.grants.refresh_token import RefreshToken
from auth_service.flows.grants.token_exchange import TokenExchange
from auth_service.flows.introspect import Introspect
from auth_service.flows.issue import Issue
from auth_service.flows.log_out import LogOut
from auth_service.flows.push import Push
from auth_service.flows.read_request import ReadRequest
from auth_service.flows.recognise import Recognise
from auth_service.flows.register import Register
from auth_service.flows.revoke import Revoke
from auth_service.flows.select_account import SelectAccount
from auth_service.flows.sign_in import SignIn
from auth_service.flows.sign_up import SignUp
from auth_service.flows.token import Token
from auth_service.flows.userinfo import UserInfo
from auth_service.imaging.pictures import PillowPictures
from auth_service.outbound.client_keys import RegisteredKeys
from auth_service.outbound.fetcher import SafeFetcher
from auth_service.outbound.governor import Governor
from auth_service.ports import Clients
from auth_service.protocol import device_grant, jwt_bearer, token_exchange
from auth_service.protocol.client import AUTH_METHODS
from auth_service.protocol.registered_members import Offer
from auth_service.protocol.throttle import per_hour, per_minute
from auth_service.settings import Settings
from auth_service.storage.edge import settle
from auth_service.storage.postgres import engine as postgres
from auth_service.storage.postgres.audit_log import PostgresAuditLog
from auth_service.storage.postgres.client_documents import PostgresClientDocuments
from auth_service.storage.postgres.clients import PostgresClients
from auth_service.storage.postgres.consents import PostgresConsents
from auth_service.storage.postgres.grants import PostgresGrants
from auth_service.storage.postgres.logout_deliveries import (
    PostgresLogoutDeliveries,
)
from auth_service.storage.postgres.migrate import SchemaCheck
from auth_service.storage.postgres.registrations import PostgresRegistrations
from auth_service.storage.postgres.resources import PostgresResources
from auth_service.storage.postgres.signing_keys import PostgresSigningKeys
from auth_service.storage.postgres.sweeper import PostgresSweeper
from auth_service.storage.postgres.trusted_issuers import PostgresTrustedIssuers
from auth_service.storage.postgres.users import PostgresUsers
from auth_service.storage.redis import connect as redis
from auth_service.storage.redis.attempts import RedisAttempts
from auth_service.storage.redis.codes import RedisCodes
from auth_service.storage.redis.device_grants import RedisDeviceGrants
from auth_service.storage.redis.pushed_requests import RedisPushedRequests
from auth_service.storage.redis.sessions import RedisSessions
from auth_service.storage.redis.single_use import RedisSingleUse
from auth_service.storage.redis.waiting_requests import RedisWaitingRequests
from auth_service.web import account as account_pages
from auth_service.web import apps as apps_pages
from auth_service.web import (
    authorize,
    consent,
    device,
    device_authorization,
    errors,
    health,
    home,
    introspect,
    log_out,
    pictures,
    push,
    register,
    revoke,
    select_account,
    sign_in,
    sign_up,
    static_files,
    token,
    userinfo,
    well_known,
)
from auth_service.web.calls import Calls
from auth_service.web.client_certificates import CertificateHeader
from auth_service.web.cors import Cors
from auth_service.web.headers import SecurityHeaders
from auth_service.web.members import Members
from auth_service.web.visitors import Visitors
from valetkey.asgi import Limits, RequestScope
from valetkey.clock import SystemClock
from valetkey.dpop_nonces import Nonces


def create_app(settings: Settings) -> FastAPI:
    """The authorization server."""
    issuer, lifetimes = settings.issuer_url, settings.lifetimes
    secret = settings.key_encryption_secret.get_secret_value()
    clock, passwords = SystemClock(), Argon2Passwords()
    keyring = Keyring(Seal(secret), issuer=issuer)
    subjects = Subjects(secret)

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
    offer = Offer(
        auth_methods=AUTH_METHODS + settings.tls_auth_methods,
        grant_types=settings.self_service_grants,
        loopback=settings.environment == "development",
    )
    known: Clients = clients
    if settings.client_id_metadata_documents:
        known = FindClient(
            clients=clients,
            documents=PostgresClientDocuments(engine),
            resources=resources,
            outbound=outbound,
            offer=offer,
        )
    client_keys = RegisteredKeys(outbound)

    deliveries = PostgresLogoutDeliveries(engine)
    deliver_logouts = DeliverLogouts(
        issuer=issuer,
        clients=clients,
        deliveries=deliveries,
        outbound=outbound,
        subjects=subjects,
        signer=keyring,
        clock=clock,
    )
    background = Background(
        keyring=keyring,
        keys=PostgresSigningKeys(engine),
        sweep=PostgresSweeper(
            engine, unused=timedelta(seconds=settings.unused_client_lifetime)
        ).sweep,
        deliver_logouts=deliver_logouts.deliver,
        announcement=timedelta(seconds=settings.key_announcement),
        rotation=timedelta(seconds=settings.key_rotation) or None,
        longest_token=max(lifetimes.access_token, lifetimes.id_token),
    )
    requests = ReadRequest(
        issuer=issuer,
        resources=resources,
        keys=client_keys,
        objects=RedisSingleUse(client, "request-object"),
        verifier=keyring,
        clock=clock,
        loopback=settings.environment == "development",
    )
    pushed = RedisPushedRequests(
        client, lifetime=settings.pushed_authorization_request_lifetime
    )
    devices = RedisDeviceGrants(client)
    authorizing = Authorize(
        requests=requests,
        clients=known,
        pushed=pushed,
        waiting=RedisWaitingRequests(client),
        consents=consents,
        codes=codes,
        signer=keyring,
        subjects=subjects,
        attempts=attempts,
        starts=per_minute(settings.sign_ins_per_minute),
        clock=clock,
        must_push=settings.require_pushed_authorization_requests,
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
        issuer=issuer,
        clients=known,
        keys=client_keys,
        assertions=RedisSingleUse(client, "assertion"),
        attempts=attempts,
        failures=failures,
        clock=clock,
        methods=frozenset(AUTH_METHODS + settings.tls_auth_methods),
    )
    confirm = Confirm(
        proofs=RedisSingleUse(client, "dpop"),
        nonces=Nonces(derive(secret, b"valetkey DPoP nonces")),
        nonce_required=settings.dpop_nonce_required,
        clock=clock,
    )
    issue = Issue(
        issuer=issuer,
        grants=grants,
        resources=resources,
        users=users,
        subjects=subjects,
        signer=keyring,
        clock=clock,
        lifetimes=lifetimes,
    )
    exchanging = Token(
        clients=authentication,
        confirm=confirm,
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
            token_exchange.GRANT_TYPE: TokenExchange(
                resources=resources,
                consents=consents,
                grants=grants,
                verifier=keyring,
                subjects=subjects,
                issue=issue,
                audit=audit,
            ).exchange,
            jwt_bearer.GRANT_TYPE: JwtBearer(
                issuers=PostgresTrustedIssuers(engine),
                keys=client_keys,
                used=RedisSingleUse(client, "grant-assertion"),
                consents=consents,
                resources=resources,
                issue=issue,
                audit=audit,
                clock=clock,
            ).exchange,
            device_grant.GRANT_TYPE: DeviceCode(
                devices=devices, issue=issue, clock=clock
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
        signer=keyring,
        clock=clock,
        subjects=subjects,
        attempts=attempts,
        misses=per_minute(settings.inactive_tokens_per_minute),
    )
    revoking = Revoke(
        clients=authentication, grants=grants, verifier=keyring, audit=audit
    )
    pushing = Push(
        clients=authentication,
        confirm=confirm,
        requests=requests,
        pushed=pushed,
        lifetime=settings.pushed_authorization_request_lifetime,
    )
    beginning_device = DeviceAuthorization(
        issuer=issuer,
        clients=authentication,
        resources=resources,
        devices=devices,
        attempts=attempts,
        starts=per_minute(settings.sign_ins_per_minute),
        clock=clock,
    )
    answering_device = AnswerDevice(
        devices=devices,
        clients=known,
        consents=consents,
        resources=resources,
        attempts=attempts,
        audit=audit,
    )
    calls = Calls(issuer=issuer, certificate_header=settings.mtls_certificate_header)
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
    connected = ConnectedApps(
        issuer=issuer, consents=consents, resources=resources, audit=audit
    )
    apps = Apps(
        clients=clients,
        resources=resources,
        logouts=deliveries,
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
        select_account.routes(
            SelectAccount(authorize=authorizing, clients=clients, users=users),
            consenting,
            visitors,
        ),
        consent.routes(consenting, visitors),
        device.routes(answering_device, members),
        log_out.routes(logging_out, visitors),
        account_pages.routes(
            profile, changing_password, own_sessions, connected, members
        ),
        apps_pages.routes(apps, members, issuer=issuer),
        pictures.routes(users.find_picture),
        push.routes(pushing, calls, confirm.nonce),
        device_authorization.routes(beginning_device, calls),
        token.routes(exchanging, calls, confirm.nonce),
        introspect.routes(introspecting, calls),
        revoke.routes(revoking, calls),
        userinfo.routes(
            UserInfo(
                issuer=issuer,
                clients=clients,
                grants=grants,
                subjects=subjects,
                signer=keyring,
                verifier=keyring,
            ),
            confirm,
            calls,
        ),
        well_known.routes(
            Describe(
                issuer=issuer,
                resources=resources,
                tls_auth_methods=settings.tls_auth_methods,
                mtls_base_url=settings.mtls_base_url or None,
                registration=settings.registration != "off",
                client_id_documents=settings.client_id_metadata_documents,
                must_push=settings.require_pushed_authorization_requests,
            ),
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
    if settings.registration != "off":
        registering = Register(
            issuer=issuer,
            open=settings.registration == "open",
            offer=offer,
            registrations=PostgresRegistrations(engine),
            resources=resources,
            outbound=outbound,
            attempts=attempts,
            limit=per_hour(settings.client_registrations_per_hour),
            audit=audit,
        )
        routers.append(register.routes(registering))
    app.state.routers = routers
    for router in routers:
        app.include_router(router)
    app.add_middleware(Cors, has_origin=clients.has_origin)
    app.add_middleware(
        Limits,
        hosts=settings.hosts,
        bodies={
            "/account/picture": 6 * 1024 * 1024,
            "/oauth/register": register.MAX_BODY,
        },
    )
    app.add_middleware(RequestScope)
    app.add_middleware(SecurityHeaders, https=issuer.startswith("https:"))
    if settings.trusted_proxies:
        app.add_middleware(
            ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies
        )
    if settings.mtls_certificate_header:
        # Outermost: it has to see the proxy's own address.
        app.add_middleware(
            CertificateHeader,
            name=settings.mtls_certificate_header,
            proxies=settings.trusted_proxies,
        )
    return app


def _origin(url: str) -> str:
    """Scheme and host of the issuer, as a browser's Origin header says it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
