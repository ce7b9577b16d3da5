"""The next step: sign in, consent, proceed, or an error that takes their place."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_service.protocol.acr import ACR_VALUES, PASSKEY, PASSWORD, SECOND_FACTOR
from auth_service.protocol.authorization_request import AuthorizationRequest
from auth_service.protocol.interaction import (
    AskConsent,
    Proceed,
    SelectAccount,
    SignIn,
    SignUp,
    Step,
    Waiting,
    next_step,
)
from auth_service.protocol.reply import ReplyAddress
from auth_service.protocol.session import ABSOLUTE, IDLE, IDLE_REMEMBERED, Session
from tests.builders.auth import CODE_CHALLENGE, ISSUER
from valetkey.errors import (
    ConsentRequired,
    LoginRequired,
    OAuthError,
    UnmetAuthenticationRequirements,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
REQUEST = AuthorizationRequest(
    client_id="web-app",
    reply_to=ReplyAddress(
        redirect_uri="https://app.example/cb",
        state=None,
        issuer=ISSUER,
        client_id="web-app",
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
#: What the app calls Alice.
HER = "alice to the app"
UNPROVEN = replace(ALICE, amr=())


def waiting(*answered: str, **changes: object) -> Waiting:
    return Waiting(
        request=replace(REQUEST, **changes),
        browser_key="b",
        answered=frozenset(answered),
    )


def step(
    wait: Waiting, session: Session | None = ALICE, granted: frozenset[str] = ALL
) -> Step:
    sub = f"{session.subject} to the app" if session else None
    return next_step(wait, session, granted, sub=sub, now=NOW)


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
        (waiting(hinted_subject=HER), ALICE, ALL, Proceed(ALICE)),
        (waiting(hinted_subject="alice"), ALICE, ALL, SignIn()),
        (waiting(hinted_subject="bob"), ALICE, ALL, SignIn()),
        (waiting(hinted_subject="bob"), None, ALL, SignIn()),
        (waiting(subjects=prompts(HER, "bob")), ALICE, ALL, Proceed(ALICE)),
        (waiting(subjects=prompts("bob")), ALICE, ALL, SignIn()),
        (waiting(subjects=frozenset()), ALICE, ALL, SignIn()),
        (waiting(prompts=prompts("select_account")), None, ALL, SignIn()),
        (waiting(prompts=prompts("select_account")), ALICE, ALL, SelectAccount()),
        (
            waiting("login", prompts=prompts("select_account")),
            ALICE,
            ALL,
            Proceed(ALICE),
        ),
        (
            waiting("select_account", prompts=prompts("select_account")),
            ALICE,
            frozenset(),
            AskConsent(),
        ),
        (
            waiting("select_account", prompts=prompts("select_account", "login")),
            ALICE,
            ALL,
            SignIn(),
        ),
        (waiting(prompts=prompts("create")), None, ALL, SignUp()),
        (waiting(prompts=prompts("create")), ALICE, ALL, SignUp()),
        (waiting("login", prompts=prompts("create")), ALICE, ALL, Proceed(ALICE)),
        (waiting("login", prompts=prompts("create")), None, ALL, SignIn()),
        (waiting(essential_acr=(PASSWORD, "other")), ALICE, ALL, Proceed(ALICE)),
        (waiting(essential_acr=(PASSWORD,)), UNPROVEN, ALL, SignIn()),
        (waiting(acr_values=("other",)), UNPROVEN, ALL, Proceed(UNPROVEN)),
        (waiting(claims={"userinfo": ["email"]}), ALICE, ALL, AskConsent()),
        (waiting(claims={"id_token": ["email"]}), ALICE, ALL, AskConsent()),
        (
            waiting(claims={"userinfo": ["email"]}),
            ALICE,
            ALL | {"claim email"},
            Proceed(ALICE),
        ),
        (
            waiting(claims={"userinfo": ["email"]}),
            ALICE,
            ALL | {"email"},
            Proceed(ALICE),
        ),
        (
            waiting(scopes=REQUEST.scopes | {"email"}, claims={"id_token": ["email"]}),
            ALICE,
            ALL | {"claim email"},
            AskConsent(),
        ),
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
        ({"subjects": prompts("bob")}, ALICE, ALL, LoginRequired),
        ({"essential_acr": (PASSWORD,)}, UNPROVEN, ALL, LoginRequired),
        ({"claims": {"userinfo": ["email"]}}, ALICE, ALL, ConsentRequired),
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


@pytest.mark.parametrize("changes", [{"hinted_subject": "bob"}, {"subjects": {"bob"}}])
def test_AZ46_whoever_signs_in_instead_is_not_told_to_the_app(
    changes: dict[str, object],
) -> None:
    """OIDC Core sections 3.1.2.2 and 5.5.1."""
    with pytest.raises(LoginRequired):
        step(waiting("login", **changes))


@pytest.mark.parametrize("session", [None, ALICE])
def test_an_acr_that_nobody_reaches_here_is_refused_before_anybody_is_asked(
    session: Session | None,
) -> None:
    """OpenID Connect Core Unmet Authentication Requirements 1.0 section 1."""
    with pytest.raises(UnmetAuthenticationRequirements):
        step(waiting(essential_acr=("other",)), session)


def test_an_acr_that_a_new_sign_in_did_not_reach_is_refused() -> None:
    with pytest.raises(UnmetAuthenticationRequirements):
        step(waiting("login", essential_acr=(PASSWORD,)), UNPROVEN)


BY_CODE = replace(ALICE, amr=("pwd", "otp", "mfa"))
BY_PASSKEY = replace(ALICE, amr=("hwk", "user", "mfa"))
EVERY_LEVEL = frozenset(ACR_VALUES)


def step_up(
    session: Session, *, reachable: frozenset[str], **changes: object
) -> object:
    return next_step(
        waiting(**changes), session, ALL, sub=HER, now=NOW, reachable=reachable
    )


@pytest.mark.parametrize("asked", ["essential_acr", "acr_values"])
@pytest.mark.parametrize(
    ("level", "session", "enough"),
    [
        (PASSWORD, ALICE, True),
        (PASSWORD, BY_PASSKEY, True),
        (SECOND_FACTOR, ALICE, False),
        (SECOND_FACTOR, BY_CODE, True),
        (SECOND_FACTOR, BY_PASSKEY, True),
        (PASSKEY, BY_CODE, False),
        (PASSKEY, BY_PASSKEY, True),
    ],
)
def test_whoever_can_do_more_is_asked_for_it(
    asked: str, level: str, session: Session, enough: bool
) -> None:
    """OIDC Core section 5.5.1.1, RFC 9470 section 5."""
    expected = Proceed(session) if enough else SignIn()
    assert step_up(session, reachable=EVERY_LEVEL, **{asked: (level,)}) == expected


def test_one_of_the_levels_is_enough() -> None:
    asked = {"acr_values": ("other", PASSKEY, SECOND_FACTOR)}
    assert step_up(BY_CODE, reachable=EVERY_LEVEL, **asked) == Proceed(BY_CODE)


def test_a_wish_that_cannot_be_had_is_left_and_a_need_refused() -> None:
    only = frozenset({PASSWORD})
    wish = step_up(ALICE, reachable=only, acr_values=(PASSKEY,))
    assert wish == Proceed(ALICE)
    with pytest.raises(UnmetAuthenticationRequirements):
        step_up(ALICE, reachable=only, essential_acr=(PASSKEY,))


def test_silently_a_wish_is_left_and_a_need_refused() -> None:
    silent = {"prompts": prompts("none"), "reachable": EVERY_LEVEL}
    wish = step_up(ALICE, acr_values=(PASSKEY,), **silent)
    assert wish == Proceed(ALICE)
    with pytest.raises(LoginRequired):
        step_up(ALICE, essential_acr=(PASSKEY,), **silent)


@pytest.mark.parametrize("prompt", ["login", "select_account"])
def test_somebody_else_may_have_what_this_person_has_not(prompt: str) -> None:
    only = frozenset({PASSWORD})
    asked = {"essential_acr": (PASSKEY,), "prompts": prompts(prompt)}
    assert step_up(ALICE, reachable=only, **asked) == SignIn()


_names = st.frozensets(
    st.sampled_from(["login", "consent", "select_account", "create"])
)


@given(
    prompt=_names | st.just(frozenset({"none"})),
    answered=_names,
    session=st.sampled_from([None, ALICE]),
    granted=st.frozensets(st.sampled_from(sorted(ALL))),
    max_age=st.sampled_from([None, 0, 60, 3600]),
    hinted=st.sampled_from([None, HER, "bob"]),
    subjects=st.sampled_from([None, prompts(HER), prompts("bob"), prompts()]),
    acr=st.sampled_from([(), (PASSWORD,), ("other",)]),
    claims=st.sampled_from([None, {"userinfo": ["email"]}]),
)
def test_nobody_proceeds_without_what_was_asked(
    prompt: frozenset[str],
    answered: frozenset[str],
    session: Session | None,
    granted: frozenset[str],
    max_age: int | None,
    hinted: str | None,
    subjects: frozenset[str] | None,
    acr: tuple[str, ...],
    claims: dict[str, list[str]] | None,
) -> None:
    wait = waiting(
        *answered,
        prompts=prompt,
        max_age=max_age,
        hinted_subject=hinted,
        subjects=subjects,
        essential_acr=acr,
        claims=claims,
    )
    try:
        found = step(wait, session, granted)
    except UnmetAuthenticationRequirements:
        assert acr == ("other",)
        return
    except LoginRequired:
        assert prompt == {"none"} or "login" in answered
        return
    except ConsentRequired:
        assert prompt == {"none"}
        return
    if prompt == {"none"}:
        assert isinstance(found, Proceed)
    if isinstance(found, Proceed):
        assert found.session is session is ALICE
        assert REQUEST.scopes <= granted
        by_signing_in = {"select_account", "create"} if "login" in answered else set()
        assert prompt - answered <= {"none"} | by_signing_in
        assert hinted in {None, HER}
        assert subjects in (None, {HER})
        assert acr in ((), (PASSWORD,))
        assert claims is None
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
