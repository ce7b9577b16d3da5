"""The next step: sign in, consent, proceed, or an error that takes their place."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_service.protocol.authorization_request import AuthorizationRequest
from auth_service.protocol.interaction import (
    AskConsent,
    Proceed,
    SignIn,
    Step,
    Waiting,
    next_step,
)
from auth_service.protocol.reply import ReplyAddress
from auth_service.protocol.session import ABSOLUTE, IDLE, IDLE_REMEMBERED, Session
from tests.builders.auth import CODE_CHALLENGE, ISSUER
from valetkey.errors import ConsentRequired, LoginRequired, OAuthError

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
REQUEST = AuthorizationRequest(
    client_id="web-app",
    reply_to=ReplyAddress(
        redirect_uri="https://app.example/cb", state=None, issuer=ISSUER
    ),
    scopes=frozenset({"openid", "notes:read"}),
    resources=("https://api.example",),
    code_challenge=CODE_CHALLENGE,
    nonce=None,
    prompts=frozenset(),
    max_age=None,
    login_hint=None,
)
ALICE = Session(
    key="k",
    sid="s",
    subject="alice",
    auth_time=NOW - timedelta(seconds=60),
    amr=("pwd",),
    remembered=False,
    device="Firefox on Linux",
    ip="192.0.2.1",
    last_seen_at=NOW,
)
ALL = frozenset({"openid", "notes:read", "notes:write"})


def waiting(*answered: str, **changes: object) -> Waiting:
    return Waiting(
        request=replace(REQUEST, **changes),  # type: ignore[arg-type]
        browser_key="b",
        answered=frozenset(answered),
    )


def step(
    wait: Waiting, session: Session | None = ALICE, granted: frozenset[str] = ALL
) -> Step:
    return next_step(wait, session, granted, now=NOW)


def prompts(*names: str) -> frozenset[str]:
    return frozenset(names)


@pytest.mark.parametrize(
    ("wait", "session", "granted", "expected"),
    [
        (waiting(), None, ALL, SignIn()),
        (waiting(), ALICE, ALL, Proceed(ALICE)),
        (waiting(), ALICE, frozenset(), AskConsent()),
        (waiting(), ALICE, frozenset({"openid"}), AskConsent()),
        (waiting(prompts=prompts("login")), ALICE, ALL, SignIn()),
        (waiting("login", prompts=prompts("login")), ALICE, ALL, Proceed(ALICE)),
        (waiting(prompts=prompts("consent")), ALICE, ALL, AskConsent()),
        (waiting("consent", prompts=prompts("consent")), ALICE, ALL, Proceed(ALICE)),
        (waiting("consent"), ALICE, frozenset(), AskConsent()),
        (waiting(prompts=prompts("login", "consent")), ALICE, ALL, SignIn()),
        (
            waiting("login", prompts=prompts("login", "consent")),
            ALICE,
            ALL,
            AskConsent(),
        ),
        (
            waiting("consent", prompts=prompts("login", "consent")),
            ALICE,
            ALL,
            SignIn(),
        ),
        (waiting("login"), None, ALL, SignIn()),
        (waiting(max_age=60), ALICE, ALL, Proceed(ALICE)),
        (waiting(max_age=59), ALICE, ALL, SignIn()),
        (waiting("login", max_age=0), ALICE, ALL, Proceed(ALICE)),
        (waiting(hinted_subject="alice"), ALICE, ALL, Proceed(ALICE)),
        (waiting(hinted_subject="bob"), ALICE, ALL, SignIn()),
        (waiting("login", hinted_subject="bob"), ALICE, ALL, SignIn()),
        (waiting(prompts=prompts("none")), ALICE, ALL, Proceed(ALICE)),
    ],
)
def test_the_next_step(
    wait: Waiting, session: Session | None, granted: frozenset[str], expected: Step
) -> None:
    assert step(wait, session, granted) == expected


@pytest.mark.parametrize(
    ("changes", "session", "granted", "error"),
    [
        ({}, None, ALL, LoginRequired),
        ({"max_age": 1}, ALICE, ALL, LoginRequired),
        ({"hinted_subject": "bob"}, ALICE, ALL, LoginRequired),
        ({"hinted_subject": "bob"}, ALICE, frozenset(), LoginRequired),
        ({}, ALICE, frozenset(), ConsentRequired),
    ],
)
def test_prompt_none_has_errors_for_pages(
    changes: dict[str, object],
    session: Session | None,
    granted: frozenset[str],
    error: type[OAuthError],
) -> None:
    with pytest.raises(error):
        step(waiting(prompts=prompts("none"), **changes), session, granted)


_names = st.frozensets(st.sampled_from(["login", "consent"]))


@given(
    prompt=_names | st.just(frozenset({"none"})),
    answered=_names,
    session=st.sampled_from([None, ALICE]),
    granted=st.frozensets(st.sampled_from(sorted(ALL))),
    max_age=st.sampled_from([None, 0, 60, 3600]),
    hinted=st.sampled_from([None, "alice", "bob"]),
)
def test_nobody_proceeds_without_what_was_asked(
    prompt: frozenset[str],
    answered: frozenset[str],
    session: Session | None,
    granted: frozenset[str],
    max_age: int | None,
    hinted: str | None,
) -> None:
    wait = waiting(*answered, prompts=prompt, max_age=max_age, hinted_subject=hinted)
    try:
        found = step(wait, session, granted)
    except OAuthError:
        assert prompt == {"none"}
        return
    if prompt == {"none"}:
        assert isinstance(found, Proceed)
    if isinstance(found, Proceed):
        assert found.session is session is ALICE
        assert REQUEST.scopes <= granted
        assert prompt - answered <= {"none"}
        assert hinted in {None, "alice"}
        assert max_age in {None, 60, 3600} or "login" in answered
    if isinstance(found, AskConsent):
        assert session is ALICE
        assert "login" not in prompt - answered


def test_a_session_ends_when_idle_and_in_any_case() -> None:
    early = replace(ALICE, auth_time=NOW, last_seen_at=NOW)
    late = replace(early, last_seen_at=NOW + ABSOLUTE - timedelta(minutes=1))

    assert early.ends_at == NOW + IDLE
    assert replace(early, remembered=True).ends_at == NOW + IDLE_REMEMBERED
    assert late.ends_at == NOW + ABSOLUTE
    assert replace(late, remembered=True).ends_at == NOW + ABSOLUTE
