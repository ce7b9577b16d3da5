"""grant_type=jwt-bearer: another issuer's word becomes tokens (RFC 7523 s. 2.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from auth_service.flows.issue import Answer, Issue
from auth_service.flows.token import Caller
from auth_service.ports import (
    Audit,
    ClientKeys,
    Consents,
    Resources,
    SingleUse,
    TrustedIssuers,
)
from auth_service.protocol.jwt_bearer import (
    Said,
    TrustedIssuer,
    check_assertion,
    read_assertion,
)
from auth_service.protocol.refresh_grant import Grant, narrow
from auth_service.protocol.scopes import read_scopes, target
from auth_service.protocol.user import User
from valetkey.clock import Clock
from valetkey.errors import InvalidClient, InvalidGrant, InvalidScope


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtBearer:
    """An app comes with a JWT about a person in place of the person."""

    issuers: TrustedIssuers
    keys: ClientKeys
    used: SingleUse
    consents: Consents
    resources: Resources
    issue: Issue
    audit: Audit
    clock: Clock

    async def exchange(self, parameters: Mapping[str, str], caller: Caller) -> Answer:
        """
        Each assertion once (RFC 7523 section 3), and no refresh token: a new assertion
        is the way to a new access token.

        Raises:
            InvalidClient: a public client, which anybody could be.
            InvalidGrant: of no issuer that is trusted with this app, forged, used,
                or about nobody who is here and has allowed this app.
            InvalidScope, InvalidTarget: more than may be had.

        """
        client = caller.client
        if client.is_public:
            raise InvalidClient(detail="a public client may not use assertions")
        trusted, said = await self._believe(parameters, client.client_id)
        most = client.scopes & frozenset(trusted.scopes)
        scopes = read_scopes(parameters.get("scope")) or most
        if not scopes <= most:
            raise InvalidScope("scope is wider than what may be had")
        catalogue = await self.resources.catalogue()
        resource = target(catalogue, scopes, parameters.get("resource"))
        resources = (resource.identifier,) if resource else ()
        person = await self._person(trusted, said)
        granted = await self.consents.granted(
            person.subject, client.client_id, resources
        )
        if granted is None or not (client.first_party or scopes <= granted.scopes):
            raise InvalidGrant(detail="the person has not allowed this app that")
        # Last, so that a request with a mistake in it loses no assertion.
        if not await self.used.claim(trusted.issuer, said.jti, seconds=said.remembered):
            raise InvalidGrant(detail="assertion: jti was used before")
        grant = Grant(
            grant_id=uuid4().hex,
            client_id=client.client_id,
            subject=person.subject,
            scopes=scopes,
            resources=resources,
            sid=None,
            auth_time=said.at,
            amr=(),
            offline=False,
        )
        answer = await self.issue.begin(
            grant,
            client,
            narrow(grant, client, parameters),
            refreshes=False,
            confirmation=caller.confirmation,
        )
        await self.audit.record(
            "assertion.accepted",
            subject=person.subject,
            client_id=client.client_id,
            ip=caller.ip,
            issuer=trusted.issuer,
        )
        return answer

    async def _believe(
        self, parameters: Mapping[str, str], client_id: str
    ) -> tuple[TrustedIssuer, Said]:
        """Who says what."""
        jws, iss = read_assertion(parameters)
        trusted = await self.issuers.find(iss)
        if trusted is None or client_id not in trusted.client_ids:
            raise InvalidGrant(detail="the issuer is not trusted with this app")
        key = await self.keys.find(trusted, jws.kid, jws.alg)
        if key is None:
            raise InvalidGrant(detail="assertion: kid is not known")
        said = check_assertion(
            jws, key, trusted, us=self.issue.issuer, now=self.clock.now()
        )
        return trusted, said

    async def _person(self, trusted: TrustedIssuer, said: Said) -> User:
        person = await self.issuers.find_person(trusted.subject_is, said.sub)
        if person is None or person.disabled:
            raise InvalidGrant(detail="the assertion is about nobody who is here")
        return person
