"""Which key signs, which are published, and what they accept."""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from auth_service.crypto.keyring import Keyring
from auth_service.crypto.seal import Seal, WrongSecret
from auth_service.ports import SealedKey
from tests.builders.auth import API, ISSUER
from valetkey.errors import InvalidToken, TemporarilyUnavailable
from valetkey.thumbprint import thumbprint

SECRET = "0f8fad5bd9cb469fa165b1c2d3e4f506"
NOW = datetime.now(UTC)
UNVERIFIED = {"verify_signature": False}


@pytest.fixture
def keyring() -> Keyring:
    return Keyring(Seal(SECRET), issuer=ISSUER)


async def key(
    keyring: Keyring, alg: str = "ES256", active: float | None = 0
) -> SealedKey:
    """A key that signs from so many seconds from now; None: announced."""
    (drawn,) = await keyring.draw([alg])
    return SealedKey(
        **asdict(drawn),
        created_at=NOW,
        active_at=None if active is None else NOW + timedelta(seconds=active),
    )


def claims(**changes: Any) -> dict[str, Any]:
    now = int(datetime.now(UTC).timestamp())
    return {
        "iss": ISSUER,
        "aud": API,
        "sub": "alice",
        "client_id": "app",
        "iat": now,
        "exp": now + 600,
        "jti": "the-jti",
        "scope": "notes:read",
    } | changes


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


async def test_JK08_the_latest_active_key_signs(keyring: Keyring) -> None:
    old, new, due, announced = [
        await key(keyring, active=n) for n in (-60, -1, 3600, None)
    ]
    keyring.load(NOW, [old, new, due, announced])

    token = keyring.sign(claims(), typ="at+jwt", alg="ES256")

    assert kid_of(token) == new.kid
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
    assert [k["kid"] for k in keyring.jwks["keys"]] == [
        each.kid for each in (old, new, due, announced)
    ]


async def test_JK08_what_the_old_key_signed_is_accepted_while_it_is_published(
    keyring: Keyring,
) -> None:
    old, new = await key(keyring, active=-60), await key(keyring, active=-1)
    keyring.load(NOW, [old])
    token = keyring.sign(claims(), typ="at+jwt", alg="ES256")

    keyring.load(NOW, [old, new])
    assert keyring.read_access_token(token) == claims()

    keyring.load(NOW, [new])
    with pytest.raises(InvalidToken):
        keyring.read_access_token(token)


async def test_without_an_active_key_nothing_is_signed(keyring: Keyring) -> None:
    keyring.load(
        NOW, [await key(keyring, active=None), await key(keyring, active=3600)]
    )
    for alg in ("ES256", "RS256", "none", "HS256"):
        with pytest.raises(TemporarilyUnavailable):
            keyring.sign(claims(), typ="at+jwt", alg=alg)


async def test_JK07_only_public_members_are_published(keyring: Keyring) -> None:
    keyring.load(NOW, [await key(keyring), await key(keyring, "RS256")])
    ec, rsa = keyring.jwks["keys"]
    assert ec.keys() == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert rsa.keys() == {"kty", "n", "e", "kid", "alg", "use"}
    assert len(rsa["n"]) == 512  # 3,072 bits
    assert ec["kid"] == thumbprint(ec)


async def test_a_key_of_another_installation_is_not_opened(keyring: Keyring) -> None:
    other = Keyring(Seal(SECRET[::-1]), issuer=ISSUER)
    with pytest.raises(WrongSecret):
        keyring.load(NOW, [await key(other)])


async def test_JW11_access_tokens_and_id_tokens_are_told_apart(
    keyring: Keyring,
) -> None:
    keyring.load(NOW, [await key(keyring), await key(keyring, "RS256")])
    access = keyring.sign(claims(), typ="at+jwt", alg="ES256")
    identity = keyring.sign(claims(aud="app"), typ="JWT", alg="RS256")

    assert keyring.read_id_token_hint(identity)["sub"] == "alice"
    with pytest.raises(InvalidToken):
        keyring.read_access_token(identity)
    with pytest.raises(InvalidToken):
        keyring.read_id_token_hint(access)


async def test_an_id_token_hint_may_have_expired_an_access_token_may_not(
    keyring: Keyring,
) -> None:
    keyring.load(NOW, [await key(keyring)])
    long_ago = int(NOW.timestamp()) - 7200
    times = {"iat": long_ago, "exp": long_ago + 600}
    hint = keyring.sign(claims(aud="app", **times), typ="JWT", alg="ES256")
    access = keyring.sign(claims(**times), typ="at+jwt", alg="ES256")

    assert keyring.read_id_token_hint(hint)["sub"] == "alice"
    with pytest.raises(InvalidToken):
        keyring.read_access_token(access)


async def test_the_token_of_another_issuer_is_refused(keyring: Keyring) -> None:
    keyring.load(NOW, [await key(keyring)])
    token = keyring.sign(claims(iss="https://evil.example"), typ="at+jwt", alg="ES256")
    with pytest.raises(InvalidToken):
        keyring.read_access_token(token)


async def test_what_is_signed_together_is_signed_each_for_itself(
    keyring: Keyring,
) -> None:
    keyring.load(NOW, [await key(keyring, active=-1)])
    asked = [keyring.sign_soon({"n": n}, typ="JWT", alg="ES256") for n in range(3)]
    *signed, refused = await asyncio.gather(
        *asked,
        keyring.sign_soon({"n": 3}, typ="JWT", alg="none"),
        return_exceptions=True,
    )
    assert [jwt.decode(str(t), options=UNVERIFIED)["n"] for t in signed] == [0, 1, 2]
    assert isinstance(refused, TemporarilyUnavailable)


async def test_who_leaves_before_it_is_signed_takes_nothing_from_the_others(
    keyring: Keyring,
) -> None:
    keyring.load(NOW, [await key(keyring, active=-1)])
    leaves, stays = (
        asyncio.create_task(keyring.sign_soon({"n": n}, typ="JWT", alg="ES256"))
        for n in range(2)
    )
    await asyncio.sleep(0)
    leaves.cancel()
    assert jwt.decode(await stays, options=UNVERIFIED)["n"] == 1
