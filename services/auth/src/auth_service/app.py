"""Joins everything; the pages with the help of `wiring`, the rest here."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from operator import methodcaller

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from auth_service.background import Background
from auth_service.crypto.seal import Succession, derive
from auth_service.flows.check_password import CheckPassword
from auth_service.flows.client_authentication import ClientAuthentication
from auth_service.flows.confirm import Confirm
from auth_service.flows.deliver_logouts import DeliverLogouts
from auth_service.flows.describe import Describe
from auth_service.flows.device_authorization import DeviceAuthorization
from auth_service.flows.fetch_logos import FetchLogos
from auth_service.flows.grants.authorization_code import AuthorizationCode
from auth_service.flows.grants.client_credentials import ClientCredentials
from auth_service.flows.grants.device_code import DeviceCode
from auth_service.flows.grants.jwt_bearer import JwtBearer
from auth_service.flows.grants.password import Password
from auth_service.flows.grants.refresh_token import RefreshToken
from auth_service.flows.grants.token_exchange import TokenExchange
from auth_service.flows.introspect import Introspect
from auth_service.flows.issue import Issue
from auth_service.flows.push import Push
from auth_service.flows.read_request import ReadRequest
from auth_service.flows.register import Register
from auth_service.flows.revoke import Revoke
from auth_service.flows.token import Token
from auth_service.flows.userinfo import UserInfo
from auth_service.outside import Outside
from auth_service.protocol import device_grant, jwt_bearer, token_exchange
from auth_service.protocol.client import AUTH_METHODS
from auth_service.protocol.throttle import per_hour, per_minute
from auth_service.settings import Settings
from auth_service.storage.postgres.registrations import PostgresRegistrations
from auth_service.storage.postgres.schema import SchemaCheck
from auth_service.storage.postgres.signing_keys import PostgresSigningKeys
from auth_service.storage.postgres.sweeper import PostgresSweeper
from auth_service.storage.postgres.trusted_issuers import PostgresTrustedIssuers
from auth_service.storage.redis.connect import RedisCheck
from auth_service.web import (
    device_authorization,
    errors,
    health,
    introspect,
    push,
    register,
    revoke,
    static_files,
    token,
    userinfo,
    well_known,
)
from auth_service.web.calls import Calls
from auth_service.web.client_certificates import CertificateHeader
from auth_service.web.cors import Cors
from auth_service.web.headers import SecurityHeaders
from auth_service.web.languages import LANGUAGES
from auth_service.wiring import pages
from auth_service.wiring.administration import Administration
from auth_service.wiring.mail import Mail
from valetkey.asgi import Limits, RequestScope
from valetkey.direct import DirectApp, alone
from valetkey.dpop_nonces import Nonces


def create_app(settings: Settings) -> FastAPI:
    """The authorization server."""
    issuer, lifetimes = settings.issuer_url, settings.lifetimes
    outside = Outside(settings)
    failures = per_minute(settings.auth_failures_per_minute)
    deliver_logouts = DeliverLogouts(
        issuer=issuer,
        clients=outside.clients,
        deliveries=outside.deliveries,
        outbound=outside.outbound,
        subjects=outside.subjects,
        signer=outside.keyring,
        clock=outside.clock,
    )
    mail = Mail(settings, outside)
    background = Background(
        keyring=outside.keyring,
        keys=PostgresSigningKeys(outside.engine),
        listen=outside.changes.listen,
        sweep=PostgresSweeper(
            outside.engine, unused=timedelta(seconds=settings.unused_client_lifetime)
        ).sweep,
        deliver_logouts=deliver_logouts.deliver,
        fetch_logos=FetchLogos(
            logos=outside.logos, outbound=outside.outbound, pictures=outside.pictures
        ).fetch,
        send_letters=mail.send,
        announce=Administration(settings, outside, mail).set_up.announce,
        announcement=timedelta(seconds=settings.key_announcement),
        rotation=timedelta(seconds=settings.key_rotation) or None,
        longest_token=max(lifetimes.access_token, lifetimes.id_token),
    )
    requests = ReadRequest(
        issuer=issuer,
        resources=outside.resources,
        keys=outside.client_keys,
        objects=outside.single_use("request-object"),
        verifier=outside.keyring,
        clock=outside.clock,
        loopback=settings.environment == "development",
    )
    check_password = CheckPassword(
        users=outside.users,
        passwords=outside.passwords,
        attempts=outside.attempts,
        audit=outside.audit,
    )
    authentication = ClientAuthentication(
        issuer=issuer,
        clients=outside.known,
        keys=outside.client_keys,
        assertions=outside.single_use("assertion"),
        attempts=outside.attempts,
        failures=failures,
        clock=outside.clock,
        methods=frozenset(AUTH_METHODS + settings.tls_auth_methods),
    )
    confirm = Confirm(
        proofs=outside.single_use("dpop"),
        nonces=Nonces(derive(outside.secret, b"valetkey DPoP nonces")),
        nonce_required=settings.dpop_nonce_required,
        clock=outside.clock,
    )
    issue = Issue(
        issuer=issuer,
        grants=outside.grants,
        resources=outside.resources,
        users=outside.users,
        subjects=outside.subjects,
        signer=outside.keyring,
        clock=outside.clock,
        lifetimes=lifetimes,
    )
    exchange_code = AuthorizationCode(
        codes=outside.codes, grants=outside.grants, issue=issue, audit=outside.audit
    )
    exchanging = Token(
        clients=authentication,
        confirm=confirm,
        attempts=outside.attempts,
        failures=failures,
        grants={
            "authorization_code": exchange_code.exchange,
            "refresh_token": RefreshToken(
                grants=outside.grants,
                issue=issue,
                audit=outside.audit,
                successor_of=Succession(outside.secret).of,
            ).exchange,
            "client_credentials": ClientCredentials(
                resources=outside.resources, issue=issue
            ).exchange,
            token_exchange.GRANT_TYPE: TokenExchange(
                clients=outside.clients,
                resources=outside.resources,
                consents=outside.consents,
                grants=outside.grants,
                verifier=outside.keyring,
                subjects=outside.subjects,
                issue=issue,
                audit=outside.audit,
            ).exchange,
            jwt_bearer.GRANT_TYPE: JwtBearer(
                issuers=PostgresTrustedIssuers(outside.engine),
                keys=outside.client_keys,
                used=outside.single_use("grant-assertion"),
                consents=outside.consents,
                resources=outside.resources,
                issue=issue,
                audit=outside.audit,
                clock=outside.clock,
            ).exchange,
            device_grant.GRANT_TYPE: DeviceCode(
                devices=outside.devices, issue=issue, clock=outside.clock
            ).exchange,
            "password": Password(
                check_password=check_password,
                factors=outside.factors,
                resources=outside.resources,
                issue=issue,
                clock=outside.clock,
            ).exchange,
        },
    )
    introspecting = Introspect(
        issuer=issuer,
        clients=authentication,
        registered=outside.clients,
        resources=outside.resources,
        grants=outside.grants,
        verifier=outside.keyring,
        signer=outside.keyring,
        clock=outside.clock,
        subjects=outside.subjects,
        attempts=outside.attempts,
        misses=per_minute(settings.inactive_tokens_per_minute),
    )
    revoking = Revoke(
        clients=authentication,
        grants=outside.grants,
        verifier=outside.keyring,
        audit=outside.audit,
    )
    pushing = Push(
        clients=authentication,
        confirm=confirm,
        requests=requests,
        pushed=outside.pushed,
        lifetime=settings.pushed_authorization_request_lifetime,
    )
    beginning_device = DeviceAuthorization(
        issuer=issuer,
        clients=authentication,
        resources=outside.resources,
        devices=outside.devices,
        attempts=outside.attempts,
        starts=per_minute(settings.sign_ins_per_minute),
        clock=outside.clock,
    )
    calls = Calls(issuer=issuer, certificate_header=settings.mtls_certificate_header)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        running = asyncio.create_task(background.run(), name="background")
        await background.until_ready()
        # What is there from the start stays: looking through it for garbage again
        # and again would make everybody wait a tenth of a second each time.
        gc.collect()
        gc.freeze()
        # New things are looked through less often: they are gone before.
        gc.set_threshold(50_000, 20, 20)
        yield
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await outside.close()

    app = DirectApp(
        openapi_url=None,
        redirect_slashes=False,
        # A span would hold the query: outside.codes, hints and states.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        lifespan=lifespan,
        exception_handlers={HTTPException: errors.as_either},
    )
    routers = [
        *pages(settings, outside, requests, check_password, exchange_code, mail),
        push.routes(pushing, calls, confirm.next_proof, outside.note_refusals),
        device_authorization.routes(beginning_device, calls),
        token.routes(exchanging, calls, confirm.next_proof, outside.note_refusals),
        introspect.routes(introspecting, calls),
        revoke.routes(revoking, calls),
        userinfo.routes(
            UserInfo(
                issuer=issuer,
                clients=outside.clients,
                grants=outside.grants,
                subjects=outside.subjects,
                signer=outside.keyring,
                verifier=outside.keyring,
            ),
            confirm,
            calls,
        ),
        well_known.routes(
            Describe(
                issuer=issuer,
                resources=outside.resources,
                ui_locales=LANGUAGES,
                tls_auth_methods=settings.tls_auth_methods,
                mtls_base_url=settings.mtls_base_url or None,
                registration=settings.registration != "off",
                client_id_documents=settings.client_id_metadata_documents,
                must_push=settings.require_pushed_authorization_requests,
            ),
            lambda: outside.keyring.document,
            jwks_max_age=settings.jwks_max_age,
        ),
        health.routes(
            {
                "database": SchemaCheck(outside.engine).check,
                "redis": RedisCheck(outside.redis).check,
                "keys": background.ready,
            }
        ),
        static_files.routes,
    ]
    if settings.registration != "off":
        registering = Register(
            issuer=issuer,
            open=settings.registration == "open",
            offer=outside.offer,
            registrations=PostgresRegistrations(outside.engine),
            resources=outside.resources,
            outbound=outside.outbound,
            attempts=outside.attempts,
            limit=per_hour(settings.client_registrations_per_hour),
            audit=outside.audit,
        )
        routers.append(register.routes(registering))
    app.state.routers = routers
    app.state.changes = outside.changes
    for router in routers:
        app.include_router(router)
    app.add_middleware(Cors, has_origin=outside.clients.has_origin)
    app.add_middleware(
        Limits,
        hosts=settings.hosts,
        bodies={
            "/account/picture": 6 * 1024 * 1024,
            "/register": 6 * 1024 * 1024,
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
    app.open_short_ways(alone(routers, methodcaller("get_route_handler")))
    return app
