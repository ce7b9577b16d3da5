"""Attacks on silent and repeated sign-in, and on hints (attacks, 1.1)."""

import base64
import json
from urllib.parse import urlencode

import jwt
import pytest

from tests.builders import tokens
from tests.builders.auth import ISSUER, authorize_parameters, token_parameters
from tests.e2e.answers import goes_to, has_code, sent_back, shown
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.keys import id_token_claims, signed
from tests.e2e.people import Somebody, register
from tests.e2e.probe import Probe
from tests.e2e.stores import Stores


def auth_time_of(id_token: str) -> int:
    claims = jwt.decode(id_token, options={"verify_signature": False})
    return int(claims["auth_time"])


# Silent and repeated sign-in.


async def test_AZ10_silent_without_a_session_is_login_required(
    auth: AuthorizationServer, probe: Probe
) -> None:
    for browser in (auth.browser(), probe.browser):
        query = urlencode(authorize_parameters(prompt="none"))
        answer = await browser.request("GET", f"{probe.url}?{query}")
        if browser is probe.browser:
            assert has_code(answer)
        else:
            sent_back(answer, "login_required")


async def test_AZ11_silent_without_consent_is_consent_required(probe: Probe) -> None:
    await probe.is_sent_back(
        "consent_required", prompt="none", scope="openid email notes:write"
    )
    answer = await probe.ask(
        client_id="other-app", redirect_uri="https://other.example/cb", prompt="none"
    )
    sent_back(answer, "consent_required", to="https://other.example/cb")


@pytest.mark.parametrize(
    "prompt",
    ["none login", "none consent", "login none", "none none login", "bogus", "LOGIN"],
)
async def test_AZ12_a_contradicting_prompt_is_refused(
    probe: Probe, prompt: str
) -> None:
    await probe.is_sent_back("invalid_request", prompt=prompt)


async def test_AZ13_prompt_login_wants_the_password_again(
    auth: AuthorizationServer, somebody: Somebody, stores: Stores
) -> None:
    """Resuming or re-opening does not stand in for it; auth_time moves by it."""
    mine = await register(auth)
    before = auth_time_of((await auth.tokens(mine.browser))["id_token"])
    # As if they had signed in an hour ago.
    for key in stores.keys("session"):
        session = json.loads(str(stores.redis.get(key)))
        if session["auth_time"] == pytest.approx(before, abs=1.0):
            session["auth_time"] -= 3600
            stores.redis.set(key, json.dumps(session), keepttl=True)

    page = await auth.authorize(mine.browser, prompt="login")
    assert page.url.startswith(f"{ISSUER}/login?handle=")
    handle = page.query["handle"]
    resumed = await mine.browser.get(f"{ISSUER}/oauth/authorize/resume", handle=handle)
    assert resumed.url.startswith(f"{ISSUER}/login?handle=")
    consent = await mine.browser.get(
        f"{ISSUER}/consent", handle=resumed.query["handle"]
    )
    assert consent.response.status_code == 200
    skipped = await mine.browser.send(consent, "/consent", action="allow")
    assert skipped.url.startswith(f"{ISSUER}/login?handle=")
    back = await mine.sign_in(mine.browser, skipped)

    answer = await auth.token(token_parameters(back.query["code"]))
    assert auth_time_of(answer.json()["id_token"]) >= before


async def test_AZ13_cancelling_prompt_login_is_access_denied(
    auth: AuthorizationServer, probe: Probe
) -> None:
    """And the session that was there goes on as it was."""
    page = await auth.authorize(probe.browser, prompt="login")

    back = await probe.browser.send(page, "/login", action="cancel")

    sent_back(back.response, "access_denied")
    again = await probe.browser.get(page.url)
    shown(again.response)
    await probe.is_well()


@pytest.mark.parametrize(
    "max_age",
    ["-1", "1e9999", "١٢", "1_000", "+5", " 60", "60 ", "9007199254740993", "0x10"],
)
async def test_AZ14_max_age_is_a_number_in_ascii_digits(
    probe: Probe, max_age: str
) -> None:
    await probe.is_sent_back("invalid_request", max_age=max_age)


async def test_AZ14_an_empty_max_age_is_absent_and_0_is_now(probe: Probe) -> None:
    assert has_code(await probe.ask(max_age=""))
    assert has_code(await probe.ask(max_age="3600"))
    goes_to(await probe.ask(max_age="0"), "/login")
    sent_back(await probe.ask(max_age="0", prompt="none"), "login_required")


def _unsigned(**claims: object) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, id_token_claims(**claims))
    texts = (base64.urlsafe_b64encode(json.dumps(p).encode()).decode() for p in parts)
    return ".".join(text.rstrip("=") for text in texts) + "."


# Hints.


async def test_AZ27_a_hint_that_is_no_id_token_of_ours_is_refused(
    auth: AuthorizationServer, somebody: Somebody, probe: Probe, stores: Stores
) -> None:
    mine = await auth.tokens(somebody.browser.copy())
    claims = jwt.decode(mine["id_token"], options={"verify_signature": False})
    foreign = tokens.token(claims, tokens.header(typ="JWT"))
    code = await auth.code(
        somebody.browser.copy(),
        client_id="other-app",
        redirect_uri="https://other.example/cb",
    )
    answer = await auth.token(
        token_parameters(code, redirect_uri="https://other.example/cb"),
        client_id="other-app",
    )
    for hint in (
        "x",
        "a.b.c",
        _unsigned(sub=claims["sub"]),
        foreign,
        answer.json()["id_token"],
        mine["access_token"],
        mine["id_token"][:-4] + "AAAA",
        signed(auth, stores, b"null"),
        signed(auth, stores, {**claims, "iss": "https://other.example"}),
        signed(auth, stores, {**claims, "aud": ["web-app", None]}),
        signed(auth, stores, {**claims, "aud": ["web-app", "other-app"]}),
        signed(auth, stores, {**claims, "aud": "other-app"}),
        signed(auth, stores, {**claims, "sub": ""}),
        signed(auth, stores, {k: v for k, v in claims.items() if k != "sub"}),
    ):
        await probe.is_sent_back("invalid_request", id_token_hint=hint)
    assert has_code(await probe.ask(id_token_hint=mine["id_token"]))


async def test_AZ28_a_hint_of_somebody_else_gives_no_code(
    auth: AuthorizationServer, probe: Probe
) -> None:
    bob = await auth.tokens(name="bob")

    await probe.is_sent_back(
        "login_required", prompt="none", id_token_hint=bob["id_token"]
    )
    goes_to(await probe.ask(id_token_hint=bob["id_token"]), "/login")


async def test_AZ29_login_hint_is_text_in_a_field(auth: AuthorizationServer) -> None:
    for hint in ('"><script>alert(1)</script>', "a\r\nX-Injected: 1", "é" * 254):
        page = await auth.authorize(auth.browser(), login_hint=hint)
        assert page.response.status_code == 200
        assert "<script>" not in page.response.text
        assert "x-injected" not in page.response.headers
        shown(page.response, 200)


async def test_AZ29_a_long_login_hint_is_refused(probe: Probe) -> None:
    await probe.is_sent_back("invalid_request", login_hint="h" * 255)
    await probe.is_shown(login_hint="h" * 10_240)


async def test_AZ30_preferences_that_nobody_reads_change_nothing(probe: Probe) -> None:
    for n in range(20):
        answer = await probe.ask(
            ui_locales=f"x{n}", acr_values=f"y{n}", claims_locales="é"
        )
        assert has_code(answer)
