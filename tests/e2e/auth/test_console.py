"""/apps over HTTP: what is its owner's, settings, secrets, the end."""

from datetime import timedelta
from typing import Any

import pytest

from tests.builders.auth import API, token_parameters
from tests.e2e.aging import age_sign_ins
from tests.e2e.auth.console import post, text_of
from tests.e2e.auth.test_apps import (
    FORM,
    can_authenticate,
    client_id,
    go_live,
    register_app,
    secret,
    secret_ids,
    show,
)
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import register
from tests.e2e.stores import Stores


@pytest.mark.parametrize(
    "path",
    [
        "/testing",
        "/test",
        "/test-callback",
        "/use",
        "/errors",
        "/logouts",
        "/transfer",
        "/transfer/withdraw",
        "/offer",
    ],
)
async def test_every_page_of_an_app_is_there_for_its_owner_only(
    auth: AuthorizationServer, path: str
) -> None:
    owner, other = await register(auth), await register(auth)
    app = client_id(await register_app(auth, owner))
    fields = {"action": "live", "name": other.username, "app_name": "Garden"}
    for name in (app, "web-app", "app_" + "0" * 32):
        read = await other.browser.get(f"{auth.issuer}/apps/{name}{path}")
        written = await post(auth, other, f"/apps/{name}{path}", **fields)
        assert read.response.status_code in {404, 405}
        assert written.response.status_code in {404, 405}
        assert 404 in {read.response.status_code, written.response.status_code}


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/secrets", {}),
        ("/delete", {"confirm": "Garden"}),
        ("/transfer", {"name": "bob", "app_name": "Garden"}),
        ("", {**FORM, "token_endpoint_auth_method": "client_secret_post"}),
    ],
)
async def test_what_opens_or_ends_an_app_needs_a_fresh_sign_in(
    auth: AuthorizationServer, stores: Stores, path: str, fields: dict[str, Any]
) -> None:
    owner = await register(auth)
    app = client_id(await register_app(auth, owner))
    age_sign_ins(stores, timedelta(minutes=11))
    page = await post(auth, owner, f"/apps/{app}{path}", **fields)
    assert page.url.startswith(f"{auth.issuer}/login")
    page = await owner.browser.get(f"{auth.issuer}/apps/{app}")
    assert page.response.status_code == 200
    assert len(secret_ids(page)) == 1


async def test_settings_that_need_no_new_sign_in_need_none(
    auth: AuthorizationServer, stores: Stores
) -> None:
    owner = await register(auth)
    app = client_id(await register_app(auth, owner))
    age_sign_ins(stores, timedelta(minutes=11))
    page = await show(auth, owner, app)
    page = await owner.browser.send(page, f"/apps/{app}", **FORM)
    assert "The settings are saved." in page.response.text


async def _introspected(auth: AuthorizationServer, token: str) -> bool:
    return bool((await auth.introspect(token))["active"])


async def test_a_deleted_app_is_gone_from_everywhere_at_once(
    auth: AuthorizationServer,
) -> None:
    owner = await register(auth)
    page = await register_app(
        auth, owner, scope=["openid", "offline_access", "notes:read"]
    )
    app, http = client_id(page), auth.http()
    credentials = (app, secret(page))
    scope = "openid offline_access notes:read"
    code = await auth.code(owner.browser, client_id=app, scope=scope, resource=API)
    tokens = (
        await http.post("/oauth/token", data=token_parameters(code), auth=credentials)
    ).json()
    waiting = await auth.code(owner.browser, client_id=app, scope=scope)
    pushed = await http.post(
        "/oauth/par",
        data={"response_type": "code", "redirect_uri": "https://app.example/cb"}
        | {"code_challenge": "x" * 43, "code_challenge_method": "S256"},
        auth=credentials,
    )
    assert pushed.status_code == 201, pushed.text
    assert await _introspected(auth, tokens["access_token"])

    shown = await show(auth, owner, app)
    await owner.browser.send(shown, f"/apps/{app}/delete", confirm="Garden")

    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    for data in (refresh, token_parameters(waiting)):
        answer = await http.post("/oauth/token", data=data, auth=credentials)
        assert answer.json()["error"] == "invalid_client"
    assert not await _introspected(auth, tokens["access_token"])
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await http.get("/oauth/userinfo", headers=bearer)).status_code == 401
    for query in ({}, {"request_uri": pushed.json()["request_uri"]}):
        page = await auth.authorize(owner.browser, client_id=app, **query)
        assert page.response.status_code == 400
    connected = await owner.browser.get(f"{auth.issuer}/account/apps")
    assert app not in connected.response.text


async def test_an_app_with_keys_has_no_secret_and_none_survives_the_change(
    auth: AuthorizationServer,
) -> None:
    owner = await register(auth)
    page = await register_app(auth, owner, kind="service", scope=["stats:read"])
    app, first = client_id(page), secret(page)
    keys = {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": '{"keys": [{"kty": "OKP", "crv": "Ed25519", '
        '"x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}',
    }
    changed = {**FORM, "scope": ["stats:read"], **keys}
    shown = await owner.browser.send(page, f"/apps/{app}", **changed)
    assert "The settings are saved." in shown.response.text
    assert secret_ids(shown) == []
    assert not await can_authenticate(auth, app, first)
    back = {**changed, "token_endpoint_auth_method": "client_secret_basic", "jwks": ""}
    shown = await owner.browser.send(shown, f"/apps/{app}", **back)
    assert not await can_authenticate(auth, app, first)
    second = secret(await owner.browser.send(shown, f"/apps/{app}/secrets"))
    assert await can_authenticate(auth, app, second)


@pytest.mark.parametrize("field", ["jwks_uri", "backchannel_logout_uri"])
@pytest.mark.parametrize(
    "uri",
    [
        "https://127.0.0.1/x",
        "https://169.254.169.254/x",
        "https://[::1]/x",
        "https://localhost/x",
    ],
)
async def test_DC02_DC06_an_address_inside_is_not_registered(
    auth: AuthorizationServer, field: str, uri: str
) -> None:
    owner = await register(auth)
    refused = await register_app(auth, owner, **{field: uri})
    assert refused.response.status_code == 400
    assert f'id="error-{field}"' in refused.response.text


async def test_the_uris_are_checked_before_anything_is_saved(
    auth: AuthorizationServer,
) -> None:
    owner = await register(auth)
    uris = "https://app.example/cb\nhttps://*.example/\nhttp://app.example/"
    page = await register_app(auth, owner, redirect_uris=uris, action="check")
    assert page.response.status_code == 200
    told = text_of(page)
    assert "https://app.example/cb can be registered" in told
    assert "Line 2: Wildcards are not possible" in told
    assert "Line 3: It must begin with https://" in told
    assert (
        "Garden" not in (await owner.browser.get(f"{auth.issuer}/apps")).response.text
    )


async def test_what_is_done_to_an_app_is_put_down(
    auth: AuthorizationServer, stores: Stores
) -> None:
    owner = await register(auth)
    app = client_id(await register_app(auth, owner))
    await go_live(auth, owner, app)
    await post(auth, owner, f"/apps/{app}/secrets")
    await post(auth, owner, f"/apps/{app}/testing", action="add", name="bob")
    await post(auth, owner, f"/apps/{app}/transfer", name="bob", app_name="Garden")
    await post(auth, owner, f"/apps/{app}/delete", confirm="Garden")
    rows = stores.run(
        "SELECT event FROM auth.audit_log WHERE client_id = %s ORDER BY id", app
    )
    assert [event for (event,) in rows] == [
        "app.registered",
        "app.changed",
        "app.went_live",
        "app.secret_added",
        "app.tester_added",
        "app.transfer_offered",
        "app.deleted",
    ]
