"""The whole flow of a client with `profile: fapi2`, and what it is refused."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from tests.builders.auth import ISSUER, token_parameters
from tests.builders.client_keys import ClientKey
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.clients import provision
from tests.e2e.people import Somebody, with_consent
from tests.e2e.pushing import push
from tests.e2e.refusals import refused
from valetkey.testing import ProofKey

NAME = "fapi-app"
KEY = ClientKey()
DPOP = ProofKey()
TOKEN = f"{ISSUER}/oauth/token"
FAPI: dict[str, Any] = {
    "profile": "fapi2",
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_signing_alg": "ES256",
    "id_token_signed_response_alg": "PS256",
    "authorization_signed_response_alg": "PS256",
    "introspection_signed_response_alg": "PS256",
    "jwks": KEY.jwks,
    "client_secret": None,
}


@pytest.fixture(scope="module")
async def person(auth: AuthorizationServer) -> Somebody:
    await provision(auth, NAME, **FAPI)
    return await with_consent(auth)


async def code(auth: AuthorizationServer, person: Somebody) -> str:
    pushed = await push(auth, NAME, credentials=KEY.assertion(NAME))
    assert pushed.status_code == 201, pushed.text
    browser = person.browser.copy()
    page = await browser.get(
        f"{auth.issuer}/oauth/authorize",
        client_id=NAME,
        request_uri=pushed.json()["request_uri"],
    )
    if page.url.startswith(f"{auth.issuer}/consent"):
        page = await browser.send(page, "/consent", action="allow")
    query = parse_qs(urlsplit(page.url).query)
    assert query["iss"] == [ISSUER]
    return query["code"][0]


async def redeem(
    auth: AuthorizationServer, parameters: dict[str, str], *, bound: bool = True
) -> httpx.Response:
    return await auth.http().post(
        "/oauth/token",
        data={**parameters, **KEY.assertion(NAME)},
        headers={"dpop": DPOP.proof("POST", TOKEN)} if bound else {},
    )


async def test_its_flow_works_and_its_refresh_token_stays(
    auth: AuthorizationServer, person: Somebody
) -> None:
    answer = await redeem(auth, token_parameters(await code(auth, person)))
    tokens = answer.json()

    assert tokens["token_type"] == "DPoP", tokens
    assert jwt.get_unverified_header(tokens["id_token"])["alg"] == "PS256"
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    for _ in range(3):  # FAPI 2.0 section 5.3.2.1: no rotation
        refreshed = await redeem(auth, again)
        assert refreshed.status_code == 200, refreshed.text
        assert refreshed.json()["refresh_token"] == tokens["refresh_token"]


async def test_no_token_is_given_without_a_key(
    auth: AuthorizationServer, person: Somebody
) -> None:
    parameters = token_parameters(await code(auth, person))
    refused(await redeem(auth, parameters, bound=False), 400, "invalid_dpop_proof")


async def test_it_cannot_ask_in_the_open(
    auth: AuthorizationServer, person: Somebody
) -> None:
    page = await auth.authorize(person.browser.copy(), client_id=NAME)
    assert page.query["error"] == "invalid_request"


async def test_it_cannot_authenticate_by_a_secret(
    auth: AuthorizationServer, person: Somebody
) -> None:
    wrong = {"client_secret": "x"}
    refused(await push(auth, NAME, credentials=wrong), 401, "invalid_client")


async def test_no_page_reads_what_the_authorization_endpoint_says(
    auth: AuthorizationServer,
) -> None:
    """Section 5.2.3; not even one that may read the token endpoint."""
    origin = {"origin": "https://spa.example"}
    may = "access-control-allow-origin"
    assert may in (await auth.http().options("/oauth/token", headers=origin)).headers
    for method in ("OPTIONS", "GET"):
        answer = await auth.http().request(method, "/oauth/authorize", headers=origin)
        assert may not in answer.headers


async def test_an_app_that_does_not_fit_is_not_put_in_place(
    auth: AuthorizationServer,
) -> None:
    with pytest.raises(ValueError, match="id_token_signed_response_alg"):
        await provision(auth, NAME, **FAPI | {"id_token_signed_response_alg": "RS256"})
