"""What a token is worth right now (RFC 7662)."""

from collections.abc import Mapping
from dataclasses import dataclass

from auth_service.flows.client_authentication import ClientAuthentication
from auth_service.ports import (
    Attempts,
    Clients,
    Grants,
    Resources,
    Signer,
    Subjects,
    Verifier,
)
from auth_service.protocol.call import Call
from auth_service.protocol.client import Client
from auth_service.protocol.introspection import (
    INACTIVE,
    TYP,
    about_access_token,
    about_refresh_token,
    may_know,
    signed_claims,
)
from auth_service.protocol.refresh_grant import Standing
from auth_service.protocol.throttle import Throttle
from valetkey.clock import Clock
from valetkey.errors import InvalidClient, InvalidRequest, InvalidToken, SlowDown


@dataclass(frozen=True, slots=True, kw_only=True)
class Introspect:
    """Only for whom the token is meant; everybody else hears that it is inactive."""

    issuer: str
    clients: ClientAuthentication
    registered: Clients
    resources: Resources
    grants: Grants
    verifier: Verifier
    signer: Signer
    clock: Clock
    subjects: Subjects
    attempts: Attempts
    misses: Throttle

    async def introspect(
        self, parameters: Mapping[str, str], call: Call
    ) -> dict[str, object]:
        """Answer an authenticated caller (RFC 7662 section 2); see `ask`."""
        _, answer = await self.ask(parameters, call)
        return answer

    async def introspect_signed(self, parameters: Mapping[str, str], call: Call) -> str:
        """The same answer as a JWT, which proves later what was said (RFC 9701)."""
        caller, answer = await self.ask(parameters, call)
        return self.signer.sign(
            signed_claims(answer, caller, issuer=self.issuer, now=self.clock.now()),
            typ=TYP,
            alg=caller.introspection_signed_response_alg,
        )

    async def ask(
        self, parameters: Mapping[str, str], call: Call
    ) -> tuple[Client, dict[str, object]]:
        """
        Who asks, and what they may know (RFC 9701 sections 3, 4 and 8.2).

        Raises:
            InvalidClient: the caller did not authenticate, or is a public client.
            InvalidRequest: there is no token.
            SlowDown: too many tokens were inactive: somebody tries them out.

        """
        caller = await self.clients.authenticate(parameters, call)
        if caller.is_public:
            raise InvalidClient(detail="a public client may not introspect")
        token = parameters.get("token")
        if token is None:
            raise InvalidRequest("token is missing")
        # token_type_hint is not needed to tell the two apart (section 2.1).
        look = self._access_token if "." in token else self._refresh_token
        answer = await look(token, caller)
        if answer is INACTIVE:  # section 4: whoever guesses is slowed down
            key = f"inactive:{caller.client_id}:{call.ip}"
            wait = await self.attempts.reserve(key, self.misses)
            if wait:
                raise SlowDown(retry_after=wait, detail="inactive tokens")
        return caller, answer

    async def _access_token(self, token: str, caller: Client) -> dict[str, object]:
        try:
            claims = self.verifier.read_access_token(token)
        except InvalidToken:
            return INACTIVE
        if not may_know(claims, caller, await self.resources.catalogue()):
            return INACTIVE
        if await self.registered.find(claims["client_id"]) is None:
            return INACTIVE
        if "grant_id" in claims:
            person = await self.grants.find_person(claims["grant_id"], claims["jti"])
            if person is None:
                return INACTIVE
            # A name that every app knows would undo a pairwise sub (OIDC Core s. 8,
            # RFC 7662 section 5).
            pairwise = claims["sub"] != person.subject
            username = None if pairwise else person.username
            return about_access_token(claims, username=username)
        if await self.grants.is_revoked(claims["jti"]):
            return INACTIVE
        return about_access_token(claims, username=None)

    async def _refresh_token(self, token: str, caller: Client) -> dict[str, object]:
        refresh = await self.grants.find_refresh(token)
        if (
            refresh is None
            or refresh.grant.client_id != caller.client_id
            or refresh.standing is not Standing.CURRENT
        ):
            return INACTIVE
        sub = self.subjects.of(refresh.grant.subject, caller)
        return about_refresh_token(refresh.grant, issuer=self.issuer, sub=sub)
