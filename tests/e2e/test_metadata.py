"""What the discovery document says is true, and all of it works (RFC 8414)."""

import time
from typing import Any

import httpx
import jwt
import pytest
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from auth_service.protocol.client import ID_TOKEN_ALGS
from tests.builders.auth import (
    API,
    EXCHANGE,
    ISSUER,
    JWT_BEARER,
    PASSWORDS,
    SECRETS,
    token_parameters,
)
from tests.builders.client_keys import ClientKey
from tests.builders.foreign_issuer import assertion
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.clients import provision, provision_service
from tests.e2e.people import Somebody, register, with_consent

URLS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")


@pytest.fixture
async def metadata(auth: AuthorizationServer) -> dict[str, Any]:
    document: dict[str, Any] = (await auth.http().get(URLS[0])).json()
    return document


@pytest.fixture(scope="module")
async def person(auth: AuthorizationServer) -> Somebody:
    return await with_consent(auth)


async def test_both_documents_are_the_same_and_anybody_may_read_them(
    auth: AuthorizationServer,
) -> None:
    first, second = [await auth.http().get(url) for url in URLS]
    assert first.content == second.content
    assert first.json()["issuer"] == ISSUER
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["cache-control"] == "public, max-age=3600"


async def test_every_advertised_url_answers(
    auth: AuthorizationServer, metadata: dict[str, Any]
) -> None:
    urls = {
        name: value
        for name, value in metadata.items()
        if name.endswith(("_endpoint", "_uri", "documentation"))
    }
    assert len(urls) == 10
    for url in urls.values():
        assert url.startswith(ISSUER)
        answers = {(await auth.http().get(url)).status_code}
        answers.add((await auth.http().post(url)).status_code)
        assert 404 not in answers, url
        assert all(status < 500 for status in answers), url


KEY = ClientKey()
#: A client for each method, and what it sends.
WAYS = {
    "client_secret_basic": ("web-app", True),
    "client_secret_post": ("post-app", True),
    "private_key_jwt": ("advertised-jwt-app", True),
    "none": ("spa-app", False),
}


async def test_every_advertised_way_to_authenticate_works_and_no_other_exists(
    auth: AuthorizationServer, metadata: dict[str, Any]
) -> None:
    assert metadata["token_endpoint_auth_methods_supported"] == list(WAYS)
    assert metadata["revocation_endpoint_auth_methods_supported"] == list(WAYS)
    secret = [way for way, (_, confidential) in WAYS.items() if confidential]
    assert metadata["introspection_endpoint_auth_methods_supported"] == secret

    way, jwks = "private_key_jwt", KEY.jwks
    await provision(auth, WAYS[way][0], token_endpoint_auth_method=way, jwks=jwks)

    for way, (client_id, confidential) in WAYS.items():

        async def ask(endpoint: str) -> httpx.Response:
            own = proving(way, client_id)  # noqa: B023 - called in this round only
            own["data"] |= {"token": "x", "grant_type": "refresh_token"}
            own["data"] |= {"refresh_token": "x"}
            return await auth.http().post(metadata[endpoint], **own)

        token = await ask("token_endpoint")
        assert token.json()["error"] == "invalid_grant"
        revoked = await ask("revocation_endpoint")
        assert revoked.status_code == 200
        about = await ask("introspection_endpoint")
        assert about.status_code == (200 if confidential else 401)


def proving(way: str, client_id: str) -> dict[str, Any]:
    """What a client sends to authenticate in a way."""
    if way == "client_secret_basic":
        return {"data": {}, "auth": (client_id, SECRETS[client_id])}
    if way == "client_secret_post":
        own = {"client_id": client_id, "client_secret": SECRETS[client_id]}
        return {"data": own}
    if way == "private_key_jwt":
        return {"data": KEY.assertion(client_id)}
    return {"data": {"client_id": client_id}}


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_every_advertised_algorithm_signs_assertions_and_proofs(
    auth: AuthorizationServer, metadata: dict[str, Any], alg: str
) -> None:
    for endpoint in ("token", "introspection", "revocation"):
        name = f"{endpoint}_endpoint_auth_signing_alg_values_supported"
        assert set(metadata[name]) == {"RS256", "PS256", "ES256", "EdDSA"}
    assert set(metadata["dpop_signing_alg_values_supported"]) == set(metadata[name])
    key = ClientKey(alg)
    client_id = await provision_service(
        auth, f"{alg.lower()}-assertion-app", "private_key_jwt", jwks=key.jwks
    )
    url = metadata["token_endpoint"]
    proof = jwt.encode(
        {"jti": alg, "htm": "POST", "htu": url, "iat": int(time.time())},
        key.private,
        alg,
        {"typ": "dpop+jwt", "jwk": key.jwk},
    )
    answer = await auth.http().post(
        url,
        data={"grant_type": "client_credentials", **key.assertion(client_id)},
        headers={"dpop": proof},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["token_type"] == "DPoP"


async def test_every_advertised_grant_type_gives_tokens_and_no_other_exists(
    auth: AuthorizationServer, metadata: dict[str, Any], person: Somebody
) -> None:
    assert set(metadata["grant_types_supported"]) == {
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "password",
        EXCHANGE,
        JWT_BEARER,
        "urn:ietf:params:oauth:grant-type:device_code",
    }
    tokens = await auth.tokens(person.browser.copy())
    own = {"client_id": "password-app", "client_secret": SECRETS["password-app"]}
    alice = {"username": "alice", "password": PASSWORDS["alice"]}
    answers = [
        await auth.refresh(tokens["refresh_token"]),
        await auth.token({"grant_type": "client_credentials"}, client_id="service-app"),
        await auth.token(
            {
                "grant_type": EXCHANGE,
                "subject_token": tokens["access_token"],
                "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
            },
            client_id="notes-api",
        ),
        await auth.token(
            {
                "grant_type": JWT_BEARER,
                "assertion": assertion(person.username, audience=ISSUER),
                "scope": "notes:read",
            },
            client_id="own-partner-app",
        ),
        await auth.token({"grant_type": "password", **own, **alice}, client_id=None),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text


async def test_every_advertised_prompt_is_honoured(
    auth: AuthorizationServer, metadata: dict[str, Any], person: Somebody
) -> None:
    assert set(metadata["prompt_values_supported"]) == {
        "none",
        "login",
        "consent",
        "select_account",
        "create",
    }
    browser = person.browser.copy()

    silent = await auth.authorize(browser, prompt="none")
    login = await auth.authorize(browser, prompt="login")
    consent = await auth.authorize(browser, prompt="consent")

    assert "code" in silent.query
    assert login.url.startswith(f"{ISSUER}/login?")
    assert consent.url.startswith(f"{ISSUER}/consent?")
    select = await auth.authorize(browser, prompt="select_account")
    create = await auth.authorize(browser, prompt="create")
    assert select.url.startswith(f"{ISSUER}/select-account?")
    assert create.url.startswith(f"{ISSUER}/register?")
    refused = await auth.authorize(browser, prompt="other")
    assert refused.query["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("alg", "client_id", "algorithm"),
    [
        ("RS256", "web-app", RSAAlgorithm),
        ("ES256", "es256-app", ECAlgorithm),
        ("PS256", "ps256-app", RSAAlgorithm),
        ("EdDSA", "eddsa-app", OKPAlgorithm),
    ],
)
async def test_every_advertised_algorithm_signs_for_a_client_that_asks(
    auth: AuthorizationServer,
    metadata: dict[str, Any],
    person: Somebody,
    alg: str,
    client_id: str,
    algorithm: Any,
) -> None:
    assert metadata["id_token_signing_alg_values_supported"] == list(ID_TOKEN_ALGS)
    keys = (await auth.http().get(metadata["jwks_uri"])).json()["keys"]
    code = await auth.code(person.browser.copy(), client_id=client_id)

    answer = await auth.token(token_parameters(code), client_id=client_id)

    id_token = answer.json()["id_token"]
    header = jwt.get_unverified_header(id_token)
    assert header["alg"] == alg
    key = next(key for key in keys if key["kid"] == header["kid"])
    claims = jwt.decode(id_token, algorithm.from_jwk(key), [alg], audience=client_id)
    # What an ID token says stands in claims_supported.
    assert claims.keys() <= set(metadata["claims_supported"])


async def test_every_advertised_claim_can_be_had_and_no_other(
    auth: AuthorizationServer, metadata: dict[str, Any]
) -> None:
    person = await register(auth, birthdate="1990-12-31", phone_number="+4930123456")
    scope = "openid profile email phone"
    tokens = await auth.tokens(person.browser, scope=scope)
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}

    about = (
        await auth.http().get(metadata["userinfo_endpoint"], headers=bearer)
    ).json()
    signed = jwt.decode(tokens["id_token"], options={"verify_signature": False})

    # Nobody here has a picture or chose a language; nobody here is an employee.
    elsewhere = {"picture", "locale", "emp_user_id"}
    assert set(metadata["claims_supported"]) - elsewhere == about.keys() | signed.keys()


async def test_every_advertised_scope_can_be_asked_for(
    auth: AuthorizationServer, metadata: dict[str, Any], person: Somebody
) -> None:
    """A scope that is not there is another error than one that is not for this app."""
    scopes = metadata["scopes_supported"]
    assert {"openid", "profile", "email", "phone", "offline_access"} <= set(scopes)
    assert {"notes:read", "notes:write", "stats:read", "other:read"} <= set(scopes)
    granted = "openid profile email phone offline_access notes:read notes:write"
    for scope in granted.split():
        page = await auth.authorize(person.browser.copy(), scope=scope)
        assert "error" not in page.query


async def test_what_is_not_advertised_is_refused(
    auth: AuthorizationServer, metadata: dict[str, Any], person: Somebody
) -> None:
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["request_uri_parameter_supported"] is False
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert not metadata.keys() & {
        "registration_endpoint",
        "client_id_metadata_document_supported",
        "mtls_endpoint_aliases",
    }
    for changes, error in (
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"request_uri": "urn:x"}, "request_uri_not_supported"),
    ):
        page = await auth.authorize(person.browser.copy(), **changes)
        assert page.query["error"] == error
        assert page.query["iss"] == ISSUER


async def test_an_access_token_is_for_one_audience(
    auth: AuthorizationServer, person: Somebody
) -> None:
    """RFC 9068 sections 2.1 and 2.2: header and claims."""
    tokens = await auth.tokens(person.browser.copy())
    token = tokens["access_token"]

    header = jwt.get_unverified_header(token)
    claims = jwt.decode(token, options={"verify_signature": False})

    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
    assert claims["aud"] == API
    assert claims["exp"] - claims["iat"] == 600 == tokens["expires_in"]
    assert len(token) < 2048
    assert {"iss", "sub", "client_id", "jti", "scope", "auth_time", "sid"} <= set(
        claims
    )
