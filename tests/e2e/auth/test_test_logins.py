"""/apps over HTTP: test logins."""

from tests.e2e.auth.console import post, text_of
from tests.e2e.auth.test_apps import (
    client_id,
    register_app,
)
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import register
from tests.e2e.stores import Stores


async def test_a_test_login_goes_from_the_request_to_the_claims(
    auth: AuthorizationServer,
) -> None:
    owner = await register(auth)
    page = await register_app(auth, owner)
    app = client_id(page)
    page = await post(auth, owner, f"/apps/{app}/test")
    assert page.url.startswith(f"{auth.issuer}/consent")
    page = await owner.browser.send(page, "/consent", action="allow")
    assert page.url.startswith(f"{auth.issuer}/apps/{app}/test-callback?code=")
    told = text_of(page)
    assert "It works" in told
    assert f'"aud": "{app}"' in told
    assert "nonce is the one that was sent" in told
    assert page.query["code"] not in told
    assert "eyJ" not in told


async def test_the_tokens_of_a_test_login_are_revoked(
    auth: AuthorizationServer, stores: Stores
) -> None:
    owner = await register(auth)
    app = client_id(await register_app(auth, owner))
    page = await post(auth, owner, f"/apps/{app}/test")
    await owner.browser.send(page, "/consent", action="allow")
    rows = stores.run("SELECT grant_id FROM auth.grants WHERE client_id = %s", app)
    revoked = stores.run("SELECT id FROM auth.revocations")
    assert rows
    assert set(rows) <= set(revoked)


async def test_a_test_login_that_is_denied_says_so(auth: AuthorizationServer) -> None:
    owner = await register(auth)
    app = client_id(await register_app(auth, owner))
    page = await post(auth, owner, f"/apps/{app}/test")
    page = await owner.browser.send(page, "/consent", action="deny")
    assert "did not go through" in text_of(page)
    assert "access_denied" in text_of(page)


async def test_RU01_the_test_callback_is_nobodys_redirect_uri(
    auth: AuthorizationServer,
) -> None:
    """It is never taken from a request: only the console begins such a sign-in."""
    owner, other = await register(auth), await register(auth)
    app = client_id(await register_app(auth, owner))
    callback = f"{auth.issuer}/apps/{app}/test-callback"
    for person in (owner, other):
        page = await auth.authorize(
            person.browser, client_id=app, redirect_uri=callback
        )
        assert page.response.status_code == 400
        assert "redirect_uri is not registered" in page.response.text


async def test_a_test_login_ends_in_the_browser_that_began_it(
    auth: AuthorizationServer,
) -> None:
    owner, other = await register(auth), await register(auth)
    app = client_id(await register_app(auth, owner))
    elsewhere = auth.browser()
    page = await elsewhere.get(f"{auth.issuer}/login")
    await owner.sign_in(elsewhere, page)

    page = await post(auth, owner, f"/apps/{app}/test")
    form = page.form("/consent").fields | {"action": "allow"}
    answer = await owner.browser.request(
        "POST",
        f"{auth.issuer}/consent",
        data=form,
        headers={"sec-fetch-site": "same-origin"},
    )
    resume = await owner.browser.request(
        "GET", f"{auth.issuer}{answer.headers['location']}"
    )
    callback = resume.headers["location"]
    assert "test-callback?code=" in callback

    assert (await other.browser.get(callback)).response.status_code == 404
    stolen = await elsewhere.get(callback)
    assert stolen.response.status_code == 400
    again = await owner.browser.get(callback)
    assert again.response.status_code == 400, "a state is good once"
