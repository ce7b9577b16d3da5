"""Passkeys, authenticator apps and recovery codes, as a person meets them."""

import re
from itertools import count
from time import time

import pyotp
import pytest
from playwright.sync_api import CDPSession, expect

from tests.builders.auth import PASSWORDS
from tests.e2e.pages.conftest import Site
from tests.e2e.pages.walk import Walk

pytestmark = pytest.mark.browser

_numbers = count(1)


@pytest.fixture
def device(walk: Walk) -> CDPSession:
    """A device that makes passkeys and always knows its user."""
    session = walk.page.context.new_cdp_session(walk.page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session


def new_person(walk: Walk, site: Site) -> str:
    """Somebody of this test's own, with alice's password, before the login page."""
    name = f"factor-{next(_numbers)}"
    site.sql(
        "INSERT INTO auth.users (subject, username, username_canonical, email,"
        " email_canonical, email_verified, password_hash, name)"
        " SELECT %s, %s, %s, %s, %s, true, password_hash, 'Some Body'"
        " FROM auth.users WHERE username = 'alice'",
        *(name, name, name, f"{name}@people.example", f"{name}@people.example"),
    )
    walk.open("/login")
    return name


def sign_in(walk: Walk, name: str) -> None:
    walk.sign_in(name, PASSWORDS["alice"])


def code(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).generate_otp(int(time()) // 30 + steps)


def set_up_app(walk: Walk) -> tuple[str, list[str]]:
    """By the security page; the secret and the recovery codes."""
    walk.open("/account/security")
    walk.follow("Set up an app")
    walk.check("authenticator")
    secret = walk.page.locator("#secret").inner_text().replace(" ", "")
    expect(walk.page.locator("svg.qr")).to_be_visible()
    walk.fill(code="000000")
    walk.press("Turn on")
    walk.sees("This is not the code that the app shows now.")
    walk.check("authenticator-wrong")
    walk.fill(code=code(secret))
    walk.press("Turn on")
    walk.sees("Your recovery codes")
    walk.check("recovery-codes")
    codes = walk.page.locator(".codes li").all_inner_texts()
    walk.follow("I have kept them")
    return secret, codes


def test_a_passkey_is_added_and_signs_in(
    walk: Walk, site: Site, device: CDPSession
) -> None:
    name = new_person(walk, site)
    sign_in(walk, name)
    walk.open("/account/security")
    walk.check("security-without-factors")
    walk.follow("Add a passkey")
    walk.check("add-passkey")
    walk.fill(name="My laptop")
    walk.press("Create passkey")
    walk.sees("Your recovery codes")
    walk.follow("I have kept them")
    walk.sees("My laptop")
    walk.sees("You have one passkey only.")
    walk.check("security")
    walk.page.get_by_text("Rename").first.click()
    walk.page.get_by_label("New name").fill("Old laptop")
    walk.press("Save name")
    walk.sees("Your passkey has its new name.")
    walk.press("Sign out")

    # The browser offers it by itself, as it does with names and passwords.
    walk.open("/login")
    walk.page.wait_for_url(f"{walk.url}/account")
    walk.open("/account/security")
    walk.sees("last used")
    walk.press("Remove Old laptop")
    walk.sees("The passkey is removed.")


def test_the_button_signs_in_with_a_passkey(
    walk: Walk, site: Site, device: CDPSession
) -> None:
    name = new_person(walk, site)
    sign_in(walk, name)
    walk.open("/account/security/passkeys")
    walk.press("Create passkey")
    walk.sees("Your recovery codes")
    walk.open("/account")
    walk.press("Sign out")
    # Without autofill, as on browsers that have none.
    walk.page.add_init_script(
        "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
    )
    walk.open_authorize()
    walk.press("Sign in with a passkey")
    walk.page.wait_for_url(re.compile("/consent"))
    walk.sees("Web App")

    # After the password it is the second factor.
    walk.open("/account")
    walk.press("Sign out")
    walk.open("/login")
    sign_in(walk, name)
    walk.sees("One more step")
    walk.check("second-factor-passkey")
    walk.press("Use a passkey")
    walk.page.wait_for_url(f"{walk.url}/account")


def test_an_app_shows_the_codes_that_are_asked_for(walk: Walk, site: Site) -> None:
    name = new_person(walk, site)
    sign_in(walk, name)
    secret, codes = set_up_app(walk)
    assert len(codes) == 10
    walk.sees("10 codes are left.")
    walk.press("Sign out")
    walk.open_authorize()
    walk.sees("Web App")
    walk.check("login-for-an-app")
    sign_in(walk, name)
    walk.check("second-factor")
    walk.fill(code="000000")
    walk.press("Continue")
    walk.sees("This code is not right")
    walk.check("second-factor-wrong")
    walk.fill(code=code(secret, 1))
    walk.press("Continue")
    walk.page.wait_for_url(re.compile("/consent"))

    walk.open("/account")
    walk.press("Sign out")
    walk.open("/login")
    sign_in(walk, name)
    walk.page.get_by_text("Your device is not at hand?").click()
    walk.page.get_by_label("Recovery code").fill(codes[0])
    walk.press("Use the recovery code")
    walk.page.wait_for_url(f"{walk.url}/account")
    walk.open("/account/security")
    walk.sees("9 codes are left.")
    walk.press("Remove the app")
    walk.sees("The authenticator app is removed.")


def test_everything_but_passkeys_works_without_scripts(
    plain_walk: Walk, site: Site
) -> None:
    walk = plain_walk
    name = new_person(walk, site)
    expect(walk.page.get_by_text("Sign in with a passkey")).to_be_hidden()
    expect(walk.page.get_by_text("Show password")).to_be_hidden()
    sign_in(walk, name)
    walk.open("/account/security")
    walk.follow("Set up an app")
    secret = walk.page.locator("#secret").inner_text().replace(" ", "")
    walk.fill(code=code(secret))
    walk.press("Turn on")
    walk.follow("I have kept them")
    walk.follow("Add a passkey")
    walk.sees("This browser cannot make passkeys")
    walk.open("/account")
    walk.press("Sign out")
    walk.open("/login")
    sign_in(walk, name)
    walk.fill(code=code(secret, 1))
    walk.press("Continue")
    walk.is_at("/account")


def test_a_person_signs_in_by_keyboard_alone(walk: Walk, site: Site) -> None:
    name = new_person(walk, site)
    sign_in(walk, name)
    walk.open("/account/security/authenticator")
    secret = walk.page.locator("#secret").inner_text().replace(" ", "")
    walk.fill(code=code(secret))
    walk.press("Turn on")
    walk.follow("I have kept them")
    walk.press("Sign out")
    walk.open("/login")
    keyboard = walk.page.keyboard
    # The first field has the focus, once the page is there.
    expect(walk.page.locator("#identifier")).to_be_focused()
    keyboard.type(name)
    keyboard.press("Tab")
    keyboard.type(PASSWORDS["alice"])
    keyboard.press("Tab")
    expect(walk.page.get_by_role("button", name="Show password")).to_be_focused()
    keyboard.press("Enter")
    expect(walk.page.locator("#password")).to_have_attribute("type", "text")
    keyboard.press("Tab")
    keyboard.press("Space")
    keyboard.press("Tab")
    keyboard.press("Enter")
    walk.sees("One more step")
    expect(walk.page.locator("#code")).to_be_focused()
    keyboard.type(code(secret, 1))
    keyboard.press("Enter")
    walk.page.wait_for_url(f"{walk.url}/account")


def test_the_login_page_says_what_is_wrong_and_when_to_retry(
    walk: Walk, site: Site
) -> None:
    name = new_person(walk, site)
    for _ in range(6):
        walk.sign_in(name, "not the password")
    walk.sees("Too many tries.")
    walk.check("login-too-many")
    site.forget_tries()
    walk.open("/login")
    walk.sign_in(name, "not the password")
    walk.sees("do not belong together")
    walk.check("login-wrong")
