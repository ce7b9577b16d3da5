"""Several people in one browser: chosen, hinted at, signed out (OIDC Core 3.1.2.1)."""

import re
from typing import Any

import jwt
import pytest

from tests.builders.auth import ISSUER, token_parameters
from tests.e2e.answers import sent_back, shown
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser, Page
from tests.e2e.people import Somebody, with_consent
from valetkey.opaque import fingerprint, new_handle

HOST = ISSUER.partition("://")[2]
SESSION = "__Host-valetkey-session"
CHOOSER = f"{ISSUER}/select-account"
LOGIN = f"{ISSUER}/login"


async def together(
    auth: AuthorizationServer, number: int = 2
) -> tuple[list[Somebody], Browser]:
    """People who signed in one after the other; the last one uses the browser."""
    people = [await with_consent(auth) for _ in range(number)]
    browser = auth.browser()
    for person in people:
        await person.sign_in(browser, await browser.get(LOGIN))
    return people, browser


async def told(auth: AuthorizationServer, page: Page) -> dict[str, Any]:
    """The tokens that an answer's code is good for."""
    answer = await auth.token(token_parameters(page.query["code"]))
    tokens: dict[str, Any] = answer.json()
    return tokens


async def who(auth: AuthorizationServer, page: Page) -> str:
    """Whom the app hears of."""
    token = (await told(auth, page))["id_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    return str(claims["sub"])


async def sub_of(auth: AuthorizationServer, person: Somebody) -> str:
    return await who(auth, await auth.authorize(person.browser))


def account(page: Page, person: Somebody) -> str:
    """What the chooser calls somebody who does not use the browser now."""
    button = re.search(
        rf'name="account" value="(\w+)"[^§]*?{re.escape(person.email)}',
        page.response.text.replace("<button", "§<button"),
    )
    assert button is not None, page.response.text
    return button[1]


async def test_signing_in_as_another_adds_them_and_choosing_goes_back(
    auth: AuthorizationServer,
) -> None:
    (first, second), browser = await together(auth)
    assert await who(auth, await auth.authorize(browser)) == await sub_of(auth, second)

    page = await auth.authorize(browser, prompt="select_account")
    assert first.email in page.response.text
    assert second.email in page.response.text
    chosen = account(page, first)
    back = await browser.send(page, "/select-account", account=chosen)

    assert await who(auth, back) == await sub_of(auth, first)
    assert await who(auth, await auth.authorize(browser)) == await sub_of(auth, first)


async def test_a_choice_changes_the_token_of_every_form(
    auth: AuthorizationServer,
) -> None:
    """A page of one account is no word of another."""
    (first, second), browser = await together(auth)
    old = await browser.get(f"{ISSUER}/account")
    page = await auth.authorize(browser, prompt="select_account")
    await browser.send(page, "/select-account", account=account(page, first))

    shown((await browser.send(old, "/account/sign-out")).response, 403)
    assert second.email in old.response.text
    assert first.email in (await browser.get(f"{ISSUER}/account")).response.text


async def test_whoever_is_not_signed_in_here_cannot_be_chosen(
    auth: AuthorizationServer,
) -> None:
    """Neither a stranger's session by its name, nor one that has ended."""
    (_, _), browser = await together(auth)
    stranger = await with_consent(auth)
    token = (await told(auth, await auth.authorize(stranger.browser)))["id_token"]
    sid = jwt.decode(token, options={"verify_signature": False})["sid"]
    before = browser.cookies[HOST][SESSION]
    page = await auth.authorize(browser, prompt="select_account")

    for name in (sid, "x", ""):
        again = await browser.send(page, "/select-account", account=name)
        assert again.url.startswith(CHOOSER)
        assert stranger.email not in again.response.text

    assert browser.cookies[HOST][SESSION] == before


@pytest.mark.parametrize("by", ["username", "email"])
async def test_login_hint_means_one_of_those_who_are_here(
    auth: AuthorizationServer, by: str
) -> None:
    (first, second), browser = await together(auth)
    hint = getattr(first, by)

    silent = await auth.authorize(browser, prompt="none", login_hint=hint)
    assert await who(auth, silent) == await sub_of(auth, first)
    plain = await auth.authorize(browser, prompt="none")
    assert await who(auth, plain) == await sub_of(auth, second)
    asked = await auth.authorize(browser, prompt="consent", login_hint=hint)
    assert first.email in asked.response.text
    back = await browser.send(asked, "/consent", action="allow")
    assert await who(auth, back) == await sub_of(auth, first)


async def test_id_token_hint_means_one_of_those_who_are_here(
    auth: AuthorizationServer,
) -> None:
    (first, second), browser = await together(auth)
    for person in (first, second):
        hint = (await told(auth, await auth.authorize(person.browser)))["id_token"]
        silent = await auth.authorize(browser, prompt="none", id_token_hint=hint)
        assert await who(auth, silent) == await sub_of(auth, person)
    stranger = await with_consent(auth)
    hint = (await told(auth, await auth.authorize(stranger.browser)))["id_token"]
    silent = await auth.authorize(browser, prompt="none", id_token_hint=hint)
    sent_back(silent.response, "login_required")


async def test_nobody_takes_the_place_of_whoever_signed_out(
    auth: AuthorizationServer,
) -> None:
    (first, second), browser = await together(auth)
    out = await browser.get(f"{ISSUER}/oauth/logout")
    await browser.send(out, "/oauth/logout/confirm", action="sign_out")

    silent = await auth.authorize(browser, prompt="none")
    sent_back(silent.response, "login_required")
    page = await auth.authorize(browser)
    assert page.url.startswith(CHOOSER)
    assert first.email in page.response.text
    assert second.email not in page.response.text
    chosen = account(page, first)
    back = await browser.send(page, "/select-account", account=chosen)
    assert await who(auth, back) == await sub_of(auth, first)


async def test_all_are_signed_out_at_once(auth: AuthorizationServer) -> None:
    _, browser = await together(auth, 3)
    kept = browser.copy()
    out = await browser.get(f"{ISSUER}/oauth/logout")

    await browser.send(out, "/oauth/logout/confirm", action="sign_out_all")

    assert SESSION not in browser.cookies[HOST]
    for each in (browser, kept):
        assert (await auth.authorize(each)).url.startswith(LOGIN)


async def test_of_six_the_first_is_signed_out(auth: AuthorizationServer) -> None:
    people, browser = await together(auth, 6)
    page = await auth.authorize(browser, prompt="select_account")

    shows = [person.email in page.response.text for person in people]
    assert shows == [False, True, True, True, True, True]
    assert browser.cookies[HOST][SESSION].count(".") == 4


async def test_LG04_LG07_a_cookie_of_several_holds_only_what_is_ours(
    auth: AuthorizationServer,
) -> None:
    """Secrets that were made up or have ended are gone with the next sign-in."""
    (first, second), browser = await together(auth)
    jar = browser.cookies[HOST]
    mine, _, other = jar[SESSION].partition(".")
    for forged in (
        f"{fingerprint(mine)}.{fingerprint(other)}",
        f"{mine}.{other}.",
        f"{mine}..{other}",
        ".".join([mine, other, *(new_handle() for _ in range(4))]),
    ):
        copy = auth.browser()
        copy.cookies[HOST] = jar | {SESSION: forged}
        assert (await auth.authorize(copy)).url.startswith(LOGIN)
    planted = auth.browser()
    planted.cookies[HOST] = jar | {SESSION: f"{mine}.{new_handle()}.{other}"}

    await second.sign_in(planted, await planted.get(LOGIN))

    now = planted.cookies[HOST][SESSION].split(".")
    assert now[0] != mine
    assert now[1:] == [other]
    assert (await auth.authorize(browser)).url.startswith(CHOOSER)
    assert first.email in (await auth.authorize(browser)).response.text


async def test_another_account_is_offered_where_consent_is_asked(
    auth: AuthorizationServer,
) -> None:
    (first, _), browser = await together(auth)
    page = await auth.authorize(browser, prompt="consent")
    chooser = await browser.send(page, "/consent", action="switch")
    assert chooser.url.startswith(CHOOSER)
    chosen = account(chooser, first)
    consent = await browser.send(chooser, "/select-account", account=chosen)
    assert first.email in consent.response.text
    back = await browser.send(consent, "/consent", action="allow")
    assert await who(auth, back) == await sub_of(auth, first)
