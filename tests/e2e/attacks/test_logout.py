"""Attacks on logout (attacks, 1.16)."""

import json
import time
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import jwt
import pytest

from tests.builders import tokens
from tests.builders.auth import ISSUER, token_parameters
from tests.e2e.answers import has_headers, sent_back, shown
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser, Page
from tests.e2e.keys import id_token_claims, signed
from tests.e2e.people import Somebody, register, with_consent
from tests.e2e.stores import Stores

LOGOUT = f"{ISSUER}/oauth/logout"
BYE = "https://app.example/bye"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


async def is_alive(auth: AuthorizationServer, browser: Browser) -> bool:
    """Whether somebody is signed in, who has allowed web-app what it asks."""
    return "code" in (await auth.authorize(browser.copy(), prompt="none")).query


async def is_asked(auth: AuthorizationServer, page: Page, browser: Browser) -> None:
    """A question to the person, and nothing has happened."""
    shown(page.response, 200)
    assert page.form("/oauth/logout/confirm")
    assert await is_alive(auth, browser)


async def test_LO01_a_link_signs_nobody_out(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    """By GET, by POST, with the app's name, with its address: a question."""
    browser = somebody.browser.copy()
    parameters = {
        "client_id": "web-app",
        "post_logout_redirect_uri": BYE,
        "state": "x",
    }
    for given in ({}, {"client_id": "web-app"}, parameters):
        await is_asked(auth, await browser.get(LOGOUT, **given), browser)
        answer = await browser.request(
            "POST",
            LOGOUT,
            data=given,
            headers={"origin": "https://evil.example"} | FORM,
        )
        await is_asked(auth, Page(LOGOUT, answer), browser)


async def test_LO01_the_answer_to_the_question_is_our_own_forms(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    browser = somebody.browser.copy()
    page = await browser.get(LOGOUT)
    fields = page.form("/oauth/logout/confirm").fields | {"action": "sign_out"}
    for form, headers in (
        ({"action": "sign_out"}, {}),
        (fields | {"csrf_token": "x"}, {}),
        (fields, {"sec-fetch-site": "cross-site"}),
        (fields, {"origin": "https://evil.example"}),
    ):
        answer = await browser.request(
            "POST", f"{LOGOUT}/confirm", data=form, headers=headers
        )
        shown(answer, 403)
        assert await is_alive(auth, browser)
    asked = await browser.request("GET", f"{LOGOUT}/confirm")
    shown(asked, 405)
    stay = await browser.send(page, "/oauth/logout/confirm", action="stay")
    assert stay.url == f"{ISSUER}/account"
    assert await is_alive(auth, browser)


async def test_LO01_the_sessions_own_hint_signs_out_without_a_question(
    auth: AuthorizationServer,
) -> None:
    mine = await with_consent(auth)
    id_token = (await auth.tokens(mine.browser))["id_token"]

    page = await mine.browser.get(
        LOGOUT, id_token_hint=id_token, post_logout_redirect_uri=BYE, state="bye-state"
    )

    assert page.response.status_code == 303
    assert page.url == f"{BYE}?state=bye-state"
    has_headers(page.response)
    assert not await is_alive(auth, mine.browser)


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/",
        "https://app.example:443/bye",
        "https://APP.example/bye",
        "HTTPS://app.example/bye",
        "https://app.example/BYE",
        "https://app.example@evil.example/bye",
        "https://evil@app.example/bye",
        "https://app.example\\@evil.example/bye",
        "https://app.example\\bye",
        "https://app.example/bye/",
        "https://app.example/bye?x=1",
        "https://app.example/bye#",
        "https://app.example/cb",
        "//app.example/bye",
        "javascript:alert(1)",
        " https://app.example/bye",
        "https://app.example/bye\r\nX-Injected: 1",
    ],
)
async def test_LO02_an_unregistered_address_is_shown(
    auth: AuthorizationServer, somebody: Somebody, uri: str
) -> None:
    browser = somebody.browser.copy()
    id_token = (await auth.tokens(browser))["id_token"]
    for who in ({"client_id": "web-app"}, {"id_token_hint": id_token}):
        given = {**who, "post_logout_redirect_uri": uri}
        page = await browser.get(LOGOUT, **given)
        shown(page.response)
        shown(await browser.request("POST", LOGOUT, data=given))
        assert "alert(1)" not in page.response.text
        page = await browser.get(LOGOUT)
        refused = await browser.send(
            page, "/oauth/logout/confirm", action="sign_out", **given
        )
        shown(refused.response)
    stranger = await auth.http().get(
        "/oauth/logout",
        params={"client_id": "web-app", "post_logout_redirect_uri": uri},
    )
    shown(stranger)
    assert await is_alive(auth, browser)


async def test_LO03_an_address_of_no_app_is_left_out_of_account(
    auth: AuthorizationServer,
) -> None:
    mine = await with_consent(auth)
    given = {"post_logout_redirect_uri": BYE, "state": "x"}

    page = await mine.browser.get(LOGOUT, **given)
    await is_asked(auth, page, mine.browser)
    out = await mine.browser.send(page, "/oauth/logout/confirm", action="sign_out")

    shown(out.response, 200)
    assert BYE not in out.response.text
    assert not await is_alive(auth, mine.browser)
    again = await mine.browser.get(LOGOUT, **given)
    shown(again.response, 200)


async def test_LO04_a_forged_hint_is_shown(
    auth: AuthorizationServer, somebody: Somebody, stores: Stores
) -> None:
    browser = somebody.browser.copy()
    mine = await auth.tokens(browser)
    claims = claims_of(mine["id_token"])
    foreign = tokens.token(claims, tokens.header(typ="JWT"))
    head = tokens.encode(json.dumps({"alg": "none", "typ": "JWT"}).encode())
    unsigned = f"{head}.{mine['id_token'].split('.')[1]}."
    for hint in (
        "x",
        unsigned,
        foreign,
        mine["access_token"],
        mine["refresh_token"],
        mine["id_token"][:-4] + "AAAA",
        signed(auth, stores, b"null"),
        signed(auth, stores, b"[]"),
        signed(auth, stores, {**claims, "iss": "https://other.example"}),
        signed(auth, stores, {**claims, "aud": "no-such-app"}),
    ):
        given = {"id_token_hint": hint, "post_logout_redirect_uri": BYE}
        shown((await browser.get(LOGOUT, **given)).response)
        shown(await browser.request("POST", LOGOUT, data=given))
        assert await is_alive(auth, browser)
    other = {"id_token_hint": mine["id_token"], "client_id": "other-app"}
    shown((await browser.get(LOGOUT, **other)).response)
    shown((await browser.get(LOGOUT, client_id="no-such-app")).response)
    assert await is_alive(auth, browser)


async def test_LO05_an_expired_hint_is_still_a_hint(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """Of this session it signs out; of another session it asks."""
    mine = await with_consent(auth)
    claims = claims_of((await auth.tokens(mine.browser))["id_token"])
    then = int(time.time()) - 7200
    times = {"iat": then, "exp": then + 600, "auth_time": then}
    expired = signed(auth, stores, {**claims, **times})
    elsewhere = signed(auth, stores, {**claims, **times, "sid": "another"})
    without = signed(auth, stores, id_token_claims(sub=claims["sub"]))

    for hint in (elsewhere, without):
        page = await mine.browser.get(LOGOUT, id_token_hint=hint)
        await is_asked(auth, page, mine.browser)
    page = await mine.browser.get(
        LOGOUT, id_token_hint=expired, post_logout_redirect_uri=BYE
    )

    assert page.url == BYE
    assert not await is_alive(auth, mine.browser)


async def test_LO06_a_hint_of_somebody_else_asks(auth: AuthorizationServer) -> None:
    mine, other = await with_consent(auth), await with_consent(auth)
    hint = (await auth.tokens(other.browser))["id_token"]

    page = await mine.browser.get(
        LOGOUT, id_token_hint=hint, post_logout_redirect_uri=BYE
    )

    await is_asked(auth, page, mine.browser)
    assert await is_alive(auth, other.browser)
    out = await mine.browser.send(page, "/oauth/logout/confirm", action="sign_out")
    assert out.url == BYE
    assert not await is_alive(auth, mine.browser)
    assert await is_alive(auth, other.browser)


@pytest.mark.parametrize(
    "state",
    ['"><script>alert(1)</script>', "a\r\nX-Injected: 1", "é \U0001f511", "%00&+"],
)
async def test_LO08_state_comes_back_encoded_once(
    auth: AuthorizationServer, state: str
) -> None:
    mine = await with_consent(auth)
    given = {"client_id": "web-app", "post_logout_redirect_uri": BYE, "state": state}

    page = await mine.browser.get(LOGOUT, **given)
    await is_asked(auth, page, mine.browser)
    assert "<script" not in page.response.text
    out = await mine.browser.send(page, "/oauth/logout/confirm", action="sign_out")

    assert out.response.status_code == 303
    assert out.url.startswith(f"{BYE}?state=")
    assert parse_qs(urlsplit(out.url).query)["state"] == [state]
    assert out.url.isascii()
    assert not set('<>"\r\n ') & set(out.url)
    assert "x-injected" not in out.response.headers


async def test_LO08_nul_and_bad_utf8_are_shown(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    browser = somebody.browser.copy()
    for raw in ("state=%00", "state=%ff", "client_id=%00", "client_id=%ed%a0%80"):
        shown((await browser.get(f"{LOGOUT}?{raw}")).response)
    for twice in ("client_id", "state", "id_token_hint", "post_logout_redirect_uri"):
        page = await browser.get(f"{LOGOUT}?{twice}={quote(BYE)}&{twice}=x")
        shown(page.response)
    assert await is_alive(auth, browser)


async def test_LO09_signing_out_twice_is_no_error(auth: AuthorizationServer) -> None:
    """Also with the hint of an app that comes late."""
    mine = await with_consent(auth)
    first = (await auth.tokens(mine.browser))["id_token"]
    code = await auth.code(
        mine.browser, client_id="other-app", redirect_uri="https://other.example/cb"
    )
    parameters = token_parameters(code, redirect_uri="https://other.example/cb")
    other = (await auth.token(parameters, client_id="other-app")).json()["id_token"]
    for hint in (first, first, other, other):
        page = await mine.browser.get(
            LOGOUT, id_token_hint=hint, post_logout_redirect_uri=BYE, state="s"
        )
        assert page.url == f"{BYE}?state=s"
    assert not await is_alive(auth, mine.browser)
    shown((await mine.browser.get(LOGOUT)).response, 200)


async def test_LO10_after_logout_nothing_of_the_session_works(
    auth: AuthorizationServer,
) -> None:
    """The code on its way, the tokens, the silent sign-in; other sessions go on."""
    mine = await with_consent(auth, scope="openid profile notes:read offline_access")
    family = await auth.tokens(mine.browser)
    offline = await auth.tokens(mine.browser, scope="openid offline_access notes:read")
    code = await auth.code(mine.browser)
    elsewhere = auth.browser()
    await mine.sign_in(elsewhere, await elsewhere.get(f"{ISSUER}/login"))

    await mine.browser.get(LOGOUT, id_token_hint=family["id_token"])

    silent = await auth.authorize(mine.browser, prompt="none")
    sent_back(silent.response, "login_required")
    for answer in (
        await auth.token(token_parameters(code)),
        await auth.refresh(family["refresh_token"]),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_grant"
    assert await auth.introspect(family["access_token"]) == {"active": False}
    bearer = {"authorization": f"Bearer {family['access_token']}"}
    about = await auth.http().get("/oauth/userinfo", headers=bearer)
    assert about.status_code == 401
    # What was allowed to go on without them goes on, and so does the other browser.
    assert (await auth.refresh(offline["refresh_token"])).status_code == 200
    assert await is_alive(auth, elsewhere)


async def test_a_person_who_is_not_signed_in_is_not_asked(
    auth: AuthorizationServer,
) -> None:
    mine = await register(auth)
    browser = auth.browser()

    page = await browser.get(LOGOUT, client_id="web-app", post_logout_redirect_uri=BYE)

    assert page.url == BYE
    assert mine.browser.cookies["id.example"]
