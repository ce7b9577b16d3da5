"""End the session, revoke what belongs to it (RP-Initiated Logout)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auth_service.ports import Audit, Clients, Grants, Sessions, Verifier
from auth_service.protocol.client import Client
from auth_service.protocol.logout_request import AfterLogout, match_after_logout
from auth_service.protocol.session import Browser, Session
from valetkey.errors import InvalidRequest, InvalidToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """The person has to say whether they want this."""

    client: Client | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    """
    Whoever was to be signed out is; `after` leads back to the app.

    Attributes:
        ended: their sessions in this browser.

    """

    ended: tuple[Session, ...]
    client: Client | None
    after: AfterLogout | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOut:
    """The end-session endpoint."""

    clients: Clients
    sessions: Sessions
    grants: Grants
    verifier: Verifier
    audit: Audit

    async def ask(
        self, parameters: Mapping[str, str], browser: Browser
    ) -> Confirm | SignedOut:
        """
        An app, or a link on some page, sent the browser here.

        Only an ID token of this very session speaks for the person; anything less
        is a question to them (section 2, section 6).

        Raises:
            InvalidRequest: a forged hint, or an address that is not registered.

        """
        hint = self._read_hint(parameters)
        client = await self._find_client(parameters, hint)
        after = match_after_logout(parameters, client)
        if not browser.sessions:
            return SignedOut(ended=(), client=client, after=after)
        sid = hint.get("sid") if hint else None
        ended = tuple(each for each in browser.sessions if each.sid == sid)
        if not ended:
            return Confirm(client=client)
        for session in ended:
            await self.end(session, ip=browser.ip)
        return SignedOut(ended=ended, client=client, after=after)

    async def confirm(
        self, parameters: Mapping[str, str], browser: Browser, *, everybody: bool
    ) -> SignedOut:
        """
        The person said yes on our own page.

        Args:
            everybody: whether to sign out all who are signed in in this browser.

        """
        hint = self._read_hint(parameters)
        client = await self._find_client(parameters, hint)
        after = match_after_logout(parameters, client)
        one = browser.session is not None and not everybody
        ended = browser.sessions[:1] if one else browser.sessions
        for session in ended:
            await self.end(session, ip=browser.ip)
        return SignedOut(ended=ended, client=client, after=after)

    async def end(self, session: Session, *, ip: str) -> None:
        """End one session, here or from afar, and the grants that depend on it."""
        await self.grants.revoke_session(session.sid)
        await self.sessions.end(session)
        await self.audit.record("sign_out", subject=session.subject, ip=ip)

    def _read_hint(self, parameters: Mapping[str, str]) -> dict[str, Any] | None:
        """A forged one ends it: nothing is done (RP-Initiated Logout section 4)."""
        hint = parameters.get("id_token_hint")
        if hint is None:
            return None
        try:
            return self.verifier.read_id_token_hint(hint)
        except InvalidToken as error:
            raise InvalidRequest(
                "id_token_hint is not an ID token of this server", detail=error.detail
            ) from None

    async def _find_client(
        self, parameters: Mapping[str, str], hint: dict[str, Any] | None
    ) -> Client | None:
        named = parameters.get("client_id")
        hinted = str(hint["aud"]) if hint else None
        if named is not None and hinted not in {None, named}:
            raise InvalidRequest("client_id is not the app of id_token_hint")
        client_id = named or hinted
        if client_id is None:
            return None
        client = await self.clients.find(client_id)
        if client is None:
            raise InvalidRequest("the app is not known here")
        return client
