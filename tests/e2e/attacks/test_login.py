"""Attacks on the login page: its form, and steps that are skipped (attacks, 1.3)."""

import json
from urllib.parse import urlencode

import pytest

from tests.builders.auth import ISSUER
from tests.e2e.answers import goes_to, shown
from tests.e2e.attacks.login_page import (
    FORM,
    HOST,
    SESSION,
    is_signed_in,
    login_form,
    post,
)
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody

# Forms that other sites send.


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
        {"sec-fetch-site": "same-site", "origin": "https://app.id.example"},
        {"sec-fetch-site": "cross-site", "origin": ISSUER},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://id.example"},
        {"origin": f"{ISSUER}.evil.example"},
        {"sec-fetch-site": ""},
    ],
    ids=str,
)
async def test_LG01_a_form_from_another_site_signs_nobody_in(
    auth: AuthorizationServer, somebody: Somebody, headers: dict[str, str]
) -> None:
    """Even with the right token and the right password."""
    browser = auth.browser()
    good = {"identifier": somebody.username, "password": somebody.password}
    form = await login_form(browser) | good

    answer = await post(browser, form, headers)

    shown(answer, 403)
    assert SESSION not in browser.cookies[HOST]
    assert (await post(browser, form, {"origin": ISSUER})).status_code == 303
    assert await is_signed_in(browser)


@pytest.mark.parametrize("token", [None, "", "x", "é", "0" * 64, "\u2028"])
@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "null"}, {"sec-fetch-site": "same-origin", "origin": "null"}],
    ids=["no origin", "null", "same-origin"],
)
async def test_LG01_a_form_without_its_token_signs_nobody_in(
    auth: AuthorizationServer,
    somebody: Somebody,
    token: str | None,
    headers: dict[str, str],
) -> None:
    browser = auth.browser()
    form = await login_form(browser)
    form |= {"identifier": somebody.username, "password": somebody.password}
    form = {**form, "csrf_token": token or ""}
    if token is None:
        del form["csrf_token"]

    shown(await post(browser, form, headers), 403)
    shown(await post(auth.browser(), form, headers), 403)

    assert SESSION not in browser.cookies[HOST]


async def test_LG02_a_token_of_another_browser_or_session_is_refused(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    attacker, victim = auth.browser(), auth.browser()
    good = {"identifier": somebody.username, "password": somebody.password}
    before = await login_form(victim)

    shown(await post(victim, await login_form(attacker) | good), 403)
    assert SESSION not in victim.cookies[HOST]
    assert (await post(victim, before | good)).status_code == 303
    shown(await post(victim, before | good), 403)  # a token from before the sign-in
    assert await is_signed_in(victim)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/json", "multipart/form-data; boundary=x", ""],
)
async def test_LG03_only_a_form_is_read(
    auth: AuthorizationServer, somebody: Somebody, content_type: str
) -> None:
    browser = auth.browser()
    form = await login_form(browser)
    form |= {"identifier": somebody.username, "password": somebody.password}
    for body in (urlencode(form), json.dumps(form)):
        for path in ("/login", "/register", "/consent", "/oauth/logout"):
            answer = await browser.request(
                "POST",
                f"{ISSUER}{path}",
                content=body,
                headers={"content-type": content_type},
            )
            # The register page takes a picture too; neither of these is such a form.
            upload = path == "/register" and "multipart" in content_type
            shown(answer, 400 if upload else 415)
    assert SESSION not in browser.cookies[HOST]


# Steps.


async def test_LG26_no_step_is_skipped(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    """Empty forms, forms of the next step, and steps without the one before."""
    browser = auth.browser()
    login = await auth.authorize(browser)
    handle, token = login.query["handle"], login.form("/login").fields["csrf_token"]
    for path in ("/login", "/register", "/consent"):
        answer = await browser.request(
            "POST", f"{ISSUER}{path}", content="", headers=FORM
        )
        shown(answer, 403)
    for path, form, status in (
        ("/login", {}, 400),
        ("/login", {"handle": handle}, 400),
        ("/login", {"identifier": somebody.username, "handle": handle}, 400),
        ("/login", {"password": somebody.password, "handle": handle}, 400),
        ("/login", {"action": "cancel"}, 400),
        ("/register", {"handle": handle}, 400),
        ("/consent", {}, 400),
        ("/consent", {"handle": handle}, 400),
        ("/consent", {"handle": handle, "action": "bogus"}, 400),
        ("/consent", {"action": "deny"}, 400),
    ):
        answer = await post(browser, form | {"csrf_token": token}, path=path)
        shown(answer, status)
    for action in ("allow", "switch"):
        form = {"csrf_token": token, "handle": handle, "action": action}
        answer = await post(browser, form, path="/consent")
        goes_to(answer, "/login")
    assert SESSION not in browser.cookies[HOST]
    page = await browser.get(f"{ISSUER}{answer.headers['location']}")
    assert "code" in (await somebody.sign_in(browser, page)).query
