"""Attacks on the second factor: guesses, replays, skipped steps (attacks, 1.3)."""

import asyncio
import json
from itertools import count

import pytest

from auth_service.protocol.throttle import FACTOR
from tests.builders.auth import ISSUER
from tests.builders.passkeys import USER_PRESENT, Device, encoded
from tests.e2e.aging import audited, disabled
from tests.e2e.answers import shown
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
    post,
    sign_in_by_passkey,
)
from tests.e2e.people import Somebody, register
from tests.e2e.stores import Stores

_numbers = count(100_000)


def wrong_code(secret: str) -> str:
    """Six digits that are no code of these minutes."""
    right = {code(secret, step) for step in range(-3, 4)}
    return next(text for n in _numbers if (text := f"{n:06d}") not in right)


async def is_signed_in(browser: Browser) -> bool:
    page = await browser.get(f"{ISSUER}/account")
    return page.url == f"{ISSUER}/account"


async def login_with(
    auth: AuthorizationServer, device: Device, **changes: str
) -> tuple[Browser, Page]:
    """The login page, answered by a passkey in a new browser."""
    browser = auth.browser()
    page = await browser.get(f"{ISSUER}/login")
    credential = device.get(options(page), **changes)
    return browser, await sign_in_by_passkey(auth, browser, page, credential)


async def with_passkey(auth: AuthorizationServer) -> tuple[Somebody, Device]:
    somebody, device = await register(auth), Device(ISSUER)
    await add_passkey(auth, somebody, device)
    return somebody, device


# Guesses.


async def test_AU21_a_hundred_guesses_at_once_are_five(
    auth: AuthorizationServer,
) -> None:
    """Also of who sits elsewhere: the person's factor waits, whoever guesses."""
    somebody = await register(auth)
    secret, _ = await add_authenticator(auth, somebody)
    steps = [await first_step(auth, somebody) for _ in range(2)]
    answers = await asyncio.gather(
        *(
            browser.copy().send(page, STEP, code=wrong_code(secret))
            for browser, page in steps * 50
        )
    )
    statuses = sorted(page.response.status_code for page in answers)
    assert statuses == [400] * FACTOR.free + [429] * (100 - FACTOR.free)
    slow = next(p for p in answers if p.response.status_code == 429)
    assert int(slow.response.headers["retry-after"]) > 0

    browser, page = steps[0]
    right = await browser.send(page, STEP, code=code(secret, 1))
    shown(right.response, 429)
    assert not await is_signed_in(browser)


async def test_AU21_a_code_works_once(auth: AuthorizationServer) -> None:
    somebody = await register(auth)
    secret, _ = await add_authenticator(auth, somebody)
    browser, page = await first_step(auth, somebody)
    shown((await browser.send(page, STEP, code=code(secret))).response)
    steps = [await first_step(auth, somebody) for _ in range(4)]
    used = code(secret, 1)
    await asyncio.gather(*(b.send(page, STEP, code=used) for b, page in steps))
    signed_in = [browser for browser, _ in steps if await is_signed_in(browser)]
    assert len(signed_in) == 1


async def test_AU21_a_recovery_code_works_once(auth: AuthorizationServer) -> None:
    somebody = await register(auth)
    _, codes = await add_authenticator(auth, somebody)
    steps = [await first_step(auth, somebody) for _ in range(4)]
    await asyncio.gather(*(b.send(page, STEP, code=codes[3]) for b, page in steps))
    signed_in = [browser for browser, _ in steps if await is_signed_in(browser)]
    assert len(signed_in) == 1


async def test_AU21_guesses_at_the_set_up_wait_as_well(
    auth: AuthorizationServer,
) -> None:
    somebody = await register(auth)
    there = f"{SECURITY}/authenticator"
    page = await somebody.browser.get(f"{ISSUER}{there}")
    statuses = [
        (await somebody.browser.send(page, there, code="x")).response.status_code
        for _ in range(7)
    ]
    assert statuses == [400] * 5 + [429] * 2


async def test_LG15_what_is_kept_of_codes_and_secrets_says_nothing(
    auth: AuthorizationServer, stores: Stores
) -> None:
    somebody = await register(auth)
    secret, codes = await add_authenticator(auth, somebody)
    kept = stores.texts()
    assert secret not in kept
    for recovery_code in codes:
        assert recovery_code not in kept
        assert recovery_code.replace("-", "") not in kept


# Steps that are skipped, or another's.


@pytest.mark.parametrize("fields", [{}, {"code": ""}, {"credential": ""}])
async def test_LG26_no_step_is_skipped_with_an_empty_form(
    auth: AuthorizationServer, fields: dict[str, str]
) -> None:
    somebody = await register(auth)
    await add_authenticator(auth, somebody)
    browser, page = await first_step(auth, somebody)
    shown((await browser.send(page, STEP, **fields)).response)
    assert not await is_signed_in(browser)


async def test_LG26_no_step_is_taken_before_the_one_before(
    auth: AuthorizationServer,
) -> None:
    somebody = await register(auth)
    secret, _ = await add_authenticator(auth, somebody)
    browser = auth.browser()
    login = await browser.get(f"{ISSUER}/login")
    token = login.form("/login").fields["csrf_token"]
    for step in ("", "x" * 43):
        fields = {"csrf_token": token, "step": step, "code": code(secret, 1)}
        shown((await post(browser, f"{ISSUER}{STEP}", fields)).response)
        shown((await browser.get(f"{ISSUER}{STEP}", step=step)).response)
    assert not await is_signed_in(browser)


async def test_LG26_an_app_gets_no_code_before_the_second_step(
    auth: AuthorizationServer,
) -> None:
    somebody = await register(auth)
    await add_authenticator(auth, somebody)
    browser = auth.browser()
    page = await auth.authorize(browser)
    handle = page.query["handle"]
    await somebody.sign_in(browser, page)
    for path in ("/consent", "/oauth/authorize/resume", "/login"):
        there = await browser.get(f"{ISSUER}{path}", handle=handle)
        assert there.url.startswith((f"{ISSUER}/login", f"{ISSUER}/consent"))
        assert "code" not in there.query
        if there.url.startswith(f"{ISSUER}/consent"):
            shown(there.response)
        handle = there.query.get("handle", handle)
    assert not await is_signed_in(browser)


async def test_LG05_the_second_step_is_for_the_browser_of_the_first(
    auth: AuthorizationServer,
) -> None:
    somebody = await register(auth)
    secret, _ = await add_authenticator(auth, somebody)
    browser, page = await first_step(auth, somebody)
    other = auth.browser()
    token = (await other.get(f"{ISSUER}/login")).form("/login").fields["csrf_token"]
    fields = page.form(STEP).fields | {"csrf_token": token, "code": code(secret, 1)}
    shown((await other.get(page.url)).response)
    shown((await post(other, f"{ISSUER}{STEP}", fields)).response)
    assert not await is_signed_in(other)
    done = await browser.send(page, STEP, code=code(secret, 1))
    assert done.url == f"{ISSUER}/account"
    shown((await browser.get(page.url)).response)


async def test_LG10_a_new_password_ends_the_steps_of_the_old(
    auth: AuthorizationServer,
) -> None:
    somebody = await register(auth)
    secret, _ = await add_authenticator(auth, somebody)
    browser, page = await first_step(auth, somebody)
    changing = await somebody.browser.get(f"{ISSUER}{SECURITY}")
    await somebody.browser.send(
        changing,
        "/account/password",
        current_password=somebody.password,
        new_password="nine yellow submarines",
    )
    shown((await browser.send(page, STEP, code=code(secret, 1))).response)
    assert not await is_signed_in(browser)


async def test_LG27_a_disabled_person_gets_through_no_step(
    auth: AuthorizationServer, stores: Stores
) -> None:
    somebody, device = await with_passkey(auth)
    secret, _ = await add_authenticator(auth, somebody)
    browser, page = await first_step(auth, somebody)
    with disabled(stores, somebody.username):
        shown((await browser.send(page, STEP, code=code(secret, 1))).response)
        other, answer = await login_with(auth, device)
        shown(answer.response)
        unknown, answer_to_unknown = await login_with(auth, Device(ISSUER))
    assert "This passkey did not sign you in." in answer.response.text
    assert "This passkey did not sign you in." in answer_to_unknown.response.text
    for each in (browser, other, unknown):
        assert not await is_signed_in(each)


async def test_LG01_another_site_signs_nobody_in(auth: AuthorizationServer) -> None:
    somebody, device = await with_passkey(auth)
    browser = auth.browser()
    page = await browser.get(f"{ISSUER}/login")
    fields = page.form("/login").fields | {"credential": device.get(options(page))}
    step_browser, step = await first_step(auth, somebody)
    for who, path, form in (
        (browser, "/login/passkey", fields),
        (step_browser, STEP, step.form(STEP).fields | {"code": "1"}),
    ):
        for headers in (
            {"sec-fetch-site": "cross-site"},
            {"origin": "https://e.example"},
        ):
            answer = await who.request(
                "POST", f"{ISSUER}{path}", data=form, headers=headers
            )
            shown(answer, 403)
        without = form | {"csrf_token": "x"}
        shown((await post(who, f"{ISSUER}{path}", without)).response, 403)
        assert not await is_signed_in(who)


# Passkeys.


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://id.example.evil.example"},
        {"origin": "http://id.example"},
        {"type": "webauthn.create"},
        {"challenge": encoded(bytes(32))},
        {"challenge": ""},
    ],
)
async def test_what_a_passkey_says_to_another_page_is_worth_nothing(
    auth: AuthorizationServer, stores: Stores, changes: dict[str, str]
) -> None:
    _, device = await with_passkey(auth)
    browser, answer = await login_with(auth, device, **changes)
    shown(answer.response)
    assert not await is_signed_in(browser)
    assert audited(stores, "passkey.refused")


async def test_a_passkey_whose_user_was_not_verified_does_not_count(
    auth: AuthorizationServer,
) -> None:
    _, device = await with_passkey(auth)
    device.flags = USER_PRESENT
    browser, answer = await login_with(auth, device)
    shown(answer.response)
    assert not await is_signed_in(browser)

    somebody = await register(auth)
    page = await add_passkey(auth, somebody, Device(ISSUER, flags=USER_PRESENT))
    shown(page.response)


async def test_an_answer_is_used_once_and_in_its_browser(
    auth: AuthorizationServer,
) -> None:
    _, device = await with_passkey(auth)
    browser = auth.browser()
    page = await browser.get(f"{ISSUER}/login")
    credential = device.get(options(page))
    other = auth.browser()
    theirs = await other.get(f"{ISSUER}/login")
    shown((await sign_in_by_passkey(auth, other, theirs, credential)).response)
    await sign_in_by_passkey(auth, browser, page, credential)
    assert await is_signed_in(browser)
    again = await browser.get(f"{ISSUER}/login")
    shown((await sign_in_by_passkey(auth, browser, again, credential)).response)
    assert not await is_signed_in(other)


async def test_an_answer_that_is_sent_often_at_once_is_used_once(
    auth: AuthorizationServer,
) -> None:
    somebody, device = await register(auth), Device(ISSUER, counts=False)
    await add_passkey(auth, somebody, device)
    browser = auth.browser()
    page = await browser.get(f"{ISSUER}/login")
    credential = device.get(options(page))
    windows = [browser.copy() for _ in range(8)]
    answers = await asyncio.gather(
        *(sign_in_by_passkey(auth, each, page, credential) for each in windows)
    )
    statuses = sorted(answer.response.status_code for answer in answers)
    assert statuses == [200] + [400] * 7
    assert len([each for each in windows if await is_signed_in(each)]) == 1


async def test_a_copied_passkey_is_found_by_its_count(
    auth: AuthorizationServer,
) -> None:
    _, device = await with_passkey(auth)
    await login_with(auth, device)
    device.count -= 1
    browser, answer = await login_with(auth, device)
    shown(answer.response)
    assert not await is_signed_in(browser)


async def test_a_passkey_of_another_is_no_second_factor(
    auth: AuthorizationServer,
) -> None:
    somebody, _ = await with_passkey(auth)
    _, device = await with_passkey(auth)
    browser, page = await first_step(auth, somebody)
    answer = await browser.send(page, STEP, credential=device.get(options(page)))
    shown(answer.response)
    assert not await is_signed_in(browser)


async def test_a_challenge_to_sign_in_adds_no_passkey_and_the_other_way_round(
    auth: AuthorizationServer,
) -> None:
    somebody, device = await with_passkey(auth)
    adding = await somebody.browser.get(f"{ISSUER}{SECURITY}/passkeys")
    asked = json.loads(options(adding))
    request = json.dumps({"challenge": asked["challenge"], "rpId": asked["rp"]["id"]})
    login = await somebody.browser.get(f"{ISSUER}/login")
    answer = await sign_in_by_passkey(
        auth, somebody.browser, login, device.get(request)
    )
    shown(answer.response)


async def test_a_passkey_is_for_whom_the_browser_was_asked_to_make_it(
    auth: AuthorizationServer,
) -> None:
    """Neither for who signs in there afterwards, nor for who has another browser."""
    somebody, other = await register(auth), await register(auth)
    adding = await somebody.browser.get(f"{ISSUER}{SECURITY}/passkeys")
    made = Device(ISSUER).create(options(adding))
    shared = somebody.browser.copy()
    await other.sign_in(shared, await shared.get(f"{ISSUER}/login"))
    for browser in (other.browser, shared):
        page = await browser.get(f"{ISSUER}{SECURITY}/passkeys")
        page = await browser.send(page, f"{SECURITY}/passkeys", credential=made)
        shown(page.response)


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "x",
        "[]",
        "{}",
        "null",
        "[" * 900,
        '{"id":"x"}',
        '{"id":1,"response":{"clientDataJSON":2}}',
        '{"id":"AAAA","response":{"clientDataJSON":"e30"}}',
        '{"id":"\u00e9","response":{"clientDataJSON":"\u00e9"}}',
        '{"id":"AA","response":[]}',
    ],
)
async def test_what_is_no_answer_at_all_is_refused(
    auth: AuthorizationServer, credential: str
) -> None:
    somebody = await register(auth)
    browser = auth.browser()
    page = await browser.get(f"{ISSUER}/login")
    shown((await sign_in_by_passkey(auth, browser, page, credential)).response)
    page = await somebody.browser.get(f"{ISSUER}{SECURITY}/passkeys")
    answer = await somebody.browser.send(
        page, f"{SECURITY}/passkeys", credential=credential
    )
    shown(answer.response)


async def test_nobody_touches_the_passkeys_of_another(
    auth: AuthorizationServer,
) -> None:
    _, device = await with_passkey(auth)
    mallory, _ = await with_passkey(auth)
    page = await mallory.browser.get(f"{ISSUER}{SECURITY}")
    for what in ("rename", "remove"):
        await mallory.browser.send(
            page,
            f"{SECURITY}/passkeys/{what}",
            id=encoded(device.credential_id),
            name="Mine now",
        )
    browser, _ = await login_with(auth, device)
    assert await is_signed_in(browser)
    theirs = await browser.get(f"{ISSUER}{SECURITY}")
    assert "Mine now" not in theirs.response.text
