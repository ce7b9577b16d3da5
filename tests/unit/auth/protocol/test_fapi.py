"""What the FAPI 2.0 profile refuses of a client, and of its requests."""

from typing import Any

import pytest

from auth_service.protocol.fapi import (
    check_bound,
    check_fapi_request,
    metadata_problem,
)
from auth_service.protocol.reply import match_reply_address
from tests.builders.auth import ISSUER
from tests.builders.protocol import client
from valetkey.errors import InvalidDpopProof, InvalidRequest

GOOD: dict[str, Any] = {
    "profile": "fapi2",
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_signing_alg": "PS256",
    "id_token_signed_response_alg": "ES256",
    "authorization_signed_response_alg": "PS256",
    "introspection_signed_response_alg": "EdDSA",
}


def test_metadata_that_fits_has_no_problem() -> None:
    assert metadata_problem(client(**GOOD)) is None
    by_certificate = {**GOOD, "token_endpoint_auth_method": "tls_client_auth"}
    assert metadata_problem(client(**by_certificate)) is None
    assert metadata_problem(client()) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("profile", "fapi1"),
        ("token_endpoint_auth_method", "none"),
        ("token_endpoint_auth_method", "client_secret_basic"),
        ("token_endpoint_auth_signing_alg", "RS256"),
        ("id_token_signed_response_alg", "RS256"),
        ("authorization_signed_response_alg", "RS256"),
        ("introspection_signed_response_alg", "RS256"),
        ("userinfo_signed_response_alg", "RS256"),
        ("request_object_signing_alg", "RS256"),
        ("require_pkce", False),
        ("grant_types", frozenset({"password"})),
    ],
)
def test_what_the_profile_forbids_is_named(name: str, value: object) -> None:
    problem = metadata_problem(client(**{**GOOD, name: value}))
    assert problem is not None
    assert problem.startswith(f"{name}: ")


def test_no_token_is_without_a_key() -> None:
    check_bound(client(**GOOD), {"jkt": "x"})
    check_bound(client(**GOOD), {"x5t#S256": "x"})
    check_bound(client(), None)
    with pytest.raises(InvalidDpopProof):
        check_bound(client(**GOOD), None)


def test_an_answer_never_travels_in_the_clear() -> None:
    uri = "http://127.0.0.1:4000/cb"
    app = client(**GOOD, redirect_uris=(uri,))
    reply_to = match_reply_address({"redirect_uri": uri}, app, issuer=ISSUER)

    check_fapi_request(app, reply_to, "a-challenge", loopback=True)
    with pytest.raises(InvalidRequest, match="https"):
        check_fapi_request(app, reply_to, "a-challenge", loopback=False)
    with pytest.raises(InvalidRequest, match="code_challenge"):
        check_fapi_request(app, reply_to, None, loopback=True)
    plain = client(redirect_uris=(uri,))
    check_fapi_request(plain, reply_to, None, loopback=False)
