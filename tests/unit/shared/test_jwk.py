"""Which entries of a JWK Set become keys (RFC 7517)."""

import pytest

from tests.builders.tokens import ec_jwk, encode, es256, rs256, rsa_jwk
from valetkey.jwk import find_key, read_jwks


def test_a_key_checks_what_its_private_half_signed() -> None:
    key = read_jwks({"keys": [ec_jwk()]})["k1"]

    assert key.alg == "ES256"
    assert key.verify(b"message", es256(b"message"))
    assert not key.verify(b"another", es256(b"message"))


def test_a_key_without_alg_is_used_with_the_one_of_its_type() -> None:
    keys = read_jwks({"keys": [ec_jwk(alg=None), rsa_jwk(alg=None)]})

    assert {kid: key.alg for kid, key in keys.items()} == {"k1": "ES256", "k2": "RS256"}


BAD_ENTRIES = {
    "symmetric": {"kty": "oct", "k": encode(b"k" * 32), "alg": "HS256"},
    "for encryption": ec_jwk(use="enc"),
    "may not verify": ec_jwk(key_ops=["encrypt"]),
    "key_ops is no list": ec_jwk(key_ops="verify"),
    "another alg": ec_jwk(alg="ES384"),
    "an unknown alg": ec_jwk(alg="ES521"),
    "a symmetric alg": ec_jwk(alg="HS256"),
    "an unhashable alg": ec_jwk(alg=["ES256"]),
    "no type": ec_jwk(kty=None),
    "no curve": ec_jwk(crv=None),
    "an unhashable curve": ec_jwk(crv={}),
    "a point off the curve": ec_jwk(x=encode(b"\x01" * 32)),
    "a short coordinate": ec_jwk(x=encode(b"\x01" * 31)),
    "a coordinate that is a number": ec_jwk(x=7),
    "kid is a number": ec_jwk(kid=7),
    "RSA under 2048 bits": rsa_jwk(1024),
    "an even RSA exponent": rsa_jwk(e=encode(b"\x02")),
    "the RSA exponent one": rsa_jwk(e=encode(b"\x01")),
    "no modulus": rsa_jwk(n=None),
    "a modulus that is a list": rsa_jwk(n=[]),
    "a string": "key",
    "null": None,
    "nothing": {},
}


@pytest.mark.parametrize("entry", BAD_ENTRIES.values(), ids=BAD_ENTRIES)
def test_a_bad_entry_is_left_out_and_the_others_work(entry: object) -> None:
    keys = read_jwks({"keys": [entry, ec_jwk(kid="good")]})

    assert list(keys) == ["good"]


@pytest.mark.parametrize("document", [None, [], {}, {"keys": None}, {"keys": {}}, "x"])
def test_a_document_without_keys_has_none(document: object) -> None:
    assert read_jwks(document) == {}


def test_members_that_nobody_knows_are_passed_over() -> None:
    """RFC 7517 sections 4 and 5; certificates are among them."""
    key = ec_jwk(colour="red", x5c=["AA"], x5u="https://evil.example/")
    keys = read_jwks({"keys": [key], "colour": "blue"})

    assert keys["k1"].verify(b"message", es256(b"message"))


def test_the_second_of_two_keys_of_one_name_is_left_out() -> None:
    keys = read_jwks({"keys": [ec_jwk(), rsa_jwk(kid="k1")]})

    assert keys["k1"].alg == "ES256"


def test_of_a_private_key_only_the_public_half_is_read() -> None:
    """`d` is wrong here, and nobody notices, because nobody looks."""
    keys = read_jwks({"keys": [ec_jwk(d="AA"), rsa_jwk(d="AA", p="AA")]})

    assert set(keys) == {"k1", "k2"}
    assert keys["k1"].verify(b"message", es256(b"message"))
    assert keys["k2"].verify(b"message", rs256(b"message"))


def test_without_a_name_only_an_only_key_is_found() -> None:
    """OpenID Connect Core section 10.1."""
    one = read_jwks({"keys": [ec_jwk()]})
    two = read_jwks({"keys": [ec_jwk(), rsa_jwk()]})

    assert find_key(one, None) is one["k1"]
    assert find_key(two, None) is None
    assert find_key(one, "other") is None
