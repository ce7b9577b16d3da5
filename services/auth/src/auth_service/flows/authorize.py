"""Begin, resume: to the login page, the consent page or back to the client."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal
from uuid import uuid4

from auth_service.ports import (
    Attempts,
    Clients,
    Codes,
    Consents,
    Granted,
    Resources,
    Verifier,
    WaitingRequests,
)
from auth_service.protocol.authorization_request import (
    AuthorizationRequest,
    read_authorization_request,
)
from auth_service.protocol.client import Client
from auth_service.protocol.code_grant import CodeGrant
from auth_service.protocol.interaction import (
    AskConsent,
    FlowOver,
    Proceed,
    SignIn,
    Step,
    Waiting,
    next_step,
)
from auth_service.protocol.reply import ReplyAddress, match_reply_address
from auth_service.protocol.session import Browser, Session
from auth_service.protocol.throttle import Throttle
from valetkey.clock import Clock
from valetkey.errors import InvalidRequest, InvalidToken, OAuthError, SlowDown
from valetkey.opaque import new_handle


@dataclass(frozen=True, slots=True)
class Redirect:
    """Back to the app."""

    url: str


@dataclass(frozen=True, slots=True)
class Visit:
    """To one of our pages, with a handle that is good for one step there."""

    page: Literal["login", "consent", "resume"]
    handle: str


Outcome = Redirect | Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorize:
    """The authorization endpoint (RFC 6749 section 4.1.1, OIDC Core section 3.1.2)."""

    issuer: str
    clients: Clients
    resources: Resources
    waiting: WaitingRequests
    consents: Consents
    codes: Codes
    verifier: Verifier
    attempts: Attempts
    starts: Throttle
    clock: Clock

    async def begin(
        self,
        parameters: Mapping[str, str],
        browser: Browser,
        *,
        repeated: frozenset[str] = frozenset(),
    ) -> Outcome:
        """
        A client sent the browser here.

        Who it is and where to reply come first: without them nobody is redirected
        (RFC 6749 section 3.1.2.4).

        Args:
            repeated: names that came more than once and so are not in `parameters`.

        """
        if repeated & {"client_id", "redirect_uri"}:
            raise InvalidRequest("client_id or redirect_uri is repeated")
        client, reply_to = await self._identify(parameters)  # failures are shown
        try:
            if repeated:
                raise InvalidRequest("a parameter is repeated")
            request = await self._read(parameters, client, reply_to)
            waiting = Waiting(request=request, browser_key=browser.key)
            return await self._advance(waiting, browser, begins=True)
        except SlowDown:
            raise
        except OAuthError as error:  # failures are sent to the client
            return Redirect(reply_to.refuses(error))

    async def resume(self, handle: str, browser: Browser) -> Outcome:
        """The person answered one of our pages."""
        waiting = await self.take(handle, browser)
        try:
            return await self._advance(waiting, browser)
        except OAuthError as error:
            return Redirect(waiting.request.reply_to.refuses(error))

    async def find(self, handle: str, browser: Browser) -> Waiting:
        """A request that waits in this browser, to show its page."""
        waiting = await self.waiting.find(handle)
        return await self._of_this_browser(waiting, handle, browser)

    async def take(self, handle: str, browser: Browser) -> Waiting:
        """A request that waits in this browser, to go a step forward."""
        # Found before it is taken: a stranger's try must not use the handle up.
        await self.find(handle, browser)
        waiting = await self.waiting.take(handle)
        return await self._of_this_browser(waiting, handle, browser)

    async def step(self, waiting: Waiting, *answered: str) -> Visit:
        """Send the person on to resume, with a new handle."""
        handle = new_handle()
        grown = waiting.answered.union(answered)
        await self.waiting.put(handle, replace(waiting, answered=grown))
        return Visit("resume", handle)

    async def ask_again(self, waiting: Waiting) -> Visit:
        """Send the person to the login page, whoever is signed in."""
        request = waiting.request
        anew = replace(
            waiting,
            request=replace(request, prompts=request.prompts | {"login"}),
            answered=waiting.answered - {"login"},
        )
        return await self._visit("login", anew)

    async def is_ready(self, waiting: Waiting, browser: Browser) -> bool:
        """Whether the person has signed in meanwhile, in another tab perhaps."""
        step, _ = await self._next(waiting, browser)
        return step != SignIn()

    async def _of_this_browser(
        self, waiting: Waiting | None, handle: str, browser: Browser
    ) -> Waiting:
        if waiting is None:
            client_id = await self.waiting.find_way_back(handle)
            client = await self.clients.find(client_id) if client_id else None
            raise FlowOver(client)
        if waiting.browser_key != browser.key:
            raise InvalidRequest(
                "this sign-in was begun in another browser",
                detail="a handle was opened in another browser",
            )
        return waiting

    async def _identify(
        self, parameters: Mapping[str, str]
    ) -> tuple[Client, ReplyAddress]:
        client_id = parameters.get("client_id")
        if client_id is None:
            raise InvalidRequest("client_id is missing")
        client = await self.clients.find(client_id)
        if client is None:
            raise InvalidRequest("the app is not known here")
        return client, match_reply_address(parameters, client, issuer=self.issuer)

    async def _read(
        self, parameters: Mapping[str, str], client: Client, reply_to: ReplyAddress
    ) -> AuthorizationRequest:
        catalogue = await self.resources.catalogue()
        request = read_authorization_request(parameters, client, catalogue, reply_to)
        hint = parameters.get("id_token_hint")
        if hint is None:
            return request
        try:
            claims = self.verifier.read_id_token_hint(hint)
        except InvalidToken as error:
            raise InvalidRequest(
                "id_token_hint is not an ID token of this server", detail=error.detail
            ) from None
        if claims["aud"] not in (client.client_id, [client.client_id]):
            raise InvalidRequest("id_token_hint was issued to another app")
        return replace(request, hinted_subject=claims["sub"])

    async def _count_start(self, browser: Browser) -> None:
        """Half-open sign-ins take room: each address may begin so many."""
        wait = await self.attempts.reserve(f"start:{browser.ip}", self.starts)
        if wait:
            raise SlowDown(retry_after=wait, detail="too many sign-ins begun")

    async def _advance(
        self, waiting: Waiting, browser: Browser, *, begins: bool = False
    ) -> Outcome:
        """The single place where the next step is taken."""
        step, granted = await self._next(waiting, browser)
        match step:
            case SignIn():
                if begins:
                    await self._count_start(browser)
                return await self._visit("login", waiting)
            case AskConsent():
                return await self._visit("consent", waiting)
            case Proceed(session):
                return await self._issue_code(waiting.request, session, granted)

    async def _next(
        self, waiting: Waiting, browser: Browser
    ) -> tuple[Step, Granted | None]:
        """The next step; whoever was disabled meanwhile is not signed in any more."""
        request, session, granted = waiting.request, browser.session, None
        if session is not None:
            granted = await self.consents.granted(
                session.subject, request.client_id, request.resources
            )
        scopes = granted.scopes if granted else frozenset[str]()
        signed_in = session if granted else None
        step = next_step(waiting, signed_in, scopes, now=self.clock.now())
        return step, granted

    async def _visit(
        self, page: Literal["login", "consent"], waiting: Waiting
    ) -> Visit:
        handle = new_handle()
        await self.waiting.put(handle, waiting)
        return Visit(page, handle)

    async def _issue_code(
        self, request: AuthorizationRequest, session: Session, granted: Granted | None
    ) -> Redirect:
        code = new_handle()
        grant = CodeGrant(
            grant_id=uuid4().hex,
            client_id=request.client_id,
            redirect_uri=request.reply_to.redirect_uri,
            code_challenge=request.code_challenge,
            nonce=request.nonce,
            scopes=request.scopes,
            resources=request.resources,
            subject=session.subject,
            sid=session.sid,
            auth_time=session.auth_time,
            amr=session.amr,
            authorized_at=granted.at if granted else self.clock.now(),
            claims=request.claims,
            authorization_details=request.authorization_details,
            dpop_jkt=request.dpop_jkt,
        )
        await self.codes.put(code, grant)
        return Redirect(request.reply_to.grants(code))
