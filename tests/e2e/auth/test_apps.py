"""/apps over HTTP: an app is registered, used, changed, deleted; by its owner only."""

import re

import pytest

from tests.builders.auth import token_parameters
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Page
from tests.e2e.people import Somebody, register
from tests.e2e.stores import Stores

FORM: dict[str, object] = {
    "kind": "web",
    "client_name": "Garden",
    "client_uri": "https://garden.example/",
    "redirect_uris": "https://app.example/cb",
    "post_logout_redirect_uris": "",
    "scope": ["openid", "profile", "notes:read"],
}


async def register_app(
    auth: AuthorizationServer, owner: Somebody, **changes: object
) -> Page:
    page = await owner.browser.get(f"{auth.issuer}/apps/new")
    return await owner.browser.send(page, "/apps/new", **{**FORM, **changes})


def shown_in(page: Page, element: str) -> str | None:
    """The value of an input by its id."""
    for tag in re.findall(r"<input[^>]*>", page.response.text):
        if f'id="{element}"' in tag:
            return re.findall(r'value="([^"]*)"', tag)[0]
    return None


def client_id(page: Page) -> str:
    found = shown_in(page, "client_id")
    assert found is not None, page.response.text
    return found


def secret(page: Page) -> str:
    found = shown_in(page, "secret")
    assert found is not None, page.response.text
    return found


def secret_ids(page: Page) -> list[str]:
    return re.findall(r"/secrets/([^/\"]+)/delete", page.response.text)


async def show(auth: AuthorizationServer, owner: Somebody, app: str) -> Page:
    return await owner.browser.get(f"{auth.issuer}/apps/{app}")


async def go_live(auth: AuthorizationServer, owner: Somebody, app: str) -> None:
    """Let everybody use an app; its contact is a thing that this needs."""
    page = await show(auth, owner, app)
    form = {**FORM, "contacts": "garden@people.example"}
    await owner.browser.send(page, f"/apps/{app}", **form)
    here = f"/apps/{app}/testing"
    page = await owner.browser.get(f"{auth.issuer}{here}")
    page = await owner.browser.send(page, here, action="live")
    assert "The app is live" in page.response.text, page.response.text


async def can_authenticate(auth: AuthorizationServer, app: str, secret: str) -> bool:
    answer = await auth.http().post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(app, secret),
    )
    return answer.status_code == 200


async def test_a_registered_app_signs_people_in(auth: AuthorizationServer) -> None:
    owner, somebody = await register(auth), await register(auth)
    page = await register_app(auth, owner)
    app = client_id(page)
    await go_live(auth, owner, app)
    code = await auth.code(somebody.browser, client_id=app, scope=None)
    answer = await auth.http().post(
        "/oauth/token",
        data=token_parameters(code),
        auth=(app, secret(page)),
    )
    assert answer.status_code == 200, answer.text
    assert set(answer.json()["scope"].split()) == {"openid", "profile", "notes:read"}
    consent = await somebody.browser.get(f"{auth.issuer}/account/apps")
    assert "Garden" in consent.response.text


@pytest.mark.parametrize("kind", ["spa", "native", "device"])
async def test_a_public_app_has_no_secret(auth: AuthorizationServer, kind: str) -> None:
    owner = await register(auth)
    page = await register_app(auth, owner, kind=kind)
    assert shown_in(page, "secret") is None
    listed = await owner.browser.get(f"{auth.issuer}/apps")
    assert client_id(page) in listed.response.text


async def test_a_service_gets_tokens_with_its_secret(auth: AuthorizationServer) -> None:
    owner = await register(auth)
    page = await register_app(auth, owner, kind="service", scope=["stats:read"])
    assert await can_authenticate(auth, client_id(page), secret(page))


async def test_DC14_a_secret_is_shown_once_and_rotated_without_a_pause(
    auth: AuthorizationServer,
) -> None:
    owner = await register(auth)
    page = await register_app(auth, owner, kind="service", scope=["stats:read"])
    app, first = client_id(page), secret(page)
    shown = await show(auth, owner, app)
    assert first not in shown.response.text
    (first_id,) = secret_ids(shown)

    added = await owner.browser.send(shown, f"/apps/{app}/secrets")
    second = secret(added)

    assert added.response.headers["cache-control"] == "no-store"
    assert second not in added.url
    assert second != first
    assert await can_authenticate(auth, app, first)
    assert await can_authenticate(auth, app, second)
    third = await owner.browser.request(
        "POST",
        f"{auth.issuer}/apps/{app}/secrets",
        data=shown.form(f"/apps/{app}/secrets").fields,
        headers={"sec-fetch-site": "same-origin"},
    )
    assert third.status_code == 400
    assert "Two secrets are alive" in third.text
    await owner.browser.send(added, f"/apps/{app}/secrets/{first_id}/delete")
    assert not await can_authenticate(auth, app, first)
    assert await can_authenticate(auth, app, second)


@pytest.mark.parametrize("name", ["x", "%00", "é", "..%2f.."])
async def test_a_secret_that_is_not_there_is_not_deleted(
    auth: AuthorizationServer, name: str
) -> None:
    owner = await register(auth)
    app = client_id(await register_app(auth, owner))
    page = await show(auth, owner, app)
    answer = await owner.browser.request(
        "POST",
        f"{auth.issuer}/apps/{app}/secrets/{name}/delete",
        data=page.form(f"/apps/{app}/delete").fields | {"confirm": ""},
        headers={"sec-fetch-site": "same-origin"},
    )
    assert answer.status_code in {303, 404}
    assert secret_ids(await show(auth, owner, app)) == secret_ids(page)


async def test_DC10_CA17_nobody_chooses_a_client_id(auth: AuthorizationServer) -> None:
    owner = await register(auth)
    page = await register_app(
        auth, owner, client_id="web-app", client_secret="mine", first_party="true"
    )
    assert re.fullmatch(r"app_[0-9a-f]{32}", client_id(page))
    assert not await can_authenticate(auth, client_id(page), "mine")


async def test_an_app_is_there_for_its_owner_only(auth: AuthorizationServer) -> None:
    owner, other = await register(auth), await register(auth)
    app = client_id(await register_app(auth, owner))
    (secret_id,) = secret_ids(await show(auth, owner, app))
    foreign = (await other.browser.get(f"{auth.issuer}/apps/new")).form("/apps/new")
    for name in (app, "web-app", "app_0", "%00", "é", "new%00"):
        assert (await show(auth, other, name)).response.status_code == 404
        for path in ("", "/secrets", f"/secrets/{secret_id}/delete", "/delete"):
            answer = await other.browser.request(
                "POST",
                f"{auth.issuer}/apps/{name}{path}",
                data={**foreign.fields, "confirm": "Garden", "client_name": "Evil"},
                headers={"sec-fetch-site": "same-origin"},
            )
            assert answer.status_code == 404
    mine = await show(auth, owner, app)
    assert "Evil" not in mine.response.text
    assert secret_ids(mine) == [secret_id]
    listed = await other.browser.get(f"{auth.issuer}/apps")
    assert "Garden" not in listed.response.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("redirect_uris", "https://*.rp.example/cb"),
        ("redirect_uris", "javascript:alert(1)"),
        ("post_logout_redirect_uris", "javascript:alert(1)"),
        ("client_uri", "javascript:alert(1)"),
        ("client_name", "a\u202eb"),
        ("scope", "admin"),
    ],
)
async def test_RU34_RU21_DC05_LG13_what_cannot_be_registered_is_not_saved_either(
    auth: AuthorizationServer, field: str, value: str
) -> None:
    owner = await register(auth)
    refused = await register_app(auth, owner, **{field: value})
    assert refused.response.status_code == 400
    assert f'id="error-{field}"' in refused.response.text
    app = client_id(await register_app(auth, owner))
    page = await show(auth, owner, app)
    changed = {**FORM, field: value}
    saved = await owner.browser.send(page, f"/apps/{app}", **changed)
    assert saved.response.status_code == 400
    assert f'id="error-{field}"' in saved.response.text
    assert value not in (await show(auth, owner, app)).response.text


async def test_settings_are_changed_and_the_kind_stays(
    auth: AuthorizationServer,
) -> None:
    owner, somebody = await register(auth), await register(auth)
    app = client_id(await register_app(auth, owner))
    await go_live(auth, owner, app)
    changed = {
        **FORM,
        "kind": "service",
        "client_name": "Orchard",
        "redirect_uris": "https://app.example/new",
    }
    page = await owner.browser.send(
        await show(auth, owner, app), f"/apps/{app}", **changed
    )
    assert "The settings are saved." in page.response.text
    old = await auth.authorize(somebody.browser, client_id=app)
    assert old.response.status_code == 400
    new = await auth.authorize(
        somebody.browser, client_id=app, redirect_uri="https://app.example/new"
    )
    assert "Orchard" in new.response.text


async def test_an_app_is_deleted_by_its_name_and_its_tokens_with_it(
    auth: AuthorizationServer,
) -> None:
    owner = await register(auth)
    page = await register_app(auth, owner, kind="service", scope=["stats:read"])
    app, key = client_id(page), secret(page)
    shown = await show(auth, owner, app)
    kept = await owner.browser.send(shown, f"/apps/{app}/delete", confirm="garden")
    assert kept.response.status_code == 400
    assert await can_authenticate(auth, app, key)
    gone = await owner.browser.send(shown, f"/apps/{app}/delete", confirm="Garden")
    assert "The app is deleted." in gone.response.text
    assert not await can_authenticate(auth, app, key)
    assert (await show(auth, owner, app)).response.status_code == 404


async def test_DC17_a_person_has_so_many_apps_and_no_more(
    auth: AuthorizationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auth_service.flows.apps.MAX_APPS", 1)
    owner = await register(auth)
    assert (await register_app(auth, owner)).response.status_code == 200
    answer = await register_app(auth, owner)
    assert answer.response.status_code == 400
    assert "Delete one first" in answer.response.text


async def test_one_of_many_scopes_is_read_and_any_other_field_only_once(
    auth: AuthorizationServer,
) -> None:
    owner = await register(auth)
    answer = await register_app(auth, owner, client_name=["a", "b"])
    assert answer.response.status_code == 400
    assert "repeated" in answer.response.text


async def test_what_an_operator_gave_stays_when_the_owner_changes_the_app(
    auth: AuthorizationServer, stores: Stores
) -> None:
    owner = await register(auth)
    app = client_id(await register_app(auth, owner))
    box = r'<input[^>]*value="admin:keys"[^>]*>'
    for path in ("/apps/new", f"/apps/{app}"):
        page = await owner.browser.get(f"{auth.issuer}{path}")
        assert not re.search(box, page.response.text)
    stores.run(
        "UPDATE auth.clients SET scopes = scopes || '{admin:keys}'"
        " WHERE client_id = %s",
        app,
    )
    page = await owner.browser.get(f"{auth.issuer}/apps/{app}")
    assert "checked" in re.findall(box, page.response.text)[0]
    page = await owner.browser.get(f"{auth.issuer}/apps/new")
    assert not re.search(box, page.response.text)
