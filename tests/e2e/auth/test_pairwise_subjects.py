"""Pairwise subjects: each sector has its own name for a person (OIDC Core s. 8)."""

from dataclasses import dataclass
from typing import Any

import jwt
import pytest

from tests.builders.auth import token_parameters
from tests.e2e.answers import sent_back
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody, register
from tests.e2e.registered import provision


def told(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


@dataclass(frozen=True)
class App:
    """An app that calls people by names of its sector."""

    auth: AuthorizationServer
    client_id: str
    redirect_uri: str

    @property
    def parameters(self) -> dict[str, str]:
        return {"client_id": self.client_id, "redirect_uri": self.redirect_uri}

    async def tokens(self, mine: Somebody, **changes: str) -> dict[str, Any]:
        code = await self.auth.code(mine.browser, **self.parameters, **changes)
        given = token_parameters(code, **self.parameters)
        tokens: dict[str, Any] = (await self.auth.token(given, client_id=None)).json()
        return tokens

    async def refresh(self, refresh_token: str) -> dict[str, Any]:
        given = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": self.client_id,
        }
        tokens: dict[str, Any] = (await self.auth.token(given, client_id=None)).json()
        return tokens


async def app(
    auth: AuthorizationServer, client_id: str, host: str, **changes: object
) -> App:
    uri = f"https://{host}/{client_id}"
    await provision(
        auth, client_id, subject_type="pairwise", redirect_uris=[uri], **changes
    )
    return App(auth, client_id, uri)


@pytest.fixture(scope="module")
async def one(auth: AuthorizationServer) -> App:
    return await app(auth, "pairwise-one", "one.example")


@pytest.fixture
async def mine(auth: AuthorizationServer) -> Somebody:
    return await register(auth)


async def test_an_app_hears_one_name_everywhere(
    auth: AuthorizationServer, one: App, mine: Somebody
) -> None:
    """ID token, access token, userinfo, introspection, after a refresh, for ever."""
    tokens = await one.tokens(mine)
    sub = told(tokens["id_token"])["sub"]
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    about = (await auth.http().get("/oauth/userinfo", headers=headers)).json()
    introspected = await auth.introspect(tokens["access_token"])
    refreshed = await one.refresh(tokens["refresh_token"])
    later = await one.tokens(mine)

    assert sub == told(tokens["access_token"])["sub"] == about["sub"]
    assert sub == introspected["sub"] == told(refreshed["id_token"])["sub"]
    assert sub == told(later["id_token"])["sub"]
    # A name that is the same everywhere would undo it.
    assert "username" not in introspected


async def test_apps_of_one_host_agree_and_others_cannot_compare(
    auth: AuthorizationServer, one: App, mine: Somebody
) -> None:
    sibling = await app(auth, "pairwise-sibling", "one.example")
    other = await app(auth, "pairwise-other", "other.example")
    joined = await app(
        auth,
        "pairwise-joined",
        "elsewhere.example",
        sector_identifier_uri="https://one.example/sector.json",
    )
    subs = [
        told((await each.tokens(mine))["id_token"])["sub"]
        for each in (one, sibling, joined, other)
    ]
    public = told((await auth.tokens(mine.browser))["id_token"])["sub"]

    assert subs[0] == subs[1] == subs[2]
    assert len({subs[0], subs[3], public}) == 3


async def test_hints_and_the_claim_sub_speak_the_apps_language(
    auth: AuthorizationServer, one: App, mine: Somebody
) -> None:
    tokens = await one.tokens(mine)
    sub = told(tokens["id_token"])["sub"]
    public = told((await auth.tokens(mine.browser))["id_token"])["sub"]
    by_name = f'{{"id_token":{{"sub":{{"value":"{sub}"}}}}}}'
    for hint in ({"id_token_hint": tokens["id_token"]}, {"claims": by_name}):
        page = await auth.authorize(
            mine.browser, **one.parameters, **hint, prompt="none"
        )
        assert "code" in page.query
    page = await auth.authorize(
        mine.browser,
        **one.parameters,
        claims=by_name.replace(sub, public),
        prompt="none",
    )
    sent_back(page.response, "login_required", to=one.redirect_uri)
    stranger = await register(auth)
    await one.tokens(stranger)
    page = await auth.authorize(
        stranger.browser,
        **one.parameters,
        id_token_hint=tokens["id_token"],
        prompt="none",
    )
    sent_back(page.response, "login_required", to=one.redirect_uri)


async def test_a_logout_hint_ends_the_session_it_names(
    auth: AuthorizationServer, one: App, mine: Somebody
) -> None:
    tokens = await one.tokens(mine)
    out = await mine.browser.get(
        f"{auth.issuer}/oauth/logout", id_token_hint=tokens["id_token"]
    )
    assert "You are signed out" in out.response.text
    silent = await auth.authorize(mine.browser, **one.parameters, prompt="none")
    sent_back(silent.response, "login_required", to=one.redirect_uri)


async def test_a_refresh_token_is_introspected_under_the_apps_name(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    await provision(
        auth,
        "pairwise-secret",
        subject_type="pairwise",
        client_secret="the secret of pairwise-secret",
        token_endpoint_auth_method="client_secret_post",
    )
    own = {
        "client_id": "pairwise-secret",
        "client_secret": "the secret of pairwise-secret",
    }
    code = await auth.code(mine.browser, client_id="pairwise-secret")
    given = token_parameters(code, **own)
    tokens = (await auth.token(given, client_id=None)).json()
    answer = await auth.http().post(
        "/oauth/introspect", data={**own, "token": tokens["refresh_token"]}
    )
    assert answer.json()["sub"] == told(tokens["id_token"])["sub"]
