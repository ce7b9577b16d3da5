"""Claims by name, acr, and userinfo in all its forms (OIDC Core 5.3, 5.5)."""

import json
from typing import Any

import httpx
import jwt
import pytest

from auth_service.protocol.acr import ACR_VALUES
from tests.builders.auth import token_parameters
from tests.e2e.answers import sent_back
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody, register
from tests.e2e.registered import provision

BOTH = json.dumps(
    {
        "userinfo": {"email": {"essential": True}, "birthdate": None},
        "id_token": {"name": None, "auth_time": {"essential": True}},
    }
)


def told(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


async def userinfo(auth: AuthorizationServer, access_token: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {access_token}"}
    return await auth.http().get("/oauth/userinfo", headers=headers)


async def test_claims_are_asked_for_in_words_told_where_wanted_and_remembered(
    auth: AuthorizationServer,
) -> None:
    mine = await register(auth, birthdate="1990-12-31")
    page = await auth.authorize(mine.browser, scope="openid", claims=BOTH)
    assert page.url.startswith(f"{auth.issuer}/consent?")
    for sentence in ("See your e-mail", "See your date of birth", "See your name"):
        assert f"<span>{sentence}" in page.response.text
    back = await mine.browser.send(page, "/consent", action="allow")
    tokens = (await auth.token(token_parameters(back.query["code"]))).json()

    about = (await userinfo(auth, tokens["access_token"])).json()
    signed = told(tokens["id_token"])
    assert about == {
        "sub": signed["sub"],
        "email": mine.email,
        "birthdate": "1990-12-31",
    }
    assert signed["name"] == "Some Body"
    assert not {"email", "birthdate"} & signed.keys()

    again = await auth.authorize(
        mine.browser, scope="openid", claims=BOTH, prompt="none"
    )
    assert "code" in again.query
    apps = await mine.browser.get(f"{auth.issuer}/account/apps")
    assert "See your date of birth" in apps.response.text


async def test_claims_are_told_after_a_refresh_too(auth: AuthorizationServer) -> None:
    mine = await register(auth)
    tokens = await auth.tokens(mine.browser, scope="openid notes:read", claims=BOTH)
    answer = (await auth.refresh(tokens["refresh_token"])).json()
    assert told(answer["id_token"])["name"] == "Some Body"
    narrowed = await auth.refresh(answer["refresh_token"], scope="openid")
    about = (await userinfo(auth, narrowed.json()["access_token"])).json()
    assert about["email"] == mine.email


async def test_claims_of_a_scope_that_was_allowed_are_not_asked_for_again(
    auth: AuthorizationServer,
) -> None:
    mine = await register(auth)
    await auth.code(mine.browser, scope="openid email")
    claims = json.dumps({"id_token": {"email": None, "email_verified": None}})
    tokens = await auth.tokens(mine.browser, scope="openid", claims=claims)
    assert told(tokens["id_token"])["email_verified"] is False
    assert "email" not in (await userinfo(auth, tokens["access_token"])).json()


async def test_an_app_that_lost_a_scope_is_told_its_claims_no_more(
    auth: AuthorizationServer,
) -> None:
    await provision(auth, "losing-app", scope="openid email profile")
    mine = await register(auth)
    parameters = {"client_id": "losing-app", "scope": "openid", "claims": BOTH}
    code = await auth.code(mine.browser, **parameters)
    given = token_parameters(code, client_id="losing-app")
    tokens = (await auth.token(given, client_id=None)).json()
    assert "email" in (await userinfo(auth, tokens["access_token"])).json()

    await provision(auth, "losing-app", scope="openid profile")

    about = (await userinfo(auth, tokens["access_token"])).json()
    assert about.keys() == {"sub"}


async def test_acr_says_how_well_somebody_proved_who_they_are(
    auth: AuthorizationServer,
) -> None:
    """In every token and in introspection (RFC 9068 section 2.2.1, RFC 9470)."""
    metadata = (await auth.http().get("/.well-known/openid-configuration")).json()
    assert metadata["acr_values_supported"] == list(ACR_VALUES)
    mine = await register(auth)
    tokens = await auth.tokens(mine.browser, acr_values="urn:unknown 2")
    assert told(tokens["id_token"])["acr"] == ACR_VALUES[0]
    assert told(tokens["access_token"])["acr"] == ACR_VALUES[0]
    about = await auth.introspect(tokens["access_token"])
    assert (about["acr"], about["active"]) == (ACR_VALUES[0], True)


@pytest.mark.parametrize("prompt", [None, "none", "login"])
async def test_an_essential_acr_is_reached_or_refused(
    auth: AuthorizationServer, prompt: str | None
) -> None:
    mine = await register(auth)
    await auth.code(mine.browser)

    def acr(essential: bool, *values: str) -> str:
        how = {"essential": essential, "values": values}
        return json.dumps({"id_token": {"acr": how}})

    refused = await auth.authorize(
        mine.browser, claims=acr(True, "urn:unknown"), prompt=prompt
    )
    sent_back(refused.response, "unmet_authentication_requirements")
    if prompt != "login":
        for claims in (acr(True, "urn:unknown", *ACR_VALUES), acr(False, "urn:x")):
            page = await auth.authorize(mine.browser, claims=claims, prompt=prompt)
            assert "code" in page.query


@pytest.mark.parametrize("alg", ["RS256", "ES256", "PS256", "EdDSA"])
async def test_userinfo_is_signed_for_an_app_that_wants_it(
    auth: AuthorizationServer, alg: str
) -> None:
    """OIDC Core section 5.3.2."""
    client_id = f"signed-{alg.lower()}"
    await provision(auth, client_id, userinfo_signed_response_alg=alg)
    mine = await register(auth)
    code = await auth.code(mine.browser, client_id=client_id, scope="openid email")
    given = token_parameters(code, client_id=client_id)
    tokens = (await auth.token(given, client_id=None)).json()

    answer = await userinfo(auth, tokens["access_token"])

    assert answer.headers["content-type"] == "application/jwt"
    assert answer.headers["cache-control"] == "no-store"
    jwks = (await auth.http().get("/oauth/jwks")).json()
    key = jwt.PyJWKSet.from_dict(jwks)[jwt.get_unverified_header(answer.text)["kid"]]
    claims = jwt.decode(answer.text, key, [alg], audience=client_id, issuer=auth.issuer)
    assert claims == {
        "iss": auth.issuer,
        "aud": client_id,
        "sub": told(tokens["id_token"])["sub"],
        "email": mine.email,
        "email_verified": False,
    }
    # It passes for no ID token.
    hinted = await auth.authorize(
        mine.browser, client_id=client_id, id_token_hint=answer.text
    )
    assert hinted.query["error"] == "invalid_request"


@pytest.fixture(scope="module")
async def reader(auth: AuthorizationServer) -> Somebody:
    return await register(auth)


async def test_userinfo_by_get_by_post_with_a_header_and_with_a_body(
    auth: AuthorizationServer, reader: Somebody
) -> None:
    """OIDC Core section 5.3.1."""
    tokens = await auth.tokens(reader.browser, scope="openid email")
    token, http = tokens["access_token"], auth.http()
    header = {"authorization": f"Bearer {token}"}
    answers = [
        await http.get("/oauth/userinfo", headers=header),
        await http.post("/oauth/userinfo", headers=header),
        await http.post("/oauth/userinfo", data={"access_token": token}),
    ]
    assert [answer.json()["email"] for answer in answers] == [reader.email] * 3
    assert {answer.json()["sub"] for answer in answers} == {
        told(tokens["id_token"])["sub"]
    }
