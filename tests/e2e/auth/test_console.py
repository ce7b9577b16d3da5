"""/apps over HTTP: testers, going live, errors, test logins, new owners, the end."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from tests.builders.auth import API, token_parameters
from tests.e2e.aging import age_sign_ins
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
from tests.e2e.browser import Page
from tests.e2e.people import Somebody, register
from tests.e2e.stores import Stores


async def post(
    auth: AuthorizationServer, person: Somebody, path: str, **fields: str
) -> Page:
    """Send a form of the console; its token is the same on every page."""
    page = await person.browser.get(f"{auth.issuer}/apps")
    token = page.form("/account/sign-out").fields["csrf_token"]
    response = await person.browser.request(
        "POST",
        f"{auth.issuer}{path}",
        data={"csrf_token": token, **fields},
        headers={"sec-fetch-site": "same-origin"},
    )
    return await person.browser.follow(response, f"{auth.issuer}{path}")


async def use(auth: AuthorizationServer, person: Somebody, app: str) -> Page:
    """Come to an app, as far as the consent page or whatever is there instead."""
    return await auth.authorize(person.browser, client_id=app)


def text_of(page: Page) -> str:
    return unescape(re.sub(r"<[^>]+>", "", page.response.text))


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


async def _errors(auth: AuthorizationServer, owner: Somebody, app: str) -> str:
    page = await owner.browser.get(f"{auth.issuer}/apps/{app}/errors")
    assert page.response.status_code == 200
    return text_of(page)


async def test_a_developer_sees_what_came_and_what_was_expected(
    auth: AuthorizationServer,
) -> None:
    owner = await register(auth)
    page = await register_app(auth, owner)
    app, key = client_id(page), secret(page)
    assert "Nothing was refused" in await _errors(auth, owner, app)

    await auth.authorize(
        owner.browser, client_id=app, redirect_uri="https://app.example/cb/"
    )
    await auth.authorize(owner.browser, client_id=app, scope="openid stats:read")
    await auth.authorize(owner.browser, client_id=app, code_challenge=None)
    http = auth.http()
    wrong = {"grant_type": "client_credentials", "client_id": app}
    await http.post("/oauth/token", data=wrong, auth=(app, "not-the-secret"))
    await http.post("/oauth/token", data={**wrong, "client_secret": key})
    await http.post("/oauth/token", data=wrong, auth=(app, key))
    await http.post("/oauth/par", data={"response_type": "code"}, auth=(app, key))
    code = {**token_parameters("c0de" * 10), "client_id": app}
    await http.post("/oauth/token", data=code, auth=(app, key))

    told = await _errors(auth, owner, app)
    for text in (
        "redirect_uri is not registered for this app",
        "https://app.example/cb/",
        "stats:read",
        "code_challenge",
        "client_secret is wrong",
        "client_secret_post",
        "the app is not registered for this grant_type",
        "/oauth/par",
        "code is not known",
    ):
        assert text in told, text
    for never in (key, "not-the-secret", "c0dec0de", "the-state", "the-nonce"):
        assert never not in told


async def test_a_refusal_behind_the_consent_page_is_seen_too(
    auth: AuthorizationServer,
) -> None:
    owner, stranger = await register(auth), await register(auth)
    app = client_id(await register_app(auth, owner))
    await auth.authorize(stranger.browser, client_id=app)
    assert "no tester" in await _errors(auth, owner, app)


async def test_errors_are_kept_of_a_few_requests_and_cost_no_more(
    auth: AuthorizationServer, stores: Stores
) -> None:
    owner = await register(auth)
    app = client_id(await register_app(auth, owner))
    http = auth.http()
    for number in range(60):
        await http.get(
            "/oauth/authorize",
            params={
                "client_id": app,
                "redirect_uri": f"https://x.example/{number}?" + "x" * 3000,
                f"secret-{number}": "1",
            },
        )
    (key,) = [
        key
        for key in stores.keys("refusals")
        if "x.example/59" in stores.redis.lrange(key, 0, 0)[0]
    ]
    assert stores.redis.llen(key) == 50
    assert 0 < stores.redis.ttl(key) <= 7 * 24 * 3600
    assert max(map(len, stores.redis.lrange(key, 0, -1))) < 1000
    told = await _errors(auth, owner, app)
    assert "x.example/59" in told
    assert "x.example/9?" not in told
    assert "secret-" not in told


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
