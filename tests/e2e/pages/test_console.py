"""The developer console, as a developer meets it: every page, every action."""

import json
from itertools import count
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.builders.auth import authorize_parameters
from tests.builders.client_keys import ClientKey
from tests.e2e.pages.conftest import Site
from tests.e2e.pages.walk import Walk

pytestmark = pytest.mark.browser

_numbers = count(1)
#: What a card is called by its `value`.
KINDS = ("web", "spa", "native", "device", "service")


@pytest.fixture
def developer(walk: Walk) -> Walk:
    """Alice, at her apps."""
    walk.open("/apps")
    walk.sign_in()
    return walk


def register(walk: Walk, kind: str = "web", **fields: str) -> str:
    """A new app, by its card; its client_id."""
    walk.open("/apps/new")
    walk.page.check(f"input[name=kind][value={kind}]")
    walk.fill(client_name=f"Garden {next(_numbers)}", **fields)
    if kind not in ("device", "service"):
        uris = "http://127.0.0.1:9/cb" if kind == "native" else "https://app.example/cb"
        walk.fill(redirect_uris=uris)
    if kind == "service":
        walk.page.check("input[name=scope][value='stats:read']")
    walk.press("Register app")
    walk.sees("Your app is ready.")
    return walk.page.input_value("#client_id")


def name_of(walk: Walk) -> str:
    return walk.page.locator("h1").inner_text()


def tab(walk: Walk, text: str) -> None:
    walk.page.locator("nav.tabs").get_by_role("link", name=text, exact=True).click()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_registered_and_shows_what_it_needs(
    developer: Walk, kind: str
) -> None:
    register(developer, kind)
    secret = developer.page.locator("#secret")
    assert secret.count() == (kind in {"web", "service"})
    developer.check(f"app-{kind}")
    tab(developer, "Use it")
    developer.page.evaluate(
        "document.querySelectorAll('main details').forEach(each => each.open = true)"
    )
    developer.check(f"app-{kind}-use")


def test_the_form_and_what_is_wrong_in_it(developer: Walk) -> None:
    developer.follow("Register an app")
    developer.check("app-new")
    developer.fill(
        client_name="Garden",
        redirect_uris="https://app.example/cb\nhttps://*.example/cb\nhttp://a.example/",
    )
    developer.press("Check the URIs")
    developer.sees("Line 2: Wildcards are not possible: register each URI.")
    developer.sees("can be registered")
    developer.press("Register app")
    developer.sees("2 of the lines cannot be taken; see below.")
    developer.check("app-new-wrong")


def test_a_secret_is_copied_and_a_second_one_replaces_it(developer: Walk) -> None:
    developer.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    register(developer, client_uri="https://garden.example/")
    first = developer.page.input_value("#secret")
    developer.page.locator("[data-copy=secret]").click()
    expect(developer.page.locator("[data-copy=secret]")).to_have_text("Copied")
    copied = developer.page.evaluate("navigator.clipboard.readText()")
    assert copied == first
    developer.press("Add a second secret")
    second = developer.page.input_value("#secret")
    assert second != first
    developer.check("app-second-secret")
    developer.page.get_by_role("button", name=f"Revoke {first[:6]}").click()
    developer.sees("The secret is revoked.")
    assert developer.page.get_by_role("button", name="Revoke").count() == 1
    developer.page.reload()
    assert second not in developer.page.content()


def test_settings_are_changed_to_keys(developer: Walk) -> None:
    register(developer)
    page = developer.page
    page.get_by_text("How it proves itself to the token endpoint").first.click()
    page.check("input[value=private_key_jwt]")
    developer.press("Save settings")
    developer.sees("This way to authenticate needs keys or their address.")
    developer.check("app-keys-missing")
    page.check("input[value=private_key_jwt]")
    developer.fill(jwks=json.dumps(ClientKey().jwks))
    developer.press("Save settings")
    developer.sees("The settings are saved.")
    developer.sees("This app proves itself with its own keys, so it has no secret.")


def test_testers_are_named_and_the_app_goes_live(
    developer: Walk, chromium: Browser, site: Site
) -> None:
    app = register(developer, client_uri="https://garden.example/")
    tab(developer, "Testing")
    developer.check("app-testing")
    bob = Walk(chromium.new_context().new_page(), site.url)
    bob.open_authorize(client_id=app, scope="openid")
    bob.sign_in("bob")
    bob.sees("is still in testing")
    bob.check("in-testing")

    developer.fill(name="bob")
    developer.press("Add tester")
    developer.sees("Added.")
    bob.open_authorize(client_id=app, scope="openid")
    bob.is_at("/consent")
    developer.page.get_by_role("button", name="Remove bob").click()
    developer.sees("Removed.")

    developer.press("Go live")
    developer.sees("Something that the app needs is missing.")
    tab(developer, "Settings")
    developer.page.get_by_text("What people can read about it").click()
    developer.fill(contacts="garden@people.example")
    developer.press("Save settings")
    tab(developer, "Testing")
    developer.press("Go live")
    developer.sees("The app is live: everybody can use it.")
    developer.check("app-live")
    bob.open_authorize(client_id=app, scope="openid")
    bob.is_at("/consent")
    bob.page.context.close()


def test_a_test_login_shows_each_step(developer: Walk) -> None:
    register(developer)
    tab(developer, "Test login")
    developer.check("app-test")
    developer.press("Start the test")
    developer.is_at("/consent")
    developer.press("Allow")
    developer.sees("It works")
    developer.sees("nonce is the one that was sent")
    developer.check("app-tested")


def test_the_last_errors_are_shown_beside_what_was_expected(developer: Walk) -> None:
    app = register(developer)
    tab(developer, "Errors")
    developer.sees("Nothing was refused in the last week.")
    here = developer.page.url
    developer.open_authorize(client_id=app, redirect_uri="https://app.example/callback")
    elsewhere = urlencode(authorize_parameters(client_id=app, scope="openid admin"))
    developer.page.request.get(
        f"{developer.url}/oauth/authorize?{elsewhere}", max_redirects=0
    )
    developer.page.goto(here)
    expect(developer.page.get_by_text("allback", exact=True)).to_be_visible()
    developer.sees("admin")
    developer.check("app-errors")


def test_an_app_gets_another_owner(
    developer: Walk, chromium: Browser, site: Site
) -> None:
    register(developer)
    name = name_of(developer)
    developer.page.get_by_text("Offer it").click()
    developer.fill(name="bob", app_name=name)
    developer.press("Offer this app")
    developer.sees("stays yours until they accept")
    developer.check("app-offered")
    bob = Walk(chromium.new_context().new_page(), site.url)
    bob.open("/apps")
    bob.sign_in("bob")
    bob.sees("wants to give you this app")
    bob.check("apps-offer")
    bob.page.get_by_role("button", name=f"Accept {name}").click()
    bob.sees("The app is yours now.")
    bob.check("apps")
    bob.page.context.close()
    developer.page.reload()
    developer.sees("There is nothing here")


def test_an_app_is_deleted_by_typing_its_name(developer: Walk) -> None:
    register(developer)
    name = name_of(developer)
    developer.fill(confirm="something else")
    developer.press("Delete app")
    developer.sees("This is not the app's name.")
    developer.fill(confirm=name)
    developer.press("Delete app")
    developer.sees("The app is deleted.")


def test_an_app_is_registered_with_the_keyboard_alone(developer: Walk) -> None:
    page = developer.page
    developer.open("/apps")
    _tab_to(page, "a[href='/apps/new']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/apps/new")
    _tab_to(page, "input[name=kind]:checked")
    page.keyboard.press("ArrowDown")
    _tab_to(page, "[name=client_name]")
    page.keyboard.type("Garden by keys")
    _tab_to(page, "[name=redirect_uris]")
    page.keyboard.type("https://app.example/cb")
    _tab_to(page, "form[action='/apps/new'] .button")
    page.keyboard.press("Enter")
    developer.sees("Your app is ready.")
    developer.sees("Single-page app")


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        here = "s => document.activeElement === document.querySelector(s)"
        if page.evaluate(here, selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def test_the_console_works_without_scripts(plain_walk: Walk) -> None:
    plain_walk.open("/apps")
    plain_walk.sign_in()
    register(plain_walk)
    assert plain_walk.page.input_value("#secret")
    expect(plain_walk.page.locator("[data-copy=secret]")).to_be_hidden()
    plain_walk.press("Add a second secret")
    tab(plain_walk, "Testing")
    plain_walk.fill(name="bob")
    plain_walk.press("Add tester")
    plain_walk.sees("Added.")
    tab(plain_walk, "Test login")
    plain_walk.press("Start the test")
    plain_walk.press("Allow")
    plain_walk.sees("It works")
