"""Nonces in DPoP proofs, where the operator demands them (RFC 9449 section 8)."""

from collections.abc import AsyncIterator, Callable

import pytest

from tests.builders.auth import (
    ISSUER,
    SECRETS,
    authorize_parameters,
    token_parameters,
)
from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.refusals import refused
from valetkey.testing import ProofKey

TOKEN, USERINFO = f"{ISSUER}/oauth/token", f"{ISSUER}/oauth/userinfo"
SPA = {"client_id": "spa-app", "redirect_uri": "https://spa.example/cb"}
GRANT = {"grant_type": "client_credentials"}
OWN = ("service-app", SECRETS["service-app"])
KEY = ProofKey()


@pytest.fixture(scope="module")
async def demanding(
    new_database: Callable[..., str], redis_url: str
) -> AsyncIterator[AuthorizationServer]:
    async with running(new_database(), redis_url, DPOP_NONCE_REQUIRED="true") as auth:
        yield auth


async def test_the_token_endpoint_asks_for_its_nonce(
    demanding: AuthorizationServer,
) -> None:
    http = demanding.http()

    async def ask(**claims: str) -> object:
        proof = KEY.proof("POST", TOKEN, **claims)
        return await http.post(TOKEN, data=GRANT, auth=OWN, headers={"dpop": proof})

    for claims in ({}, {"nonce": "of somebody else"}, {"nonce": "é"}):
        answer = await ask(**claims)
        refused(answer, 400, "use_dpop_nonce")
    answer = await ask(nonce=answer.headers["dpop-nonce"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["dpop-nonce"]


async def test_userinfo_asks_for_its_nonce_and_a_browser_app_reads_it(
    demanding: AuthorizationServer,
) -> None:
    http = demanding.http()
    parameters = token_parameters(
        await demanding.code(**SPA),
        redirect_uri=SPA["redirect_uri"],
        client_id="spa-app",
    )
    first = await http.post(
        TOKEN, data=parameters, headers={"dpop": KEY.proof("POST", TOKEN)}
    )
    refused(first, 400, "use_dpop_nonce")
    nonce = first.headers["dpop-nonce"]
    # The code was not touched.
    tokens = await http.post(
        TOKEN, data=parameters, headers={"dpop": KEY.proof("POST", TOKEN, nonce=nonce)}
    )
    token = tokens.json()["access_token"]

    headers = KEY.headers("GET", USERINFO, token) | {"origin": "https://spa.example"}
    asked = await http.get(USERINFO, headers=headers)
    assert (asked.status_code, asked.json()["error"]) == (401, "use_dpop_nonce")
    assert asked.headers["www-authenticate"].startswith("DPoP algs=")
    assert asked.headers["access-control-allow-origin"] == "https://spa.example"
    nonce = asked.headers["dpop-nonce"]
    headers = KEY.headers("GET", USERINFO, token, nonce=nonce)
    assert (await http.get(USERINFO, headers=headers)).status_code == 200


async def test_without_a_proof_nothing_changes(demanding: AuthorizationServer) -> None:
    answer = await demanding.http().post(TOKEN, data=GRANT, auth=OWN)
    assert answer.status_code == 200


async def test_a_pushed_request_is_asked_for_the_nonce(
    demanding: AuthorizationServer,
) -> None:
    http, url = demanding.http(), f"{ISSUER}/oauth/par"
    own = ("web-app", SECRETS["web-app"])
    headers = {"dpop": KEY.proof("POST", url)}
    data = authorize_parameters()
    asked = await http.post(url, data=data, auth=own, headers=headers)
    refused(asked, 400, "use_dpop_nonce")
    headers = {"dpop": KEY.proof("POST", url, nonce=asked.headers["dpop-nonce"])}
    pushed = await http.post(url, data=data, auth=own, headers=headers)
    assert pushed.status_code == 201, pushed.text
