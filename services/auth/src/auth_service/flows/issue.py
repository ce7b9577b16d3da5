"""What a grant yields: access, refresh and ID token, signed and recorded."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from auth_service.ports import Grants, Resources, Signer, Subjects, Users
from auth_service.protocol import access_token, id_token
from auth_service.protocol.access_token import Access, access_token_claims
from auth_service.protocol.claims_request import asked_for
from auth_service.protocol.client import Client
from auth_service.protocol.confirmation import Confirmation
from auth_service.protocol.id_token import id_token_claims
from auth_service.protocol.refresh_grant import Grant, Wanted
from auth_service.protocol.scopes import write_scopes
from auth_service.protocol.user import claims, opened
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
    resources: Resources
    users: Users
    subjects: Subjects
    signer: Signer
    clock: Clock
    lifetimes: Lifetimes

    async def begin(
        self,
        grant: Grant,
        client: Client,
        wanted: Wanted,
        *,
        code: str | None = None,
        nonce: str | None = None,
        authorized_at: datetime | None = None,
        refreshes: bool = True,
        confirmation: Confirmation | None = None,
    ) -> Answer:
        """
        The first tokens of a family.

        Args:
            refreshes: whether there is a refresh token, for an app that uses them.
            confirmation: the key that the access token is bound to.

        Raises:
            InvalidGrant: the family would be dead, or the code has begun one.

        """
        refreshes = refreshes and "refresh_token" in client.grant_types
        refresh_token = new_handle() if refreshes else None
        lives = self.lifetimes
        absolute = lives.refresh_absolute if grant.offline else lives.session_bound
        begun = await self.grants.put(
            grant,
            code=code,
            authorized_at=authorized_at,
            refresh_token=refresh_token,
            absolute=absolute,
            idle=lives.refresh_idle,
        )
        if not begun:
            raise InvalidGrant(detail="person, session, consent or code is spent")
        return await self.answer(
            grant,
            client,
            wanted,
            refresh_token=refresh_token,
            authorization_left=absolute,
            nonce=nonce,
            confirmation=confirmation,
        )

    async def answer(
        self,
        grant: Grant,
        client: Client,
        wanted: Wanted,
        *,
        refresh_token: str | None,
        authorization_left: timedelta,
        nonce: str | None = None,
        confirmation: Confirmation | None = None,
    ) -> Answer:
        """
        The token response of a family (RFC 6749 section 5.1, OIDC Core 3.1.3.3).

        Args:
            nonce: of the request; None after a refresh, when all else in the ID token
                that is about the sign-in is as it was (OIDC Core section 12.2).

        """
        scopes, details = wanted.scopes, wanted.details
        if len(grant.resources) > 1 or details:
            catalogue = await self.resources.catalogue()
            scopes = catalogue.at(scopes, wanted.audience)
            details = catalogue.details_at(details, wanted.audience)
        access = Access(
            client_id=grant.client_id,
            subject=self.subjects.of(grant.subject, client),
            audience=wanted.audience or self.issuer,
            scopes=scopes,
            grant_id=grant.grant_id,
            sid=grant.sid,
            auth_time=grant.auth_time,
            amr=grant.amr,
            authorization_details=details,
            confirmation=confirmation,
        )
        answer = await self.access(access)
        if refresh_token is not None:
            answer["refresh_token"] = refresh_token
            answer |= self._ends(authorization_left)
        if "openid" in scopes:
            answer["id_token"] = await self.signer.sign_soon(
                id_token_claims(
                    grant,
                    issuer=self.issuer,
                    sub=access.subject,
                    alg=client.id_token_signed_response_alg,
                    nonce=nonce,
                    access_token=str(answer["access_token"]),
                    told=await self._tell(grant, client),
                    now=self.clock.now(),
                    lifetime=self.lifetimes.id_token,
                ),
                typ=id_token.TYP,
                alg=client.id_token_signed_response_alg,
            )
        return answer

    async def _tell(self, grant: Grant, client: Client) -> dict[str, object]:
        """What the claims parameter asked for in the ID token (OIDC Core s. 5.5)."""
        names = asked_for(grant.claims, "id_token") & opened(client.scopes)
        person = await self.users.find(grant.subject) if names else None
        return claims(person, names, issuer=self.issuer) if person else {}

    def _ends(self, authorization_left: timedelta) -> Answer:
        """When people will be asked again (OAuth 2.0 Refresh Token Expiration)."""
        idle = min(self.lifetimes.refresh_idle, authorization_left)
        return {
            "refresh_token_expires_in": int(idle.total_seconds()),
            "authorization_expires_in": int(authorization_left.total_seconds()),
        }

    def no_longer_than(self, end: datetime) -> timedelta:
        """How long an access token may live that must not outlive another one."""
        return min(self.lifetimes.access_token, end - self.clock.now())

    async def access(self, access: Access) -> Answer:
        """
        An access token and what is said about it (RFC 6749 section 5.1).

        It is signed and soon over, so nobody makes or keeps one (RFC 6749 section
        10.3, RFC 6750 section 5.2).
        """
        lifetime = access.lifetime or self.lifetimes.access_token
        signed_claims = access_token_claims(
            access,
            issuer=self.issuer,
            jti=uuid4().hex,  # RFC 7519 section 4.1.7
            now=self.clock.now(),
            lifetime=lifetime,
        )
        signed = await self.signer.sign_soon(
            signed_claims, typ=access_token.TYP, alg=access_token.ALG
        )
        answer: Answer = {
            "access_token": signed,
            # RFC 9449 section 5; a token bound to a certificate is sent as Bearer.
            "token_type": "DPoP" if "jkt" in (access.confirmation or ()) else "Bearer",
            "expires_in": int(lifetime.total_seconds()),
            "scope": write_scopes(access.scopes),
        }
        if access.authorization_details:  # RFC 9396 section 7
            answer["authorization_details"] = list(access.authorization_details)
        return answer
