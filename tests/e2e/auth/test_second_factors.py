"""Passkeys, authenticator apps and recovery codes, from enrolment to the token."""

import json
from datetime import timedelta

import jwt
import pytest

from auth_service.protocol.acr import PASSKEY, PASSWORD, SECOND_FACTOR
from tests.builders.auth import SECRETS, token_parameters
from tests.builders.passkeys import BACKED_UP, BACKUP_ELIGIBLE, VERIFIED, Device
from tests.e2e.aging import age_sign_ins
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser, Page
from tests.e2e.factors import (
    SECURITY,
    STEP,
    add_authenticator,
    add_passkey,
    code,
    first_step,
    options,
    shown_codes,
    sign_in_by_passkey,
)
from tests.e2e.people import register
from tests.e2e.stores import Stores


def device(auth: AuthorizationServer, **changes: int) -> Device:
    return Device(auth.issuer, **changes)


async def id_token(
    auth: AuthorizationServer, browser: Browser, **changes: str | None
) -> dict[str, object]:
    """Of web-app, for whoever is signed in."""
    page = await auth.authorize(browser, **changes)
    if page.url.startswith(f"{auth.issuer}/consent"):
        page = await browser.send(page, "/consent", action="allow")
    return await claims(auth, page)


async def claims(auth: AuthorizationServer, page: Page) -> dict[str, object]:
    answer = await auth.token(token_parameters(page.query["code"]))
    told: dict[str, object] = jwt.decode(
        answer.json()["id_token"], options={"verify_signature": False}
    )
    return told


def essential(level: str) -> str:
    """The claims parameter that asks for a level and for none below it."""
    return json.dumps({"id_token": {"acr": {"essential": True, "value": level}}})


async def is_signed_in(auth: AuthorizationServer, browser: Browser) -> bool:
    page = await browser.get(f"{auth.issuer}/account")
    return page.url == f"{auth.issuer}/account"


async def test_a_password_and_the_code_of_an_app(auth: AuthorizationServer) -> None:
    somebody = await register(auth)
    secret, codes = await add_authenticator(auth, somebody)
    assert len(codes) == len({*codes}) == 10
    browser, page = await first_step(auth, somebody)
    assert not await is_signed_in(auth, browser)
    page = await browser.send(page, STEP, code=code(secret, 1))
    assert page.url == f"{auth.issuer}/account"
    told = await id_token(auth, browser)
    assert (told["amr"], told["acr"]) == (["pwd", "otp", "mfa"], SECOND_FACTOR)


async def test_a_recovery_code_stands_in_once(auth: AuthorizationServer) -> None:
    somebody = await register(auth)
    _, codes = await add_authenticator(auth, somebody)
    browser, page = await first_step(auth, somebody)
    page = await browser.send(page, STEP, code=f" {codes[0].upper()} ")
    assert page.url == f"{auth.issuer}/account"
    told = await id_token(auth, browser)
    assert (told["amr"], told["acr"]) == (["pwd", "mfa"], SECOND_FACTOR)

    browser, page = await first_step(auth, somebody)
    page = await browser.send(page, STEP, code=codes[0])
    assert page.response.status_code == 400
    assert not await is_signed_in(auth, browser)


async def test_new_recovery_codes_replace_the_old(auth: AuthorizationServer) -> None:
    somebody = await register(auth)
    _, old = await add_authenticator(auth, somebody)
    page = await somebody.browser.get(f"{auth.issuer}{SECURITY}")
    page = await somebody.browser.send(page, f"{SECURITY}/recovery-codes")
    new = shown_codes(page)
    assert len(new) == 10
    assert not {*old} & {*new}
    browser, page = await first_step(auth, somebody)
    page = await browser.send(page, STEP, code=old[0])
    assert page.response.status_code == 400
    page = await browser.send(page, STEP, code=new[0])
    assert page.url == f"{auth.issuer}/account"


@pytest.mark.parametrize(
    ("flags", "key"),
    [
        (VERIFIED, "hwk"),
        (VERIFIED | BACKUP_ELIGIBLE, "swk"),
        (VERIFIED | BACKUP_ELIGIBLE | BACKED_UP, "swk"),
    ],
)
async def test_a_passkey_signs_in_by_itself(
    auth: AuthorizationServer, flags: int, key: str
) -> None:
    somebody, mine = await register(auth), device(auth, flags=flags)
    await add_passkey(auth, somebody, mine)
    browser = auth.browser()
    page = await auth.authorize(browser)
    page = await sign_in_by_passkey(auth, browser, page, mine.get(options(page)))
    page = await browser.send(page, "/consent", action="allow")
    told = await claims(auth, page)
    assert (told["amr"], told["acr"]) == ([key, "user", "mfa"], PASSKEY)


async def test_a_password_and_then_a_passkey(auth: AuthorizationServer) -> None:
    somebody, mine = await register(auth), device(auth)
    await add_passkey(auth, somebody, mine)
    browser, page = await first_step(auth, somebody)
    page = await browser.send(page, STEP, credential=mine.get(options(page)))
    assert page.url == f"{auth.issuer}/account"
    told = await id_token(auth, browser)
    assert (told["amr"], told["acr"]) == (["pwd", "hwk", "user", "mfa"], PASSKEY)


async def test_passkeys_are_named_renamed_and_removed(
    auth: AuthorizationServer,
) -> None:
    somebody, mine, other = await register(auth), device(auth), device(auth)
    page = await add_passkey(auth, somebody, mine, "Phone")
    assert len(shown_codes(page)) == 10, page.response.text
    page = await somebody.browser.get(f"{auth.issuer}{SECURITY}")
    assert "You have one passkey only" in page.response.text
    page = await add_passkey(auth, somebody, other, "Laptop")
    assert "You have one passkey only" not in page.response.text
    page = await somebody.browser.send(
        page, f"{SECURITY}/passkeys/rename", name="Old phone"
    )
    assert "Old phone" in page.response.text
    page = await somebody.browser.send(page, f"{SECURITY}/passkeys/remove")
    assert "Old phone" not in page.response.text
    assert "Laptop" in page.response.text
    browser = auth.browser()
    page = await browser.get(f"{auth.issuer}/login")
    page = await sign_in_by_passkey(auth, browser, page, mine.get(options(page)))
    assert page.response.status_code == 400
    assert not await is_signed_in(auth, browser)


async def test_without_its_last_factor_a_password_is_enough_again(
    auth: AuthorizationServer, stores: Stores
) -> None:
    somebody = await register(auth)
    await add_authenticator(auth, somebody)
    page = await somebody.browser.get(f"{auth.issuer}{SECURITY}")
    page = await somebody.browser.send(page, f"{SECURITY}/authenticator/remove")
    browser = auth.browser()
    page = await somebody.sign_in(browser, await browser.get(f"{auth.issuer}/login"))
    assert page.url == f"{auth.issuer}/account"
    left = stores.run(
        "SELECT count(*) FROM auth.recovery_codes JOIN auth.users USING (subject)"
        " WHERE username = %s",
        somebody.username,
    )
    assert left == [(0,)]


@pytest.mark.parametrize("path", ["/passkeys", "/authenticator"])
async def test_enrolment_asks_again_after_ten_minutes(
    auth: AuthorizationServer, stores: Stores, path: str
) -> None:
    somebody = await register(auth)
    there = f"{auth.issuer}{SECURITY}{path}"
    assert (await somebody.browser.get(there)).url == there
    age_sign_ins(stores, timedelta(minutes=11))
    page = await somebody.browser.get(there)
    assert page.url.startswith(f"{auth.issuer}/login?")
    assert page.form("/login").fields["identifier"] == somebody.username
    assert (await somebody.sign_in(somebody.browser, page)).url == there


async def test_removal_asks_again_after_ten_minutes(
    auth: AuthorizationServer, stores: Stores
) -> None:
    somebody = await register(auth)
    await add_authenticator(auth, somebody)
    page = await somebody.browser.get(f"{auth.issuer}{SECURITY}")
    age_sign_ins(stores, timedelta(minutes=11))
    for form in ("authenticator/remove", "recovery-codes"):
        asked = await somebody.browser.send(page, f"{SECURITY}/{form}")
        assert asked.url.startswith(f"{auth.issuer}/login?")
    page = await somebody.browser.get(f"{auth.issuer}{SECURITY}")
    assert "authenticator/remove" in page.response.text


async def test_the_password_grant_signs_nobody_in_who_has_a_second_factor(
    auth: AuthorizationServer,
) -> None:
    somebody = await register(auth)
    asked = {
        "grant_type": "password",
        "username": somebody.username,
        "password": somebody.password,
        "scope": "openid",
    }
    asked |= {"client_id": "password-app", "client_secret": SECRETS["password-app"]}
    answer = await auth.token(asked, client_id=None)
    assert answer.status_code == 200, answer.text
    await add_authenticator(auth, somebody)
    answer = await auth.token(asked, client_id=None)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_grant"


async def test_an_app_that_needs_a_second_factor_gets_it(
    auth: AuthorizationServer,
) -> None:
    """Signed in by password before the factor came: one more sign-in steps up."""
    somebody = await register(auth)
    secret, _ = await add_authenticator(auth, somebody)
    for wish in (
        {"acr_values": SECOND_FACTOR},
        {"claims": essential(SECOND_FACTOR)},
    ):
        browser = somebody.browser.copy()
        page = await auth.authorize(browser, **wish)
        assert page.url.startswith(f"{auth.issuer}/login?"), page.url
    page = await somebody.sign_in(browser, page)
    page = await browser.send(page, STEP, code=code(secret, 1))
    page = await browser.send(page, "/consent", action="allow")
    assert (await claims(auth, page))["acr"] == SECOND_FACTOR
    again = await id_token(auth, browser, acr_values=SECOND_FACTOR)
    assert again["acr"] == SECOND_FACTOR


async def test_what_a_person_has_no_factor_for_is_refused_or_left(
    auth: AuthorizationServer,
) -> None:
    somebody = await register(auth)
    told = await id_token(auth, somebody.browser, acr_values=PASSKEY)
    assert told["acr"] == PASSWORD
    page = await auth.authorize(somebody.browser, claims=essential(PASSKEY))
    assert page.query["error"] == "unmet_authentication_requirements"


async def test_whoever_did_more_meets_what_asks_for_less(
    auth: AuthorizationServer,
) -> None:
    somebody, mine = await register(auth), device(auth)
    await add_passkey(auth, somebody, mine)
    browser = auth.browser()
    page = await browser.get(f"{auth.issuer}/login")
    await sign_in_by_passkey(auth, browser, page, mine.get(options(page)))
    assert (await id_token(auth, browser, claims=essential(PASSWORD)))[
        "acr"
    ] == PASSWORD


async def test_a_code_is_not_offered_where_only_a_passkey_will_do(
    auth: AuthorizationServer,
) -> None:
    somebody, mine = await register(auth), device(auth)
    await add_authenticator(auth, somebody)
    await add_passkey(auth, somebody, mine)
    browser = auth.browser()
    page = await auth.authorize(browser, acr_values=PASSKEY)
    page = await somebody.sign_in(browser, page)
    assert "Code from your authenticator app" not in page.response.text
    page = await browser.send(page, STEP, credential=mine.get(options(page)))
    page = await browser.send(page, "/consent", action="allow")
    assert (await claims(auth, page))["acr"] == PASSKEY
