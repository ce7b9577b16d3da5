"""Begin, resume: to the login page, the consent page or back to the client."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from auth_service.flows.read_request import ReadRequest
from auth_service.flows.respond import Leave, Respond
from auth_service.flows.testing import InTesting
from auth_service.flows.visits import Page, Visit, Visits
from auth_service.ports import (
    Attempts,
    Clients,
    Consents,
    Granted,
    PushedRequests,
    SecondFactors,
    Subjects,
    Users,
)
from auth_service.protocol.authorization_request import AuthorizationRequest
from auth_service.protocol.client import Client
from auth_service.protocol.interaction import (
    AskConsent,
    FlowOver,
    Proceed,
    SelectAccount,
    SignIn,
    SignUp,
    Step,
    Waiting,
    is_another,
    next_step,
)
from auth_service.protocol.pushed_request import (
    WRONG_REFERENCES,
    is_pushed,
    must_push,
)
from auth_service.protocol.reply import Reply, ReplyAddress
from auth_service.protocol.session import Browser, Session
from auth_service.protocol.throttle import Throttle
from valetkey.clock import Clock
from valetkey.errors import InvalidRequest, InvalidRequestUri, OAuthError, SlowDown

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
    visits: Visits
    respond: Respond
    consents: Consents
    subjects: Subjects
    users: Users
    factors: SecondFactors
    in_testing: InTesting
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
            request = await self._find_pushed(
                parameters["request_uri"], client, browser
            )
            return await self.start(request, browser)
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
            return await self.respond.turn_away(error, client, reply_to, browser)
        return await self.start(request, browser)

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
        self, request_uri: str, client: Client, browser: Browser
    ) -> AuthorizationRequest:
        """One that this client pushed, and that has not been answered."""
        request = await self.pushed.find(request_uri)
        if request is None or request.client_id != client.client_id:
            wait = await self.attempts.reserve(
                f"request-uri:{browser.ip}", WRONG_REFERENCES
            )
            if wait:
                raise SlowDown(retry_after=wait, detail="too many wrong request_uris")
            raise InvalidRequestUri("request_uri is unknown, used or expired")
        return request

    async def start(self, request: AuthorizationRequest, browser: Browser) -> Outcome:
        """A request that was found to be right takes its first step."""
        waiting = Waiting(request=request, browser_key=browser.key)
        try:
            return await self._advance(waiting, browser, begins=True)
        except (FlowOver, SlowDown):
            raise
        except OAuthError as error:
            return await self.respond.refuse(error, request, browser)

    async def resume(self, handle: str, browser: Browser) -> Outcome:
        """The person answered one of our pages."""
        waiting = await self.visits.take(handle, browser)
        try:
            return await self._advance(waiting, browser)
        except FlowOver:
            raise
        except OAuthError as error:
            return await self.respond.refuse(error, waiting.request, browser)

    async def is_ready(self, waiting: Waiting, browser: Browser) -> bool:
        """Whether the person has signed in meanwhile, in another tab perhaps."""
        try:
            step, _ = await self._next(waiting, browser)
        except OAuthError:  # also an answer, and resume gives it
            return True
        return not isinstance(step, SignIn | SignUp)

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
        before = browser.session
        browser = browser.used_by(await self._pick(waiting, browser))
        step, granted = await self._next(waiting, browser)
        if isinstance(step, Proceed):
            return await self.respond.grant(waiting.request, step.session, granted)
        if isinstance(step, SignIn | SignUp) and begins:
            await self._count_start(browser)
        visit = await self.visits.to(_page(step, waiting, browser), waiting)
        return (
            replace(visit, session=browser.session)
            if (browser.session != before)
            else visit
        )

    async def _pick(self, waiting: Waiting, browser: Browser) -> Session | None:
        """Whom of several the app means; once the person said who, it is them."""
        request = waiting.request
        if not browser.others or {"login", "select_account"} & waiting.answered:
            return browser.session
        meant: set[str] = set()
        if request.hinted_subject is not None or request.subjects is not None:
            client = await self.clients.find(request.client_id)
            meant = {
                each.subject
                for each in browser.sessions
                if client is not None
                and not is_another(request, self.subjects.of(each.subject, client))
            }
        elif request.login_hint is not None:
            found = await self.users.find_by_identifier(request.login_hint)
            meant = {found[0].subject} if found else set()
        named = (each for each in browser.sessions if each.subject in meant)
        return next(named, browser.session)

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
        step = next_step(
            waiting,
            signed_in,
            scopes,
            sub=sub,
            now=self.clock.now(),
            reachable=await self._reachable(request, signed_in),
        )
        if signed_in is not None and isinstance(step, AskConsent | Proceed):
            await self.in_testing.check(request.client_id, signed_in.subject)
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

    async def _reachable(
        self, request: AuthorizationRequest, session: Session | None
    ) -> frozenset[str]:
        """How well this person could prove who they are; looked up where it counts."""
        if session is None or not (request.essential_acr or request.acr_values):
            return frozenset()
        return (await self.factors.of(session.subject)).acr_values


def _page(step: Step, waiting: Waiting, browser: Browser) -> Page:
    """Where a step is taken."""
    match step:
        case SignUp():
            return "register"
        case SelectAccount():
            return "select_account"
        case AskConsent():
            return "consent"
    # Others are signed in, though nobody uses the browser: one of them may.
    chooses = browser.session is None and bool(browser.others)
    asked = waiting.request.prompts | waiting.answered
    return "select_account" if chooses and "login" not in asked else "login"
