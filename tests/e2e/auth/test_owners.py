"""/apps over HTTP: new owners, and what people are asked again."""

import pytest

from tests.e2e.auth.console import post, text_of
from tests.e2e.auth.test_apps import (
    FORM,
    client_id,
    register_app,
    show,
)
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import register


async def test_a_new_owner_has_to_accept(auth: AuthorizationServer) -> None:
    giver, taker, other = [await register(auth) for _ in range(3)]
    page = await register_app(auth, giver)
    app = client_id(page)
    offered = await post(
        auth, giver, f"/apps/{app}/transfer", name=taker.username, app_name="Garden"
    )
    assert "stays yours until they accept" in text_of(offered)
    assert (await show(auth, giver, app)).response.status_code == 200
    for person, status in ((other, 404), (giver, 404)):
        page = await post(auth, person, f"/apps/{app}/offer", action="accept")
        assert page.response.status_code == status
    listed = await taker.browser.get(f"{auth.issuer}/apps")
    assert "Offered to you" in listed.response.text

    done = await post(auth, taker, f"/apps/{app}/offer", action="accept")

    assert "The app is yours now" in done.response.text
    assert (await show(auth, taker, app)).response.status_code == 200
    assert (await show(auth, giver, app)).response.status_code == 404
    twice = await post(auth, taker, f"/apps/{app}/offer", action="accept")
    assert twice.response.status_code == 404


async def test_an_offer_is_declined_by_whom_it_is_for_only(
    auth: AuthorizationServer,
) -> None:
    giver, taker, other = [await register(auth) for _ in range(3)]
    app = client_id(await register_app(auth, giver))
    offer = {"name": taker.username, "app_name": "Garden"}
    await post(auth, giver, f"/apps/{app}/transfer", **offer)
    declined = await post(auth, other, f"/apps/{app}/offer", action="decline")
    assert declined.response.status_code == 404
    taken = await post(auth, taker, f"/apps/{app}/offer", action="accept")
    assert "The app is yours now" in taken.response.text


async def test_an_offer_is_declined_or_taken_back(auth: AuthorizationServer) -> None:
    giver, taker = await register(auth), await register(auth)
    app = client_id(await register_app(auth, giver))
    offer = {"name": taker.username, "app_name": "Garden"}
    await post(auth, giver, f"/apps/{app}/transfer", **offer)
    await post(auth, taker, f"/apps/{app}/offer", action="decline")
    late = await post(auth, taker, f"/apps/{app}/offer", action="accept")
    assert late.response.status_code == 404
    await post(auth, giver, f"/apps/{app}/transfer", **offer)
    await post(auth, giver, f"/apps/{app}/transfer/withdraw")
    late = await post(auth, taker, f"/apps/{app}/offer", action="accept")
    assert late.response.status_code == 404
    assert (await show(auth, giver, app)).response.status_code == 200


@pytest.mark.parametrize(
    ("name", "app_name", "field"),
    [("", "Garden", "name"), ("bob", "garden", "app_name"), ("a b", "Garden", "name")],
)
async def test_an_app_is_given_away_on_purpose(
    auth: AuthorizationServer, name: str, app_name: str, field: str
) -> None:
    giver = await register(auth)
    app = client_id(await register_app(auth, giver))
    page = await post(
        auth, giver, f"/apps/{app}/transfer", name=name, app_name=app_name
    )
    assert page.response.status_code == 400
    assert f'id="error-{field}"' in page.response.text


async def test_CN09_people_are_asked_again_when_an_app_is_somebody_elses(
    auth: AuthorizationServer,
) -> None:
    giver, taker = await register(auth), await register(auth)
    app = client_id(await register_app(auth, giver))
    await auth.code(giver.browser, client_id=app, scope=None)
    assert "code" in (await auth.authorize(giver.browser, client_id=app)).query
    here = f"/apps/{app}/testing"
    await post(auth, giver, here, action="add", name=giver.username)
    offer = {"name": taker.username, "app_name": "Garden"}
    await post(auth, giver, f"/apps/{app}/transfer", **offer)
    await post(auth, taker, f"/apps/{app}/offer", action="accept")
    asked = await auth.authorize(giver.browser, client_id=app)
    assert asked.url.startswith(f"{auth.issuer}/consent")


async def test_CN09_people_are_asked_again_when_an_app_answers_elsewhere(
    auth: AuthorizationServer,
) -> None:
    owner = await register(auth)
    app = client_id(await register_app(auth, owner))
    await auth.code(owner.browser, client_id=app, scope=None)
    changed = {**FORM, "redirect_uris": "https://app.example/cb\nhttps://app.example/2"}
    page = await show(auth, owner, app)
    await owner.browser.send(page, f"/apps/{app}", **changed)
    asked = await auth.authorize(owner.browser, client_id=app)
    assert asked.url.startswith(f"{auth.issuer}/consent")
