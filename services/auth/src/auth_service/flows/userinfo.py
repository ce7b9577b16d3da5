"""Who the access token speaks for (OpenID Connect Core section 5.3)."""

from dataclasses import dataclass

from auth_service.ports import Grants, Verifier
from auth_service.protocol.user import claims
from valetkey.errors import InsufficientScope, InvalidToken


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What may be told, and the app that may hear it."""

    client_id: str
    claims: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfo:
    """Asks the store on every call, so what was revoked is refused at once."""

    issuer: str
    grants: Grants
    verifier: Verifier

    async def about(self, access_token: str) -> About:
        """
        The claims that the token's scopes open.

        Raises:
            InvalidToken: not one of ours, expired, or revoked in whichever way.
            InsufficientScope: without `openid` (section 5.3).

        """
        token = self.verifier.read_access_token(access_token)
        scopes = frozenset(str(token.get("scope", "")).split(" "))
        grant_id = token.get("grant_id")
        if grant_id is None or "openid" not in scopes:
            raise InsufficientScope("the scope openid is needed")
        person = await self.grants.find_person(grant_id, token["jti"])
        if person is None:
            raise InvalidToken("the token was revoked", detail="family is dead")
        opened = claims(person, scopes, issuer=self.issuer)
        return About(client_id=token["client_id"], claims=opened)
