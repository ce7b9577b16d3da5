"""Modules about a whole flow and its ID token (OIDC Core sections 2, 3.1)."""

import math
from collections import Counter

import jwt

from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.conformance.provider import discovery
from tests.e2e.conformance.rp import REDIRECT_URI, RelyingParty, static_client
from tests.e2e.refusals import refused


async def test_oidcc_server(rp: RelyingParty) -> None:
    keys = (await rp.auth.http().get("/oauth/jwks")).json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys)
    assert not any({"d", "p", "q", "k"} & key.keys() for key in keys)

    done = await rp.sign_in()
    code = done.answer["code"]
    assert len(code) * 8 >= 128
    shares = [n / len(code) for n in Counter(code).values()]
    assert -sum(p * math.log2(p) for p in shares) * len(code) > 96
    assert "at_hash" in done.claims
    assert "name" not in done.claims  # OIDC Core section 5.4: userinfo says it


async def test_oidcc_server_client_secret_post(rp: RelyingParty) -> None:
    there = await static_client(
        rp.auth,
        "conformance-post-app",
        response_mode=rp.response_mode,
        token_endpoint_auth_method="client_secret_post",
    )
    document = await discovery(rp.auth)
    methods = document["token_endpoint_auth_methods_supported"]
    assert "client_secret_post" in methods
    await there.sign_in()


async def test_oidcc_idtoken_signature(rp: RelyingParty) -> None:
    assert "id_token_signed_response_alg" not in rp.registration
    done = await rp.sign_in()
    header = jwt.get_unverified_header(done.tokens["id_token"])
    assert header["alg"] == "RS256"  # OIDC Core section 15.1
    assert header["kid"]


async def test_oidcc_idtoken_unsigned(registrar: AuthorizationServer) -> None:
    """The suite skips it where `none` is not offered; nobody can ask for it."""
    document = await discovery(registrar)
    assert "none" not in document["id_token_signing_alg_values_supported"]
    unsigned = {
        "redirect_uris": [REDIRECT_URI],
        "id_token_signed_response_alg": "none",
    }
    answer = await registrar.http().post("/oauth/register", json=unsigned)
    refused(answer, 400, "invalid_client_metadata")


async def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(
    rp: RelyingParty,
) -> None:
    done = await rp.sign_in(nonce=None)
    assert "nonce" not in done.claims
