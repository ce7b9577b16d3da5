"""grant_type=refresh_token: find, check, rotate, issue (RFC 6749 section 6)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from auth_service.flows.issue import Answer, Issue
from auth_service.flows.token import Caller
from auth_service.ports import Audit, Grants
from auth_service.protocol.confirmation import check_same_keys
from auth_service.protocol.fapi import is_fapi
from auth_service.protocol.refresh_grant import (
    RefreshGrant,
    Standing,
    check_refresh,
    narrow,
)
from valetkey.errors import InvalidGrant, InvalidRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """A refresh token becomes its successor and a new access token."""

    grants: Grants
    issue: Issue
    audit: Audit
    #: The one successor of a token: whoever repeats a request gets the same.
    successor_of: Callable[[str], str]

    async def exchange(self, parameters: Mapping[str, str], caller: Caller) -> Answer:
        """
        Find, check, rotate, issue.

        Raises:
            InvalidGrant: unknown, expired, revoked, reused or another's token.
            InvalidScope, InvalidTarget: more than what was granted.

        """
        refresh_token = parameters.get("refresh_token")
        if refresh_token is None:
            raise InvalidRequest("refresh_token is missing")
        refresh = await self._find(refresh_token)
        check_refresh(refresh, caller.client)
        grant = refresh.grant
        check_same_keys(grant.confirmation, caller.confirmation)
        wanted = narrow(grant, caller.client, parameters)
        successor = await self._succeed(refresh, refresh_token, caller)
        return await self.issue.answer(
            grant,
            caller.client,
            wanted,
            refresh_token=successor,
            authorization_left=refresh.authorization_left,
            confirmation=caller.confirmation,
        )

    async def _succeed(self, refresh: RefreshGrant, token: str, caller: Caller) -> str:
        """
        Rotate; but for FAPI clients, who have to prove themselves with each use.

        A client that loses one answer would lose its grant (FAPI 2.0 s. 5.3.2.1).
        """
        if is_fapi(caller.client) and refresh.standing is Standing.CURRENT:
            idle = self.issue.lifetimes.refresh_idle
            if await self.grants.keep(token, idle=idle):
                return token
        successor = self.successor_of(token)
        await self._rotate(refresh, token, successor, caller)
        return successor

    async def _find(self, refresh_token: str) -> RefreshGrant:
        refresh = await self.grants.find_refresh(refresh_token)
        if refresh is None:
            raise InvalidGrant(detail="refresh token is not known")
        return refresh

    async def _rotate(
        self, refresh: RefreshGrant, token: str, successor: str, caller: Caller
    ) -> None:
        if refresh.standing is Standing.CURRENT:
            idle = self.issue.lifetimes.refresh_idle
            if await self.grants.rotate(token, successor, idle=idle):
                return
            # Somebody with the same token was faster: look again.
            refresh = await self._find(token)
        if refresh.standing is Standing.IN_GRACE and await self.grants.repeat(token):
            return
        if refresh.standing is Standing.DEAD:
            raise InvalidGrant(detail="refresh token is expired or revoked")
        # RFC 9700 section 4.14.2: one of two holders is a thief; neither goes on.
        await self.grants.revoke(refresh.grant.grant_id)
        await self.audit.record(
            "refresh_token.reused",
            subject=refresh.grant.subject,
            client_id=refresh.grant.client_id,
            ip=caller.ip,
        )
        raise InvalidGrant(detail="refresh token was used before")
