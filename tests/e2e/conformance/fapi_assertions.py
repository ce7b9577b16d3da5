"""Modules about the assertions by which a client authenticates (FAPI 2.0 5.3.2.1)."""

import time
from typing import Any

import httpx

from tests.builders.client_keys import ClientKey
from tests.e2e.clients import provision
from tests.e2e.conformance.fapi_client import ISSUER, PAR, TOKEN, FapiClient
from tests.e2e.conformance.responses import good_tokens
from tests.e2e.refusals import refused


async def redeemed(app: FapiClient, **changes: Any) -> httpx.Response:
    """A fresh code at the token endpoint, with an assertion that is changed."""
    credentials = app.key.assertion(app.client_id, **changes)
    return await app.redeems(await app.code(), credentials=credentials)


async def is_no_client(app: FapiClient, **changes: Any) -> None:
    """Neither endpoint takes such an assertion."""
    refused(await redeemed(app, **changes), 401, "invalid_client")
    refused(await app.pushes(assertion=changes), 401, "invalid_client")


async def test_fapi2_security_profile_final_ensure_signed_client_assertion_with_RS256_fails(
    app: FapiClient,
) -> None:
    """With an RSA key that is the client's own, and which may sign with PS256."""
    key = ClientKey("PS256")
    client_id = "conformance-fapi-rsa-app"
    await provision(
        app.auth,
        client_id,
        profile="fapi2",
        client_secret=None,
        token_endpoint_auth_method="private_key_jwt",
        jwks=key.jwks,
    )
    there = FapiClient(app.auth, client_id, app.browser, key, app.dpop)
    await there.reference()
    key.alg = "RS256"
    refused(await there.pushes(), 401, "invalid_client")


async def test_fapi2_security_profile_final_ensure_client_assertion_in_token_endpoint(
    app: FapiClient,
) -> None:
    code = await app.code()
    named = {"client_id": app.client_id}
    refused(await app.redeems(code, credentials=named), 401, "invalid_client")
    good_tokens(await app.redeems(code))  # nobody has spent the code


async def test_fapi2_security_profile_final_ensure_client_assertion_with_exp_is_5_minutes_in_past_fails(
    app: FapiClient,
) -> None:
    await is_no_client(app, exp=int(time.time()) - 300)


async def test_fapi2_security_profile_final_ensure_client_assertion_with_wrong_aud_fails(
    app: FapiClient,
) -> None:
    await is_no_client(app, aud="https://www.other.example")


async def test_fapi2_security_profile_final_ensure_client_assertion_with_no_sub_fails(
    app: FapiClient,
) -> None:
    await is_no_client(app, sub=None)


async def test_fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_8_seconds_in_the_future_is_accepted(
    app: FapiClient,
) -> None:
    ahead = int(time.time()) + 8
    await app.reference(assertion={"nbf": ahead, "iat": ahead})
    good_tokens(await redeemed(app, nbf=ahead, iat=ahead))


async def test_fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_over_60_seconds_in_the_future_fails(
    app: FapiClient,
) -> None:
    await is_no_client(app, nbf=int(time.time()) + 65)


async def test_fapi2_security_profile_final_par_test_array_as_audience_fails(
    app: FapiClient,
) -> None:
    await is_no_client(app, aud=[ISSUER, PAR, TOKEN])


async def test_fapi2_security_profile_final_par_test_par_endpoint_url_as_audience_fails(
    app: FapiClient,
) -> None:
    await is_no_client(app, aud=PAR)


async def test_fapi2_security_profile_final_par_test_token_endpoint_url_as_audience_fails(
    app: FapiClient,
) -> None:
    await is_no_client(app, aud=TOKEN)
