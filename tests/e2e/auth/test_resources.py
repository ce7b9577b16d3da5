"""Resource indicators over HTTP: one authorisation, an access token for each API."""

from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from tests.builders.auth import API, SECRETS, authorize_parameters, token_parameters
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser, Page
from tests.e2e.people import register

APP = "many-apis-app"
OTHER = "https://other-api.example"
SCOPE = "openid notes:read other:read"


def said_by(access_token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        access_token, options={"verify_signature": False}
    )
    return claims


async def ask(auth: AuthorizationServer, browser: Browser, *resources: str) -> Page:
    """Sent here by an app that names these resources."""
    parameters = authorize_parameters(client_id=APP, scope=SCOPE)
    query = urlencode([*parameters.items(), *(("resource", r) for r in resources)])
    return await browser.get(f"{auth.issuer}/oauth/authorize?{query}")


async def both(auth: AuthorizationServer) -> str:
    """A code for two resources."""
    browser = (await register(auth)).browser
    page = await ask(auth, browser, API, OTHER)
    assert "Notes" in page.response.text
    assert "Other" in page.response.text
    back = await browser.send(page, "/consent", action="allow")
    return back.query["code"]


async def exchange(auth: AuthorizationServer, code: str, **more: str) -> dict[str, Any]:
    answer = await auth.token({**token_parameters(code), **more}, client_id=APP)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


async def test_each_token_is_for_one_of_them_with_its_scopes(
    auth: AuthorizationServer,
) -> None:
    """RFC 8707 section 2.2: the scopes of another API stay at home."""
    tokens = await exchange(auth, await both(auth), resource=OTHER)
    claims = said_by(tokens["access_token"])
    assert (claims["aud"], claims["scope"]) == (OTHER, "openid other:read")
    assert tokens["scope"] == claims["scope"]

    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    answer = await auth.token({**refresh, "resource": API}, client_id=APP)
    claims = said_by(answer.json()["access_token"])
    assert (claims["aud"], claims["scope"]) == (API, "notes:read openid")


async def test_without_a_name_it_is_the_first(auth: AuthorizationServer) -> None:
    tokens = await exchange(auth, await both(auth))
    assert said_by(tokens["access_token"])["aud"] == API


async def test_an_access_token_has_one_audience(auth: AuthorizationServer) -> None:
    code = await both(auth)
    body = urlencode([*token_parameters(code).items(), ("resource", API)])
    twice = f"{body}&{urlencode({'resource': OTHER})}"
    form = {"content-type": "application/x-www-form-urlencoded"}

    answer = await auth.http().post(
        "/oauth/token", content=twice, headers=form, auth=(APP, SECRETS[APP])
    )

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_target"
    await exchange(auth, code)


@pytest.mark.parametrize("unknown", ["https://rs.example/#f", "foo", f"{API}/"])
async def test_AZ31_one_that_is_not_known_spoils_the_others(
    auth: AuthorizationServer, unknown: str
) -> None:
    page = await ask(auth, auth.browser(), API, unknown)
    assert page.query["error"] == "invalid_target"


async def test_scopes_of_two_apis_need_their_names(auth: AuthorizationServer) -> None:
    page = await ask(auth, auth.browser())
    assert page.query["error"] == "invalid_target"
