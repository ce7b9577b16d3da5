"""A fresh access token: renewed once, however many requests need it at a time."""

from dataclasses import dataclass, replace

from client_demo.errors import AnswerRefused, SignedOut, TokenRefused
from client_demo.oauth.id_token import check_same_person
from client_demo.oauth.token_response import Tokens
from client_demo.outbound import Trace
from client_demo.provider import Provider
from client_demo.session import Session
from client_demo.sessions import Sessions
from valetkey.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """Trades refresh tokens, which rotate: two renewals at once would end both."""

    provider: Provider
    sessions: Sessions
    clock: Clock

    async def fresh(self, session: Session, trace: Trace) -> Session:
        """
        The session with an access token that lives for half a minute at least.

        Raises:
            SignedOut: it expired and cannot be renewed.

        """
        if not session.tokens.expire_soon(self.clock.now()):
            return session
        return await self.renew(session, trace)

    async def renew(self, session: Session, trace: Trace) -> Session:
        """
        The session with newer tokens than it has.

        Whoever waited for somebody else's renewal gets what that one got.

        Raises:
            SignedOut: there is no refresh token, or the provider refused it.
            ProviderUnavailable: no answer; the session stays.

        """
        async with self.sessions.renewing(session.key):
            current = await self.sessions.find_tokens(session.key)
            if current is None:
                raise SignedOut
            if current == session.tokens:
                current = await self._refresh(session, trace)
                if not await self.sessions.replace_tokens(session.key, current):
                    raise SignedOut
        return replace(session, tokens=current)

    async def _refresh(self, session: Session, trace: Trace) -> Tokens:
        old = session.tokens
        try:
            if old.refresh_token is None:
                raise TokenRefused("there is no refresh token")
            new = await self.provider.refresh(old, old.refresh_token, trace)
            if new.id_token is not None:
                claims = await self.provider.verify_id_token(new)
                check_same_person(claims, subject=session.person.subject)
        except (TokenRefused, AnswerRefused):
            await self.sessions.end(session.key)
            raise SignedOut(ended=True) from None
        # What the answer leaves out stays as it was (RFC 6749 section 6).
        return replace(
            new,
            refresh_token=new.refresh_token or old.refresh_token,
            id_token=new.id_token or old.id_token,
        )
