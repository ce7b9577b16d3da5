"""Begin, resume: to the login page, the consent page or back to the client."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal
from uuid import uuid4

from auth_service.flows.read_request import ReadRequest
from auth_service.ports import (
    Attempts,
    Clients,
    Codes,
    Consents,
    Granted,
    PushedRequests,
    Signer,
    Subjects,
    WaitingRequests,
)
from auth_service.protocol.authorization_request import AuthorizationRequest
from auth_service.protocol.client import Client
from auth_service.protocol.code_grant import CodeGrant
from auth_service.protocol.fapi import CODE_LIFETIME, is_fapi
from auth_service.protocol.interaction import (
    AskConsent,
    FlowOver,
    Proceed,
    SelectAccount,
    SignIn,
    SignUp,
    Step,
    Waiting,
    next_step,
)
from auth_service.protocol.pushed_request import is_pushed, must_push
from auth_service.protocol.reply import Reply, ReplyAddress
from auth_service.protocol.session import Browser, Session
from auth_service.protocol.throttle import Throttle
from valetkey.clock import Clock
from valetkey.errors import InvalidRequest, InvalidRequestUri, OAuthError, SlowDown
from valetkey.opaque import new_handle

Page = Literal["login", "register", "select_account", "consent", "resume"]


@dataclass(frozen=True, slots=True)
class Visit:
    """To one of our pages, with a handle that is good for one step there."""

    page: Page
    handle: str


@dataclass(frozen=True, slots=True)
class Leave:
    """To a page that says where the app is, and lets the person decide."""

    reply: Reply
    client: Client


Outcome = Reply | Visit | Leave


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorize:
    """
    The authorization endpoint (RFC 6749 section 4.1.1, OIDC Core section 3.1.2).

    Attributes:
        must_push: whether every client has to push its requests (RFC 9126 section 5).

    """

    requests: ReadRequest
    clients: Clients
    pushed: PushedRequests
    waiting: WaitingRequests
    consents: Consents
    codes: Codes
    signer: Signer
    subjects: Subjects
    attempts: Attempts
    starts: Throttle
    clock: Clock
    must_push: bool

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
        if repeated & {"client_id", "redirect_uri", "request", "request_uri"}:
            raise InvalidRequest("a parameter that says who asks is repeated")
        client = await self._identify(parameters)
        if is_pushed(parameters.get("request_uri")):
            # Whatever else came along is ignored (RFC 9101 section 6.3).
            request = await self._find_pushed(parameters["request_uri"], client)
            return await self._start(request, browser)
        return await self._begin(parameters, client, browser, repeated)

    async def _begin(
        self,
        parameters: Mapping[str, str],
        client: Client,
        browser: Browser,
        repeated: frozenset[str],
    ) -> Outcome:
        """A request that came through the browser, in the open or signed."""
        opened, reply_to = await self._open(parameters, client)
        try:
            if isinstance(opened, OAuthError):
                raise opened
            if repeated:
                raise InvalidRequest("a parameter is repeated")
            if self.must_push or must_push(client):
                raise InvalidRequest("the app must push its requests")
            request = await self.requests.read(opened, client, reply_to)
        except OAuthError as error:  # failures are sent to the client
            return await self._refuse(error, client, reply_to, browser)
        return await self._start(request, browser)

    async def _open(
        self, parameters: Mapping[str, str], client: Client
    ) -> tuple[Mapping[str, str] | OAuthError, ReplyAddress]:
        """
        What is asked, or what is wrong with the request object; and where to reply.

        A request object that says nothing believable has no reply address: then that
        of the parameters beside it counts, which is the client's own as well.

        Raises:
            OAuthError: there is no reply address; show it, never redirect.

        """
        try:
            opened = await self.requests.open(parameters, client)
        except OAuthError as error:
            if "redirect_uri" not in parameters:
                raise
            return error, self.requests.match(parameters, client)
        return opened, self.requests.match(opened, client)

    async def _find_pushed(
        self, request_uri: str, client: Client
    ) -> AuthorizationRequest:
        """One that this client pushed, and that has not been answered."""
        request = await self.pushed.find(request_uri)
        if request is None or request.client_id != client.client_id:
            raise InvalidRequestUri("request_uri is unknown, used or expired")
        return request

    async def _start(self, request: AuthorizationRequest, browser: Browser) -> Outcome:
        waiting = Waiting(request=request, browser_key=browser.key)
        try:
            return await self._advance(waiting, browser, begins=True)
        except (FlowOver, SlowDown):
            raise
        except OAuthError as error:
            return await self.refuse(error, request, browser)

    async def resume(self, handle: str, browser: Browser) -> Outcome:
        """The person answered one of our pages."""
        waiting = await self.take(handle, browser)
        try:
            return await self._advance(waiting, browser)
        except FlowOver:
            raise
        except OAuthError as error:
            return await self.refuse(error, waiting.request, browser)

    async def refuse(
        self, error: OAuthError, request: AuthorizationRequest, browser: Browser
    ) -> Reply | Leave:
        """Tell the app that its request is refused (RFC 6749 section 4.1.2.1)."""
        if request.request_uri is not None:  # a pushed request is answered by that
            await self.pushed.claim(request.request_uri)
        client = await self.clients.find(request.client_id)
        if client is None:
            raise InvalidRequest("the app is not known here any more")
        return await self._refuse(error, client, request.reply_to, browser)

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
        try:
            step, _ = await self._next(waiting, browser)
        except OAuthError:  # also an answer, and resume gives it
            return True
        return not isinstance(step, SignIn | SignUp)

    async def _refuse(
        self,
        error: OAuthError,
        client: Client,
        reply_to: ReplyAddress,
        browser: Browser,
    ) -> Reply | Leave:
        """
        Back to the app; where nobody vouches for it, only if the person wants to.

        RFC 9700 section 4.11.2: else whoever registers an app has our address lead
        anybody to theirs. Having allowed the app something is trust enough.
        """
        back = self._signed(reply_to.refuses(error))
        if client.self_registered and not await self._has_allowed(client, browser):
            return Leave(back, client)
        return back

    def _signed(self, reply: Reply) -> Reply:
        """The answer as the app wants it: signed where it asked for that (JARM)."""
        if not reply.to.is_signed:
            return reply
        claims = reply.claims(self.clock.now())
        return reply.signed(self.signer.sign(claims, typ="JWT", alg=reply.to.alg))

    async def _has_allowed(self, client: Client, browser: Browser) -> bool:
        if browser.session is None:
            return False
        catalogue = await self.requests.resources.catalogue()
        everywhere = ["", *(resource.identifier for resource in catalogue.resources)]
        granted = await self.consents.granted(
            browser.session.subject, client.client_id, everywhere
        )
        return granted is not None and bool(granted.scopes)

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

    async def _identify(self, parameters: Mapping[str, str]) -> Client:
        client_id = parameters.get("client_id")
        if client_id is None:
            raise InvalidRequest("client_id is missing")
        client = await self.clients.find(client_id)
        if client is None:
            raise InvalidRequest("the app is not known here")
        return client

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
            case SignIn() | SignUp():
                if begins:
                    await self._count_start(browser)
                page: Page = "login" if step == SignIn() else "register"
                return await self._visit(page, waiting)
            case SelectAccount():
                return await self._visit("select_account", waiting)
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
        sub = await self._sub(request, signed_in)
        step = next_step(waiting, signed_in, scopes, sub=sub, now=self.clock.now())
        return step, granted

    async def _sub(
        self, request: AuthorizationRequest, session: Session | None
    ) -> str | None:
        """What the app calls this person; looked up only where it named somebody."""
        named = request.hinted_subject is not None or request.subjects is not None
        if session is None or not named:
            return None
        client = await self.clients.find(request.client_id)
        return self.subjects.of(session.subject, client) if client else None

    async def _visit(self, page: Page, waiting: Waiting) -> Visit:
        handle = new_handle()
        await self.waiting.put(handle, waiting)
        return Visit(page, handle)

    async def _issue_code(
        self, request: AuthorizationRequest, session: Session, granted: Granted | None
    ) -> Reply:
        client = await self.clients.find(request.client_id)
        if request.request_uri is not None and not await self.pushed.claim(
            request.request_uri
        ):
            raise FlowOver(client)  # answered in another tab
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
        longest = CODE_LIFETIME if client is not None and is_fapi(client) else None
        await self.codes.put(code, grant, longest=longest)
        return self._signed(request.reply_to.grants(code))
