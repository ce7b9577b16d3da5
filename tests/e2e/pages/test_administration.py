"""The administrators' pages, as one of them walks through them."""

import re

import pytest

from tests.e2e.pages.conftest import Site
from tests.e2e.pages.walk import Walk

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _alice_administers(site: Site) -> None:
    site.forget_tries()
    site.sql("UPDATE auth.users SET administrator = (username = 'alice')")
    site.sql("UPDATE auth.clients SET suspended_at = NULL, verified_as = NULL")


def enter(walk: Walk) -> None:
    walk.open("/login")
    walk.sign_in()
    walk.open("/account")


def test_an_administrator_looks_after_people(walk: Walk) -> None:
    enter(walk)
    walk.follow("Administration")
    walk.is_at("/admin/people")
    walk.check("admin-people")
    walk.follow("Create an account")
    walk.check("admin-person-new")
    walk.press("Create the account")
    walk.fill(username="carol", email="nonsense")
    walk.page.locator("[name=email]").evaluate("e => e.type = 'text'")
    walk.press("Create the account")
    walk.sees("This does not look like an e-mail address.")
    walk.check("admin-person-new-wrong")
    walk.fill(username="carol", email="carol@people.example", name="Carol Example")
    walk.press("Create the account")
    walk.sees("Carol Example")
    walk.check("admin-person")
    walk.press("Verify the address")
    walk.sees("The address counts as verified.")
    walk.press("Make an administrator")
    walk.sees("This person administers now.")
    walk.press("Take the administration away")
    walk.press("Disable the account")
    walk.sees("Every session and token of it is dead.")
    walk.check("admin-person-disabled")
    walk.press("Enable the account")
    walk.press("Force a new password")
    walk.open("/admin/people")
    walk.fill(search="car")
    walk.press("Search")
    walk.sees("carol@people.example")


def test_an_administrator_vouches_for_an_app_and_takes_it_away(walk: Walk) -> None:
    enter(walk)
    walk.open("/admin/apps")
    walk.check("admin-apps")
    walk.fill(search="Other App")
    walk.press("Search")
    walk.follow("Other App")
    walk.press("Verify the app")
    walk.sees("The app is verified.")
    walk.check("admin-app")
    walk.press("Suspend the app")
    walk.sees("Every token that it has is dead.")
    walk.check("admin-app-suspended")
    walk.press("Let it back")
    walk.sees("The app is back in service.")


def test_an_administrator_writes_what_people_read(walk: Walk) -> None:
    enter(walk)
    walk.open("/admin/resources")
    walk.check("admin-resources")
    walk.follow("Register an API")
    walk.check("admin-resource-new")
    walk.fill(
        **{
            "identifier": "https://walked.example",
            "name": "Walked",
            "name-0": "walked:read",
            "description-0": "Read where you walked",
        }
    )
    walk.press("Save")
    walk.sees("The API is registered.")
    walk.fill(**{"description-0": ""})
    walk.press("Save")
    walk.sees("Each permission needs the sentence that people read.")
    walk.check("admin-resource-wrong")


def test_an_administrator_rotates_the_keys(walk: Walk) -> None:
    enter(walk)
    walk.open("/admin/keys")
    walk.check("admin-keys")
    walk.press("Rotate at once")
    walk.sees("The announced keys sign now.")
    walk.check("admin-keys-rotated")
    walk.press("Remove")
    walk.sees("The key is gone")


def test_an_administrator_reads_what_happened(walk: Walk) -> None:
    enter(walk)
    walk.open("/admin/audit")
    walk.check("admin-audit")
    walk.page.select_option("#event", "sign_in")
    walk.press("Filter")
    assert set(walk.page.locator("li strong").all_inner_texts()) == {"sign_in"}
    with walk.page.expect_download() as download:
        walk.follow("Export as CSV")
    assert download.value.suggested_filename == "audit-log.csv"
    walk.open("/admin/settings")
    walk.check("admin-settings")
    walk.sees("KEY_ENCRYPTION_SECRET")


def test_no_script_is_needed(plain_walk: Walk) -> None:
    enter(plain_walk)
    for place in ("People", "Apps", "APIs", "Keys", "Audit log", "Settings"):
        plain_walk.open("/admin/people")
        plain_walk.follow(place)
        heading = plain_walk.page.locator("h1").inner_text()
        assert heading == place
    plain_walk.open("/admin/apps")
    plain_walk.fill(search="Post App")
    plain_walk.press("Search")
    plain_walk.follow("Post App")
    plain_walk.press("Suspend the app")
    plain_walk.sees("The app is suspended.")


def test_the_keyboard_is_enough(walk: Walk) -> None:
    """Find a person and end their sessions with Tab and Enter."""
    enter(walk)
    walk.open("/admin/people")

    def tab_to(text: str) -> None:
        said = "document.activeElement.innerText || document.activeElement.name || ''"
        for _ in range(60):
            walk.page.keyboard.press("Tab")
            if re.search(text, str(walk.page.evaluate(said))):
                return
        raise AssertionError(f"Tab does not come to {text}")

    tab_to("^search$")
    walk.page.keyboard.type("alice")
    walk.page.keyboard.press("Enter")
    walk.page.wait_for_url("**search=alice**")
    tab_to("^Alice$")
    walk.page.keyboard.press("Enter")
    walk.page.wait_for_url(re.compile(r"/admin/people/[0-9a-f]+$"))
    tab_to("^End every session$")
    walk.page.keyboard.press("Enter")
    walk.page.wait_for_url("**/login?**")
