"""What was refused to an app, as its developer may see it: never a secret or a code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from auth_service.protocol.client import Client
from valetkey.errors import (
    AuthorizationPending,
    OAuthError,
    PollSlower,
    TemporarilyUnavailable,
    UseDpopNonce,
)

#: Parameters whose values say what is wrong, and are nobody's secret.
_SHOWN = (
    "response_type",
    "response_mode",
    "redirect_uri",
    "scope",
    "resource",
    "audience",
    "prompt",
    "grant_type",
    "code_challenge_method",
    "token_endpoint_auth_method",
)
#: Of these it is said that they came, and nothing more.
_NAMED = (
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "code",
    "code_verifier",
    "code_challenge",
    "state",
    "nonce",
    "refresh_token",
    "device_code",
    "subject_token",
    "request",
    "request_uri",
    "id_token_hint",
    "login_hint",
    "max_age",
    "claims",
    "authorization_details",
    "dpop_jkt",
)
#: A value is shown up to here: what strangers send must not fill the store.
MAX_VALUE = 300
#: Part of how things go, or not the app's fault.
_USUAL = (AuthorizationPending, PollSlower, UseDpopNonce, TemporarilyUnavailable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """
    One request that was refused.

    Attributes:
        endpoint: its path.
        detail: what we noticed, which the answer did not say.
        came: parameters with their values, shortened.
        names: further parameters that came, whose values nobody needs to see.
        method: how the app tried to authenticate, where it had to.

    """

    at: datetime
    endpoint: str
    error: str
    description: str
    detail: str
    ip: str
    came: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    method: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """
    What came beside what is registered.

    Attributes:
        same: what both begin with, before `came` and `expected` go on.

    """

    name: str
    same: str
    came: str
    expected: str


def is_worth_noting(error: OAuthError) -> bool:
    """Whether a developer can do anything about it."""
    return not isinstance(error, _USUAL)


def describe_refusal(
    error: OAuthError,
    parameters: Mapping[str, str],
    *,
    endpoint: str,
    method: str | None,
    ip: str,
    now: datetime,
) -> Refusal:
    """A refusal without anything that is secret; names that nobody knows are left."""
    return Refusal(
        at=now,
        endpoint=endpoint,
        error=error.error,
        description=error.description[:MAX_VALUE],
        detail=error.detail[:MAX_VALUE],
        ip=ip,
        came={n: parameters[n][:MAX_VALUE] for n in _SHOWN if n in parameters},
        names=tuple(n for n in _NAMED if n in parameters),
        method=method,
    )


def differences(refusal: Refusal, app: Client) -> Sequence[Difference]:
    """Where what came is not what is registered now."""
    found = []
    came = refusal.came
    if (uri := came.get("redirect_uri")) and uri not in app.redirect_uris:
        nearest = max(
            app.redirect_uris, key=lambda each: len(_same(uri, each)), default=""
        )
        found.append(_difference("redirect_uri", uri, nearest))
    for name, registered in (
        ("scope", app.scopes),
        ("grant_type", app.grant_types),
        ("response_type", frozenset({"code"})),
        ("code_challenge_method", frozenset({"S256"})),
    ):
        unknown = [w for w in came.get(name, "").split() if w not in registered]
        if unknown:
            expected = " ".join(sorted(registered))
            found.append(Difference(name, "", " ".join(unknown), expected))
    if refusal.method and refusal.method != app.token_endpoint_auth_method:
        found.append(
            Difference(
                "token_endpoint_auth_method",
                "",
                refusal.method,
                app.token_endpoint_auth_method,
            )
        )
    authorizes = "response_type" in came
    if authorizes and app.require_pkce and "code_challenge" not in refusal.names:
        found.append(Difference("code_challenge", "", "", "S256"))
    return found


def _difference(name: str, came: str, expected: str) -> Difference:
    same = _same(came, expected)
    return Difference(name, same, came[len(same) :], expected[len(same) :])


def _same(one: str, other: str) -> str:
    """What both begin with."""
    pairs = zip(one, other, strict=False)
    length = next((i for i, (a, b) in enumerate(pairs) if a != b), None)
    return one[: min(len(one), len(other)) if length is None else length]
