"""Of a client's keys, the one that is meant."""

from typing import Any

import pytest

from auth_service.protocol.registered_keys import find_key, read_entries, thumbprints
from tests.builders.client_keys import ClientKey
from valetkey.thumbprint import thumbprint

ONE, TWO = ClientKey(kid="one"), ClientKey(kid="two")
RSA = ClientKey("RS256", kid="rsa")
BOTH = [*ONE.jwks["keys"], *TWO.jwks["keys"]]


def kid(found: Any) -> str | None:
    return found.kid if found else None


def test_a_key_is_found_by_its_name() -> None:
    assert kid(find_key(BOTH, "two", "ES256")) == "two"
    assert find_key(BOTH, "three", "ES256") is None


def test_without_a_name_only_one_that_fits_will_do() -> None:
    assert find_key(BOTH, None, "ES256") is None
    assert kid(find_key([*ONE.jwks["keys"], *RSA.jwks["keys"]], None, "ES256")) == "one"


def test_a_key_without_alg_serves_each_algorithm_of_its_type() -> None:
    for alg in ("RS256", "PS256"):
        found = find_key(RSA.jwks["keys"], "rsa", alg)
        assert found is not None
        assert found.alg == alg
    assert find_key(RSA.jwks["keys"], "rsa", "ES256") is None
    named = [{**RSA.jwks["keys"][0], "alg": "RS256"}]
    assert find_key(named, "rsa", "PS256") is None


def test_two_keys_of_one_name_are_no_key() -> None:
    twice = [*ONE.jwks["keys"], {**TWO.jwks["keys"][0], "kid": "one"}]
    assert find_key(twice, "one", "ES256") is None


def test_of_two_types_with_one_name_the_one_that_fits_is_meant() -> None:
    """FAPI 2.0 section 5.4.3."""
    twice = [{**RSA.jwks["keys"][0], "kid": "one"}, *ONE.jwks["keys"]]
    found = [find_key(twice, "one", alg) for alg in ("ES256", "PS256", "EdDSA")]
    assert [key and key.alg for key in found] == ["ES256", "PS256", None]


def test_a_key_for_encryption_signs_nothing() -> None:
    entries = [{**ONE.jwks["keys"][0], "use": "enc"}]
    assert find_key(entries, "one", "ES256") is None
    assert thumbprints(entries) == set()


def test_thumbprints_are_of_the_keys_that_can_be_used() -> None:
    entries = [*BOTH, {"kty": "oct", "k": "eA"}, {"kty": "EC"}, {}]
    assert thumbprints(entries) == {thumbprint(ONE.jwk), thumbprint(TWO.jwk)}


@pytest.mark.parametrize(
    "document", [None, [], "keys", {}, {"keys": None}, {"keys": "x"}, {"keys": {}}]
)
def test_what_is_no_jwk_set_has_no_entries(document: Any) -> None:
    assert list(read_entries(document)) == []


def test_entries_that_are_no_objects_are_passed_over() -> None:
    document = {"keys": [None, 1, "x", [], *ONE.jwks["keys"]]}
    assert list(read_entries(document)) == ONE.jwks["keys"]
