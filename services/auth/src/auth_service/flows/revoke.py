"""An app gives a token back (RFC 7009)."""

from collections.abc import Mapping
from dataclasses import dataclass

from auth_service.flows.client_authentication import ClientAuthentication
from auth_service.ports import Audit, Grants, Verifier
from auth_service.protocol.call import Call
from auth_service.protocol.client import Client
from valetkey.errors import InvalidRequest, InvalidToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoke:
    """A refresh token takes its whole family with it, an access token only itself."""

    clients: ClientAuthentication
    grants: Grants
    verifier: Verifier
    audit: Audit

    async def revoke(self, parameters: Mapping[str, str], call: Call) -> None:
        """
        Revoke the caller's own token; anything else is not an error (section 2.2).

        Raises:
            InvalidClient: the caller did not authenticate.
            InvalidRequest: there is no token.

        """
        caller = await self.clients.authenticate(parameters, call)
        token = parameters.get("token")
        if token is None:
            raise InvalidRequest("token is missing")
        revoked = await self._name(token, caller)
        if revoked is not None:
            await self.grants.revoke(revoked)
            await self.audit.record(
                "token.revoked", client_id=caller.client_id, ip=call.ip
            )

    async def _name(self, token: str, caller: Client) -> str | None:
        """
        What to revoke: a grant_id or a jti, if it is the caller's.

        A token shows which of the two it is: no hint can hide it, or cost us another
        look (RFC 7009 sections 2.1 and 5).
        """
        if "." in token:
            try:
                claims = self.verifier.read_access_token(token)
            except InvalidToken:
                return None
            mine = claims["client_id"] == caller.client_id
            return str(claims["jti"]) if mine else None
        refresh = await self.grants.find_refresh(token)
        if refresh is None or refresh.grant.client_id != caller.client_id:
            return None
        return refresh.grant.grant_id
