"""What a grant yields: access, refresh and ID token, signed and recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from auth_service.ports import Grants, Resources, Signer
from auth_service.protocol import access_token, id_token
from auth_service.protocol.access_token import Access, access_token_claims
from auth_service.protocol.client import Client
from auth_service.protocol.id_token import id_token_claims
from auth_service.protocol.refresh_grant import Grant
from auth_service.protocol.scopes import choose, write_scopes
from valetkey.clock import Clock
from valetkey.errors import InvalidGrant
from valetkey.opaque import new_handle

Answer = dict[str, object]
#: A `cnf` claim: the key that whoever presents a token must prove (RFC 7800).
Confirmation = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long each thing lives."""

    access_token: timedelta
    id_token: timedelta
    #: A refresh token that nobody uses.
    refresh_idle: timedelta
    #: A family with offline_access, however much it is used.
    refresh_absolute: timedelta
    #: A family that is bound to a browser session.
    session_bound: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """
    The one gate that issues tokens.

    Whether the person, the app, the consent and the session are still in force is
    asked in one place, the store's definition of a live family, so no grant can
    forget a check.
    """

    issuer: str
    grants: Grants
    resources: Resources
    signer: Signer
    clock: Clock
    lifetimes: Lifetimes

    async def begin(
        self,
        grant: Grant,
        client: Client,
        *,
        code: str | None = None,
        nonce: str | None = None,
        authorized_at: datetime | None = None,
        resource: str | None = None,
        confirmation: Confirmation | None = None,
    ) -> Answer:
        """
        The first tokens of a family.

        Args:
            resource: which of the authorised ones the access token is for.
            confirmation: the key that the access token is bound to.

        Raises:
            InvalidGrant: the family would be dead, or the code has begun one.
            InvalidTarget: the resource was not authorised.

        """
        audience = choose(grant.resources, resource)
        refreshes = "refresh_token" in client.grant_types
        refresh_token = new_handle() if refreshes else None
        lives = self.lifetimes
        begun = await self.grants.put(
            grant,
            code=code,
            authorized_at=authorized_at,
            refresh_token=refresh_token,
            absolute=lives.refresh_absolute if grant.offline else lives.session_bound,
            idle=lives.refresh_idle,
        )
        if not begun:
            raise InvalidGrant(detail="person, session, consent or code is spent")
        return await self.answer(
            grant,
            client,
            grant.scopes,
            audience=audience,
            refresh_token=refresh_token,
            nonce=nonce,
            confirmation=confirmation,
        )

    async def answer(
        self,
        grant: Grant,
        client: Client,
        scopes: frozenset[str],
        *,
        audience: str | None,
        refresh_token: str | None,
        nonce: str | None = None,
        confirmation: Confirmation | None = None,
    ) -> Answer:
        """The token response of a family (RFC 6749 section 5.1, OIDC Core 3.1.3.3)."""
        if len(grant.resources) > 1:
            scopes = (await self.resources.catalogue()).at(scopes, audience)
        access = Access(
            client_id=grant.client_id,
            subject=grant.subject,
            audience=audience or self.issuer,
            scopes=scopes,
            grant_id=grant.grant_id,
            sid=grant.sid,
            auth_time=grant.auth_time,
            amr=grant.amr,
            authorization_details=grant.authorization_details,
            confirmation=confirmation,
        )
        answer = self.access(access)
        if grant.authorization_details:  # RFC 9396 section 7
            answer["authorization_details"] = list(grant.authorization_details)
        if refresh_token is not None:
            answer["refresh_token"] = refresh_token
        if "openid" in scopes:
            answer["id_token"] = self.signer.sign(
                id_token_claims(
                    grant,
                    issuer=self.issuer,
                    alg=client.id_token_signed_response_alg,
                    nonce=nonce,
                    access_token=str(answer["access_token"]),
                    now=self.clock.now(),
                    lifetime=self.lifetimes.id_token,
                ),
                typ=id_token.TYP,
                alg=client.id_token_signed_response_alg,
            )
        return answer

    def access(self, access: Access) -> Answer:
        """An access token and what is said about it (RFC 6749 section 5.1)."""
        lifetime = access.lifetime or self.lifetimes.access_token
        claims = access_token_claims(
            access,
            issuer=self.issuer,
            jti=uuid4().hex,
            now=self.clock.now(),
            lifetime=lifetime,
        )
        signed = self.signer.sign(claims, typ=access_token.TYP, alg=access_token.ALG)
        return {
            "access_token": signed,
            # RFC 9449 section 5; a token bound to a certificate is sent as Bearer.
            "token_type": "DPoP" if "jkt" in (access.confirmation or ()) else "Bearer",
            "expires_in": int(lifetime.total_seconds()),
            "scope": write_scopes(access.scopes),
        }
