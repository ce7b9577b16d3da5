"""Modules about a whole flow that goes well, and one that a person ends."""

import json
from typing import Any

from tests.e2e.conformance.discovery import verify
from tests.e2e.conformance.fapi_client import REDIRECT_URI, USERINFO, FapiClient
from tests.e2e.conformance.responses import queried


async def test_fapi2_security_profile_final_discovery_end_point_verification(
    app: FapiClient,
) -> None:
    told = await verify(app.auth)
    assert told["pushed_authorization_request_endpoint"].startswith("https://")
    assert told["authorization_response_iss_parameter_supported"] is True
    assert "private_key_jwt" in told["token_endpoint_auth_methods_supported"]
    for name in (
        "token_endpoint_auth_signing_alg_values_supported",
        "dpop_signing_alg_values_supported",
        "id_token_signing_alg_values_supported",
    ):
        assert {"PS256", "ES256"} <= set(told[name])
    assert "S256" in told["code_challenge_methods_supported"]
    assert "plain" not in told["code_challenge_methods_supported"]
    assert told["response_types_supported"] == ["code"]


async def whole(app: FapiClient, **push: Any) -> dict[str, Any]:
    """The ID token's claims of a flow that goes well to its end."""
    tokens = await app.tokens(**push)
    claims = await app.claims(tokens)
    assert (await app.can_read(tokens))["sub"] == claims["sub"]
    return claims


async def test_fapi2_security_profile_final_happy_flow(
    app: FapiClient,
    other: FapiClient,
) -> None:
    for client in (app, other):  # two clients, of different algorithms
        claims = await whole(client, state="s-1", nonce="n-1")
        assert claims["nonce"] == "n-1"
        assert "at_hash" in claims


async def test_fapi2_security_profile_final_user_rejects_authentication(
    app: FapiClient,
) -> None:
    page = await app.opens(await app.reference(prompt="consent"), action="deny")
    given = queried(page.url, REDIRECT_URI)
    assert given["error"] == "access_denied"
    assert given["state"] == "the-state"
    assert "code" not in given


async def test_fapi2_security_profile_final_ensure_authorization_request_without_state_success(
    app: FapiClient,
) -> None:
    assert "state" not in await app.answer(state=None)
    await whole(app, state=None)


async def test_fapi2_security_profile_final_ensure_authorization_request_without_nonce_success(
    app: FapiClient,
) -> None:
    assert "nonce" not in await whole(app, nonce=None)


async def test_fapi2_security_profile_final_ensure_authorization_request_with_64_char_nonce_success(
    app: FapiClient,
) -> None:
    assert (await whole(app, nonce="n" * 64))["nonce"] == "n" * 64


async def test_fapi2_security_profile_final_ensure_other_scope_order_succeeds(
    app: FapiClient,
) -> None:
    await whole(app, scope="notes:read profile openid")


async def test_fapi2_security_profile_final_test_claims_parameter_identity_claims(
    app: FapiClient,
) -> None:
    wanted = {"userinfo": {"email": {"essential": True}, "name": None}}
    tokens = await app.tokens(claims=json.dumps(wanted))
    person = await app.can_read(tokens)
    assert person["email"]
    assert person["name"]


async def test_fapi2_security_profile_final_access_token_type_header_case_sensitivity(
    app: FapiClient,
) -> None:
    token = (await app.tokens())["access_token"]
    for scheme in ("DPoP", "dpop", "DPOP", "dPoP"):
        proof = app.dpop.proof("GET", USERINFO, token)
        assert (await app.reads(token, proof, scheme=scheme)).status_code == 200
