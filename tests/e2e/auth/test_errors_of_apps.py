"""/apps over HTTP: what a developer is told of the errors of an app."""

from tests.builders.auth import token_parameters
from tests.e2e.auth.console import text_of
from tests.e2e.auth.test_apps import (
    client_id,
    register_app,
    secret,
)
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody, register
from tests.e2e.stores import Stores


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
