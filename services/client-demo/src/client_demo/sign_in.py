"""Signing in: begin at the provider, arrive with a code, finish with a session."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from client_demo.attempts import Arrived, Asked, Attempts
from client_demo.dpop import jkt, new_key
from client_demo.errors import NotOurCallback
from client_demo.oauth import checks
from client_demo.oauth.attempt import (
    Attempt,
    Wish,
    authorization_request,
    new_attempt,
    with_query,
)
from client_demo.oauth.callback import validate_callback
from client_demo.oauth.id_token import (
    check_auth_time,
    check_nonce,
    check_same_person,
)
from client_demo.oauth.token_response import Tokens
from client_demo.outbound import Trace
from client_demo.provider import Provider
from client_demo.session import Person
from client_demo.sessions import Sessions
from client_demo.wire import browser_message
from valetkey.clock import Clock
from valetkey.opaque import new_handle


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Where to send the browser, and the cookie value that it must bring back."""

    asked: Asked
    browser: str
    url: str


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

    async def begin(self, wish: Wish) -> Begun:
        """
        Draw an attempt and say where it begins (RFC 6749 section 4.1.1).

        Raises:
            TokenRefused: the provider does not take a pushed request.
            ProviderUnavailable: it cannot be reached.

        """
        attempt = new_attempt(
            issuer=self.provider.issuer,
            wish=wish,
            key=new_key() if wish.bound else None,
            now=self.clock.now(),
        )
        trace = Trace()
        with trace.told():
            url = await self._authorization_url(attempt, trace)
        trace.messages.append(
            browser_message("Authorization request", url, at=attempt.began)
        )
        asked = Asked(attempt=attempt, messages=tuple(trace.messages))
        browser = new_handle()
        await self.attempts.put(asked, browser)
        return Begun(asked=asked, browser=browser, url=url)

    async def _authorization_url(self, attempt: Attempt, trace: Trace) -> str:
        metadata = await self.provider.metadata()
        request = authorization_request(
            attempt,
            self.provider.registration,
            jkt=None if attempt.key is None else jkt(attempt.key),
        )
        if attempt.wish.pushed:
            request = await self.provider.push(request, trace, key=attempt.key)
        return with_query(metadata.endpoint("authorization_endpoint") or "", request)

    async def arrive(self, parameters: Mapping[str, str], browser: str) -> Arrived:
        """
        Accept the provider's answer (RFC 6749 section 4.1.2); its state is spent.

        Raises:
            NotOurCallback: this browser began no such attempt, or finished it.
            SignInRefused: the provider said no.

        """
        asked = await self.attempts.take(parameters.get("state", ""), browser)
        if asked is None:
            raise NotOurCallback("state is unknown in this browser, spent or expired")
        document = (await self.provider.metadata()).document
        promise = document.get("authorization_response_iss_parameter_supported")
        message = browser_message(
            "Callback",
            self.provider.registration.redirect_uri,
            query=parameters,
            at=int(self.clock.now().timestamp()),
        )
        trace = Trace([*asked.messages, message])
        with trace.told():
            callback = validate_callback(
                parameters,
                asked.attempt,
                issuer=self.provider.issuer,
                iss_required=promise is True,
            )
        return Arrived(
            attempt=asked.attempt, callback=callback, messages=tuple(trace.messages)
        )

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
        wish, trace = arrived.attempt.wish, Trace([*arrived.messages])
        with trace.told():
            tokens, claims = await self._tokens(arrived, trace)
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
        return Finished(handle=handle, return_to=wish.return_to)

    async def _tokens(
        self, arrived: Arrived, trace: Trace
    ) -> tuple[Tokens, dict[str, Any]]:
        attempt = arrived.attempt
        tokens = await self.provider.exchange(arrived.callback, attempt, trace)
        claims = await self.provider.verify_id_token(tokens)
        check_nonce(claims, nonce=attempt.nonce)
        check_same_person(claims, subject=attempt.wish.subject)
        max_age = attempt.wish.more.get("max_age")
        check_auth_time(claims, max_age=max_age, now=self.clock.now())
        return tokens, claims
