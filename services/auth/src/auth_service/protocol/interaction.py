"""next_step: sign in, ask consent or proceed (OIDC Core sections 3.1.2.3 to 6)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from auth_service.protocol.authorization_request import AuthorizationRequest
from auth_service.protocol.client import Client
from auth_service.protocol.session import Session
from valetkey.errors import ConsentRequired, InvalidRequest, LoginRequired


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """
    A request whose person is at one of our pages.

    Attributes:
        browser_key: fingerprint of the cookie that only this browser has.
        answered: which prompts the person has answered in this flow, so that
            prompt=login asks once and not for ever.

    """

    request: AuthorizationRequest
    browser_key: str
    answered: frozenset[str] = field(default=frozenset())


@dataclass(frozen=True, slots=True)
class SignIn:
    """The person has to sign in."""


@dataclass(frozen=True, slots=True)
class AskConsent:
    """The person has to say yes or no."""


@dataclass(frozen=True, slots=True)
class Proceed:
    """Nothing is left to ask: a code may be issued for this session."""

    session: Session


Step = SignIn | AskConsent | Proceed


class FlowOver(InvalidRequest):
    """
    The step was taken already, or waited for too long.

    Attributes:
        client: the app that the person came from, so that a link can lead back;
            None where that is not known any more.

    """

    def __init__(self, client: Client | None) -> None:
        super().__init__("this sign-in is over")
        self.client = client


def next_step(
    waiting: Waiting,
    session: Session | None,
    granted: frozenset[str],
    *,
    now: datetime,
) -> Step:
    """
    Decide the one next step from what is known so far.

    Login comes before consent. A prompt that was answered is not asked again.
    Under prompt=none the matching error takes the page's place (OIDC Core section
    3.1.2.6).

    Args:
        granted: the scopes that this person has allowed this app before.

    Raises:
        LoginRequired: prompt=none, and the person would have to sign in.
        ConsentRequired: prompt=none, and the person would have to consent.

    """
    request = waiting.request
    silent = "none" in request.prompts
    pending = request.prompts - waiting.answered
    if (
        session is None
        or "login" in pending
        or _is_too_old(waiting, session, now)
        or request.hinted_subject not in {None, session.subject}
    ):
        if silent:
            raise LoginRequired("the person is not signed in")
        return SignIn()
    if not request.scopes <= granted or "consent" in pending:
        if silent:
            raise ConsentRequired("the person has not granted these scopes")
        return AskConsent()
    return Proceed(session)


def _is_too_old(waiting: Waiting, session: Session, now: datetime) -> bool:
    """Whether max_age asks for a new sign-in (OIDC Core section 3.1.2.1)."""
    max_age = waiting.request.max_age
    if max_age is None or "login" in waiting.answered:
        return False
    return now - session.auth_time > timedelta(seconds=max_age)
