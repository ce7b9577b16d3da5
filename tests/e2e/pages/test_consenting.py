"""The consent page and the chooser, as people meet them."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Error, expect

from tests.e2e.pages.conftest import Site
from tests.e2e.pages.walk import Walk

pytestmark = pytest.mark.browser


def forget(site: Site, name: str) -> None:
    """What this person has allowed."""
    site.sql(
        "DELETE FROM auth.consents USING auth.users u"
        " WHERE consents.subject = u.subject AND u.username = %s",
        name,
    )


def comes_back(walk: Walk, with_: str, act: Callable[[], None]) -> None:
    """To the app, which is not there; the address is what counts."""
    there = f"https://app.example/cb?{with_}="
    with (
        walk.page.expect_request(lambda request: request.url.startswith(there)),
        suppress(Error),
    ):
        act()
    walk.page = walk.page.context.new_page()


def test_consent_is_given_remembered_and_asked_for_what_is_new(
    walk: Walk, site: Site
) -> None:
    forget(site, "alice")
    walk.open_authorize(scope="openid notes:read")
    walk.sign_in()
    walk.is_at("/consent")
    walk.sees("Web App")
    walk.sees("app.example")
    walk.sees("Not verified")
    expect(
        walk.page.get_by_role("button", name="Allow", exact=True)
    ).not_to_be_focused()
    allow, deny = (
        walk.page.get_by_role("button", name=name, exact=True).bounding_box()
        for name in ("Allow", "Deny")
    )
    assert allow is not None
    assert deny is not None
    assert abs(allow["width"] - deny["width"]) < 1
    assert allow["height"] == deny["height"]
    walk.check("consent")
    comes_back(walk, "error", lambda: walk.press("Deny"))
    walk.open_authorize(scope="openid notes:read")
    comes_back(walk, "code", lambda: walk.press("Allow"))
    comes_back(walk, "code", lambda: walk.open_authorize(scope="openid notes:read"))
    walk.open_authorize(scope="openid profile notes:read")
    walk.is_at("/consent")
    walk.sees("It also asks to")
    walk.sees("Already allowed (2)")
    walk.check("consent-more")


def test_consent_by_keyboard_alone(walk: Walk, site: Site) -> None:
    forget(site, "alice")
    walk.open_authorize()
    walk.sign_in()
    walk.is_at("/consent")
    for _ in range(12):
        walk.page.keyboard.press("Tab")
        if walk.page.evaluate("document.activeElement.value") == "allow":
            break
    comes_back(walk, "code", lambda: walk.page.keyboard.press("Enter"))


def test_an_account_is_chosen_without_scripts(plain_walk: Walk, site: Site) -> None:
    forget(site, "alice")
    walk = plain_walk
    walk.open("/login")
    walk.sign_in()
    walk.open("/login")
    walk.sign_in("bob")
    walk.open_authorize(prompt="select_account")
    walk.is_at("/select-account")
    walk.page.get_by_role("button", name="alice@people.example").click()
    walk.is_at("/consent")
    walk.sees("alice@people.example")
    walk.press("Use another account")
    walk.is_at("/select-account")
    walk.press("Use another account")
    walk.is_at("/login")


def test_the_chooser_is_accessible(walk: Walk) -> None:
    walk.open("/login")
    walk.sign_in()
    walk.open("/login")
    walk.sign_in("bob")
    walk.open_authorize(prompt="select_account")
    walk.check("select-account")
