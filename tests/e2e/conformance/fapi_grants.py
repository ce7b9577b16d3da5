"""Modules about codes and refresh tokens (RFC 6749 4.1.2; FAPI 2.0 section 5.3.2.1)."""

from tests.e2e.conformance.fapi_client import USERINFO, FapiClient
from tests.e2e.conformance.passing_time import since_given, since_redeemed
from tests.e2e.conformance.responses import good_tokens
from tests.e2e.refusals import refused


async def test_fapi2_security_profile_final_ensure_client_id_in_token_endpoint(
    app: FapiClient,
    other: FapiClient,
) -> None:
    """The other client's name, with an assertion that this one's key signed."""
    code = await app.code()
    forged = {"client_id": other.client_id, **app.key.assertion(other.client_id)}
    refused(await app.redeems(code, credentials=forged), 401, "invalid_client")
    named = {"client_id": other.client_id, **app.key.assertion(app.client_id)}
    refused(await app.redeems(code, credentials=named), 401, "invalid_client")


async def test_fapi2_security_profile_final_ensure_holder_of_key_required(
    app: FapiClient,
) -> None:
    code = await app.code()
    grant = {"grant_type": "authorization_code", "code": code}
    refused(await app.asks(grant), 400, "invalid_dpop_proof", "invalid_request")


async def test_fapi2_security_profile_final_ensure_authorization_code_is_bound_to_client(
    app: FapiClient,
    other: FapiClient,
) -> None:
    refused(await other.redeems(await app.code()), 400, "invalid_grant")


async def test_fapi2_security_profile_final_attempt_reuse_authorization_code_after_one_second(
    app: FapiClient,
) -> None:
    code = await app.code()
    tokens = good_tokens(await app.redeems(code))
    since_redeemed(app.auth, code, 1)
    refused(await app.redeems(code), 400, "invalid_grant")
    again = app.dpop.proof("GET", USERINFO, tokens["access_token"])
    answer = await app.reads(tokens["access_token"], again)
    assert answer.status_code == 401  # RFC 6749 section 4.1.2: it was revoked


async def test_fapi2_security_profile_final_ensure_token_endpoint_fails_with_expired_auth_code(
    app: FapiClient,
) -> None:
    code = await app.code()
    since_given(app.auth, "code", code, 60)  # the most that FAPI 2.0 allows
    refused(await app.redeems(code), 400, "invalid_grant")


async def test_fapi2_security_profile_final_ensure_pkce_code_verifier_required(
    app: FapiClient,
) -> None:
    answer = await app.redeems(await app.code(), code_verifier=None)
    refused(answer, 400, "invalid_grant", "invalid_request")


async def test_fapi2_security_profile_final_incorrect_pkce_code_verifier_rejected(
    app: FapiClient,
) -> None:
    answer = await app.redeems(await app.code(), code_verifier="w" * 43)
    refused(answer, 400, "invalid_grant")


async def test_fapi2_security_profile_final_refresh_token(
    app: FapiClient,
    other: FapiClient,
) -> None:
    for client, stranger in ((app, other), (other, app)):
        first = await client.tokens(scope="openid offline_access", prompt="consent")
        token = first["refresh_token"]
        refused(await client.refreshes(token), 400, "invalid_dpop_proof")
        refused(await stranger.refreshes(token, stranger.proof()), 400, "invalid_grant")
        second = good_tokens(await client.refreshes(token, client.proof()))
        assert second["access_token"] != first["access_token"]
        assert second.get("refresh_token", token) == token  # it is not rotated
        claims = await client.claims(second)
        assert claims["sub"] == (await client.claims(first))["sub"]
        await client.can_read(second)
