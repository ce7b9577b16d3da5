"""The discovery document's form (RFC 8414 section 2, OIDC Discovery section 3)."""

from auth_service.crypto.keyring import ALGS
from auth_service.protocol.administration import admin_api
from auth_service.protocol.metadata import metadata
from auth_service.protocol.scopes import PERSON_SCOPES, Catalogue
from tests.builders.auth import ISSUER
from tests.builders.protocol import catalogue

#: What both specifications require.
REQUIRED = {
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "response_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
}


def test_what_is_required_is_there() -> None:
    document = metadata(ISSUER, catalogue())
    assert document.keys() >= REQUIRED
    assert document["issuer"] == ISSUER


def test_lists_are_not_empty_and_say_nothing_twice() -> None:
    for name, value in metadata(ISSUER, catalogue()).items():
        if isinstance(value, list):
            assert value, name
            assert len(set(value)) == len(value), name


def test_every_url_begins_with_the_issuer() -> None:
    for name, value in metadata(ISSUER, catalogue()).items():
        if isinstance(value, str):
            assert value.startswith(ISSUER), name


def test_the_scopes_of_every_api_are_there() -> None:
    scopes = metadata(ISSUER, catalogue())["scopes_supported"]
    assert {"openid", "notes:read", "notes:write", "other:read", "shared"} <= set(
        scopes
    )


def test_what_is_reserved_is_not_offered() -> None:
    offered = metadata(ISSUER, Catalogue((admin_api(ISSUER),)))["scopes_supported"]
    assert offered == list(PERSON_SCOPES)


def test_every_algorithm_has_keys() -> None:
    algs = metadata(ISSUER, catalogue())["id_token_signing_alg_values_supported"]
    assert set(algs) == set(ALGS)
