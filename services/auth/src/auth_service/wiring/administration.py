"""Joins /admin, /api/admin and `valetkey`: what an operator does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter

from auth_service.crypto.keyring import ALGS, Keyring
from auth_service.crypto.page_tokens import PageTokens
from auth_service.crypto.seal import derive
from auth_service.flows.administration.apps import ManageApps
from auth_service.flows.administration.audit_log import ReadAudit
from auth_service.flows.administration.keys import ManageKeys
from auth_service.flows.administration.live import Live
from auth_service.flows.administration.people import ManagePeople
from auth_service.flows.administration.resources import ManageResources
from auth_service.flows.administration.set_up import SetUp, SetUpRight
from auth_service.flows.administration.tokens import LookAtTokens
from auth_service.flows.log_out import LogOut
from auth_service.outside import Outside
from auth_service.ports import NewKey, SingleUse
from auth_service.protocol.administration import admin_api
from auth_service.settings import Settings
from auth_service.storage.postgres.app_list import PostgresAppList
from auth_service.storage.postgres.people import PostgresPeople
from auth_service.storage.postgres.signing_keys import PostgresSigningKeys
from auth_service.storage.redis.tokens import RedisTokens
from auth_service.web import administration
from auth_service.web.administration import api
from auth_service.wiring.mail import Mail
from auth_service.wiring.people import People
from valetkey.dpop_nonces import Nonces
from valetkey.jwk import VerificationKey
from valetkey.resource_server import ResourceServer
from valetkey.sender import DPoP


class _OwnKeys:
    """The keys of our own tokens, for our own API: nobody has to fetch them."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def find(self, kid: str | None) -> VerificationKey | None:
        return self._keyring.find(kid)

    async def ready(self) -> bool:
        return bool(self._keyring.jwks["keys"])


@dataclass(frozen=True, slots=True)
class _Replays:
    """The library's `ProofReplays`, on the store that every worker shares."""

    proofs: SingleUse

    async def claim(self, key: str, lifetime_seconds: int) -> bool:
        return await self.proofs.claim("", key, seconds=lifetime_seconds)


class Administration:
    """The same functions for pages, for programs and for the command line."""

    def __init__(self, settings: Settings, outside: Outside, mail: Mail) -> None:
        people = PostgresPeople(outside.engine)
        pages = PageTokens(outside.secret)
        issuer = settings.issuer_url
        log_out = LogOut(
            clients=outside.clients,
            sessions=outside.sessions,
            grants=outside.grants,
            verifier=outside.keyring,
            audit=outside.audit,
        )
        self.set_up = SetUp(
            issuer=issuer,
            people=people,
            tokens=RedisTokens(outside.redis, "set-up", SetUpRight, outside.seal),
            announced=outside.single_use("set-up-announced"),
            audit=outside.audit,
        )
        self.people = ManagePeople(
            issuer=issuer,
            people=people,
            users=outside.users,
            passwords=outside.passwords,
            sessions=outside.sessions,
            log_out=log_out,
            resets=mail.resets,
            post=mail.post,
            pages=pages,
            audit=outside.audit,
        )
        self.apps = ManageApps(
            clients=outside.clients,
            apps=PostgresAppList(outside.engine),
            pages=pages,
            audit=outside.audit,
        )
        self.resources = ManageResources(
            own=admin_api(issuer).identifier,
            resources=outside.resources,
            clients=outside.clients,
            audit=outside.audit,
        )

        async def draw(of_each: int) -> Sequence[NewKey]:
            return await outside.keyring.draw(ALGS * of_each)

        self.keys = ManageKeys(
            keys=PostgresSigningKeys(outside.engine),
            draw=draw,
            announcement=timedelta(seconds=settings.key_announcement),
            audit=outside.audit,
        )
        self.audit = ReadAudit(
            log=outside.audit, users=outside.users, pages=pages, audit=outside.audit
        )
        self.tokens = LookAtTokens(
            issuer=issuer,
            clients=outside.clients,
            grants=outside.grants,
            verifier=outside.keyring,
        )
        self.live = Live(
            clients=outside.clients, grants=outside.grants, verifier=outside.keyring
        )


def routers(people: People) -> list[APIRouter]:
    """The pages of administrators, and the same for programs."""
    settings, outside = people.settings, people.outside
    ours = Administration(settings, outside, people.mail)
    resource = admin_api(settings.issuer_url)
    auth = ResourceServer(
        issuer=settings.issuer_url,
        audience=resource.identifier,
        scopes={scope.name: str(scope.description) for scope in resource.scopes},
        keys=_OwnKeys(outside.keyring),
        introspection=ours.live,
        dpop=DPoP(
            nonces=Nonces(derive(outside.secret, b"valetkey DPoP nonces"))
            if settings.dpop_nonce_required
            else None,
            replays=_Replays(outside.single_use("dpop")),
        ),
        client_certificates=settings.mtls_certificate_header.lower() == "client-cert",
        about={"resource_name": resource.name},
    )
    described = settings.described()
    parts = (ours.people, ours.apps, ours.resources, ours.keys, ours.audit, described)
    return [
        administration.routes(people.members, ours.set_up, *parts),
        api.routes(auth, ours.live, *parts),
    ]
