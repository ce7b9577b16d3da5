"""Attacks on sessions and their cookies (attacks, 1.3)."""

import json
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest

from tests.builders.auth import ISSUER, authorize_parameters
from tests.e2e.answers import has_code, has_headers
from tests.e2e.attacks.login_page import (
    BROWSER,
    HOST,
    LOGIN,
    SESSION,
    is_signed_in,
    login_form,
    post,
)
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody, register, with_consent
from tests.e2e.stores import Stores
from valetkey.opaque import fingerprint, new_handle


async def test_LG04_a_session_id_that_was_there_before_is_worth_nothing(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    """Planted by an attacker, or of an earlier sign-in: both are dead afterwards."""
    planted, browser = new_handle(), auth.browser()
    browser.cookies[HOST] = {SESSION: planted}
    page = await browser.get(LOGIN)
    await somebody.sign_in(browser, page)
    first = browser.cookies[HOST][SESSION]
    page = await browser.get(LOGIN)
    await somebody.sign_in(browser, page)
    second = browser.cookies[HOST][SESSION]

    assert len({planted, first, second}) == 3
    for cookie, known in ((planted, False), (first, False), (second, True)):
        other = auth.browser()
        other.cookies[HOST] = browser.cookies[HOST] | {SESSION: cookie}
        assert await is_signed_in(other) is known


async def test_LG06_cookies_are_for_this_host_https_and_http_alone(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    browser = auth.browser()
    asked = await browser.request("GET", LOGIN)
    good = {"identifier": somebody.username, "password": somebody.password}
    session_only = await post(browser, await login_form(browser) | good)
    good["remember"] = "1"
    remembered = await post(browser, await login_form(browser) | good)

    lines = [
        line
        for answer in (asked, session_only, remembered)
        for line in answer.headers.get_list("set-cookie")
    ]
    assert len(lines) == 3
    for line in lines:
        pair, *attributes = (part.strip().lower() for part in line.split(";"))
        name, _, value = pair.partition("=")
        assert name.startswith("__host-")
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= set(attributes)
        assert not [a for a in attributes if a.startswith("domain")]
        assert len(value) == 43  # 256 bits
    assert "max-age" not in lines[1].lower()
    assert "max-age=86400" in lines[2].lower()


@pytest.mark.parametrize("cookie", ["", "0", "x" * 43, "\t", '"', "a" * 4000, "../x"])
async def test_LG07_a_guessed_or_edited_session_is_nobody(
    auth: AuthorizationServer, somebody: Somebody, cookie: str
) -> None:
    real = somebody.browser.cookies[HOST]
    for forged in (cookie, real[SESSION] + cookie + "A", real[SESSION][:-1]):
        browser = auth.browser()
        browser.cookies[HOST] = real | {SESSION: forged}
        assert not await is_signed_in(browser)
    assert await is_signed_in(somebody.browser.copy())


@pytest.mark.parametrize("cookie", ["", "x", "a" * 42, "a" * 44, '"' + "a" * 41 + '"'])
async def test_LG07_a_browser_is_named_by_us(
    auth: AuthorizationServer, cookie: str
) -> None:
    """A name that anybody could guess would make its tokens guessable."""
    browser = auth.browser()
    browser.cookies[HOST] = {BROWSER: cookie}

    await browser.get(LOGIN)

    assert len(browser.cookies[HOST][BROWSER]) == 43
    assert browser.cookies[HOST][BROWSER] != cookie


async def test_LG07_a_session_of_somebody_is_not_told_by_its_keys(
    auth: AuthorizationServer, somebody: Somebody, stores: Stores
) -> None:
    """Whoever reads Redis gets no cookie out of it."""
    cookie = somebody.browser.cookies[HOST][SESSION]
    browser = auth.browser()
    browser.cookies[HOST] = somebody.browser.cookies[HOST] | {
        SESSION: fingerprint(cookie)
    }

    assert stores.redis.get(f"vk:auth:session:{fingerprint(cookie)}")
    assert cookie not in stores.texts()
    assert not await is_signed_in(browser)


async def test_LG08_no_other_cookie_means_anything(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    browser = auth.browser()
    subject = fingerprint(somebody.username)
    browser.cookies[HOST] = {
        "valetkey-session": somebody.browser.cookies[HOST][SESSION],
        "session": subject,
        "user": somebody.username,
        "verified": subject,
        BROWSER: somebody.browser.cookies[HOST][BROWSER],
    }

    assert not await is_signed_in(browser)


async def test_LG09_a_cookie_is_dead_after_sign_out(auth: AuthorizationServer) -> None:
    mine = await register(auth)
    kept = mine.browser.copy()
    page = await mine.browser.get(f"{ISSUER}/oauth/logout")

    await mine.browser.send(page, "/oauth/logout/confirm", action="sign_out")

    assert not await is_signed_in(kept)
    assert not await is_signed_in(mine.browser)


async def test_LG10_a_new_password_ends_every_other_session_and_family(
    auth: AuthorizationServer,
) -> None:
    mine = await with_consent(auth)
    elsewhere, copy = auth.browser(), mine.browser.copy()
    await mine.sign_in(elsewhere, await elsewhere.get(LOGIN))
    families = [await auth.tokens(b) for b in (mine.browser, elsewhere)]
    page = await mine.browser.get(f"{ISSUER}/account/security")

    await mine.browser.send(
        page,
        "/account/password",
        current_password=mine.password,
        new_password="nine yellow submarines",
    )

    assert not await is_signed_in(elsewhere)
    assert not await is_signed_in(copy)
    assert await is_signed_in(mine.browser)
    for family in families:
        answer = await auth.refresh(family["refresh_token"])
        assert answer.json()["error"] == "invalid_grant"
        assert (await auth.introspect(family["access_token"])) == {"active": False}


@pytest.mark.parametrize(
    ("field", "seconds"), [("last_seen_at", 1800), ("auth_time", 86_400)]
)
async def test_LG11_an_expired_session_stays_expired(
    auth: AuthorizationServer, stores: Stores, field: str, seconds: int
) -> None:
    """Idle or absolute; Redis still having it does not bring it back."""
    mine = await with_consent(auth)
    key = f"vk:auth:session:{fingerprint(mine.browser.cookies[HOST][SESSION])}"
    session = json.loads(str(stores.redis.get(key)))

    def aged(by: int) -> str:
        then = datetime.fromisoformat(session[field]) - timedelta(seconds=by)
        return json.dumps({**session, field: then.isoformat()})

    stores.redis.set(key, aged(seconds - 60), keepttl=True)
    assert await is_signed_in(mine.browser.copy())
    stores.redis.set(key, aged(seconds), keepttl=True)
    for path in ("/", "/login", "/oauth/logout", "/account"):
        page = await mine.browser.get(f"{ISSUER}{path}")
        assert mine.username not in page.response.text
        assert "Some Body" not in page.response.text
        assert not await is_signed_in(mine.browser.copy())


async def test_LG29_many_cookies_or_two_of_a_name(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    """Too many are refused, and of two it is always the same one that counts."""
    real = somebody.browser.cookies[HOST]
    query = urlencode(authorize_parameters(prompt="none"))
    url = f"{ISSUER}/oauth/authorize?{query}"
    good = f"{BROWSER}={real[BROWSER]}; {SESSION}={real[SESSION]}"
    forged = f"{SESSION}={'x' * 43}"
    http = auth.http()

    bomb = "; ".join(f"c{n}={'x' * 300}" for n in range(60))
    refused = await http.get(url, headers={"cookie": f"{good}; {bomb}"})
    assert refused.status_code == 431
    has_headers(refused)
    few = "; ".join(f"c{n}=x" for n in range(60))
    assert has_code(await http.get(url, headers={"cookie": f"{few}; {good}"}))
    for pair in (f"{forged}; {good}", f"{good}; {forged}"):
        codes = [
            has_code(await http.get(url, headers={"cookie": pair})) for _ in range(3)
        ]
        assert len(set(codes)) == 1
