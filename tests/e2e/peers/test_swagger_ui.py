"""Swagger UI's Authorize button, as the notes API's documentation shows it."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.peers.python_stack import Stack

pytestmark = pytest.mark.browser


def _authorize(docs: Page, stack: Stack, name: str) -> Locator:
    """Press Authorize, sign in and allow what is asked, the first time; the dialog."""
    docs.goto(f"{stack.settings.resource}/docs")
    docs.get_by_role("button", name="Authorize", exact=True).click()
    dialog = docs.locator(".dialog-ux")
    with docs.expect_popup() as opened:
        dialog.get_by_role("button", name="Apply given OAuth2 credentials").click()
    popup = opened.value
    popup.get_by_label("Username or email").fill(name)
    popup.get_by_label("Password").fill(stack.password(name))
    popup.get_by_role("button", name="Sign in", exact=True).click()
    popup.get_by_role("button", name="Allow").click()
    expect(dialog.get_by_role("button", name="Remove authorization")).to_be_visible()
    return dialog


def test_a_token_from_the_authorize_button_opens_the_routes(
    stack: Stack, page: Page
) -> None:
    _authorize(page, stack, "alice").get_by_role("button", name="Close").last.click()

    block = page.locator("[id$='whom_this_token_speaks_for_me_get']")
    block.get_by_role("button", name="get /me", exact=True).click()
    block.get_by_role("button", name="Try it out").click()
    with page.expect_response(f"{stack.settings.resource}/me") as answer:
        block.get_by_role("button", name="Execute").click()

    assert answer.value.status == 200
    said = answer.value.json()
    assert said["speaks_for"] == "person"
    assert said["client_id"] == "swagger-ui"
    expect(block.locator(".live-responses-table")).to_contain_text(said["sub"])


def test_logout_forgets_the_token(stack: Stack, page: Page) -> None:
    dialog = _authorize(page, stack, "bob")

    dialog.get_by_role("button", name="Remove authorization").click()

    ask_again = dialog.get_by_role("button", name="Apply given OAuth2 credentials")
    expect(ask_again).to_be_visible()
    dialog.get_by_role("button", name="Close").last.click()
    expect(page.locator(".authorization__btn.locked")).to_have_count(0)
