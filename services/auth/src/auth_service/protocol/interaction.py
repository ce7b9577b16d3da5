"""next_step: sign in, ask consent or proceed (OIDC Core 3.1.2.3, 3.1.2.4, 3.1.2.6)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from auth_service.protocol.acr import ACR_VALUES, PASSWORD, reached
from auth_service.protocol.authorization_request import AuthorizationRequest
from auth_service.protocol.claims_request import covered, permissions
from auth_service.protocol.client import Client
from auth_service.protocol.session import Session
from valetkey.errors import (
    ConsentRequired,
    InvalidRequest,
    LoginRequired,
    UnmetAuthenticationRequirements,
)


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
class SignUp:
    """The person has to register (OpenID Connect Prompt Create section 4.1)."""


@dataclass(frozen=True, slots=True)
class SelectAccount:
    """The person has to say whether to go on as who they are here."""


@dataclass(frozen=True, slots=True)
class AskConsent:
    """The person has to say yes or no."""


@dataclass(frozen=True, slots=True)
class Proceed:
    """Nothing is left to ask: a code may be issued for this session."""

    session: Session


Step = SignIn | SignUp | SelectAccount | AskConsent | Proceed


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
    sub: str | None,
    now: datetime,
    reachable: frozenset[str] = frozenset({PASSWORD}),
) -> Step:
    """
    Decide the one next step from what is known so far.

    Login comes before consent. A prompt that was answered is not asked again.
    Under prompt=none the matching error takes the page's place (OIDC Core section
    3.1.2.6).

    Args:
        granted: what this person has allowed this app before.
        sub: what this app calls them; it is compared only where the app named them.
        reachable: the levels that this person has the factors for.

    Raises:
        LoginRequired: prompt=none, and the person would have to sign in; or
            somebody else signed in than the app named.
        ConsentRequired: prompt=none, and the person would have to consent.
        UnmetAuthenticationRequirements: the essential acr cannot be had (OpenID
            Connect Core Unmet Authentication Requirements section 1).

    """
    request = waiting.request
    if request.essential_acr and not {*request.essential_acr} & {*ACR_VALUES}:
        raise UnmetAuthenticationRequirements("no such acr can be reached here")
    silent, fresh = "none" in request.prompts, "login" in waiting.answered
    if session is None or (
        not fresh and _must_sign_in(request, session, sub, now, reachable)
    ):
        if silent:
            raise LoginRequired("the person is not signed in")
        return SignUp() if "create" in request.prompts and not fresh else SignIn()
    _check_who_signed_in(request, session, sub)
    if "select_account" in request.prompts - waiting.answered and not fresh:
        return SelectAccount()
    needed = permissions(request.scopes, request.claims)
    if not needed <= covered(granted) or _must_ask(request, waiting.answered):
        if silent:
            raise ConsentRequired("the person has not granted these scopes")
        return AskConsent()
    return Proceed(session)


def _must_ask(request: AuthorizationRequest, answered: frozenset[str]) -> bool:
    """A yes to details is to these very details, so it is never remembered."""
    asks = "consent" in request.prompts or bool(request.authorization_details)
    return asks and "consent" not in answered


def _must_sign_in(
    request: AuthorizationRequest,
    session: Session,
    sub: str | None,
    now: datetime,
    reachable: frozenset[str],
) -> bool:
    """
    Whether this session will not do, though another sign-in might.

    Raises:
        UnmetAuthenticationRequirements: no sign-in of this person would.

    """
    if (
        bool({"login", "create"} & request.prompts)
        or _is_too_old(request, session, now)
        or is_another(request, sub)
    ):
        return True
    if _is_too_weak(request, session):
        chooses = "select_account" in request.prompts
        if not chooses and not {*request.essential_acr} & reachable:
            raise UnmetAuthenticationRequirements("the person has no such factor")
        return True
    return _could_be_stronger(request, session, reachable)


def _check_who_signed_in(
    request: AuthorizationRequest, session: Session, sub: str | None
) -> None:
    """OIDC Core sections 3.1.2.2 and 5.5.1: no answer about anybody else."""
    if is_another(request, sub):
        raise LoginRequired("another person is signed in than the one named")
    if _is_too_weak(request, session):
        raise UnmetAuthenticationRequirements("the essential acr was not reached")


def _is_too_old(request: AuthorizationRequest, session: Session, now: datetime) -> bool:
    """Whether max_age asks for a new sign-in (OIDC Core section 3.1.2.1)."""
    if request.max_age is None:
        return False
    return now - session.auth_time > timedelta(seconds=request.max_age)


def is_another(request: AuthorizationRequest, sub: str | None) -> bool:
    """Whether the app named somebody else, by id_token_hint or by the claim sub."""
    if request.hinted_subject not in {None, sub}:
        return True
    return request.subjects is not None and sub not in request.subjects


def _is_too_weak(request: AuthorizationRequest, session: Session) -> bool:
    """Whether no essential acr is reached by this session (OIDC Core 5.5.1.1)."""
    essential = {*request.essential_acr}
    return bool(essential) and not essential & {*reached(session.amr)}


def _could_be_stronger(
    request: AuthorizationRequest, session: Session, reachable: frozenset[str]
) -> bool:
    """Whether a stronger sign-in is wished for and can be had (RFC 9470 section 5)."""
    wished = {*request.acr_values} & {*ACR_VALUES}
    if "none" in request.prompts:
        return False  # a wish is no reason to refuse
    return bool(wished & reachable) and not wished & {*reached(session.amr)}
