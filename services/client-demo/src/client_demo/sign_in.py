"""Signing in: begin at the provider, arrive with a code, finish with a session."""

from collections.abc import Mapping
from dataclasses import dataclass

from client_demo.attempts import Arrived, Attempts
from client_demo.errors import NotOurCallback
from client_demo.oauth import checks
from client_demo.oauth.attempt import (
    Attempt,
    authorization_request,
    new_attempt,
    with_query,
)
from client_demo.oauth.callback import validate_callback
from client_demo.oauth.id_token import check_nonce
from client_demo.outbound import Trace
from client_demo.provider import Provider
from client_demo.session import Person
from client_demo.sessions import Sessions
from client_demo.wire import Message, browser_message
from valetkey.clock import Clock
from valetkey.opaque import new_handle


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Where to send the browser, and the cookie value that it must bring back."""

    attempt: Attempt
    browser: str
    url: str
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The handle of a new session, and the page to show."""

    handle: str
    return_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The three steps of the authorization code flow, from the client's side."""

    provider: Provider
    attempts: Attempts
    sessions: Sessions
    clock: Clock

    async def begin(self, *, return_to: str, step_by_step: bool) -> Begun:
        """Draw an attempt and say where it begins (RFC 6749 section 4.1.1)."""
        attempt = new_attempt(
            issuer=self.provider.issuer,
            return_to=return_to,
            step_by_step=step_by_step,
            now=self.clock.now(),
        )
        url = await self._authorization_url(attempt)
        browser = new_handle()
        await self.attempts.put(attempt, browser)
        return Begun(
            attempt=attempt, browser=browser, url=url, message=_asked(attempt, url)
        )

    async def _authorization_url(self, attempt: Attempt) -> str:
        endpoint = (await self.provider.metadata()).endpoint("authorization_endpoint")
        request = authorization_request(attempt, self.provider.registration)
        return with_query(endpoint or "", request)

    async def arrive(self, parameters: Mapping[str, str], browser: str) -> Arrived:
        """
        Accept the provider's answer (RFC 6749 section 4.1.2); its state is spent.

        Raises:
            NotOurCallback: this browser began no such attempt, or finished it.
            SignInRefused: the provider said no.

        """
        attempt = await self.attempts.take(parameters.get("state", ""), browser)
        if attempt is None:
            raise NotOurCallback("state is unknown in this browser, spent or expired")
        document = (await self.provider.metadata()).document
        callback = validate_callback(
            parameters,
            attempt,
            issuer=self.provider.issuer,
            iss_required=document.get("authorization_response_iss_parameter_supported")
            is True,
        )
        message = browser_message(
            "Callback",
            self.provider.registration.redirect_uri,
            query=parameters,
            at=int(self.clock.now().timestamp()),
        )
        return Arrived(attempt=attempt, callback=callback, message=message)

    async def pause(self, arrived: Arrived, browser: str) -> None:
        """Keep an answer until its person has read it."""
        await self.attempts.put_arrived(arrived, browser)

    async def resume(self, state: str, browser: str) -> Arrived:
        """
        The answer that was kept, once.

        Raises:
            NotOurCallback: there is none for this browser.

        """
        arrived = await self.attempts.take_arrived(state, browser)
        if arrived is None:
            raise NotOurCallback("there is no answer to continue with")
        return arrived

    async def finish(self, arrived: Arrived) -> Finished:
        """
        Exchange the code, believe the ID token, open a session with a new handle.

        Raises:
            TokenRefused: the provider did not take the code.
            AnswerRefused: something in its answer fails a check.

        """
        attempt = arrived.attempt
        url = await self._authorization_url(attempt)
        trace = Trace([_asked(attempt, url), arrived.message])
        tokens = await self.provider.exchange(arrived.callback, attempt, trace)
        claims = await self.provider.verify_id_token(tokens)
        check_nonce(claims, nonce=attempt.nonce)
        userinfo = await self.provider.userinfo(tokens, claims["sub"], trace)
        person = Person(
            claims=claims,
            userinfo=userinfo,
            checks=arrived.checks
            + checks.at_token(claims, userinfo=userinfo is not None),
            signed_in_at=int(self.clock.now().timestamp()),
            csrf_token=new_handle(),
        )
        handle = await self.sessions.begin(person, tokens, trace.messages)
        return Finished(handle=handle, return_to=attempt.return_to)


def _asked(attempt: Attempt, url: str) -> Message:
    return browser_message("Authorization request", url, at=attempt.began)
