"""G3: what opens something is nowhere but where it belongs (attacks, section 0)."""

import logging

import httpx
import pytest

from tests.builders import auth as builder
from tests.builders.auth import ISSUER, token_parameters
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import register
from tests.e2e.stores import Stores

HOST = "id.example"
CALLBACK = "https://app.example/cb"


class Recorder(httpx.AsyncBaseTransport):
    """Passes requests on and keeps every exchange."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.exchanges: list[tuple[httpx.Request, httpx.Response]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        await response.aread()
        self.exchanges.append((request, response))
        return response


def check_exchange(
    request: httpx.Request,
    response: httpx.Response,
    codes: set[str],
    tokens: set[str],
    everything: set[str],
) -> None:
    """Nothing in an address but the code on its way; tokens at their endpoint only."""
    location = response.headers.get("location", "")
    at_token_endpoint = request.url.path == "/oauth/token"
    in_headers = "".join(
        value
        for name, value in response.headers.multi_items()
        if name not in {"set-cookie", "location"}
    )
    for secret in everything:
        assert secret not in str(request.url)
        delivered = secret in codes and location.startswith(f"{CALLBACK}?")
        assert secret not in location or delivered
        assert secret not in in_headers
        given = secret in tokens and at_token_endpoint
        assert secret not in response.text or given
    assert response.headers["referrer-policy"] == "no-referrer"


async def test_no_secret_is_logged_stored_shown_or_put_in_a_url(
    auth: AuthorizationServer, stores: Stores, caplog: pytest.LogCaptureFixture
) -> None:
    """A whole life: register, sign in, allow, exchange, use, refresh, fail, leave."""
    caplog.set_level(logging.DEBUG)
    address = "192.0.2.33"
    mine = await register(auth)
    browser = auth.browser(address)
    recorder = Recorder(browser.client._transport)
    browser.client._transport = recorder
    http = httpx.AsyncClient(transport=recorder, base_url=auth.issuer)
    cookies: set[str] = set()

    def note_cookies() -> None:
        cookies.update(browser.cookies[HOST].values())

    login = await auth.authorize(browser)
    note_cookies()
    wrong = "a wrong secret of somebody"
    login = await browser.send(
        login, "/login", identifier=mine.username, password=wrong
    )
    consent = await mine.sign_in(browser, login)
    note_cookies()
    back = await browser.send(consent, "/consent", action="allow")
    code = back.query["code"]
    await auth.token(token_parameters(code, code_verifier="w" * 43), http=http)
    answer = await auth.token(token_parameters(code), http=http)
    tokens = answer.json()
    await auth.token(token_parameters(code), http=http)
    unused = (await auth.authorize(browser)).query["code"]
    again = (await auth.token(token_parameters(unused), http=http)).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": again["refresh_token"]}
    fresh = (await auth.token(refresh, http=http)).json()
    bearer = {"authorization": f"Bearer {fresh['access_token']}"}
    assert (await http.get("/oauth/userinfo", headers=bearer)).status_code == 200
    for token in (fresh["access_token"], fresh["refresh_token"], "x" * 43):
        for path in ("introspect", "revoke"):
            await http.post(
                f"/oauth/{path}",
                data={"token": token},
                auth=("web-app", builder.SECRETS["web-app"]),
            )
    await http.post("/oauth/token", data=refresh, auth=("web-app", wrong))
    page = await browser.get(f"{ISSUER}/account/security")
    new_password = "nine yellow submarines"
    await browser.send(
        page,
        "/account/password",
        current_password=mine.password,
        new_password=new_password,
    )
    note_cookies()
    hint = again["id_token"]
    pending = (await auth.authorize(browser)).query["code"]
    await browser.get(f"{ISSUER}/oauth/logout", id_token_hint=hint)

    families = [tokens, again, fresh]
    verifier, client_secret = builder.CODE_VERIFIER, builder.SECRETS["web-app"]
    access = {family["access_token"] for family in families}
    refresh_tokens = {family["refresh_token"] for family in families}
    passwords = {mine.password, new_password, wrong}
    codes = {code, unused, pending}
    everything = (
        passwords
        | codes
        | access
        | refresh_tokens
        | cookies
        | {verifier, client_secret}
    )
    assert len(everything) == 17
    ours = [r for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    assert {r.name for r in ours} >= {"valetkey.asgi", "auth_service.web.errors"}
    logs = "\n".join(f"{record.__dict__}" for record in ours)
    kept = stores.texts()
    assert mine.username in kept
    for secret in everything | {hint}:
        assert secret not in logs
        assert secret not in kept
    for request, response in recorder.exchanges:
        check_exchange(request, response, codes, access | refresh_tokens, everything)
