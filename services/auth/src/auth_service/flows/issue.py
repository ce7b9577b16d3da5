"""What a grant yields: access, refresh and ID token, signed and recorded."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from auth_service.ports import Grants, Signer
from auth_service.protocol import access_token, id_token
from auth_service.protocol.access_token import Access, access_token_claims
from auth_service.protocol.client import Client
from auth_service.protocol.id_token import id_token_claims
from auth_service.protocol.refresh_grant import Grant
from auth_service.protocol.scopes import write_scopes
from valetkey.clock import Clock
from valetkey.errors import InvalidGrant
from valetkey.opaque import new_handle

Answer = dict[str, object]


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
    ) -> Answer:
        """
        The first tokens of a family.

        Raises:
            InvalidGrant: the family would be dead, or the code has begun one.

        """
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
        return self.answer(
            grant, client, grant.scopes, refresh_token=refresh_token, nonce=nonce
        )

    def answer(
        self,
        grant: Grant,
        client: Client,
        scopes: frozenset[str],
        *,
        refresh_token: str | None,
        nonce: str | None = None,
    ) -> Answer:
        """The token response of a family (RFC 6749 section 5.1, OIDC Core 3.1.3.3)."""
        access = Access(
            client_id=grant.client_id,
            subject=grant.subject,
            audience=grant.resource or self.issuer,
            scopes=scopes,
            grant_id=grant.grant_id,
            sid=grant.sid,
            auth_time=grant.auth_time,
            amr=grant.amr,
        )
        answer = self.access(access)
        if refresh_token is not None:
            answer["refresh_token"] = refresh_token
        if "openid" in scopes:
            answer["id_token"] = self.signer.sign(
                id_token_claims(
                    grant,
                    issuer=self.issuer,
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
        claims = access_token_claims(
            access,
            issuer=self.issuer,
            jti=uuid4().hex,
            now=self.clock.now(),
            lifetime=self.lifetimes.access_token,
        )
        signed = self.signer.sign(claims, typ=access_token.TYP, alg=access_token.ALG)
        return {
            "access_token": signed,
            "token_type": "Bearer",
            "expires_in": int(self.lifetimes.access_token.total_seconds()),
            "scope": write_scopes(access.scopes),
        }
