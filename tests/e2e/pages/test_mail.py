"""Registering, verifying and resetting, as a person with a mailbox does it."""

from itertools import count

import pytest
from playwright.sync_api import expect

from tests.e2e.pages.conftest import Site
from tests.e2e.pages.walk import Walk

pytestmark = pytest.mark.browser

_numbers = count(1)
PASSWORD = "four green umbrellas"
NEW = "nine yellow submarines"


def fill_in(walk: Walk, name: str) -> str:
    """The register page, filled in; the address."""
    email = f"{name}@people.example"
    walk.fill(name="Robin Reader", username=name, email=email, password=PASSWORD)
    return email


def newcomer() -> str:
    return f"robin-{next(_numbers)}"


def open_letter(walk: Walk, email: str, subject: str) -> None:
    """The newest letter of this subject, in the inbox."""
    row = walk.page.locator("li", has_text=email).filter(has_text=subject).first
    while True:
        walk.open("/dev/mail")
        if row.count():
            break
    row.get_by_role("link").click()


def code(walk: Walk) -> str:
    text = walk.page.locator("pre").inner_text()
    return next(
        line.strip()
        for line in text.splitlines()
        if line.strip().replace(" ", "").isdigit()
    )


def register(walk: Walk, name: str) -> str:
    """A new person, up to their account."""
    walk.open("/register")
    email = fill_in(walk, name)
    walk.press("Create account")
    here = walk.page.url
    open_letter(walk, email, "Your code")
    typed = code(walk)
    walk.page.goto(here)
    walk.fill(code=typed)
    walk.press("Create account")
    walk.is_at("/account")
    return email


def test_a_person_registers_with_the_code_of_a_letter(walk: Walk) -> None:
    name = newcomer()
    walk.open("/register")
    walk.check("register")
    email = fill_in(walk, name)
    walk.page.get_by_text("More about you").click()
    walk.check("register-more")
    walk.press("Create account")
    walk.sees("Check your mail")
    walk.check("check-mail")
    here = walk.page.url
    walk.fill(code="0000 0000")
    walk.press("Create account")
    walk.sees("This is not the code of the letter")
    walk.check("check-mail-wrong")
    walk.press("Send it again")
    walk.sees("on its way again")
    open_letter(walk, email, "Your code")
    walk.sees("stands in for a mailbox")
    walk.check("letter")
    typed = code(walk)
    walk.follow("All letters")
    walk.check("inbox")
    walk.page.goto(here)
    walk.fill(code=typed)
    walk.press("Create account")
    walk.is_at("/account")
    walk.open("/account/email")
    walk.sees("Verified")
    walk.check("email")


def test_the_link_works_too_and_so_does_everything_without_scripts(
    plain_walk: Walk,
) -> None:
    walk = plain_walk
    walk.open_authorize(prompt="create")
    email = fill_in(walk, newcomer())
    walk.press("Create account")
    open_letter(walk, email, "Your code")
    walk.page.get_by_role("link", name="register/confirm").click()
    walk.is_at("/register/confirm")
    walk.press("Create account")
    walk.is_at("/consent")
    walk.sees("Web App")


def test_a_forgotten_password_is_replaced_by_a_link(walk: Walk, site: Site) -> None:
    site.forget_tries()
    email = register(walk, newcomer())
    walk.page.context.clear_cookies()
    walk.open("/login")
    walk.follow("Forgot your password?")
    walk.check("reset")
    walk.fill(identifier=email)
    walk.press("Send the link")
    walk.sees("a letter is on its way")
    walk.check("reset-sent")
    open_letter(walk, email, "Choose a new password")
    walk.page.get_by_role("link", name="reset/new").click()
    walk.is_at("/reset/new")
    walk.check("reset-new")
    walk.fill(new_password="password")
    walk.press("Change password")
    walk.sees("This password is easy to guess")
    walk.check("reset-new-weak")
    walk.fill(new_password=NEW)
    walk.press("Change password")
    walk.sees("Your password is changed")
    walk.check("reset-done")
    walk.open("/reset/new?token=x")
    walk.sees("This link is over")
    walk.check("link-over")
    walk.open("/login")
    walk.sign_in(email, NEW)
    walk.is_at("/account")


def test_an_address_changes_by_its_letter(walk: Walk, site: Site) -> None:
    site.forget_tries()
    email = register(walk, newcomer())
    new = f"new-{email}"
    walk.open("/account/email")
    walk.fill(email=new)
    walk.press("Change address")
    walk.sees(new)
    walk.check("address-sent")
    open_letter(walk, new, "Confirm your e-mail address")
    walk.page.get_by_role("link", name="confirm-address").click()
    walk.is_at("/confirm-address")
    walk.check("confirm-address")
    walk.press("Confirm this address")
    walk.is_at("/account/email")
    walk.sees("Your address is verified")
    open_letter(walk, email, "Your e-mail address was changed")


def test_in_another_browser_the_link_asks_for_the_password(
    walk: Walk, plain_walk: Walk, site: Site
) -> None:
    site.forget_tries()
    walk.open("/register")
    email = fill_in(walk, newcomer())
    walk.press("Create account")
    open_letter(plain_walk, email, "Your code")
    plain_walk.page.get_by_role("link", name="register/confirm").click()
    plain_walk.sees("another browser than the one")
    plain_walk.fill(password=PASSWORD)
    plain_walk.press("Create account")
    plain_walk.is_at("/account")


def test_the_meter_judges_a_password_as_it_is_typed(walk: Walk) -> None:
    """And is not there until then, nor without scripts."""
    walk.open("/register")
    meter = walk.page.locator(".meter")
    expect(meter).to_be_hidden()
    for password, said in (
        ("short", "Easy to guess"),
        ("aaaaaaaaaaaa", "Easy to guess"),
        ("password1234", "Easy to guess"),
        ("tulip zebra", "Fair"),
        (PASSWORD, "Good"),
    ):
        walk.fill(password=password)
        expect(meter).to_be_visible()
        expect(meter.get_by_role("status")).to_contain_text(said)
    walk.check("register-meter")


def test_a_person_registers_by_keyboard_alone(walk: Walk, site: Site) -> None:
    site.forget_tries()
    walk.open("/register")
    keyboard, name = walk.page.keyboard, newcomer()
    walk.page.locator("#name").focus()
    for text in ("Robin", name, f"{name}@people.example", PASSWORD):
        keyboard.type(text)
        keyboard.press("Tab")
    keyboard.press("Enter")  # opens what is optional
    expect(walk.page.locator("#birthdate")).to_be_visible()
    keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.press("Enter")
    walk.sees("Check your mail")
    here = walk.page.url
    open_letter(walk, f"{name}@people.example", "Your code")
    typed = code(walk)
    walk.page.goto(here)
    expect(walk.page.locator("#code")).to_be_focused()
    keyboard.type(typed)
    keyboard.press("Enter")
    walk.page.wait_for_url("**/account")
