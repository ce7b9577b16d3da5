"""A person's own pages, walked through in Chromium."""

import json
from io import BytesIO
from itertools import count
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.pages.conftest import Site
from tests.e2e.pages.test_mail import PASSWORD, register
from tests.e2e.pages.walk import Walk

pytestmark = pytest.mark.browser

_numbers = count(1)


def newcomer() -> str:
    return f"owner-{next(_numbers)}"


def photo(folder: Path) -> Path:
    file = folder / "me.jpg"
    Image.radial_gradient("L").resize((900, 600)).convert("RGB").save(file)
    return file


def connect(walk: Walk) -> None:
    """Allow web-app something; its own address does not exist."""
    walk.page.route(
        "https://app.example/**", lambda route: route.fulfill(body="the app")
    )
    walk.open_authorize()
    walk.press("Allow")
    walk.page.wait_for_url("https://app.example/**")


def go_through(walk: Walk, folder: Path) -> None:
    """Each page and each of its actions."""
    name = newcomer()
    register(walk, name)
    walk.page.set_input_files("[name=picture]", photo(folder))
    walk.press("Upload")
    walk.sees("Your picture is saved.")
    walk.check("account-profile")
    walk.press("Remove picture")
    walk.sees("Your picture is gone.")
    walk.fill(name="Robin the Reader", phone_number="12")
    walk.press("Save profile")
    walk.check("account-profile-wrong")
    walk.fill(phone_number="+44 20 7946 0018")
    walk.page.select_option("[name=locale]", "en")
    walk.press("Save profile")
    walk.sees("Your profile is saved.")
    connect(walk)
    walk.open("/account/apps")
    walk.sees("Web App")
    walk.check("account-apps")
    walk.page.get_by_role("button", name="Remove access").first.click()
    walk.sees("The app has no access any more.")
    walk.check("account-apps-none")


@pytest.fixture
def _no_waiting(site: Site) -> None:
    site.forget_tries()


@pytest.mark.usefixtures("_no_waiting")
def test_every_page_of_ones_own(walk: Walk, tmp_path: Path) -> None:
    go_through(walk, tmp_path)
    walk.open("/account/activity")
    walk.sees("Your account was created.")
    walk.check("account-activity")
    walk.open("/account/data")
    walk.check("account-data")
    with walk.page.expect_download() as download:
        walk.press("Download")
    found = json.loads(download.value.path().read_text())
    assert found["profile"]["name"] == "Robin the Reader"


@pytest.mark.usefixtures("_no_waiting")
def test_every_page_of_ones_own_works_without_scripts(
    plain_walk: Walk, site: Site, tmp_path: Path
) -> None:
    walk, name = plain_walk, newcomer()
    register(walk, name)
    walk.page.set_input_files("[name=picture]", photo(tmp_path))
    walk.press("Upload")
    walk.sees("Your picture is saved.")
    shown = walk.page.locator("img.round").get_attribute("src")
    kept = httpx.get(f"{site.url}{shown}")
    assert Image.open(BytesIO(kept.content)).size == (512, 512)
    walk.open("/account/activity")
    walk.sees("Your picture was changed.")
    walk.open("/account/data")
    walk.follow("Delete my account …")
    walk.fill(username="somebody else")
    walk.press("Delete my account")
    walk.sees("Type your username as it stands here.")
    walk.fill(username=name)
    walk.press("Delete my account")
    walk.is_at("/")
    assert not site.sql("SELECT 1 FROM auth.users WHERE username = %s", name)


@pytest.mark.usefixtures("_no_waiting")
def test_sessions_and_the_end_of_an_account(
    walk: Walk, plain_walk: Walk, site: Site
) -> None:
    name = newcomer()
    register(walk, name)
    plain_walk.open("/login")
    plain_walk.sign_in(name, PASSWORD)
    walk.open("/account/sessions")
    walk.sees("This browser")
    walk.check("account-sessions")
    walk.press("End all other sessions")
    walk.sees("Every other session is over.")
    plain_walk.open("/account")
    plain_walk.is_at("/login")
    walk.open("/account/delete")
    walk.check("account-delete")
    walk.fill(username="nobody")
    walk.press("Delete my account")
    walk.check("account-delete-wrong")
    walk.fill(username=name)
    walk.press("Delete my account")
    walk.is_at("/")
    assert not site.sql("SELECT 1 FROM auth.users WHERE username = %s", name)


@pytest.mark.usefixtures("_no_waiting")
def test_a_profile_is_changed_by_keyboard_alone(walk: Walk) -> None:
    register(walk, newcomer())
    walk.open("/account")
    field = walk.page.locator("[name=name]")
    keys = walk.page.keyboard
    for _ in range(40):
        keys.press("Tab")
        if field.evaluate("e => e === document.activeElement"):
            break
    keys.press("Control+A")
    keys.type("Robin of the Keys")
    keys.press("Enter")
    walk.sees("Your profile is saved.")
    expect(walk.page.locator("[name=name]")).to_have_value("Robin of the Keys")
