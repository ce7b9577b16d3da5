"""The pages in German, which is longer: they fit, and all of them are in it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.pages.conftest import Site
from tests.e2e.pages.test_consenting import forget
from tests.e2e.pages.walk import Walk

pytestmark = pytest.mark.browser


@pytest.fixture
def deutsch(chromium: Browser, site: Site) -> Iterator[Walk]:
    """A window of a person who reads German."""
    site.forget_tries()
    context = chromium.new_context(locale="de-CH")
    context.set_default_timeout(10_000)
    yield Walk(context.new_page(), site.url)
    context.close()


def is_german(walk: Walk, name: str) -> None:
    """A screen reader is told so too."""
    expect(walk.page.locator("html")).to_have_attribute("lang", "de")
    walk.check(f"german-{name}")


def test_signing_in_and_consent(deutsch: Walk, site: Site) -> None:
    forget(site, "alice")
    deutsch.open_authorize(scope="openid profile notes:read offline_access")
    is_german(deutsch, "login")
    deutsch.sign_in(button="Anmelden")
    deutsch.sees("Web App")
    is_german(deutsch, "consent")
    deutsch.open("/register")
    is_german(deutsch, "register")
    deutsch.open("/reset")
    is_german(deutsch, "reset")
    deutsch.open("/nothing")
    is_german(deutsch, "error")


def test_the_account_the_console_and_administration(deutsch: Walk, site: Site) -> None:
    site.sql("UPDATE auth.users SET administrator = (username = 'alice')")
    deutsch.open("/login")
    deutsch.sign_in(button="Anmelden")
    for path in (
        "/account",
        "/account/security",
        "/account/sessions",
        "/account/apps",
        "/account/activity",
        "/account/delete",
        "/apps",
        "/apps/new",
        "/admin/people",
        "/admin/keys",
        "/admin/resources",
        "/admin/settings",
    ):
        deutsch.open(path)
        is_german(deutsch, path.strip("/").replace("/", "-"))


def test_the_app_says_which_language_its_people_read(walk: Walk) -> None:
    """OpenID Connect Core section 3.1.2.1: before the browser's own wish."""
    walk.open_authorize(ui_locales="fr de")
    walk.sees("Anmelden")
    walk.open_authorize(ui_locales="fr")
    walk.sees("Sign in")
