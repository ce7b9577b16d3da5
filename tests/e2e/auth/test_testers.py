"""/apps over HTTP: who may use an app that is in testing, and going live."""

import re

import pytest

from tests.e2e.auth.console import post, text_of
from tests.e2e.auth.test_apps import (
    client_id,
    go_live,
    register_app,
)
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Page
from tests.e2e.people import Somebody, register
from tests.e2e.stores import Stores


async def use(auth: AuthorizationServer, person: Somebody, app: str) -> Page:
    """Come to an app, as far as the consent page or whatever is there instead."""
    return await auth.authorize(person.browser, client_id=app)


async def test_an_app_in_testing_is_for_its_owner_and_its_testers(
    auth: AuthorizationServer,
) -> None:
    owner, tester, stranger = [await register(auth) for _ in range(3)]
    app = client_id(await register_app(auth, owner))
    assert (await use(auth, owner, app)).url.startswith(f"{auth.issuer}/consent")
    for person in (tester, stranger):
        refused = await use(auth, person, app)
        assert refused.response.status_code == 403
        assert "is still in testing" in text_of(refused)

    named = await post(
        auth, owner, f"/apps/{app}/testing", action="add", name=tester.username
    )
    assert tester.username in named.response.text
    assert (await use(auth, tester, app)).url.startswith(f"{auth.issuer}/consent")
    assert (await use(auth, stranger, app)).response.status_code == 403

    await post(
        auth, owner, f"/apps/{app}/testing", action="remove", name=tester.username
    )
    assert (await use(auth, tester, app)).response.status_code == 403


async def test_who_is_no_tester_goes_back_with_access_denied_if_they_want(
    auth: AuthorizationServer,
) -> None:
    owner, stranger = await register(auth), await register(auth)
    app = client_id(await register_app(auth, owner))
    page = await use(auth, stranger, app)
    back = re.findall(r'href="(https://app\.example/cb[^"]*)"', page.response.text)
    assert "error=access_denied" in back[0]
    assert "state=the-state" in back[0]


async def test_a_silent_request_for_who_was_a_tester_is_denied_without_a_page(
    auth: AuthorizationServer,
) -> None:
    owner, tester = await register(auth), await register(auth)
    app = client_id(await register_app(auth, owner))
    here = f"/apps/{app}/testing"
    await post(auth, owner, here, action="add", name=tester.username)
    await auth.code(tester.browser, client_id=app)
    await post(auth, owner, here, action="remove", name=tester.username)
    silent = await auth.authorize(tester.browser, client_id=app, prompt="none")
    assert silent.query["error"] == "access_denied"
    assert silent.url.startswith("https://app.example/cb?")


async def test_a_tester_who_is_dropped_at_the_consent_page_gets_no_code(
    auth: AuthorizationServer,
) -> None:
    owner, tester = await register(auth), await register(auth)
    app = client_id(await register_app(auth, owner))
    here = f"/apps/{app}/testing"
    await post(auth, owner, here, action="add", name=tester.username)
    page = await use(auth, tester, app)
    await post(auth, owner, here, action="remove", name=tester.username)
    answer = await tester.browser.send(page, "/consent", action="allow")
    assert answer.response.status_code == 403


@pytest.mark.parametrize("verified", [True, False])
async def test_a_tester_named_by_an_address_has_to_have_shown_that_it_is_theirs(
    auth: AuthorizationServer, stores: Stores, verified: bool
) -> None:
    owner, tester = await register(auth), await register(auth)
    app = client_id(await register_app(auth, owner))
    await post(auth, owner, f"/apps/{app}/testing", action="add", name=tester.email)
    stores.run(
        "UPDATE auth.users SET email_verified = %s WHERE username = %s",
        verified,
        tester.username,
    )
    page = await use(auth, tester, app)
    assert page.url.startswith(f"{auth.issuer}/consent") is verified


async def test_naming_a_tester_tells_nobody_who_has_an_account(
    auth: AuthorizationServer,
) -> None:
    owner, somebody = await register(auth), await register(auth)
    app = client_id(await register_app(auth, owner))
    answers = []
    for name in (somebody.username, "nobody-of-that-name"):
        page = await post(auth, owner, f"/apps/{app}/testing", action="add", name=name)
        answers.append(page.response.text.replace(name, "NAME").count("NAME"))
        page = await post(
            auth, owner, f"/apps/{app}/testing", action="remove", name=name
        )
    assert answers[0] == answers[1]


@pytest.mark.parametrize("name", ["", "two words", "a\u202eb", "x" * 255])
async def test_what_can_be_nobodys_name_is_refused(
    auth: AuthorizationServer, name: str
) -> None:
    owner = await register(auth)
    app = client_id(await register_app(auth, owner))
    page = await post(auth, owner, f"/apps/{app}/testing", action="add", name=name)
    assert page.response.status_code == 400
    assert 'id="error-name"' in page.response.text


async def test_an_app_goes_live_when_it_has_what_it_needs(
    auth: AuthorizationServer,
) -> None:
    owner, stranger = await register(auth), await register(auth)
    app = client_id(await register_app(auth, owner, client_uri=""))
    early = await post(auth, owner, f"/apps/{app}/testing", action="live")
    assert early.response.status_code == 400
    assert "Missing." in early.response.text
    assert (await use(auth, stranger, app)).response.status_code == 403
    await go_live(auth, owner, app)
    assert (await use(auth, stranger, app)).url.startswith(f"{auth.issuer}/consent")
    await post(auth, owner, f"/apps/{app}/testing", action="testing")
    assert (await use(auth, stranger, app)).response.status_code == 403


async def test_a_device_in_testing_is_allowed_by_a_tester_only(
    auth: AuthorizationServer,
) -> None:
    owner, stranger = await register(auth), await register(auth)
    app = client_id(await register_app(auth, owner, kind="device"))
    for person, status in ((stranger, 403), (owner, 200)):
        asked = await auth.http().post(
            "/oauth/device_authorization", data={"client_id": app, "scope": "openid"}
        )
        page = await person.browser.get(f"{auth.issuer}/device")
        page = await person.browser.send(
            page, "/device", user_code=asked.json()["user_code"], action="continue"
        )
        assert page.response.status_code == status, page.response.text


async def test_a_provisioned_app_is_live(auth: AuthorizationServer) -> None:
    page = await use(auth, await register(auth), "web-app")
    assert page.url.startswith(f"{auth.issuer}/consent")
