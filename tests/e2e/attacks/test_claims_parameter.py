"""Attacks with the claims parameter (attacks, 1.1: AZ26, AZ46)."""

import json
from typing import Any
from urllib.parse import quote

import jwt
import pytest

from tests.builders.auth import token_parameters
from tests.e2e.answers import goes_to, has_code, sent_back
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody, register, with_consent
from tests.e2e.probe import Probe


def told(id_token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(id_token, options={"verify_signature": False})
    return claims


async def sub_of(auth: AuthorizationServer, somebody: Somebody) -> str:
    tokens = await auth.tokens(somebody.browser.copy())
    return str(told(tokens["id_token"])["sub"])


def sub_claim(place: str = "id_token", **how: object) -> str:
    return json.dumps({place: {"sub": how}})


@pytest.mark.parametrize(
    "claims",
    [
        "[]",
        "null",
        "x",
        "{",
        '{"id_token":[]}',
        '{"id_token":{"sub":{"value":1}}}',
        '{"id_token":{"sub":{"values":[["alice"]]}}}',
        '{"id_token":{"sub":{"value":"a"}},"id_token":{}}',
        '{"userinfo":{"email":"essential"}}',
        "[" * 2048,
        '{"a":' * 400,
        '{"a":NaN}',
        '{"\\ud800":null}',
    ],
    ids=lambda text: text[:30],
)
async def test_AZ26_claims_that_are_no_such_object_are_refused(
    probe: Probe, claims: str
) -> None:
    await probe.is_sent_back("invalid_request", claims=claims)


async def test_AZ26_claims_are_short(probe: Probe) -> None:
    await probe.is_sent_back("invalid_request", claims=f'{{"a":"{"x" * 2048}"}}')
    # Longer than any field that is read at all: nobody knows any more who asked.
    await probe.is_shown(claims="x" * 10_000)
    assert has_code(await probe.ask(claims=f'{{"a":"{"x" * 2000}"}}'))


async def test_AZ26_claims_that_nobody_knows_change_nothing(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    """OIDC Core section 5.5: what is not understood is ignored."""
    wanted = {
        "userinfo": {"admin": {"essential": True}, "password_hash": None, "é": {}},
        "id_token": {"iss": {"value": "https://evil.example"}, "aud": {"value": "x"}},
        "verified_claims": {"anything": [1]},
    }
    browser = somebody.browser.copy()
    plain, asked = [
        await auth.tokens(browser, claims=claims)
        for claims in (None, json.dumps(wanted))
    ]
    assert told(asked["id_token"]).keys() == told(plain["id_token"]).keys()
    assert told(asked["id_token"])["aud"] == "web-app"


async def test_AZ26_deep_nesting_is_no_way_to_break_the_server(probe: Probe) -> None:
    nested = '{"userinfo":{"x":{"value":' + "[" * 900 + "]" * 900 + "}}}"
    assert has_code(await probe.ask(claims=nested))
    broken = '{"userinfo":{"x":{"value":' + "[" * 1900
    await probe.is_sent_back("invalid_request", claims=broken)


async def test_AZ46_there_is_no_token_of_somebody_elses_name(
    auth: AuthorizationServer, somebody: Somebody, probe: Probe
) -> None:
    mine, other = await sub_of(auth, somebody), await register(auth)
    await auth.code(other.browser)
    theirs = await sub_of(auth, other)
    for claims in (
        sub_claim(value=theirs),
        sub_claim("userinfo", value=theirs),
        sub_claim(values=[theirs, "nobody"]),
        sub_claim(value=""),
        json.dumps(
            {"id_token": {"sub": {"value": mine}}, "userinfo": {"sub": {"value": "x"}}}
        ),
    ):
        await probe.is_sent_back("login_required", prompt="none", claims=claims)
        goes_to(await probe.ask(claims=claims), "/login")


async def test_AZ46_of_several_names_the_session_must_be_one(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    mine, browser = await sub_of(auth, somebody), somebody.browser.copy()
    claims = sub_claim(values=["nobody", mine], essential=True)
    tokens = await auth.tokens(browser, prompt="none", claims=claims)
    assert told(tokens["id_token"])["sub"] == mine


async def test_AZ46_whoever_signs_in_instead_gives_the_app_nothing(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    """And who was named may sign in, and is the one whom the app is told of."""
    mine, other = await sub_of(auth, somebody), await with_consent(auth)
    browser = other.browser.copy()
    page = await auth.authorize(browser, claims=sub_claim(value=mine))
    back = await other.sign_in(browser, page)
    sent_back(back.response, "login_required")

    page = await auth.authorize(browser, claims=sub_claim(value=mine))
    back = await somebody.sign_in(browser, page)
    answer = await auth.token(token_parameters(back.query["code"]))
    assert told(answer.json()["id_token"])["sub"] == mine


async def test_AZ46_a_hint_and_a_claim_cannot_mean_two_people(
    auth: AuthorizationServer, somebody: Somebody, probe: Probe
) -> None:
    tokens = await auth.tokens(somebody.browser.copy())
    await probe.is_sent_back(
        "login_required",
        prompt="none",
        id_token_hint=tokens["id_token"],
        claims=sub_claim(value="somebody else"),
    )


async def test_UI06_no_claim_is_told_that_nobody_allowed(
    auth: AuthorizationServer,
) -> None:
    """By name neither: without a page there is no code, and no way around the page."""
    mine = await with_consent(auth, scope="openid")
    claims = json.dumps({"id_token": {"email": None}, "userinfo": {"name": None}})
    silent = await auth.authorize(
        mine.browser, scope="openid", claims=claims, prompt="none"
    )
    sent_back(silent.response, "consent_required")
    page = await auth.authorize(mine.browser, scope="openid", claims=claims)
    assert page.url.startswith(f"{auth.issuer}/consent?")
    skipped = await mine.browser.get(
        f"{auth.issuer}/oauth/authorize/resume", handle=page.query["handle"]
    )
    assert skipped.url.startswith(f"{auth.issuer}/consent?")
    denied = await mine.browser.send(skipped, "/consent", action="deny")
    sent_back(denied.response, "access_denied")


async def test_UI06_a_name_that_looks_like_a_permission_is_no_scope(
    probe: Probe,
) -> None:
    """What is remembered for a claim cannot be asked for as a scope."""
    for scope in (
        "openid claim email",
        f"openid claim{quote(' ')}email",
        "claim\temail",
    ):
        await probe.is_sent_back("invalid_scope", scope=scope)
