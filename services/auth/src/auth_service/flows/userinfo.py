"""Who the access token speaks for (OpenID Connect Core section 5.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auth_service.ports import Clients, Grants, Signer, Subjects, Verifier
from auth_service.protocol.claims_request import asked_for
from auth_service.protocol.client import Client
from auth_service.protocol.id_token import TYP
from auth_service.protocol.user import claims, opened
from valetkey.errors import InsufficientScope, InvalidToken


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """
    What may be told, and the app that may hear it.

    Attributes:
        signed: the same as a JWT, where the app wants that (section 5.3.2).

    """

    client_id: str
    claims: dict[str, object]
    signed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfo:
    """Asks the store on every call, so what was revoked is refused at once."""

    issuer: str
    clients: Clients
    grants: Grants
    subjects: Subjects
    signer: Signer
    verifier: Verifier

    def read(self, access_token: str) -> dict[str, Any]:
        """
        The claims of the access token itself.

        Raises:
            InvalidToken: not one of ours, or expired.

        """
        return self.verifier.read_access_token(access_token)

    async def about(self, token: Mapping[str, Any]) -> About:
        """
        The claims that the token's scopes open, and those asked for by name.

        Raises:
            InvalidToken: revoked, in whichever way.
            InsufficientScope: without `openid` (section 5.3).

        """
        scopes = frozenset(str(token.get("scope", "")).split(" "))
        grant_id = token.get("grant_id")
        if grant_id is None or "openid" not in scopes:
            raise InsufficientScope("the scope openid is needed")
        client_id = token["client_id"]
        found = await self.grants.find_userinfo(grant_id, token["jti"], client_id)
        client = await self.clients.find(client_id)
        if found is None or client is None:
            raise InvalidToken("the token was revoked", detail="family is dead")
        person, asked = found
        by_name = asked_for(asked, "userinfo") & opened(client.scopes)
        told = claims(person, opened(scopes) | by_name, issuer=self.issuer)
        told["sub"] = self.subjects.of(person.subject, client)
        return About(
            client_id=client.client_id, claims=told, signed=self._sign(told, client)
        )

    def _sign(self, told: dict[str, object], client: Client) -> str | None:
        """Section 5.3.2: `iss` and `aud`; without `exp` it passes for no other JWT."""
        alg = client.userinfo_signed_response_alg
        if alg is None:
            return None
        signed = {**told, "iss": self.issuer, "aud": client.client_id}
        return self.signer.sign(signed, typ=TYP, alg=alg)
