"""grant_type=authorization_code: find, check, claim, issue (RFC 6749 s. 4.1.3)."""

from collections.abc import Mapping
from dataclasses import dataclass

from auth_service.flows.issue import Answer, Issue
from auth_service.flows.token import Caller
from auth_service.ports import Audit, Codes, Grants
from auth_service.protocol.code_grant import (
    MAX_WRONG_VERIFIERS,
    CodeGrant,
    WrongVerifier,
    check_code_exchange,
)
from auth_service.protocol.confirmation import check_same_keys
from auth_service.protocol.refresh_grant import Grant, narrow
from valetkey.errors import InvalidGrant, InvalidRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode:
    """A code becomes tokens, once."""

    codes: Codes
    grants: Grants
    issue: Issue
    audit: Audit

    async def exchange(self, parameters: Mapping[str, str], caller: Caller) -> Answer:
        """
        Find, check, claim, issue: in that order (OIDC Core section 3.1.3.2).

        The code is claimed after the checks, so a stranger who holds a code but not
        its verifier cannot burn it; and before anything is signed, so a code yields
        tokens at most once.

        Raises:
            InvalidGrant: unknown, spent, expired or another's code.
            InvalidRequest: a parameter is missing or malformed.

        """
        code = parameters.get("code")
        if code is None:
            raise InvalidRequest("code is missing")
        grant = await self.codes.find(code)
        if grant is None:
            raise InvalidGrant(detail="code is not known")
        await self._check(code, grant, parameters, caller)
        family = _family(grant, caller)
        wanted = narrow(family, caller.client, parameters)
        if not await self.codes.claim(code):
            # RFC 6749 sections 4.1.2, 10.5: a second use revokes what the first gave.
            await self.grants.revoke(grant.grant_id)
            await self.audit.record(
                "code.replayed",
                subject=grant.subject,
                client_id=grant.client_id,
                ip=caller.ip,
            )
            raise InvalidGrant(detail="code was used before")
        return await self.issue.begin(
            family,
            caller.client,
            wanted,
            code=code,
            nonce=grant.nonce,
            authorized_at=grant.authorized_at,
            confirmation=caller.confirmation,
        )

    async def _check(
        self,
        code: str,
        grant: CodeGrant,
        parameters: Mapping[str, str],
        caller: Caller,
    ) -> None:
        try:
            check_code_exchange(grant, parameters, caller.client)
        except WrongVerifier:
            wrong = await self.codes.count_wrong_verifier(code)
            if wrong >= MAX_WRONG_VERIFIERS:
                await self.codes.claim(code)
            raise
        if grant.dpop_jkt is not None:
            check_same_keys({"jkt": grant.dpop_jkt}, caller.confirmation)


def _family(grant: CodeGrant, caller: Caller) -> Grant:
    return Grant(
        grant_id=grant.grant_id,
        client_id=grant.client_id,
        subject=grant.subject,
        scopes=grant.scopes,
        resources=grant.resources,
        sid=grant.sid,
        auth_time=grant.auth_time,
        amr=grant.amr,
        offline="offline_access" in grant.scopes,
        claims=grant.claims,
        authorization_details=grant.authorization_details,
        confirmation=caller.confirmation if caller.client.is_public else None,
    )
