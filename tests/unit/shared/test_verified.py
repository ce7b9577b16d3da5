"""Tokens that were checked before: nothing but the signature is taken on trust."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.builders.tokens import AUDIENCE, ISSUER, NOW, claims, ec_jwk, header, token
from valetkey.errors import InvalidToken
from valetkey.jwk import VerificationKey, read_jwks
from valetkey.jwks import verify_with
from valetkey.jwt_verification import Expectation, UnknownKey, verify_jwt
from valetkey.verified import VerifiedTokens

EXPECTED = Expectation.access_token(issuer=ISSUER, audience=AUDIENCE)
KEYS = read_jwks({"keys": [ec_jwk()]})
#: One text: signed again it would be another.
TOKEN = token()


class Counted:
    """A key that says how often it was used."""

    def __init__(self, key: VerificationKey) -> None:
        self.key, self.alg, self.used = key, key.alg, 0

    def verify(self, signed: bytes, signature: bytes) -> bool:
        self.used += 1
        return self.key.verify(signed, signature)


class Issuer:
    """Keys that may change."""

    def __init__(self, keys: Mapping[str | None, Any]) -> None:
        self.keys = keys

    async def find(self, kid: str | None) -> Any:
        return self.keys.get(kid)

    async def ready(self) -> bool:
        return True


def counted() -> tuple[dict[str | None, Any], list[Counted]]:
    keys = {kid: Counted(key) for kid, key in KEYS.items()}
    return dict(keys), list(keys.values())


def test_a_signature_is_checked_once() -> None:
    keys, used = counted()
    verified = VerifiedTokens()
    for _ in range(3):
        assert verify_jwt(TOKEN, keys, EXPECTED, now=NOW, verified=verified) == claims()
    assert sum(key.used for key in used) == 1


async def test_a_resource_server_checks_it_once_too() -> None:
    keys, used = counted()
    verified = VerifiedTokens()
    for _ in range(3):
        read = await verify_with(
            Issuer(keys), TOKEN, EXPECTED, now=NOW, verified=verified
        )
        assert read == claims()
    assert sum(key.used for key in used) == 1


def test_one_that_has_expired_since_is_refused() -> None:
    verified = VerifiedTokens()
    verify_jwt(TOKEN, KEYS, EXPECTED, now=NOW, verified=verified)
    with pytest.raises(InvalidToken, match="it has expired"):
        verify_jwt(
            TOKEN, KEYS, EXPECTED, now=NOW + timedelta(days=1), verified=verified
        )


async def test_JK10_one_whose_key_was_withdrawn_since_is_refused() -> None:
    verified, issuer = VerifiedTokens(), Issuer(KEYS)
    await verify_with(issuer, TOKEN, EXPECTED, now=NOW, verified=verified)
    issuer.keys = {}
    with pytest.raises(UnknownKey):
        await verify_with(issuer, TOKEN, EXPECTED, now=NOW, verified=verified)
    with pytest.raises(UnknownKey):
        verify_jwt(TOKEN, {}, EXPECTED, now=NOW, verified=verified)


def test_one_whose_key_became_another_of_that_name_is_checked_again() -> None:
    verified = VerifiedTokens()
    verify_jwt(TOKEN, KEYS, EXPECTED, now=NOW, verified=verified)
    keys, used = counted()
    verify_jwt(TOKEN, keys, EXPECTED, now=NOW, verified=verified)
    assert sum(key.used for key in used) == 1


def test_one_that_was_refused_is_not_remembered() -> None:
    verified = VerifiedTokens()
    text = token(head=header(typ="JWT"))
    for _ in range(2):
        with pytest.raises(InvalidToken):
            verify_jwt(text, KEYS, EXPECTED, now=NOW, verified=verified)
    assert verified.find(text) is None


def test_one_character_more_is_another_token() -> None:
    verified = VerifiedTokens()
    verify_jwt(TOKEN, KEYS, EXPECTED, now=NOW, verified=verified)
    with pytest.raises(InvalidToken):
        verify_jwt(f"{TOKEN}A", KEYS, EXPECTED, now=NOW, verified=verified)


def test_whoever_changes_claims_changes_their_own() -> None:
    verified = VerifiedTokens()
    for _ in range(2):
        read = verify_jwt(TOKEN, KEYS, EXPECTED, now=NOW, verified=verified)
        assert read == claims()
        read["sub"] = "mallory"


def test_no_more_are_remembered_than_may_be() -> None:
    verified = VerifiedTokens(most=2)
    texts = [token(claims(jti=f"token-{n}")) for n in range(3)]
    for text in texts:
        verify_jwt(text, KEYS, EXPECTED, now=NOW, verified=verified)
    assert [verified.find(text) is not None for text in texts] == [False, True, True]
